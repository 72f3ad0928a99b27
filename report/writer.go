package report

import (
	"bufio"
	"errors"
	"fmt"
	"os"

	"github.com/google/renameio/v2"
)

// Writer is a stream of points into a file. The file appears at its path only when Close succeeds.
//
//	w, err := report.NewWriter("samples.npy", 2)
//	...
//	defer w.Abort() // no file unless Close below is reached; nothing to do after it
//	for ... {
//		if err := w.Write(rows); err != nil { return err }
//	}
//	return w.Close()
//
// A point file holds what it was given, NaN and infinities included. It may hold no rows at all.
type Writer interface {
	// Write appends rows, row-major of shape [rows, dim]. After an error the file is lost: every later
	// Write and Close returns that error.
	Write(rows []float32) error
	// Close completes the file and puts it at its path. A second Close returns what the first returned.
	Close() error
	// Abort drops the file and leaves an older one at its path alone. It does nothing after Close.
	Abort() error
}

// NewWriter opens a point file for rows of dim numbers, in the format that path's extension names: .csv
// (NewCSV) or .npy (NewNPY).
func NewWriter(path string, dim int) (Writer, error) {
	format, err := FormatFor(path)
	if err != nil {
		return nil, err
	}
	switch format {
	case CSV:
		return NewCSV(path, dim)
	case NPY:
		return NewNPY(path, dim)
	}
	return nil, fmt.Errorf("report: %s: .%s is a format of pictures, want .csv or .npy for a stream of points", path, format)
}

// pointEncoding is one format of point files. Every method writes to the same buffered file.
type pointEncoding interface {
	begin(out *bufio.Writer) error
	rows(out *bufio.Writer, rows []float32) error
	// end is called after the last row is flushed; it may go back and patch what begin wrote.
	end(file *os.File, count int64) error
}

// pointWriter is the part of a Writer that is the same for every format.
type pointWriter struct {
	path     string
	dim      int
	encoding pointEncoding
	file     *renameio.PendingFile
	out      *bufio.Writer
	count    int64 // rows so far
	closed   bool
	err      error // the first error; sticks
}

var errAborted = errors.New("aborted")

func newPointWriter(path string, dim int, encoding pointEncoding) (Writer, error) {
	if dim < 1 {
		return nil, fmt.Errorf("report: %s: the dimension must be at least 1, got %d", path, dim)
	}
	file, err := create(path)
	if err != nil {
		return nil, err
	}
	w := &pointWriter{path: path, dim: dim, encoding: encoding, file: file, out: bufio.NewWriterSize(file, 64<<10)}
	if err := encoding.begin(w.out); err != nil {
		return nil, w.fail(err)
	}
	return w, nil
}

func (w *pointWriter) Write(rows []float32) error {
	if w.err != nil {
		return w.err
	}
	if w.closed {
		return fmt.Errorf("report: cannot write to %s: %w", w.path, os.ErrClosed)
	}
	if len(rows)%w.dim != 0 {
		return w.fail(fmt.Errorf("want whole rows of %d numbers, got %d numbers", w.dim, len(rows)))
	}
	if err := w.encoding.rows(w.out, rows); err != nil {
		return w.fail(err)
	}
	w.count += int64(len(rows) / w.dim)
	return nil
}

func (w *pointWriter) Close() error {
	if w.err != nil || w.closed {
		return w.err
	}
	w.closed = true
	if err := w.out.Flush(); err != nil {
		return w.fail(err)
	}
	if err := w.encoding.end(w.file.File, w.count); err != nil {
		return w.fail(err)
	}
	w.err = commit(w.file, w.path)
	return w.err
}

func (w *pointWriter) Abort() error {
	if w.err != nil || w.closed {
		return nil // the file is in place, or gone already
	}
	w.err = fmt.Errorf("report: cannot write %s: %w", w.path, errAborted)
	return w.file.Cleanup()
}

// fail makes err stick and removes the temporary file.
func (w *pointWriter) fail(err error) error {
	w.err = errors.Join(fmt.Errorf("report: cannot write %s: %w", w.path, err), w.file.Cleanup())
	return w.err
}
