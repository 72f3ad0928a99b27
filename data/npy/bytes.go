package npy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ReadBytes reads a file of whole numbers from 0 to 255, of any type, in C order. The shape is checked before any number is
// read. Its errors name the file, and the place of a number as Python writes it.
func ReadBytes(ctx context.Context, path string, check func(shape []int) error) (shape []int, bytes []byte, err error) {
	a, opened, err := open(path)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	if err := check(a.shape); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	bytes = make([]byte, a.rows*a.columns)
	if err := a.readBytes(ctx, bytes); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return a.shape, bytes, nil
}

func (a *array) readBytes(ctx context.Context, dst []byte) error {
	buffer := make([]byte, 64<<10) // holds a whole number of numbers of any size
	index := make([]int, len(a.shape))
	for next := 0; next < len(dst); {
		if err := ctx.Err(); err != nil {
			return err
		}
		chunk := buffer[:min(len(buffer), (len(dst)-next)*a.size)]
		if _, err := io.ReadFull(a.in, chunk); err != nil {
			return fmt.Errorf("number %d of %d: %w", next, len(dst), err)
		}
		if a.kind[1:] == "u1" && !a.fortran {
			next += copy(dst[next:], chunk)
			continue
		}
		for ; len(chunk) > 0; chunk = chunk[a.size:] {
			v := a.number(chunk)
			at := a.place(index, next)
			if !(v >= 0 && v <= 255 && v == float64(byte(v))) {
				return fmt.Errorf("number [%s] must be a whole number from 0 to 255, got %v%s",
					strings.Trim(tuple(index).String(), "(),"), v, a.toBytes(v))
			}
			dst[at] = byte(v)
			next++
		}
	}
	return nil
}

// toBytes is how to save numbers such as v as bytes, where they look like pixels that were scaled.
func (a *array) toBytes(v float64) string {
	switch floats := a.kind[1] == 'f'; {
	case floats && v > 0 && v < 1:
		return `: save numbers from 0 to 1 as np.round(255 * x).astype("uint8")`
	case floats && v >= -1 && v < 0:
		return `: save numbers from -1 to 1 as np.round(127.5 * (x + 1)).astype("uint8")`
	}
	return ""
}

// place sets index to that of the number which comes next in the file, and returns its place in C order.
func (a *array) place(index []int, next int) (at int) {
	for k := range index {
		j := len(index) - 1 - k // the last runs fastest
		if a.fortran {
			j = k
		}
		index[j] = next % a.shape[j]
		next /= a.shape[j]
	}
	for j, i := range index {
		at = at*a.shape[j] + i
	}
	return at
}
