package checkpoint

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// A foreign file keeps its tensors and metadata, and is no checkpoint.
func TestForeignRoundTrip(t *testing.T) {
	f := &File{Metadata: map[string]string{"format": "pt"}, Tensors: []Tensor{
		{Name: "b", Shape: []int{2, 1, 3, 3}, Data: make([]float32, 18)}, {Name: "a", Shape: []int{2}, Data: []float32{1, -2}},
		{Name: "scalar", Shape: []int{}, Data: []float32{7}},
	}}
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := WriteForeign(path, f); err != nil {
		t.Fatal(err)
	}
	got, err := ReadForeign(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []Tensor{f.Tensors[1], f.Tensors[0], f.Tensors[2]} // by name
	if got.Name != path || !reflect.DeepEqual(got.Metadata, f.Metadata) || !reflect.DeepEqual(got.Tensors, want) {
		t.Errorf("got %+v", got)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(raw[8:40]); !strings.HasPrefix(text, `{"__metadata__":{"format":"pt"},`) {
		t.Errorf("the header begins with %s", text)
	}
	if _, err := Read(path); !errors.Is(err, ErrForeign) {
		t.Errorf("read as a checkpoint: %v", err)
	}
}

// What is damaged is an error that names the file, as for a checkpoint; a checkpoint itself can be read.
func TestForeignErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.safetensors")
	f := &File{Tensors: []Tensor{{Name: "a", Shape: []int{4}, Data: make([]float32, 4)}}}
	if err := WriteForeign(path, f); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"truncated": whole[:len(whole)-1], "empty": nil, "long": append(bytes.Clone(whole), 0),
		"another type": bytes.Replace(whole, []byte(`"F32"`), []byte(`"I32"`), 1),
	} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadForeign(path); err == nil || got != nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
	if err := Write(path, f); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadForeign(path); err != nil || len(got.Tensors) != 1 {
		t.Errorf("a checkpoint: %v", err)
	}
	if err := WriteForeign(path, &File{Tensors: []Tensor{{Name: "a", Shape: []int{3}, Data: make([]float32, 4)}}}); err == nil {
		t.Error("a tensor of another size was written")
	}
}

// Whatever a foreign file holds, reading it ends with an error or with tensors that fill it.
func FuzzForeign(f *testing.F) {
	path := filepath.Join(f.TempDir(), "x.safetensors")
	if err := WriteForeign(path, &File{Tensors: []Tensor{{Name: "a", Shape: []int{2, 2}, Data: make([]float32, 4)}}}); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := decodeForeign(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return
		}
		bytes := 0
		for _, x := range got.Tensors {
			bytes += 4 * len(x.Data)
		}
		if bytes > len(raw) {
			t.Errorf("%d bytes of tensors in a file of %d", bytes, len(raw))
		}
	})
}
