package torchfile

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
)

// width is the size of a number of a dtype in bytes.
func width(dtype string) int {
	switch dtype {
	case "F64", "I64", "U64":
		return 8
	case "F32", "I32", "U32":
		return 4
	case "F16", "BF16", "I16", "U16":
		return 2
	}
	return 1
}

// isFloat reports whether a dtype is one that weights are read from.
func isFloat(dtype string) bool { return slices.Contains([]string{"F64", "F32", "F16", "BF16"}, dtype) }

// maxSparse bounds the bytes that are read of a tensor whose numbers do not lie side by side, in units of its own size.
const maxSparse = 64

// read returns the numbers of a tensor, row-major. Those of F16 and BF16 are exact; rounded reports whether any of F64 is not.
func (t tensor) read(file io.ReaderAt) (data []float32, rounded bool, err error) {
	n, span := 1, 1 // elements, and those of the storage from the first to the last
	for i, d := range t.shape {
		n *= d
		span += (d - 1) * t.stride[i]
	}
	if n == 0 {
		return []float32{}, false, nil
	}
	w := width(t.dtype)
	if span > maxSparse*n+1<<20 {
		return nil, false, fmt.Errorf("its %d numbers are spread over %d; call .contiguous() before it is saved", n, span)
	}
	data = make([]float32, n)
	raw := make([]byte, min(span, chunk)*w)
	if t.isContiguous() {
		for done := 0; done < n; {
			part := raw[:min(len(raw), (n-done)*w)]
			if err := readAt(file, part, t.offset+int64(done*w)); err != nil {
				return nil, false, err
			}
			for i := 0; i < len(part); i += w {
				v, r := number(t.dtype, part[i:])
				data[done], rounded = v, rounded || r
				done++
			}
		}
	} else {
		raw = make([]byte, span*w)
		if err := readAt(file, raw, t.offset); err != nil {
			return nil, false, err
		}
		at, index := 0, make([]int, len(t.shape))
		for i := range data {
			v, r := number(t.dtype, raw[at*w:])
			data[i], rounded = v, rounded || r
			for axis := len(index) - 1; axis >= 0; axis-- { // count up
				if at, index[axis] = at+t.stride[axis], index[axis]+1; index[axis] < t.shape[axis] {
					break
				}
				at, index[axis] = at-t.shape[axis]*t.stride[axis], 0
			}
		}
	}
	for i, v := range data {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return nil, false, fmt.Errorf("number %d is no finite float32", i)
		}
	}
	return data, rounded, nil
}

// chunk is the number of elements that are read at a time.
const chunk = 1 << 16

// isContiguous reports whether the numbers lie side by side, row-major.
func (t tensor) isContiguous() bool {
	next := 1
	for i := len(t.shape) - 1; i >= 0; i-- {
		if t.shape[i] > 1 && t.stride[i] != next {
			return false
		}
		next *= t.shape[i]
	}
	return true
}

func readAt(file io.ReaderAt, b []byte, offset int64) error {
	if n, err := file.ReadAt(b, offset); n < len(b) {
		return fmt.Errorf("the file ends within it: %w", err)
	}
	return nil
}

// number decodes a number, little-endian, and reports whether it had to be rounded.
func number(dtype string, b []byte) (v float32, rounded bool) {
	switch dtype {
	case "F64":
		exact := math.Float64frombits(binary.LittleEndian.Uint64(b))
		return float32(exact), float64(float32(exact)) != exact
	case "F32":
		return math.Float32frombits(binary.LittleEndian.Uint32(b)), false
	case "BF16":
		return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16), false
	default:
		return half(binary.LittleEndian.Uint16(b)), false
	}
}

// half decodes a number of IEEE 754's binary16: 1 bit of sign, 5 of exponent, 10 of fraction.
func half(bits uint16) float32 {
	sign, exponent, fraction := 1-2*float64(bits>>15), int(bits>>10&31), float64(bits&1023)
	switch exponent {
	case 0:
		return float32(sign * math.Ldexp(fraction, -24))
	case 31:
		if fraction > 0 {
			return float32(math.NaN())
		}
		return float32(math.Inf(int(sign)))
	}
	return float32(sign * math.Ldexp(1024+fraction, exponent-25))
}
