package checkpoint

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A tensor that is made while it is written gives the same file as one in memory, and reads the same.
func TestMake(t *testing.T) {
	shape, data := []int{2, 3}, []float32{1, 2, 3, 4, 5, 6}
	file := func(name string, tensor Tensor) []byte {
		t.Helper()
		path := filepath.Join(t.TempDir(), name)
		if err := Write(path, &File{Tensors: []Tensor{tensor}}); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	made := Tensor{Name: "w", Shape: shape, Make: func() []float32 { return data }}
	if want := file("a", Tensor{Name: "w", Shape: shape, Data: data}); !bytes.Equal(file("b", made), want) {
		t.Error("the file differs from that of a tensor in memory")
	}
	got, err := (&File{Tensors: []Tensor{made}}).Tensor("w", 2, 3)
	if err != nil || len(got) != 6 || got[5] != 6 {
		t.Errorf("%v, %v", got, err)
	}
	made.Make = func() []float32 { return data[:5] }
	const want = `tensor "w": shape [2 3] takes 6 elements, got 5`
	if err := Write(filepath.Join(t.TempDir(), "c"), &File{Tensors: []Tensor{made}}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}
