package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tiny is a set of one file, which the folder has.
func tiny(t *testing.T) (s set, from string) {
	t.Helper()
	from = t.TempDir()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte("images")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(from, "a.gz"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("images"))
	return set{files: []file{{"a.gz", hex.EncodeToString(sum[:])}}, source: debian("no-such-package", from)}, from
}

// Files are copied once. One that is there with another content is an error, and stays.
func TestFetch(t *testing.T) {
	s, _ := tiny(t)
	folder := filepath.Join(t.TempDir(), "new", "folder")
	if ready, err := s.ready(folder); ready || err != nil {
		t.Errorf("ready before: %v, %v", ready, err)
	}
	if err := s.fetch(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	if ready, err := s.ready(folder); !ready || err != nil {
		t.Errorf("ready after: %v, %v", ready, err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v: want one file", entries, err)
	}
	path := filepath.Join(folder, "a.gz")
	for _, content := range []string{"", "mine", "\x1f\x8b"} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ready(folder); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "move it away") {
			t.Errorf("%q: %v", content, err)
		}
		if err := s.fetch(t.Context(), folder); err != nil {
			t.Fatal(err)
		}
		if kept, err := os.ReadFile(path); err != nil || string(kept) != content {
			t.Errorf("%q was replaced by %q, %v", content, kept, err)
		}
	}
}

// A source whose file has another content than expected is an error, and nothing is written.
func TestFetchDamaged(t *testing.T) {
	s, _ := tiny(t)
	s.files[0].sum = strings.Repeat("0", 64)
	folder := filepath.Join(t.TempDir(), "folder")
	if err := s.fetch(t.Context(), folder); err == nil || !strings.Contains(err.Error(), "expected 0000") {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 0 {
		t.Errorf("%v was written", entries)
	}
}

// Where the commands are missing, the error says how to get the files by hand.
func TestByHand(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("PATH", t.TempDir())
	err := run(t.Context(), new(bytes.Buffer), []string{"mnist"})
	if err == nil {
		t.Fatal("no error without a go command")
	}
	for _, part := range []string{"go mod download", "by hand", "train-images-idx3-ubyte.gz", "datasets/mnist", "https://"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
	for _, args := range [][]string{nil, {"cifar"}, {"mnist", "fashion"}} {
		if err := run(t.Context(), new(bytes.Buffer), args); err == nil || !strings.Contains(err.Error(), "mnist or fashion") {
			t.Errorf("%q: %v", args, err)
		}
	}
}
