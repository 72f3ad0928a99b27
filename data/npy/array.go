package npy

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Array is an array of numbers in memory, as its file has them.
type Array struct {
	Rows, Columns int // of the first and of all other dimensions; an array of one dimension has one column
	Dimensions    int
	array         *array
	bytes         []byte
}

// Read reads a .npy file of length bytes; name is for errors. An array of other things than numbers is an error.
func Read(ctx context.Context, name string, in io.Reader, length int64) (*Array, error) {
	header, err := begin(name, in, length)
	if err != nil {
		return nil, err
	}
	a := &Array{Rows: header.rows, Columns: header.columns, Dimensions: len(header.shape), array: header}
	a.bytes = make([]byte, header.rows*header.columns*header.size)
	const chunk = 1 << 20
	for next := 0; next < len(a.bytes); next += chunk {
		if _, err := io.ReadFull(in, a.bytes[next:min(next+chunk, len(a.bytes))]); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// AppendText appends the shortest decimal that gives back a number, all the digits of an integer.
func (a *Array) AppendText(dst []byte, row, column int) []byte {
	h := a.array
	at := row*a.Columns + column
	if h.fortran {
		at = column*a.Rows + row
	}
	b := a.bytes[at*h.size : (at+1)*h.size]
	switch h.kind[1] {
	case 'u':
		return strconv.AppendUint(dst, h.bits(b), 10)
	case 'i':
		shift := 64 - 8*h.size
		return strconv.AppendInt(dst, int64(h.bits(b)<<shift)>>shift, 10)
	}
	v, format := h.number(b), byte('f')
	if size := max(v, -v); size != 0 && (size < 1e-4 || size >= 1e16) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, v, format, -1, 8*h.size)
}

// bits are those of an integer.
func (a *array) bits(b []byte) uint64 {
	order := binary.ByteOrder(binary.LittleEndian)
	if a.kind[0] == '>' {
		order = binary.BigEndian
	}
	switch a.size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(order.Uint16(b))
	case 4:
		return uint64(order.Uint32(b))
	}
	return order.Uint64(b)
}
