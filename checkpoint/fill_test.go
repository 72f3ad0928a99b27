package checkpoint

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Tensors that are made while they are written, in memory that they share, give the same file as those in memory, and read the
// same.
func TestFill(t *testing.T) {
	all := map[string][]float32{"a": {7, 8}, "w": {1, 2, 3, 4, 5, 6}, "x": {9, 10, 11}}
	file := func(name string, tensors ...Tensor) []byte {
		t.Helper()
		path := filepath.Join(t.TempDir(), name)
		if err := Write(path, &File{Tensors: tensors}); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	var whole, filled []Tensor
	for name, data := range all {
		shape := []int{len(data)}
		whole = append(whole, Tensor{Name: name, Shape: shape, Data: data})
		filled = append(filled, Tensor{Name: name, Shape: shape, Fill: func(to []float32) { copy(to, data) }})
	}
	if want := file("a", whole...); !bytes.Equal(file("b", filled...), want) {
		t.Error("the file differs from that of tensors in memory")
	}
	f := &File{Tensors: filled}
	first, err := f.Tensor("w", 6)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Tensor("x", 3); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(first, all["w"]) {
		t.Errorf("%v, want %v, whatever is read later", first, all["w"])
	}
	impossible := &File{Tensors: []Tensor{{Name: "w", Shape: []int{-1}, Fill: func([]float32) {}}}}
	const want = `tensor "w": shape [-1] has a negative dimension`
	if _, err := impossible.Tensor("w", -1); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}
