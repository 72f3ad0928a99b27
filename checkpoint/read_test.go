package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func TestReadMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.safetensors")
	if _, err := Read(path); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("missing file: %v", err)
	}
	folder := t.TempDir()
	if _, err := Read(folder); err == nil || !strings.Contains(err.Error(), folder+" is not a regular file") {
		t.Errorf("folder: %v", err)
	}
	empty := filepath.Join(folder, "empty.safetensors")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(empty); err == nil || err.Error() != "checkpoint "+empty+": file is empty" {
		t.Errorf("empty file: %v", err)
	}
}

// refused reports whether content is an error that names the file, and no partial result.
func refused(content []byte) bool {
	f, err := decodeBytes(content)
	return f == nil && err != nil && strings.HasPrefix(err.Error(), "checkpoint a.safetensors: ")
}

func TestEveryTruncation(t *testing.T) {
	content := encoded(t, small())
	for n := range content {
		if !refused(content[:n]) {
			t.Errorf("the first %d of %d bytes are taken for a checkpoint", n, len(content))
		}
		if !refused(content[n+1:]) {
			t.Errorf("the last %d of %d bytes are taken for a checkpoint", len(content)-n-1, len(content))
		}
	}
	for _, tail := range []string{"\x00", " ", "\x00\x00\x00\x00", string(content)} {
		if !refused(append(bytes.Clone(content), tail...)) {
			t.Errorf("%d bytes more are not noticed", len(tail))
		}
	}
}

// TestEveryChangedByte sets each byte of a file to each other value: the length, the JSON, the padding, the checksum
// itself and the data.
func TestEveryChangedByte(t *testing.T) {
	content := encoded(t, &File{Metadata: map[string]string{"step": "7"}, Tensors: []Tensor{{Name: "w", Shape: []int{2}, Data: []float32{1, 2}}}})
	for i, old := range content {
		for v := range 256 {
			content[i] = byte(v)
			if byte(v) != old && !refused(content) {
				t.Errorf("byte %d changed from %#x to %#x is not noticed", i, old, v)
			}
		}
		content[i] = old
	}
	if refused(content) {
		t.Error("the file as written is refused")
	}
}

func TestDamagedOutsideHeader(t *testing.T) {
	good := encoded(t, small())
	cut := len(good) - 1
	for _, test := range []struct {
		name   string
		damage func(b []byte) []byte
		want   string
	}{
		{"empty", func(b []byte) []byte { return nil }, "file is empty"},
		{"no length", func(b []byte) []byte { return b[:7] }, "file has 7 bytes, expected at least 8: truncated"},
		{"only a length", func(b []byte) []byte { return b[:8] }, "header length is 720 bytes, but only 0 follow: truncated"},
		{"no data", func(b []byte) []byte { return b[:728] },
			`tensor "ema.linears.0.bias": ends at byte 12 of the data section, which has 0: truncated`},
		{"cut data", func(b []byte) []byte { return b[:cut] },
			`tensor "optim.scalar": ends at byte 76 of the data section, which has 75: truncated`},
		{"tail", func(b []byte) []byte { return append(b, 0) }, "data section has 77 bytes, expected 76"},
		{"not safetensors", func(b []byte) []byte { return []byte("name: scurve\nsteps: 100\n") },
			"expected at most 100000000: not a safetensors file, or damaged"},
		{"changed data", func(b []byte) []byte { b[cut] ^= 1; return b }, "damaged: the file's checksum is "},
	} {
		_, err := decodeBytes(test.damage(bytes.Clone(good)))
		if err == nil || !strings.HasPrefix(err.Error(), "checkpoint a.safetensors: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v\nexpected %s", test.name, err, test.want)
		}
	}
}

// TestReaderShorterThanSize reads a file that was cut off after its size was read.
func TestReaderShorterThanSize(t *testing.T) {
	content := encoded(t, small())
	for n := range content {
		if f, err := Decode(bytes.NewReader(content[:n]), int64(len(content)), "a"); f != nil || err == nil {
			t.Errorf("%d of %d bytes: %v", n, len(content), f)
		}
	}
	if f, err := Decode(bytes.NewReader(content), -1, "a"); f != nil || err == nil {
		t.Errorf("size -1: %v", f)
	}
}

// failing is a disk with an error after so many bytes read.
type failing struct {
	r    io.ReaderAt
	left int
}

func (d *failing) ReadAt(p []byte, at int64) (int, error) {
	n, err := d.r.ReadAt(p[:min(len(p), d.left)], at)
	if d.left -= n; n < len(p) && err == nil {
		err = syscall.EIO
	}
	return n, err
}

func TestReadError(t *testing.T) {
	content := encoded(t, small())
	all := &failing{bytes.NewReader(content), 1 << 20}
	if _, err := Decode(all, int64(len(content)), "a"); err != nil {
		t.Fatal(err)
	}
	for n := range 1<<20 - all.left {
		f, err := Decode(&failing{bytes.NewReader(content), n}, int64(len(content)), "a")
		if f != nil || !errors.Is(err, syscall.EIO) {
			t.Errorf("error after %d bytes: %v, %v", n, f, err)
		}
	}
}

// allocated returns the bytes that run takes from the heap, freed or not.
func allocated(run func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestAllocation: the reader allocates no more than the size of the file and a buffer, and nothing for the tensors of a
// damaged file.
func TestAllocation(t *testing.T) {
	const slack = 1 << 20
	content := encoded(t, &File{Tensors: []Tensor{{Name: "w", Shape: []int{4 << 20}, Data: make([]float32, 4<<20)}}})
	if n := allocated(func() { decodeBytes(content) }); n > uint64(len(content))+slack {
		t.Errorf("reading %d bytes takes %d", len(content), n)
	}
	content[len(content)-1] = 1
	if n := allocated(func() { decodeBytes(content) }); n > slack {
		t.Errorf("refusing a damaged file takes %d bytes", n)
	}
	long := append(binary.LittleEndian.AppendUint64(nil, maxHeader), "{}"...)
	huge := raw(`{META,"w":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}`, 4)
	for _, content := range [][]byte{long, huge} {
		if n := allocated(func() { decodeBytes(content) }); n > slack {
			t.Errorf("refusing a file of %d bytes takes %d", len(content), n)
		}
	}
}

func FuzzDecode(f *testing.F) {
	content := encoded(f, small())
	f.Add(content)
	f.Add(content[:len(content)-1])
	f.Add(encoded(f, &File{}))
	f.Add([]byte{})
	f.Add(raw(`{META}`, 0))
	f.Add(raw(`{"__metadata__":{"euryale.format":"2"}}`, 4))
	f.Add(raw(`{META,"w":{"dtype":"F32","shape":[2,-1],"data_offsets":[0,4]}}`, 4))
	f.Add(raw(`{"w":{"shape":[1],"data_offsets":[0,4],"dtype":"F32"}, META} `, 4))
	f.Fuzz(func(t *testing.T, content []byte) {
		// With the checksum mended the checks of the header cannot hide behind it.
		for _, content := range [][]byte{content, reseal(content)} {
			got, err := decodeBytes(content)
			if (got == nil) == (err == nil) {
				t.Fatalf("both or neither of a file and an error: %v, %v", got, err)
			}
			if err != nil {
				continue
			}
			again, err := decodeBytes(encoded(t, got))
			if err != nil || !equal(again, got) {
				t.Fatalf("%v is not the same written and read: %v, %v", got, again, err)
			}
		}
	})
}
