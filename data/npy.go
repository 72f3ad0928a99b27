package data

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// npyHeaderSize is the whole header of our .npy files: magic, version, length, dictionary, padding. NumPy
// wants a multiple of 64, and 128 holds the dictionary of any shape of two int64.
const npyHeaderSize = 128

// NewNPY opens a file in NumPy's format, version 1.0: little-endian float32 ('<f4'), C order, shape
// (rows, dim). The number of rows need not be known: Close puts it into the header.
//
// Where the schema has classes, a second file beside it holds the labels, int32 ('<i4') of shape (rows,): those of
// samples.npy are in samples_labels.npy. It is put in place first, so that points are never without their labels.
//
// Images are bytes ('|u1') of shape (rows, height, width, channels), or (rows, height, width) with one channel.
//
// The header is written here because npyio, the library for this format, takes a whole array at a time
// and has no float32 matrix; the tests read our files back through it.
// The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
func NewNPY(path string, s Schema) (Sink, error) {
	if err := allReal(s); err != nil {
		return nil, fmt.Errorf("data: %s: %w", path, err)
	}
	var format FileFormat = npyPoints{s.Dim()}
	if len(s.Image) > 0 {
		format = npyImages{shape: s.Image}
	}
	points, err := newWriter(path, s.Unlabeled(), format)
	if err != nil {
		return nil, err
	}
	if len(s.Classes) == 0 {
		return points, nil
	}
	labels, err := newWriter(npyLabelsPath(path), s, npyLabels{len(s.Classes)})
	if err != nil {
		return nil, errors.Join(err, points.Abort())
	}
	return &labeledNPY{points: points, labels: labels}, nil
}

func npyLabelsPath(path string) string {
	extension := filepath.Ext(path)
	return strings.TrimSuffix(path, extension) + "_labels" + extension
}

// labeledNPY is a file of points and one of labels. When one fails the other is dropped.
type labeledNPY struct {
	points, labels *writer
	err            error // the first error; sticks
}

func (w *labeledNPY) Write(rows *Batch) error {
	return w.both(func(file *writer) error { return file.Write(rows) })
}

func (w *labeledNPY) Close() error { return w.both((*writer).Close) }

func (w *labeledNPY) both(do func(*writer) error) error {
	for _, file := range []*writer{w.labels, w.points} {
		if w.err != nil {
			break
		}
		if err := do(file); err != nil {
			w.err = errors.Join(err, w.Abort())
		}
	}
	return w.err
}

func (w *labeledNPY) Abort() error { return errors.Join(w.labels.Abort(), w.points.Abort()) }

// NPYHeader is the header of a file in NumPy's format, version 1.0: of a type such as '<f4' and a shape such as (3, 2). It always
// has npyHeaderSize bytes.
func NPYHeader(kind, shape string) []byte {
	dictionary := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }", kind, shape)
	header := make([]byte, 0, npyHeaderSize)
	header = append(header, "\x93NUMPY\x01\x00"...)
	header = binary.LittleEndian.AppendUint16(header, npyHeaderSize-10)
	header = append(header, dictionary...)
	header = append(header, strings.Repeat(" ", npyHeaderSize-1-len(header))...)
	return append(header, '\n')
}

type npyPoints struct{ dim int }

func (e npyPoints) header(rows int64) []byte {
	return NPYHeader("<f4", fmt.Sprintf("(%d, %d)", rows, e.dim))
}

func (e npyPoints) Begin(out *bufio.Writer) error {
	_, err := out.Write(e.header(0))
	return err
}

func (npyPoints) Rows(out *bufio.Writer, rows *Batch) error {
	return writeWords(out, rows.Real, func(v float64) uint32 { return math.Float32bits(float32(v)) })
}

func (e npyPoints) End(file *os.File, count int64) error {
	_, err := file.WriteAt(e.header(count), 0)
	return err
}

type npyLabels struct{ classes int }

func (npyLabels) header(rows int64) []byte { return NPYHeader("<i4", fmt.Sprintf("(%d,)", rows)) }

func (e npyLabels) Begin(out *bufio.Writer) error {
	_, err := out.Write(e.header(0))
	return err
}

func (e npyLabels) Rows(out *bufio.Writer, rows *Batch) error {
	for i, label := range rows.Labels {
		if err := checkLabel(label, e.classes); err != nil {
			return fmt.Errorf("row %d: %w", rows.First+i, err)
		}
	}
	return writeWords(out, rows.Labels, func(v int32) uint32 { return uint32(v) })
}

func (e npyLabels) End(file *os.File, count int64) error {
	_, err := file.WriteAt(e.header(count), 0)
	return err
}

// writeWords writes values as little-endian words of 32 bits.
func writeWords[T any](out *bufio.Writer, values []T, word func(T) uint32) error {
	for len(values) > 0 {
		if out.Available() < 4 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
		n := min(out.Available()/4, len(values))
		chunk := out.AvailableBuffer()
		for _, value := range values[:n] {
			chunk = binary.LittleEndian.AppendUint32(chunk, word(value))
		}
		if _, err := out.Write(chunk); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}
