package checkpoint

import (
	"fmt"
	"io"
)

// ReadForeign returns the tensors and metadata of a safetensors file of any program. Its structure is verified: tensors of
// float32 that cover the file. A foreign file has no checksum, so a changed number is not found.
func ReadForeign(path string) (*File, error) {
	file, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	f, err := decodeForeign(file, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f.Name = path
	return f, nil
}

func decodeForeign(r io.ReaderAt, size int64) (*File, error) {
	head, h, err := readHeader(r, size, func(raw []byte, dataSize int64) (*header, error) {
		h, tensors, err := decodeTop(raw)
		if err != nil {
			return nil, err
		}
		return h, h.decodeEntries(tensors, dataSize, isFloat32)
	})
	if err != nil {
		return nil, err
	}
	data := io.NewSectionReader(r, int64(len(head)), size-int64(len(head)))
	f := &File{Metadata: h.metadata}
	f.Tensors, err = readTensors(data, h.entries, newBuffer(data))
	return f, err
}

// Stored is a tensor as it lies in a file: little-endian, row-major, without gaps.
type Stored struct {
	Name   string
	DType  string // as the file names it: F32, BF16, I64, …
	Shape  []int
	Offset int64 // of its first byte in the file
}

// widths are the sizes of an element, in bytes, of the dtypes of safetensors.
var widths = map[string]int{
	"BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "U16": 2, "I16": 2, "F16": 2, "BF16": 2, "U32": 4, "I32": 4, "F32": 4, "U64": 8,
	"I64": 8, "F64": 8,
}

// StoredIn returns what a safetensors file of any program holds, of any dtype, without reading the tensors: each lies within
// the file.
func StoredIn(path string) ([]Stored, error) {
	file, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	head, h, err := readHeader(file, size, func(raw []byte, dataSize int64) (*header, error) {
		h, tensors, err := decodeTop(raw)
		if err != nil {
			return nil, err
		}
		return h, h.decodeEntries(tensors, dataSize, func(dtype string) int { return widths[dtype] })
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var list []Stored
	for _, e := range h.entries {
		list = append(list, Stored{Name: e.name, DType: e.dtype, Shape: e.shape, Offset: int64(len(head) + e.begin)})
	}
	return list, nil
}

// WriteForeign is Write without the metadata of this package, for other programs: Read does not take such a file.
func WriteForeign(path string, f *File) error {
	return write(path, f, func(w io.Writer, f *File) (string, int, error) {
		_, _, err := encodeWith(w, f, f.Metadata)
		return "", 0, err
	})
}
