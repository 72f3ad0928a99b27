// Package checkpoint stores all that a training run needs to go on in one safetensors file: named float32 tensors
// and a table of strings. It encodes and checks the format, replaces files atomically, and names, lists and removes
// the checkpoints of a run. What the tensors mean is up to its callers.
//
// Start reading at File, which is a checkpoint in memory, then Write (write.go) and Read (read.go); header.go holds the
// header both sides share, folder.go the checkpoints folder of a run, stateful.go what other packages keep in a file.
//
// Nothing in a file is trusted: a byte changed, cut off or added anywhere is an error that names the file, never a
// panic and never a partial result. docs/checkpoint.md describes the format.
package checkpoint

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

const (
	// formatVersion is the version written, and the only one read.
	formatVersion = 1

	// The metadata keys that belong to this package. Callers neither see nor set them.
	formatKey   = "euryale.format"
	checksumKey = "euryale.checksum"

	// metadataKey is the header's one key that is not a tensor.
	metadataKey = "__metadata__"

	// maxHeader is the longest header, in bytes, that safetensors readers accept.
	maxHeader = 100_000_000

	// chunkSize is the buffer, in bytes, between the disk and the tensors. It fits into a second-level cache, so
	// that the checksum reads what the conversion has just written. A multiple of 4.
	chunkSize = 256 << 10
)

// Tensor is a named float32 array, row-major. An empty shape is a scalar: one element.
type Tensor struct {
	Name  string
	Shape []int
	Data  []float32
	// Fill makes the data of a tensor whose Data is nil: it fills as many numbers as the shape takes, each time they are needed.
	// Those of a large net need not be in memory twice while they are written. Read leaves it nil.
	Fill func(data []float32)
}

// Values returns Data, or what Fill gives, in new memory. The error is that of a shape that no tensor can have.
func (t *Tensor) Values() ([]float32, error) { return t.values(new([]float32)) }

// values is Values with memory for what Fill gives, which is replaced by a larger one where that is needed.
func (t *Tensor) values(room *[]float32) ([]float32, error) {
	if t.Data != nil || t.Fill == nil {
		return t.Data, nil
	}
	n, err := elements(t.Shape)
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
	}
	if n > len(*room) {
		*room = make([]float32, n)
	}
	t.Fill((*room)[:n])
	return (*room)[:n], nil
}

// File is a checkpoint in memory.
type File struct {
	// Name is the path the file was read from, for error messages. Write ignores it.
	Name string
	// Tensors have distinct names. Read returns them sorted by name.
	Tensors []Tensor
	// Metadata holds the caller's strings. The keys euryale.format and euryale.checksum are reserved.
	Metadata map[string]string
}

// Tensor returns the data of the named tensor, not a copy, provided that its shape is the one given (no dimensions:
// a scalar).
func (f *File) Tensor(name string, shape ...int) ([]float32, error) {
	i := slices.IndexFunc(f.Tensors, func(t Tensor) bool { return t.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("checkpoint %s: no tensor %q, expected one of shape %v", f.Name, name, shape)
	}
	t := f.Tensors[i]
	if !slices.Equal(t.Shape, shape) {
		return nil, fmt.Errorf("checkpoint %s: tensor %q has shape %v, expected %v", f.Name, name, t.Shape, shape)
	}
	data, err := t.Values()
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", f.Name, err)
	}
	return data, nil
}

// elements returns the number of elements of a shape. The error is the reason why there is no such tensor: a negative
// dimension, or more bytes than an int can count.
func elements(shape []int) (int, error) {
	n := 1
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("shape %v has a negative dimension", shape)
		}
		if d > 0 && n > math.MaxInt/4/d {
			return 0, fmt.Errorf("shape %v is too large", shape)
		}
		n *= d
	}
	return n, nil
}

// validate reports why f cannot be written.
func (f *File) validate() error {
	names := make(map[string]bool, len(f.Tensors))
	for _, t := range f.Tensors {
		if t.Name == metadataKey {
			return fmt.Errorf("tensor %q: the name is reserved by the format", t.Name)
		}
		if err := validString(t.Name); err != nil {
			return fmt.Errorf("tensor %q: name %w", t.Name, err)
		}
		if names[t.Name] {
			return fmt.Errorf("tensor %q appears twice", t.Name)
		}
		names[t.Name] = true
		n, err := elements(t.Shape)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		if n != len(t.Data) && (t.Data != nil || t.Fill == nil) {
			return fmt.Errorf("tensor %q: shape %v takes %d elements, got %d", t.Name, t.Shape, n, len(t.Data))
		}
	}
	for key, value := range f.Metadata {
		if key == formatKey || key == checksumKey {
			return fmt.Errorf("metadata %q: the key is reserved by this package", key)
		}
		if err := errors.Join(validString(key), validString(value)); err != nil {
			return fmt.Errorf("metadata %q: %w", key, err)
		}
	}
	return nil
}
