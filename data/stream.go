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
	return NewStream(w, s, e)
}

// NewStream is NewFile into a stream, as NewCSVStream.
func NewStream(w io.Writer, s Schema, e FileFormat) (Sink, error) {
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	stream := &stream{out: bufio.NewWriterSize(w, 64<<10), size: sizeOf(s), encoding: e}
	if err := e.Begin(stream.out); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	return stream, nil
}

// stream is a Sink without a file.
type stream struct {
	out      *bufio.Writer
	size     rowSize
	encoding FileFormat
	count    int64 // rows so far
	closed   bool
	err      error // the first error; sticks
}

// Write implements Sink.
func (s *stream) Write(rows *Batch) error {
	if s.err == nil {
		s.err = s.size.check(rows)
	}
	if s.err == nil {
		s.err = errors.Join(s.encoding.Rows(s.out, rows), s.out.Flush())
		s.count += int64(rows.Rows)
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
	if s.err == nil && !s.closed {
		s.closed = true
		s.err = errors.Join(s.out.Flush(), s.encoding.End(nil, s.count))
	}
	return s.failed()
}

// Abort implements Sink. What is written cannot be called back.
func (s *stream) Abort() error { return nil }

// Keep implements Sink.
func (s *stream) Keep(path string) error {
	return fmt.Errorf("data: a stream cannot be kept as %s: its rows are written already", path)
}
