package images

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"euryale/data"
)

// NewFolder opens a folder for images of a schema, each a PNG of just its pixels, gray or RGB: 0000.png, 0001.png, … in the order
// that they are written, of which there will be about `rows`. Where the schema has classes, every row must have a label, and
// each image is in a folder with the name of its class: kind folder reads these as labels. Where a name is none for a folder,
// they are called by their numbers.
//
// The folder appears at its path when Close succeeds. There must be nothing at the path, or an empty folder: nothing is
// replaced. Memory does not grow with the rows.
func NewFolder(path string, s data.Schema, rows int) (data.Sink, error) {
	if err := CheckFolder(path, s); err != nil {
		return nil, err
	}
	path = filepath.Clean(path)
	f := &folderSink{path: path, schema: s, digits: max(4, len(strconv.Itoa(rows-1))), folders: foldersOf(s.Classes)}
	for i := 0; ; i++ { // a name that nobody uses; os.MkdirTemp would make a folder that only its owner reads
		f.temporary = filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s-%d", filepath.Base(path), os.Getpid()+i))
		err := os.Mkdir(f.temporary, 0o777)
		switch {
		case err == nil:
			return f, nil
		case !errors.Is(err, fs.ErrExist):
			return nil, fmt.Errorf("images: cannot create %s: %w", path, err)
		}
	}
}

// CheckFolder returns the error of NewFolder, as far as it can be known before.
func CheckFolder(path string, s data.Schema) error {
	if err := s.Validate(); err != nil {
		return fmt.Errorf("images: %s: %w", path, err)
	}
	if len(s.Image) == 0 {
		return fmt.Errorf("images: %s: a folder holds images, and these rows are none", path)
	}
	if c := s.Image[2]; c != 1 && c != 3 {
		return fmt.Errorf("images: %s: a PNG has 1 channel (gray) or 3 (red, green and blue), and these images have %d; write a .npy file",
			path, c)
	}
	entries, err := os.ReadDir(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("images: %s is not a folder: %w", path, err)
	case len(entries) > 0:
		return fmt.Errorf("images: the folder %s is not empty (it has %s), and nothing in it is replaced; choose another name", path,
			entries[0].Name())
	}
	return nil
}

// foldersOf are the names of classes, or their numbers where one of the names is none for a folder; nil without classes.
func foldersOf(classes []string) []string {
	folders := make([]string, len(classes))
	used := map[string]bool{}
	for i, name := range classes {
		lower := strings.ToLower(name) // the same folder on some systems
		if name == "" || name[0] == '.' || strings.ContainsAny(name, "/\\:\x00") || len(name) > 200 || used[lower] {
			for k := range folders {
				folders[k] = strconv.Itoa(k)
			}
			return folders
		}
		folders[i], used[lower] = name, true
	}
	return folders
}

// folderSink is a folder that is being written.
type folderSink struct {
	path, temporary string
	schema          data.Schema
	digits          int
	folders         []string // per class
	count           int
	pixels          []byte
	closed          bool
	err             error // the first error; sticks
}

// Write implements data.Sink.
func (f *folderSink) Write(rows *data.Batch) error {
	if f.err != nil {
		return f.err
	}
	if f.closed {
		return fmt.Errorf("images: cannot write to %s: %w", f.path, os.ErrClosed)
	}
	dim := f.schema.Dim()
	switch {
	case len(rows.Real) != rows.Rows*dim:
		return f.fail(fmt.Errorf("want %d whole images of %d numbers, got %d numbers", rows.Rows, dim, len(rows.Real)))
	case len(f.folders) > 0 && len(rows.Labels) != rows.Rows:
		return f.fail(fmt.Errorf("want a label for each of %d images, got %d", rows.Rows, len(rows.Labels)))
	}
	for i := range rows.Rows {
		if err := f.write(rows, i); err != nil {
			return f.fail(err)
		}
	}
	return nil
}

// write writes image i of a batch.
func (f *folderSink) write(rows *data.Batch, i int) (err error) {
	dim, within := f.schema.Dim(), f.temporary
	if len(f.folders) > 0 {
		label := int(rows.Labels[i])
		if label < 0 || label >= len(f.folders) {
			return fmt.Errorf("image %d: label must be from 0 to %d, got %d", f.count, len(f.folders)-1, label)
		}
		within = filepath.Join(within, f.folders[label])
		if err := os.Mkdir(within, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	f.pixels = f.pixels[:0]
	for j, v := range rows.Real[i*dim : (i+1)*dim] {
		if !(v >= 0 && v <= 255) || v != float64(byte(v)) {
			return fmt.Errorf("image %d: number %d must be a whole number from 0 to 255, got %v", f.count, j, v)
		}
		f.pixels = append(f.pixels, byte(v))
	}
	file, err := os.OpenFile(filepath.Join(within, fmt.Sprintf("%0*d.png", f.digits, f.count)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	f.count++
	return errors.Join(writePNG(file, f.pixels, f.schema.Image), file.Close())
}

// writePNG writes the pixels of an image of 1 or 3 channels.
func writePNG(w io.Writer, pixels []byte, shape []int) error {
	bounds := image.Rect(0, 0, shape[1], shape[0])
	if shape[2] == 1 {
		return png.Encode(w, &image.Gray{Pix: pixels, Stride: shape[1], Rect: bounds})
	}
	colors := image.NewNRGBA(bounds)
	for i := range len(pixels) / 3 {
		copy(colors.Pix[4*i:], pixels[3*i:3*i+3])
		colors.Pix[4*i+3] = 255
	}
	return png.Encode(w, colors)
}

// Close implements data.Sink.
func (f *folderSink) Close() error {
	if f.err != nil || f.closed {
		return f.err
	}
	return f.move(f.path)
}

// Keep implements data.Sink.
func (f *folderSink) Keep(path string) error {
	if f.err != nil {
		return f.err
	}
	if f.closed {
		return fmt.Errorf("images: cannot keep %s: %w", f.path, os.ErrClosed)
	}
	return f.move(filepath.Clean(path))
}

// move puts the folder at a path where there is nothing, or an empty folder.
func (f *folderSink) move(path string) error {
	f.closed = true
	if info, err := os.Lstat(path); err == nil {
		if !info.IsDir() {
			return f.fail(fmt.Errorf("%s is not a folder", path))
		}
		if err := os.Remove(path); err != nil { // fails unless it is empty
			return f.fail(err)
		}
	}
	if err := os.Rename(f.temporary, path); err != nil {
		return f.fail(err)
	}
	return nil
}

// Abort implements data.Sink.
func (f *folderSink) Abort() error {
	if f.err != nil || f.closed {
		return nil
	}
	f.err = fmt.Errorf("images: cannot write %s: aborted", f.path)
	return os.RemoveAll(f.temporary)
}

// fail makes err stick and removes what was written.
func (f *folderSink) fail(err error) error {
	f.err = errors.Join(fmt.Errorf("images: cannot write %s: %w", f.path, err), os.RemoveAll(f.temporary))
	return f.err
}
