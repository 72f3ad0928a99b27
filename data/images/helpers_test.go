package images

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/data"
)

// idx is the content of an IDX file of bytes.
func idx(numbers []byte, shape ...int) []byte {
	b := []byte{0, 0, 8, byte(len(shape))}
	for _, n := range shape {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return append(b, numbers...)
}

// counted is n bytes 0, 1, 2, …
func counted(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func packed(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// write puts a file into a folder, and what is missing of the folder.
func write(t testing.TB, path string, content []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t testing.TB, o data.Options) data.Source {
	t.Helper()
	s, err := o.Open(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Schema().Validate(); err != nil {
		t.Fatal(err)
	}
	return s
}

// read is all rows of a source.
func read(t testing.TB, s data.Source) *data.Batch {
	t.Helper()
	var b data.Batch
	if err := s.Read(t.Context(), &b, 0, s.Rows()); err != nil {
		t.Fatal(err)
	}
	return &b
}

// asBytes are the numbers of rows.
func asBytes(rows *data.Batch) []byte {
	b := make([]byte, len(rows.Real))
	for i, v := range rows.Real {
		b[i] = byte(v)
	}
	return b
}

// wantError is an error unless o opens with an error that has all the parts.
func wantError(t *testing.T, o data.Options, parts ...string) {
	t.Helper()
	_, err := o.Open(t.Context(), 0)
	if err == nil {
		t.Errorf("no error, want %q", parts)
		return
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q, want %q in it", err, part)
		}
	}
}
