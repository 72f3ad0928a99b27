package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/data"
)

func TestCustomData(t *testing.T) {
	folder := t.TempDir()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-out", folder, "-rows", "1000", "-epochs", "40"}, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	tests := []struct {
		name, columns string
		mean, within  float64 // of the first column, and how far that of the samples may be from it
		mostW1        float64
	}{
		{"measured 0", "x0,x1", 178, 5, 6},
		{"measured 1", "x0,x1", 166, 5, 6},
		{"helices left", "x,y,z", 0, 50, 120},
		{"helices right", "x,y,z", 0, 50, 120},
	}
	if len(lines) != len(tests) {
		t.Fatalf("it printed\n%s", out.String())
	}
	for i, test := range tests {
		means, rest, _ := strings.Cut(strings.TrimPrefix(lines[i], test.name+": means ["), " ")
		_, distances, _ := strings.Cut(rest, "; sliced W1 ")
		var mean, w1, floor float64
		_, err := fmt.Sscanf(means+" "+distances, "%f %f, of held-out rows %f", &mean, &w1, &floor)
		if err != nil || mean < test.mean-test.within || mean > test.mean+test.within || w1 > test.mostW1 || floor <= 0 {
			t.Errorf("%q: mean %v, sliced W1 %v, floor %v, %v", lines[i], mean, w1, floor, err)
		}
		run, class, _ := strings.Cut(test.name, " ")
		points, err := os.ReadFile(filepath.Join(folder, run, "samples", class+".csv"))
		if err != nil {
			t.Error(err)
		}
		if !bytes.HasPrefix(points, []byte(test.columns+"\n")) || bytes.Count(points, []byte{'\n'}) != 101 {
			t.Errorf("the samples of %s begin with %.40q", test.name, points)
		}
	}
}

// A source gives the same rows in any order of reading, and refuses rows that it does not have.
func TestHelices(t *testing.T) {
	h := helices{100}
	var all, some data.Batch
	if err := h.Read(t.Context(), &all, 0, 100); err != nil {
		t.Fatal(err)
	}
	if err := h.Read(t.Context(), &some, 40, 10); err != nil {
		t.Fatal(err)
	}
	for i, v := range some.Real {
		if v != all.Real[3*40+i] {
			t.Fatalf("number %d of rows 40 …: %v, want %v", i, v, all.Real[3*40+i])
		}
	}
	if err := h.Schema().Validate(); err != nil {
		t.Error(err)
	}
	if err := h.Read(t.Context(), &some, 95, 6); err == nil {
		t.Error("row 100 of 100 was read")
	}
}
