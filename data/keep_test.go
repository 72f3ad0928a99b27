package data

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file that ends early has the rows so far at another path; what stands at either path already stays.
func TestKeep(t *testing.T) {
	for _, extension := range []string{".csv", ".npy"} {
		folder := t.TempDir()
		path, partial := filepath.Join(folder, "a"+extension), filepath.Join(folder, "part"+extension)
		whole := filepath.Join(folder, "whole"+extension)
		old := []byte("an older file")
		if err := os.WriteFile(path, old, 0o644); err != nil {
			t.Fatal(err)
		}
		rows := &Batch{Rows: 2, Real: []float64{1, 2, 3, 4}, Labels: []int32{1, 0}}
		open := func(path string) Sink {
			t.Helper()
			w, err := NewSink(path, Numbers(2, 2))
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Write(rows); err != nil {
				t.Fatal(err)
			}
			return w
		}
		if err := open(whole).Close(); err != nil {
			t.Fatal(err)
		}
		if err := open(path).Keep(partial); err != nil {
			t.Fatal(err)
		}
		for kept, want := range map[string]string{partial: whole, npyLabelsPath(partial): npyLabelsPath(whole)} {
			got, err := os.ReadFile(kept)
			full, missing := os.ReadFile(want)
			if extension == ".csv" && kept != partial {
				continue // the labels are a column
			}
			if err != nil || missing != nil || !bytes.Equal(got, full) {
				t.Errorf("%s: %q, %v; want %q", kept, got, err, full)
			}
		}
		if text, err := os.ReadFile(path); err != nil || !bytes.Equal(text, old) {
			t.Errorf("%s is %q, %v", path, text, err)
		}
		if err := open(path).Keep(partial); !errors.Is(err, os.ErrExist) {
			t.Errorf("a second file at %s: %v", partial, err)
		}
		names, err := filepath.Glob(filepath.Join(folder, ".*"))
		if err != nil || len(names) > 0 {
			t.Errorf("left behind: %v, %v", names, err)
		}
	}
}

// The copy for file systems without links holds the same.
func TestKeepWithoutLinks(t *testing.T) {
	folder := t.TempDir()
	w, err := newWriter(filepath.Join(folder, "a.npy"), Numbers(1, 0), npyPoints{1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if err := errors.Join(w.Write(&Batch{Rows: 1, Real: []float64{3}}), w.out.Flush()); err != nil {
		t.Fatal(err)
	}
	if err := w.copyTo(filepath.Join(folder, "b.npy")); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(folder, "b.npy")); err != nil || len(text) != npyHeaderSize+4 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	if err := w.copyTo(filepath.Join(folder, "b.npy")); !errors.Is(err, os.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
}

// A stream has what the file has, row by row.
func TestCSVStream(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	file, err := NewCSV(path, Numbers(2, 2))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	stream, err := NewCSVStream(&out, Numbers(2, 2))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		rows := &Batch{Rows: 1, Real: []float64{float64(i), 0.1}, Labels: []int32{1}}
		if err := errors.Join(file.Write(rows), stream.Write(rows)); err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(out.Bytes(), []byte{'\n'}); lines != i+2 {
			t.Errorf("%d lines after %d rows", lines, i+1)
		}
	}
	if err := errors.Join(stream.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	if want, err := os.ReadFile(path); err != nil || !bytes.Equal(out.Bytes(), want) {
		t.Errorf("the stream is %q, the file %q, %v", out.Bytes(), want, err)
	}
	if err := stream.Keep(path); err == nil {
		t.Error("a stream was kept as a file")
	}
	if err := stream.Write(&Batch{Rows: 1, Real: []float64{1}}); err == nil || !strings.Contains(err.Error(), "want 1 whole rows of 2") {
		t.Errorf("half a row: %v", err)
	}
	if err := stream.Close(); err == nil {
		t.Error("the error did not stick")
	}
	if _, err := NewCSVStream(brokenPipe{}, Numbers(2, 0)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a broken pipe: %v", err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, os.ErrClosed }
