package data

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Images are bytes, whose shape has the channels only if there are several.
func TestNPYOfImages(t *testing.T) {
	for _, test := range []struct {
		shape []int
		want  string
	}{{[]int{2, 3, 1}, "(2, 2, 3)"}, {[]int{1, 2, 3}, "(2, 1, 2, 3)"}} {
		schema, path := Schema{Image: test.shape, Classes: []string{"a"}}, filepath.Join(t.TempDir(), "x.npy")
		w, err := NewSink(path, schema)
		if err != nil {
			t.Fatal(err)
		}
		rows := []float64{0, 1, 127, 128, 254, 255}
		for first := range 2 {
			if err := w.Write(&Batch{First: first, Rows: 1, Real: rows, Labels: []int32{0}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		wantOnly(t, filepath.Dir(path), "x.npy", "x_labels.npy")
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := append(NPYHeader("|u1", test.want), 0, 1, 127, 128, 254, 255, 0, 1, 127, 128, 254, 255)
		if !bytes.Equal(file, want) {
			t.Errorf("file %q, want %q", file, want)
		}
		var b bytes.Buffer
		stream, err := NewNPYStream(&b, schema.Unlabeled(), 2)
		if err != nil {
			t.Fatal(err)
		}
		err = errors.Join(stream.Write(&Batch{Rows: 2, Real: append(rows, rows...)}), stream.Close())
		if err != nil || !bytes.Equal(b.Bytes(), want) {
			t.Errorf("stream %q, %v", b.Bytes(), err)
		}
	}
}

func TestNPYOfImagesErrors(t *testing.T) {
	schema := Schema{Image: []int{1, 2, 1}}
	for _, v := range []float64{-1, 256, 0.5} {
		w, err := NewSink(filepath.Join(t.TempDir(), "x.npy"), schema)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(&Batch{First: 3, Rows: 1, Real: []float64{0, v}}); err == nil ||
			!strings.Contains(err.Error(), "image 3: number 1 must be a whole number from 0 to 255") {
			t.Errorf("error %v", err)
		}
	}
	labeled := schema
	labeled.Classes = []string{"a"}
	for _, s := range []Schema{labeled, Numbers(2, 0), {Image: []int{1}}} {
		if _, err := NewNPYStream(new(bytes.Buffer), s, 1); err == nil {
			t.Errorf("%+v: no error", s)
		}
	}
	stream, err := NewNPYStream(new(bytes.Buffer), schema, 2)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(stream.Write(&Batch{Rows: 1, Real: []float64{1, 2}}), stream.Close())
	if err == nil || !strings.Contains(err.Error(), "the header promises 2 images, and there are 1") {
		t.Errorf("error %v", err)
	}
}
