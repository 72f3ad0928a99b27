package data

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// NewCSVStream is NewCSV into a stream, such as standard output: rows go out as they come, so that those before an error
// are there. Close does not close the stream. The errors of w are wrapped.
func NewCSVStream(w io.Writer, s Schema) (Sink, error) {
	e, err := newCSVEncoding("the stream", s)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.Validate(), allReal(s)); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	stream := &stream{out: bufio.NewWriterSize(w, 64<<10), dim: s.Dim(), encoding: e}
	if err := e.begin(stream.out); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	return stream, nil
}

// stream is a Sink without a file.
type stream struct {
	out      *bufio.Writer
	dim      int
	encoding csvEncoding
	err      error // the first error; sticks
}

// Write implements Sink.
func (s *stream) Write(rows *Batch) error {
	if s.err == nil {
		s.err = checkWritten(rows, s.dim, len(s.encoding.classes) > 0)
	}
	if s.err == nil {
		s.err = errors.Join(s.encoding.rows(s.out, rows), s.out.Flush())
	}
	return s.failed()
}

func (s *stream) failed() error {
	if s.err == nil {
		return nil
	}
	return fmt.Errorf("data: cannot write: %w", s.err)
}

// Close implements Sink.
func (s *stream) Close() error {
	if s.err == nil {
		s.err = s.out.Flush()
	}
	return s.failed()
}

// Abort implements Sink. What is written cannot be called back.
func (s *stream) Abort() error { return nil }

// Keep implements Sink.
func (s *stream) Keep(path string) error {
	return fmt.Errorf("data: a stream cannot be kept as %s: its rows are written already", path)
}
