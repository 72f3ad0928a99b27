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
		return h, h.decodeEntries(tensors, dataSize)
	})
	if err != nil {
		return nil, err
	}
	data := io.NewSectionReader(r, int64(len(head)), size-int64(len(head)))
	f := &File{Metadata: h.metadata}
	f.Tensors, err = readTensors(data, h.entries, newBuffer(data))
	return f, err
}

// WriteForeign is Write without the metadata of this package, for other programs: Read does not take such a file.
func WriteForeign(path string, f *File) error {
	return write(path, f, func(w io.Writer, f *File) (string, int, error) {
		_, _, err := encodeWith(w, f, f.Metadata)
		return "", 0, err
	})
}
