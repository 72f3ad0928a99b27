package npy

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// numberOf is the size of a number in bytes, and how it is read, for a type as NumPy writes it; nil for other types.
func numberOf(kind string) (size int, number func(b []byte) float64) {
	if kind == "" {
		return 0, nil
	}
	order := binary.ByteOrder(binary.LittleEndian)
	switch kind[0] {
	case '>':
		order = binary.BigEndian
	case '<', '|':
	default:
		return 0, nil
	}
	switch kind[1:] {
	case "f4":
		return 4, func(b []byte) float64 { return float64(math.Float32frombits(order.Uint32(b))) }
	case "f8":
		return 8, func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) }
	case "i1":
		return 1, func(b []byte) float64 { return float64(int8(b[0])) }
	case "i2":
		return 2, func(b []byte) float64 { return float64(int16(order.Uint16(b))) }
	case "i4":
		return 4, func(b []byte) float64 { return float64(int32(order.Uint32(b))) }
	case "i8":
		return 8, func(b []byte) float64 { return float64(int64(order.Uint64(b))) }
	case "u1":
		return 1, func(b []byte) float64 { return float64(b[0]) }
	case "u2":
		return 2, func(b []byte) float64 { return float64(order.Uint16(b)) }
	case "u4":
		return 4, func(b []byte) float64 { return float64(order.Uint32(b)) }
	case "u8":
		return 8, func(b []byte) float64 { return float64(order.Uint64(b)) }
	}
	return 0, nil
}

// read is the numbers of the file, [rows, columns] in C order.
func (a *array) read(ctx context.Context) ([]float64, error) {
	numbers := make([]float64, a.rows*a.columns)
	buffer := make([]byte, 64<<10) // holds a whole number of numbers of any size
	for next := 0; next < len(numbers); {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		chunk := buffer[:min(len(buffer), (len(numbers)-next)*a.size)]
		if _, err := io.ReadFull(a.in, chunk); err != nil {
			return nil, fmt.Errorf("%s: number %d of %d: %w", a.name, next, len(numbers), err)
		}
		for ; len(chunk) > 0; chunk = chunk[a.size:] {
			at := next
			if a.fortran {
				at = next%a.rows*a.columns + next/a.rows
			}
			numbers[at] = a.number(chunk)
			next++
		}
	}
	return numbers, nil
}
