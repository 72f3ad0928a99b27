package data

import (
	"errors"
	"fmt"
	"os"
)

// Keep implements Sink.
func (w *writer) Keep(path string) error {
	if w.err != nil || w.closed {
		return errors.Join(w.err, fmt.Errorf("data: %s cannot be kept as %s: it is complete or lost", w.path, path))
	}
	if err := errors.Join(w.out.Flush(), w.encoding.End(w.file.File, w.count), w.file.Sync()); err != nil {
		return w.fail(err)
	}
	// A link, unlike a rename, never takes the place of a file.
	err := os.Link(w.file.Name(), path)
	if err != nil && !errors.Is(err, os.ErrExist) { // a file system without links
		err = w.copyTo(path)
	}
	if err != nil {
		return w.fail(err)
	}
	return w.Abort()
}

// copyTo copies the file to a path where there is none.
func (w *writer) copyTo(path string) error {
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	if _, err := w.file.Seek(0, 0); err != nil {
		return errors.Join(err, to.Close())
	}
	_, err = to.ReadFrom(w.file)
	return errors.Join(err, to.Close())
}

// Keep implements Sink.
func (w *labeledNPY) Keep(path string) error {
	return errors.Join(w.labels.Keep(npyLabelsPath(path)), w.points.Keep(path))
}
