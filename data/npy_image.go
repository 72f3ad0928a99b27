package data

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// npyImages writes images as bytes ('|u1') of shape (rows, height, width, channels), or (rows, height, width) with one channel.
type npyImages struct {
	shape []int // [height, width, channels]
	rows  int64 // how many the header names before the end
}

func (e npyImages) header(rows int64) []byte {
	shape := fmt.Sprintf("(%d, %d, %d, %d)", rows, e.shape[0], e.shape[1], e.shape[2])
	if e.shape[2] == 1 {
		shape = fmt.Sprintf("(%d, %d, %d)", rows, e.shape[0], e.shape[1])
	}
	return NPYHeader("|u1", shape)
}

// Begin implements FileFormat.
func (e npyImages) Begin(out *bufio.Writer) error {
	_, err := out.Write(e.header(e.rows))
	return err
}

// Rows implements FileFormat.
func (e npyImages) Rows(out *bufio.Writer, rows *Batch) error {
	dim := product(e.shape)
	for i, v := range rows.Real {
		if !(v >= 0 && v <= 255) || v != float64(byte(v)) {
			return fmt.Errorf("image %d: number %d must be a whole number from 0 to 255, got %v", rows.First+i/dim, i%dim, v)
		}
		if err := out.WriteByte(byte(v)); err != nil {
			return err
		}
	}
	return nil
}

// End implements FileFormat.
func (e npyImages) End(file *os.File, count int64) error {
	if file == nil { // a stream, whose header cannot be changed
		if count != e.rows {
			return fmt.Errorf("the header promises %d images, and there are %d", e.rows, count)
		}
		return nil
	}
	_, err := file.WriteAt(e.header(count), 0)
	return err
}

// NewNPYStream opens a stream, such as standard output, that gets just so many images as a .npy file: see NewNPY. Where the
// schema has classes there is no place for the labels, which is an error.
func NewNPYStream(w io.Writer, s Schema, rows int) (Sink, error) {
	switch {
	case len(s.Image) == 0:
		return nil, errors.New("data: a stream of NumPy's format is for images")
	case len(s.Classes) > 0:
		return nil, errors.New("data: a stream of NumPy's format has no place for labels; write a .npy file, which gets a second one for them")
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return NewStream(w, s, npyImages{s.Image, int64(rows)})
}
