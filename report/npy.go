package report

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strings"
)

// npyHeaderSize is the whole header of our .npy files: magic, version, length, dictionary, padding. NumPy
// wants a multiple of 64, and 128 holds the dictionary of any shape of two int64.
const npyHeaderSize = 128

// NewNPY opens a file in NumPy's format, version 1.0: little-endian float32 ('<f4'), C order, shape
// (rows, dim). The number of rows need not be known: Close puts it into the header.
//
// The header is written here because npyio, the library for this format, takes a whole array at a time
// and has no float32 matrix; the tests read our files back through it.
// The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
func NewNPY(path string, dim int) (Writer, error) {
	return newPointWriter(path, dim, npyEncoding{dim})
}

type npyEncoding struct{ dim int }

func npyHeader(rows int64, dim int) []byte {
	dictionary := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", rows, dim)
	header := make([]byte, 0, npyHeaderSize)
	header = append(header, "\x93NUMPY\x01\x00"...)
	header = binary.LittleEndian.AppendUint16(header, npyHeaderSize-10)
	header = append(header, dictionary...)
	header = append(header, strings.Repeat(" ", npyHeaderSize-1-len(header))...)
	return append(header, '\n')
}

func (e npyEncoding) begin(out *bufio.Writer) error {
	_, err := out.Write(npyHeader(0, e.dim))
	return err
}

func (npyEncoding) rows(out *bufio.Writer, rows []float32) error {
	for len(rows) > 0 {
		if out.Available() < 4 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
		n := min(out.Available()/4, len(rows))
		chunk := out.AvailableBuffer()
		for _, value := range rows[:n] {
			chunk = binary.LittleEndian.AppendUint32(chunk, math.Float32bits(value))
		}
		if _, err := out.Write(chunk); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func (e npyEncoding) end(file *os.File, count int64) error {
	_, err := file.WriteAt(npyHeader(count, e.dim), 0)
	return err
}
