package images

import (
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/data"
)

// somePixels is a batch of images of a schema, no two alike.
func somePixels(s data.Schema, first, n int, labels ...int32) *data.Batch {
	b := &data.Batch{First: first, Rows: n, Labels: labels}
	for i := range n * s.Dim() {
		b.Real = append(b.Real, float64((37*i+11*first)%256))
	}
	return b
}

// filesIn are the files below a folder, by their paths in it.
func filesIn(t *testing.T, folder string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			path, err = filepath.Rel(folder, path)
			files = append(files, filepath.ToSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// A folder of single images holds just the pixels, and appears when it is complete.
func TestFolderSink(t *testing.T) {
	for _, channels := range []int{1, 3} {
		schema, parent := data.Schema{Image: []int{3, 5, channels}}, t.TempDir()
		path := filepath.Join(parent, "samples") + "/"
		w, err := NewFolder(path, schema, 3)
		if err != nil {
			t.Fatal(err)
		}
		first, second := somePixels(schema, 0, 2), somePixels(schema, 2, 1)
		if err := errors.Join(w.Write(first), w.Write(second)); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("the folder is there before it is complete")
		}
		if err := errors.Join(w.Close(), w.Close(), w.Abort()); err != nil {
			t.Fatal(err)
		}
		if got := filesIn(t, parent); !slices.Equal(got, []string{"samples/0000.png", "samples/0001.png", "samples/0002.png"}) {
			t.Errorf("files %v", got)
		}
		file, err := os.Open(filepath.Join(path, "0002.png"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		got, err := png.Decode(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, gray := got.(*image.Gray); gray != (channels == 1) || got.Bounds() != image.Rect(0, 0, 5, 3) {
			t.Errorf("%d channels: %T of %v", channels, got, got.Bounds())
		}
		for i := range 15 {
			c := color.NRGBAModel.Convert(got.At(i%5, i/5)).(color.NRGBA)
			for k, v := range []byte{c.R, c.G, c.B}[:channels] {
				if want := second.Real[i*channels+k]; float64(v) != want || c.A != 255 {
					t.Fatalf("pixel %d, channel %d: %d, want %v", i, k, v, want)
				}
			}
		}
		if pixels, err := Read(filepath.Join(path, "0001.png"), schema.Image); err != nil || float64(pixels[7]) != first.Real[schema.Dim()+7] {
			t.Errorf("read back: %v, %v", pixels, err)
		}
	}
}

// Images with labels are in folders of their classes, which the kind folder reads back.
func TestFolderSinkOfClasses(t *testing.T) {
	schema, parent := data.Schema{Image: []int{2, 2, 1}, Classes: []string{"cat", "dog"}}, t.TempDir()
	path := filepath.Join(parent, "out")
	if err := os.Mkdir(path, 0o777); err != nil { // an empty folder is no obstacle
		t.Fatal(err)
	}
	w, err := NewFolder(path, schema, 20_000)
	if err != nil {
		t.Fatal(err)
	}
	rows := somePixels(schema, 0, 3, 1, 0, 1)
	if err := errors.Join(w.Write(rows), w.Close()); err != nil {
		t.Fatal(err)
	}
	if got := filesIn(t, path); !slices.Equal(got, []string{"cat/00001.png", "dog/00000.png", "dog/00002.png"}) {
		t.Errorf("files %v", got)
	}
	source, err := (&Folder{Path: path, Labels: true, Color: colorOfFiles}).Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var back data.Batch
	if err := source.Read(t.Context(), &back, 0, 3); err != nil {
		t.Fatal(err)
	}
	if want := append(slices.Clone(rows.Real[4:8]), rows.Real[:4]...); !slices.Equal(back.Real[:8], want) ||
		!slices.Equal(back.Labels, []int32{0, 1, 1}) || !slices.Equal(source.Schema().Classes, schema.Classes) {
		t.Errorf("read back: %v, %v, %v", back.Real, back.Labels, source.Schema().Classes)
	}
	for _, classes := range [][]string{{"T-shirt/top", "bag"}, {"A", "a"}, {"", "b"}, {"..", "b"}} { // no names for folders
		if got := foldersOf(classes); !slices.Equal(got, []string{"0", "1"}) {
			t.Errorf("%q: folders %q", classes, got)
		}
	}
}

// Nothing is replaced, and a folder that is not completed leaves nothing behind.
func TestFolderSinkErrors(t *testing.T) {
	schema, parent := data.Schema{Image: []int{2, 2, 1}, Classes: []string{"a"}}, t.TempDir()
	full := filepath.Join(parent, "full")
	if err := errors.Join(os.Mkdir(full, 0o777), os.WriteFile(filepath.Join(full, "mine.txt"), nil, 0o666)); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path   string
		schema data.Schema
		want   string
	}{
		{full, schema, "is not empty (it has mine.txt), and nothing in it is replaced"},
		{filepath.Join(full, "mine.txt"), schema, "is not a folder"},
		{filepath.Join(parent, "no/such"), schema, "cannot create"},
		{filepath.Join(parent, "b"), data.Schema{Image: []int{2, 2, 2}}, "1 channel (gray) or 3"},
		{filepath.Join(parent, "b"), data.Numbers(2, 0), "these rows are none"},
		{filepath.Join(parent, "b"), data.Schema{}, "schema"},
	} {
		if _, err := NewFolder(test.path, test.schema, 1); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
	for _, test := range []struct {
		rows *data.Batch
		want string
	}{
		{&data.Batch{Rows: 1, Real: make([]float64, 3), Labels: []int32{0}}, "1 whole images of 4 numbers, got 3"},
		{&data.Batch{Rows: 1, Real: make([]float64, 4)}, "a label for each of 1 images, got 0"},
		{&data.Batch{Rows: 1, Real: make([]float64, 4), Labels: []int32{1}}, "image 0: label must be from 0 to 0, got 1"},
		{&data.Batch{Rows: 1, Real: []float64{0, 0, 0.5, 0}, Labels: []int32{0}}, "image 0: number 2 must be a whole number from 0 to 255"},
	} {
		w, err := NewFolder(filepath.Join(parent, "c"), schema, 1)
		if err != nil {
			t.Fatal(err)
		}
		err = w.Write(test.rows)
		if err == nil || !strings.Contains(err.Error(), test.want) || w.Close() == nil || w.Keep("d") == nil || w.Abort() != nil {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
	w, err := NewFolder(filepath.Join(parent, "d"), schema, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(somePixels(schema, 0, 1, 0)), w.Abort()); err != nil || w.Write(somePixels(schema, 0, 1, 0)) == nil {
		t.Errorf("after Abort: %v", err)
	}
	// A file that came meanwhile is not replaced.
	if w, err = NewFolder(filepath.Join(parent, "e"), schema, 1); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(somePixels(schema, 0, 1, 0)), os.WriteFile(filepath.Join(parent, "e"), nil, 0o666)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), "is not a folder") {
		t.Errorf("a file at its place: %v", err)
	}
	if got := filesIn(t, parent); !slices.Equal(got, []string{"e", "full/mine.txt"}) {
		t.Errorf("files %v", got)
	}
}

// An interrupted folder can be kept elsewhere.
func TestFolderSinkKeep(t *testing.T) {
	schema, parent := data.Schema{Image: []int{2, 2, 1}}, t.TempDir()
	w, err := NewFolder(filepath.Join(parent, "a"), schema, 9)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(somePixels(schema, 0, 1)), w.Keep(filepath.Join(parent, "a.partial"))); err != nil {
		t.Fatal(err)
	}
	if got := filesIn(t, parent); !slices.Equal(got, []string{"a.partial/0000.png"}) || w.Close() != nil || w.Keep("b") == nil ||
		w.Write(somePixels(schema, 0, 1)) == nil {
		t.Errorf("files %v", got)
	}
}
