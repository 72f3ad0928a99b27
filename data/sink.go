package data

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// Sink is a stream of rows into a file. The file appears at its path only when Close succeeds.
//
//	w, err := data.NewSink("samples.npy", schema.Unlabeled())
//	...
//	defer w.Abort() // no file unless Close below is reached; nothing to do after it
//	for ... {
//		if err := w.Write(rows); err != nil { return err }
//	}
//	return w.Close()
//
// A file holds what it was given, NaN and infinities included. It may hold no rows at all.
type Sink interface {
	// Write appends rows, in order. After an error the file is lost: every later Write and Close returns that error.
	Write(rows *Batch) error
	// Close completes the file and puts it at its path. A second Close returns what the first returned.
	Close() error
	// Abort drops the file and leaves an older one at its path alone. It does nothing after Close.
	Abort() error
	// Keep ends the file early: it puts the rows so far at another path, where there must be no file, and leaves an older
	// one at the sink's path alone. It does nothing for a stream but fail.
	Keep(path string) error
}

// NewSink opens a file for rows of a schema, in the format that path's extension names: .csv (NewCSV) or .npy (NewNPY).
// Where the schema has classes, every row must have a label, and the file has them too; Schema.Unlabeled is for rows
// without.
func NewSink(path string, s Schema) (Sink, error) {
	switch extension := filepath.Ext(path); strings.ToLower(extension) {
	case ".csv":
		return NewCSV(path, s)
	case ".npy":
		return NewNPY(path, s)
	case "":
		return nil, fmt.Errorf("data: %q has no extension that names its format, want .csv or .npy", path)
	default:
		return nil, fmt.Errorf("data: unknown extension %q in %q, want .csv or .npy for rows", extension, path)
	}
}

// FileFormat is one format of files of rows. Every method writes to the same buffered file or stream.
type FileFormat interface {
	Begin(out *bufio.Writer) error
	// Rows may rely on a batch that has all the numbers of the schema.
	Rows(out *bufio.Writer, rows *Batch) error
	// End is called after the last row is flushed, with the number of rows; it may go back and patch what Begin wrote. The file is
	// nil where a stream ends.
	End(file *os.File, count int64) error
}

// NewFile opens a file for rows of a schema in a format of the caller's. Its errors begin with "data: " and name the path.
func NewFile(path string, s Schema, e FileFormat) (Sink, error) {
	w, err := newWriter(path, s, e)
	if err != nil {
		return nil, err
	}
	return w, nil
}

// writer is the part of a Sink that is the same for every format.
type writer struct {
	path     string
	size     rowSize
	encoding FileFormat
	file     *renameio.PendingFile
	out      *bufio.Writer
	count    int64 // rows so far
	closed   bool
	err      error // the first error; sticks
}

var errAborted = errors.New("aborted")

func newWriter(path string, s Schema, encoding FileFormat) (*writer, error) {
	if len(s.Columns) == 0 && len(s.Image) == 0 {
		return nil, fmt.Errorf("data: %s: the dimension must be at least 1, got %d", path, s.Dim())
	}
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("data: %s: %w", path, err)
	}
	// Found out now rather than by the rename, when hours of sampling may lie in between.
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("data: %s is a folder, want the name of a file", path)
	}
	// The file has the permissions of the one it is going to replace, or those of any new file under the user's umask.
	file, err := renameio.NewPendingFile(path,
		renameio.WithTempDir(filepath.Dir(path)),
		renameio.WithPermissions(0o666),
		renameio.WithExistingPermissions())
	if errors.Is(err, fs.ErrNotExist) { // the error names the temporary file, which means nothing to anybody
		return nil, fmt.Errorf("data: cannot create %s: there is no folder %s", path, filepath.Dir(path))
	}
	if err != nil {
		return nil, fmt.Errorf("data: cannot create %s: %w", path, err)
	}
	w := &writer{path: path, size: sizeOf(s), encoding: encoding,
		file: file, out: bufio.NewWriterSize(file, 64<<10)}
	if err := encoding.Begin(w.out); err != nil {
		return nil, w.fail(err)
	}
	return w, nil
}

func (w *writer) Write(rows *Batch) error {
	if w.err != nil {
		return w.err
	}
	if w.closed {
		return fmt.Errorf("data: cannot write to %s: %w", w.path, os.ErrClosed)
	}
	if err := w.size.check(rows); err != nil {
		return w.fail(err)
	}
	if err := w.encoding.Rows(w.out, rows); err != nil {
		return w.fail(err)
	}
	w.count += int64(rows.Rows)
	return nil
}

// rowSize is what a row of a batch must have for a sink.
type rowSize struct {
	dim, indices int
	labeled      bool
}

func sizeOf(s Schema) rowSize { return rowSize{s.Dim(), s.Indices(), len(s.Classes) > 0} }

// check holds a batch against what a sink was made for.
func (r rowSize) check(rows *Batch) error {
	if len(rows.Real) != rows.Rows*r.dim {
		return fmt.Errorf("want %d whole rows of %d numbers, got %d numbers", rows.Rows, r.dim, len(rows.Real))
	}
	if len(rows.Index) != rows.Rows*r.indices {
		return fmt.Errorf("want %d whole rows of %d categories, got %d categories", rows.Rows, r.indices, len(rows.Index))
	}
	if r.labeled && len(rows.Labels) != rows.Rows {
		return fmt.Errorf("want a label for each of %d rows, got %d", rows.Rows, len(rows.Labels))
	}
	return nil
}

func (w *writer) Close() error {
	if w.err != nil || w.closed {
		return w.err
	}
	w.closed = true
	if err := w.out.Flush(); err != nil {
		return w.fail(err)
	}
	if err := w.encoding.End(w.file.File, w.count); err != nil {
		return w.fail(err)
	}
	if err := w.file.CloseAtomicallyReplace(); err != nil {
		return w.fail(err)
	}
	return nil
}

func (w *writer) Abort() error {
	if w.err != nil || w.closed {
		return nil // the file is in place, or gone already
	}
	w.err = fmt.Errorf("data: cannot write %s: %w", w.path, errAborted)
	return w.file.Cleanup()
}

// fail makes err stick and removes the temporary file.
func (w *writer) fail(err error) error {
	w.err = errors.Join(fmt.Errorf("data: cannot write %s: %w", w.path, err), w.file.Cleanup())
	return w.err
}
