package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The program needs one checkpoint of a run, here of version 1.
func TestSampleOnly(t *testing.T) {
	checkpoints, err := filepath.Glob("../../testdata/version1/scurve_edm/checkpoints/*.safetensors")
	if err != nil || len(checkpoints) == 0 {
		t.Fatal("no checkpoint to sample from: ", err)
	}
	folder := t.TempDir()
	if err := os.CopyFS(filepath.Join(folder, "checkpoints"), os.DirFS(filepath.Dir(checkpoints[0]))); err != nil {
		t.Fatal(err)
	}
	points := func(seed string) string {
		var out bytes.Buffer
		path := filepath.Join(folder, seed+".csv")
		if err := sample(t.Context(), []string{"-run", folder, "-n", "20", "-seed", seed, "-o", path}, &out); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(out.String(), "20 samples of ") {
			t.Errorf("it printed %q", out.String())
		}
		text, err := os.ReadFile(path)
		if err != nil || bytes.Count(text, []byte{'\n'}) != 21 {
			t.Errorf("the file is %q, %v", text, err)
		}
		return string(text)
	}
	if points("1") == points("2") {
		t.Error("two seeds gave the same samples")
	}
	if err := sample(t.Context(), []string{"-run", t.TempDir()}, new(bytes.Buffer)); err == nil ||
		!strings.Contains(err.Error(), "holds no run") {
		t.Errorf("a folder without a run: %v", err)
	}
}
