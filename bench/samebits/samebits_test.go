package main

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/checkpoint"
)

// runOf writes a run with one checkpoint.
func runOf(t *testing.T, tensors ...checkpoint.Tensor) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "checkpoints")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := checkpoint.Write(checkpoint.Path(folder, 3), &checkpoint.File{Tensors: tensors}); err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(folder)
}

func TestSameTensors(t *testing.T) {
	negativeZero := float32(math.Copysign(0, -1))
	weight := func(name string, shape []int, data ...float32) checkpoint.Tensor {
		return checkpoint.Tensor{Name: name, Shape: shape, Data: data}
	}
	pair := []int{2}
	old := runOf(t, weight("model.w", pair, 0, 1), weight("optim.m.w", pair, 2, 3))
	for _, test := range []struct {
		present []checkpoint.Tensor
		want    string // "": the same
	}{
		{[]checkpoint.Tensor{weight("model.w", pair, 0, 1), weight("optim.adam.m.w", pair, 2, 3)}, ""},
		{[]checkpoint.Tensor{weight("model.w", pair, negativeZero, 1), weight("optim.adam.m.w", pair, 2, 3)}, "1 of 2 differ: model.w"},
		{[]checkpoint.Tensor{weight("model.w", []int{1, 2}, 0, 1), weight("optim.adam.m.w", pair, 2, 3)}, "shapes [2] and [1 2]"},
		{[]checkpoint.Tensor{weight("model.w", pair, 0, 1)}, "optim.adam.m.w is in one only"},
		{[]checkpoint.Tensor{weight("model.w", pair, 0, 1), weight("optim.adam.m.w", pair, 2, 3), weight("x", pair, 0, 0)}, "x is in one only"},
	} {
		f := sameTensors(old, runOf(t, test.present...))
		if f.differ != (test.want != "") || !strings.Contains(f.what, test.want) {
			t.Errorf("%+v, want %q", f, test.want)
		}
	}
	if f := sameTensors(old, t.TempDir()); !f.differ {
		t.Error("a run without checkpoints is the same as one with")
	}
}

func TestSameFiles(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a, missing := file("a", "abc"), filepath.Join(folder, "missing")
	for _, test := range []struct {
		path   string
		differ bool
	}{{file("b", "abc"), false}, {file("c", "abd"), true}, {file("d", "ab"), true}, {missing, true}} {
		if f := sameFiles(a, test.path); f.differ != test.differ {
			t.Errorf("%s: %+v", test.path, f)
		}
	}
	if f := sameFiles(missing, missing); f.differ || f.what != "none" {
		t.Errorf("two missing files: %+v", f)
	}
}

func TestRow(t *testing.T) {
	r := row{{what: "33 same"}, {what: "same"}}
	if r.differs() {
		t.Errorf("%v differs", r)
	}
	r[4] = finding{"a | b\nc", true}
	if !r.differs() || r.cells()[4] != "**a | b\nc**" {
		t.Errorf("%v does not differ", r.cells())
	}
}

func TestPresets(t *testing.T) {
	s := side{root: t.TempDir()}
	if _, err := s.presets(""); err == nil {
		t.Error("no error without presets")
	}
	if err := os.Mkdir(filepath.Join(s.root, "configs"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.yaml", "b.yaml"} {
		if err := os.WriteFile(filepath.Join(s.root, "configs", name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		chosen string
		want   []string
	}{{"", []string{"a", "b"}}, {"b", []string{"b"}}, {"b,a", []string{"b", "a"}}, {"c", nil}, {"a,", nil}} {
		got, err := s.presets(test.chosen)
		if !slices.Equal(got, test.want) || (err == nil) != (test.want != nil) {
			t.Errorf("presets(%q) = %v, %v; want %v", test.chosen, got, err, test.want)
		}
	}
}
