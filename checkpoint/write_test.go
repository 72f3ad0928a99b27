package checkpoint

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestGolden holds both sides against a file that testdata/golden.py wrote.
func TestGolden(t *testing.T) {
	golden := filepath.Join("testdata", "golden.safetensors")
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.safetensors")
	if err := Write(path, small()); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("Write gives\n%q\nexpected\n%q", got, want)
	}
	plain := filepath.Join(filepath.Dir(path), "plain")
	if err := os.WriteFile(plain, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if a, b := mode(t, path), mode(t, plain); a != b {
		t.Errorf("permissions %v, expected those of any file, %v", a, b)
	}
	f, err := Read(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !equal(f, small()) || f.Name != golden {
		t.Errorf("Read gives %v\nexpected %v", f, small())
	}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

func TestRoundTrip(t *testing.T) {
	tensor := rapid.Custom(func(t *rapid.T) Tensor {
		shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(t, "shape")
		n, err := elements(shape)
		if err != nil {
			t.Fatal(err)
		}
		bits := rapid.SliceOfN(rapid.Uint32(), n, n).Draw(t, "bits")
		data := make([]float32, n)
		for i := range bits {
			data[i] = math.Float32frombits(bits[i]) // NaNs of every kind as well
		}
		name := rapid.String().Filter(func(s string) bool { return s != metadataKey }).Draw(t, "name")
		return Tensor{Name: name, Shape: shape, Data: data}
	})
	rapid.Check(t, func(r *rapid.T) {
		f := &File{
			Tensors:  rapid.SliceOfNDistinct(tensor, 0, 6, func(t Tensor) string { return t.Name }).Draw(r, "tensors"),
			Metadata: rapid.MapOf(rapid.String(), rapid.String()).Draw(r, "metadata"),
		}
		content := encoded(t, f)
		if content[0]%8 != 0 {
			r.Fatalf("the data section begins at byte %d+8, not a multiple of 8", content[0])
		}
		got, err := decodeBytes(content)
		if err != nil {
			r.Fatal(err)
		}
		if !equal(got, f) {
			r.Fatalf("read %v, wrote %v", got, f)
		}
		slices.Reverse(f.Tensors)
		if !bytes.Equal(encoded(t, f), content) {
			r.Fatal("the order of the tensors in memory changes the file")
		}
	})
}

// TestChunks puts the ends of tensors and of the header at and around the ends of the buffer.
func TestChunks(t *testing.T) {
	const chunk = chunkSize / 4
	for _, sizes := range [][]int{{chunk - 1, 2}, {chunk, 1}, {chunk + 1}, {3*chunk - 7, 1, 1, 5, chunk}} {
		for pad := range 17 {
			f := &File{Metadata: map[string]string{"pad": strings.Repeat("x", pad*4)}}
			if pad == 16 {
				f.Metadata["pad"] = strings.Repeat("x", 2*chunkSize)
			}
			for i, n := range sizes {
				data := make([]float32, n)
				for j := range data {
					data[j] = float32(i*1000003 + j)
				}
				f.Tensors = append(f.Tensors, Tensor{Name: string(rune('a' + i)), Shape: []int{n}, Data: data})
			}
			if got, err := decodeBytes(encoded(t, f)); err != nil || !equal(got, f) {
				t.Errorf("sizes %v, pad %d: read something else: %v", sizes, pad, err)
			}
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	one := []float32{1}
	for _, test := range []struct {
		f    File
		want string
	}{
		{File{Tensors: []Tensor{{Name: "w", Shape: []int{1}, Data: one}, {Name: "w", Shape: []int{1}, Data: one}}}, `tensor "w" appears twice`},
		{File{Tensors: []Tensor{{Name: "w", Shape: []int{2, 3}, Data: one}}}, `tensor "w": shape [2 3] takes 6 elements, got 1`},
		{File{Tensors: []Tensor{{Name: "w", Shape: nil, Data: nil}}}, `tensor "w": shape [] takes 1 elements, got 0`},
		{File{Tensors: []Tensor{{Name: "w", Shape: []int{-1, -1}, Data: one}}}, `tensor "w": shape [-1 -1] has a negative dimension`},
		{File{Tensors: []Tensor{{Name: "w", Shape: []int{math.MaxInt, 2}, Data: one}}}, `tensor "w": shape [9223372036854775807 2] is too large`},
		{File{Tensors: []Tensor{{Name: "__metadata__", Shape: []int{1}, Data: one}}}, `tensor "__metadata__": the name is reserved by the format`},
		{File{Tensors: []Tensor{{Name: "\xff", Shape: []int{1}, Data: one}}}, `tensor "\xff": name is not valid UTF-8`},
		{File{Metadata: map[string]string{"euryale.format": "1"}}, `metadata "euryale.format": the key is reserved by this package`},
		{File{Metadata: map[string]string{"euryale.checksum": ""}}, `metadata "euryale.checksum": the key is reserved by this package`},
		{File{Metadata: map[string]string{"config": "\xff"}}, `metadata "config": is not valid UTF-8`},
		{File{Metadata: map[string]string{"\xff": ""}}, `metadata "\xff": is not valid UTF-8`},
	} {
		path := filepath.Join(t.TempDir(), "a.safetensors")
		want := "write checkpoint " + path + ": " + test.want
		if err := Write(path, &test.f); err == nil || err.Error() != want {
			t.Errorf("got %v\nexpected %s", err, want)
		}
		wantFiles(t, filepath.Dir(path))
	}
}

// wantFiles checks the names in a folder.
func wantFiles(t *testing.T, folder string, names ...string) {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, file := range files {
		got = append(got, file.Name())
	}
	slices.Sort(names)
	if !slices.Equal(got, names) {
		t.Errorf("%s holds %q, expected %q", folder, got, names)
	}
}

func TestWriteFails(t *testing.T) {
	folder := t.TempDir()
	if err := Write(filepath.Join(folder, "none", "a.safetensors"), small()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing folder: %v", err)
	}

	// The rename fails, the last step before the old file is gone.
	occupied := filepath.Join(folder, "occupied.safetensors")
	if err := os.MkdirAll(filepath.Join(occupied, "inside"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(occupied, small()); err == nil || !strings.Contains(err.Error(), occupied) {
		t.Errorf("a folder in the way: %v", err)
	}
	wantFiles(t, folder, "occupied.safetensors")
}

// TestTemporaryFileInSameFolder: a rename is atomic only within a file system, and Prune looks nowhere else.
func TestTemporaryFileInSameFolder(t *testing.T) {
	path, elsewhere := filepath.Join(t.TempDir(), "a.safetensors"), t.TempDir()
	t.Setenv("TMPDIR", elsewhere)
	old := time.Unix(1e9, 0)
	if err := os.Chtimes(elsewhere, old, old); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, small()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(elsewhere); err != nil || !info.ModTime().Equal(old) {
		t.Errorf("the folder for temporary files was touched: %v", err)
	}
}

func TestWriteToReadOnlyFolder(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write to a read-only folder")
	}
	readOnly := filepath.Join(t.TempDir(), "read-only")
	if err := os.Mkdir(readOnly, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(readOnly, "a.safetensors")
	if err := Write(path, small()); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(readOnly, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(readOnly, 0o755) })
	if err := Write(path, &File{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("read-only folder: %v", err)
	}
	if f, err := Read(path); err != nil || !equal(f, small()) {
		t.Errorf("the old file is not as it was: %v", err)
	}
}

// full is a disk with room for n bytes.
type full struct{ n int }

func (w *full) Write(p []byte) (int, error) {
	if w.n < len(p) {
		return w.n, io.ErrShortWrite
	}
	w.n -= len(p)
	return len(p), nil
}

func TestEncodeNamesTensorThatDidNotFit(t *testing.T) {
	f := &File{Tensors: []Tensor{{Name: "a", Shape: []int{chunkSize}, Data: make([]float32, chunkSize)}, {Name: "b", Shape: []int{chunkSize}, Data: make([]float32, chunkSize)}}}
	for room, want := range map[int]string{0: `tensor "a": `, 5 * chunkSize: `tensor "b": `} {
		if _, _, err := encode(&full{room}, f); !errors.Is(err, io.ErrShortWrite) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("room for %d bytes: %v, expected %s", room, err, want)
		}
	}
	if _, _, err := encode(&full{100}, small()); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("the last flush: %v", err)
	}
}

// TestReadWhileWriting: a reader of a file that is being replaced sees one content or the other, never a mixture.
func TestReadWhileWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	content := func(step string, n int, v float32) *File {
		return &File{Metadata: map[string]string{"step": step}, Tensors: []Tensor{{Name: "w", Shape: []int{n}, Data: slices.Repeat([]float32{v}, n)}}}
	}
	files := []*File{content("1", 100_000, 1), content("2", 150_001, 2)}
	if err := Write(path, files[0]); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for reads := 0; ; reads++ {
				select {
				case <-done:
					if reads == 0 {
						t.Error("nothing was read meanwhile")
					}
					return
				default:
				}
				if f, err := Read(path); err != nil || !equal(f, files[0]) && !equal(f, files[1]) {
					t.Errorf("neither the old nor the new file: %v", err)
					return
				}
			}
		})
	}
	for i := range 16 {
		if err := Write(path, files[(i+1)%2]); err != nil {
			t.Error(err)
		}
	}
	close(done)
	readers.Wait()
	wantFiles(t, filepath.Dir(path), "a.safetensors")
}
