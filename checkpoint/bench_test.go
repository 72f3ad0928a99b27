package checkpoint

import (
	"crypto/sha256"
	"path/filepath"
	"testing"
)

// benchmarkFile has about 50 MB of data: weights, average and two moments of a net of about three million parameters.
func benchmarkFile() (f *File, bytes int64) {
	f = &File{Metadata: map[string]string{"config": "diffusion:\n  steps: 100\n"}}
	for _, name := range []string{"model.linears.0.weight", "ema.linears.0.weight", "optim.m.linears.0.weight", "optim.v.linears.0.weight"} {
		data := make([]float32, 1750*1750)
		for i := range data {
			data[i] = float32(i) * 1e-6
		}
		f.Tensors = append(f.Tensors, Tensor{Name: name, Shape: []int{1750, 1750}, Data: data})
		bytes += int64(4 * len(data))
	}
	return f, bytes
}

func BenchmarkWrite(b *testing.B) {
	f, bytes := benchmarkFile()
	path := filepath.Join(b.TempDir(), "a.safetensors")
	b.SetBytes(bytes)
	for b.Loop() {
		if err := Write(path, f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	f, bytes := benchmarkFile()
	path := filepath.Join(b.TempDir(), "a.safetensors")
	if err := Write(path, f); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(bytes)
	for b.Loop() {
		if _, err := Read(path); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFloor is what the checksum alone costs; compare Write and Read with it.
func BenchmarkFloor(b *testing.B) {
	data := make([]byte, 50<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		sha256.Sum256(data)
	}
}

// BenchmarkConvert is the conversion alone, from and to the buffer between disk and tensor.
func BenchmarkConvert(b *testing.B) {
	floats, bytes := make([]float32, chunkSize/4), make([]byte, chunkSize)
	b.Run("encode", func(b *testing.B) {
		b.SetBytes(chunkSize)
		for b.Loop() {
			encodeFloats(bytes, floats)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(chunkSize)
		for b.Loop() {
			decodeFloats(floats, bytes)
		}
	})
}
