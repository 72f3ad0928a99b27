package table

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"euryale/data"
)

// fileOf writes a file of a test.
func fileOf(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// readText reads delimited text with options that a function changes.
func readText(t testing.TB, text string, change func(*ReadOptions)) (*Table, error) {
	t.Helper()
	o := DefaultReadOptions()
	if change != nil {
		change(&o)
	}
	return Read(context.Background(), fileOf(t, "F.csv", text), o)
}

func mustRead(t testing.TB, text string, change func(*ReadOptions)) *Table {
	t.Helper()
	table, err := readText(t, text, change)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// writeBack writes all rows of a source as a file of the extension.
func writeBack(t testing.TB, s data.Source, extension string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out"+extension)
	sink, err := NewSink(path, s.Schema())
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Abort()
	var rows data.Batch
	for first := 0; first < s.Rows(); first += 7 {
		if err := s.Read(context.Background(), &rows, first, min(7, s.Rows()-first)); err != nil {
			t.Fatal(err)
		}
		if err := sink.Write(&rows); err != nil {
			t.Fatal(err)
		}
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func contentOf(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// readAt writes a text to a path, and reads it.
func readAt(path, text string) (*Table, error) {
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		return nil, err
	}
	return Read(context.Background(), path, DefaultReadOptions())
}
