// Package torchfile exchanges weights with PyTorch as state dicts: tensors by name.
//
//   - Read opens a safetensors file, or what torch.save writes of a state dict; StateDict.Load takes the weights of a net from it.
//   - Write makes a safetensors file of a net, for load_state_dict.
//
// Names and shapes are those of nets.StateDict, which are PyTorch's. archive.go finds the tensors in a file of torch.save, a zip
// archive with a pickle; opcodes.go checks the pickle before pickle.go reads it. numbers.go reads the numbers of a tensor, fit.go
// compares the tensors of a file with the parameters of a net.
//
// Nothing in a file is trusted, and nothing in it is run: a pickle can only name tensors here. All shapes and sizes are checked
// against the file before memory is allocated.
//
// Start reading at Read.
package torchfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"euryale/checkpoint"
)

// StateDict is what a file holds. The numbers are read by Load.
type StateDict struct {
	Path string
	// Notes are what a user should know: tensors that were passed over, numbers that were rounded. Load adds to them.
	Notes []string

	tensors map[string]tensor
}

// tensor is where the numbers of a tensor are: element (i, j, …) at the byte offset + (i·stride[0] + j·stride[1] + …)·width. All
// of them lie within the file.
type tensor struct {
	dtype  string // as safetensors has it: F32, BF16, I64
	shape  []int
	stride []int
	offset int64
}

// What the files of PyTorch have at their beginning.
const (
	zipMagic   = "PK\x03\x04"
	longMagic  = "\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19." // before version 1.6: a pickle of PyTorch's number, of any protocol
	tarMagic   = "ustar\x00"                          // of version 0.1
	tarMagicAt = 257
)

// isLegacy reports whether a file that begins so is of PyTorch before version 1.6.
func isLegacy(start []byte) bool {
	at := bytes.Index(start, []byte(longMagic))
	return at == 2 || at == 11 || // after the protocol, and the frame of newer ones
		len(start) > tarMagicAt && string(start[tarMagicAt:]) == tarMagic
}

func isZip(start []byte) bool { return bytes.HasPrefix(start, []byte(zipMagic)) }

// Is reports whether a path is a file for Read rather than a checkpoint of a run: one of torch.save, of any version, or a
// safetensors file of another program.
func Is(path string) bool {
	start, err := beginning(path)
	if err != nil {
		return false
	}
	if isZip(start) || isLegacy(start) {
		return true
	}
	_, err = checkpoint.ReadMetadata(path)
	return errors.Is(err, checkpoint.ErrForeign)
}

// beginning is the first bytes of a regular file.
func beginning(path string) ([]byte, error) {
	info, err := os.Stat(path) // before it is opened: a pipe would wait for a writer
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	start := make([]byte, tarMagicAt+len(tarMagic))
	n, err := io.ReadFull(file, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return start[:n], nil
}

// Read finds the tensors of a file. Errors name the file, and the tensor where there is one.
func Read(path string) (*StateDict, error) {
	start, err := beginning(path)
	if err != nil {
		return nil, fmt.Errorf("torchfile: %w", err)
	}
	d := &StateDict{Path: path}
	switch {
	case isLegacy(start):
		err = fmt.Errorf("%s is in the format of PyTorch before 1.6, which is not read; in a newer one, torch.save(torch.load(%q), …) "+
			"writes the present format", path, path)
	case isZip(start):
		if d.tensors, err = readArchive(path); err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
	default:
		d.tensors, err = readSafetensors(path)
	}
	if err != nil {
		return nil, fmt.Errorf("torchfile: %w", err)
	}
	return d, nil
}

// readSafetensors finds the tensors of a safetensors file.
func readSafetensors(path string) (map[string]tensor, error) {
	stored, err := checkpoint.StoredIn(path)
	if err != nil {
		return nil, err
	}
	tensors := map[string]tensor{}
	for _, s := range stored {
		t := tensor{dtype: s.DType, shape: s.Shape, stride: make([]int, len(s.Shape)), offset: s.Offset}
		next := 1
		for i := len(s.Shape) - 1; i >= 0; i-- {
			t.stride[i] = next
			next *= max(1, s.Shape[i])
		}
		tensors[s.Name] = t
	}
	return tensors, nil
}
