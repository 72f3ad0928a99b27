package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"euryale/data"
)

// source is a file that is read cell by cell, as often as it takes.
type source struct {
	name    string   // for errors
	columns []column // of the file, in its order
	file    data.File
	lines   bool   // whether places are lines of text; otherwise they are rows, from 0 on
	notes   []Note // about how it is written
	// scan gives the cells of each column in the order of the rows; the columns may take turns in any way. A cell that is nil is
	// missing. It returns the number of rows.
	scan func(ctx context.Context, do func(column, line int, cell []byte) error) (rows int, err error)
}

// column is what a file tells of a column.
type column struct {
	name string
	text bool // of a type for texts: nothing in it is a number, whatever it looks like
}

// place is a line or row in words.
func (s *source) place(line int) string {
	if s.lines {
		return fmt.Sprintf("%s:%d", s.name, line)
	}
	return fmt.Sprintf("%s: row %d", s.name, line)
}

// stored is an open file that can be read from its beginning again.
type stored struct {
	*os.File
	name      string // for errors
	size      int64
	temporary bool
}

// standardInput is the path of standard input.
const standardInput = "-"

// openStored opens a file. What can be read only once, as standard input and pipes, is copied to a temporary file first.
func openStored(ctx context.Context, path string) (*stored, error) {
	file, name := os.Stdin, "standard input"
	if path != standardInput {
		name = path
		var err error
		if file, err = os.Open(path); err != nil {
			return nil, cannotOpen(path, err)
		}
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("is a folder, want a file")
	}
	if err == nil && info.Mode().IsRegular() && path != standardInput {
		return &stored{File: file, name: name, size: info.Size()}, nil
	}
	var spooled *stored
	if err == nil {
		spooled, err = spool(ctx, file)
	}
	if path != standardInput {
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	spooled.name = name
	return spooled, nil
}

func cannotOpen(path string, err error) error {
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err
	}
	if errors.Is(err, fs.ErrNotExist) && !filepath.IsAbs(path) {
		if here, failed := os.Getwd(); failed == nil { // runs are opened from elsewhere, too
			return fmt.Errorf("%s: %w; the path is relative to where the program runs, %s", path, err, here)
		}
	}
	return fmt.Errorf("%s: %w", path, err)
}

// spool copies a stream to a temporary file.
func spool(ctx context.Context, in io.Reader) (s *stored, err error) {
	file, err := os.CreateTemp("", "euryale-table-")
	if err != nil {
		return nil, err
	}
	s = &stored{File: file, temporary: true}
	buffer := make([]byte, 1<<20)
	for err == nil {
		var n int
		if n, err = in.Read(buffer); n > 0 {
			s.size += int64(n)
			if _, failed := file.Write(buffer[:n]); failed != nil {
				err = failed
			}
		}
		err = errors.Join(err, ctx.Err())
	}
	if errors.Is(err, io.EOF) && ctx.Err() == nil {
		return s, nil
	}
	return nil, errors.Join(err, s.Close())
}

// begin is a reader from the first byte on.
func (s *stored) begin() io.Reader { return io.NewSectionReader(s.File, 0, s.size) }

// Close closes the file, and removes it if it is temporary.
func (s *stored) Close() error {
	err := s.File.Close()
	if s.temporary {
		err = errors.Join(err, os.Remove(s.File.Name()))
	}
	return err
}

// openSource finds out what a file is by its first bytes.
func openSource(ctx context.Context, file *stored, o ReadOptions) (*source, error) {
	s, zipped, err := openTyped(ctx, file)
	if s != nil || err != nil {
		return s, err
	}
	return openText(ctx, file, o.CSV, zipped)
}

// openTyped opens a file that is no text; nil if it is one, and whether it is compressed.
func openTyped(ctx context.Context, file *stored) (s *source, zipped bool, err error) {
	magic := make([]byte, 8)
	n, _, err := readFull(file.begin(), magic)
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", file.name, err)
	}
	is := func(start string) bool { return bytes.HasPrefix(magic[:n], []byte(start)) }
	switch {
	case is("PAR1"):
		s, err = openParquet(file)
	case is("\x93NUMPY"):
		s, err = openNPY(ctx, file)
	case is("PK\x03\x04"), is("PK\x05\x06"):
		s, err = openNPZ(ctx, file)
	case is("\xd0\xcf\x11\xe0"):
		err = fmt.Errorf("%s: a document of a spreadsheet or word processor: save the table as CSV", file.name)
	case is("\x28\xb5\x2f\xfd"), is("BZh"), is("\xfd7zXZ"):
		err = fmt.Errorf("%s: compressed in a way that is not read here, only .gz is: unpack it first", file.name)
	}
	return s, is("\x1f\x8b"), err
}
