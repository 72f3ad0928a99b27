package checkpoint

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
)

// Read returns the checkpoint at path, with every byte verified. Errors name the file; they are fs.ErrNotExist, ErrForeign
// or ErrNewer where these apply.
func Read(path string) (*File, error) {
	file, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return Decode(file, size, path)
}

// checkWhole reports what is wrong with the checkpoint at path, without allocating its tensors.
func checkWhole(path string) error {
	file, size, err := openFile(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, _, err := open(file, size); err != nil {
		return fmt.Errorf("checkpoint %s: %w", path, err)
	}
	return nil
}

// ReadMetadata returns the metadata of the checkpoint at path. It reads the header alone, which is fast and cannot verify
// the checksum.
func ReadMetadata(path string) (map[string]string, error) {
	file, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	_, h, err := readHeader(file, size, decodeHeader)
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", path, err)
	}
	return h.metadata, nil
}

func openFile(path string) (file *os.File, size int64, err error) {
	info, err := os.Stat(path) // before it is opened: a pipe would wait for a writer
	if err != nil {
		return nil, 0, fmt.Errorf("read checkpoint: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("read checkpoint: %s is not a regular file", path)
	}
	if file, err = os.Open(path); err != nil {
		return nil, 0, fmt.Errorf("read checkpoint: %w", err)
	}
	if info, err = file.Stat(); err != nil {
		file.Close()
		return nil, 0, fmt.Errorf("read checkpoint: %w", err)
	}
	return file, info.Size(), nil
}

// Decode reads a checkpoint of size bytes; name stands for it in errors. It reads r twice, because no memory is
// allocated for tensors before the header is consistent with the size and the checksum is right: r must not change
// meanwhile, and a file that Write replaces does not.
func Decode(r io.ReaderAt, size int64, name string) (*File, error) {
	f, err := decode(r, size)
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", name, err)
	}
	f.Name = name
	return f, nil
}

func decode(r io.ReaderAt, size int64) (*File, error) {
	h, data, err := open(r, size)
	if err != nil {
		return nil, err
	}
	f := &File{Metadata: h.metadata}
	if f.Tensors, err = readTensors(data, h.entries, newBuffer(data)); err != nil {
		return nil, err
	}
	return f, nil
}

// open reads and verifies all but the tensors, which are in the data section.
func open(r io.ReaderAt, size int64) (h *header, data *io.SectionReader, err error) {
	head, h, err := readHeader(r, size, decodeHeader)
	if err != nil {
		return nil, nil, err
	}
	data = io.NewSectionReader(r, int64(len(head)), size-int64(len(head)))
	copy(head[8+h.at:], digits)
	return h, data, verify(head, data, h.checksum, newBuffer(data))
}

// newBuffer is smaller for a small file, but never empty: io.CopyBuffer would panic.
func newBuffer(data *io.SectionReader) []byte {
	return make([]byte, min(chunkSize, max(data.Size(), 4)))
}

// readHeader reads the file up to the data section, and checks it against the size. decode decodes its JSON.
func readHeader(r io.ReaderAt, size int64, decode func([]byte, int64) (*header, error)) (head []byte, h *header, err error) {
	if size == 0 {
		return nil, nil, errors.New("file is empty")
	}
	var prefix [8]byte
	if size < int64(len(prefix)) {
		return nil, nil, fmt.Errorf("file has %d bytes, expected at least %d: truncated", size, len(prefix))
	}
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), prefix[:]); err != nil {
		return nil, nil, err
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	if err := checkLength(length); err != nil {
		return nil, nil, fmt.Errorf("%w: not a safetensors file, or damaged", err)
	}
	if length > uint64(size)-8 {
		return nil, nil, fmt.Errorf("header length is %d bytes, but only %d follow: truncated", length, size-8)
	}
	head = make([]byte, 8+length)
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), head); err != nil {
		return nil, nil, fmt.Errorf("header: %w", err)
	}
	h, err = decode(head[8:], size-int64(len(head)))
	return head, h, err
}

// verify compares the checksum with that of the whole file. head is the part before the data section, with the digits of
// the checksum set to 0.
func verify(head []byte, data *io.SectionReader, want string, buffer []byte) error {
	hash := sha256.New()
	hash.Write(head)
	if n, err := io.CopyBuffer(hash, data, buffer); err != nil {
		return fmt.Errorf("data section: %w", err)
	} else if n != data.Size() {
		return fmt.Errorf("data section has %d bytes, expected %d: truncated", n, data.Size())
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != want {
		return fmt.Errorf("damaged: the file's checksum is %s, expected %s", got, want)
	}
	return nil
}

// readTensors fills in the tensors, which cover the data section, and returns them sorted by name.
func readTensors(data *io.SectionReader, entries []entry, buffer []byte) ([]Tensor, error) {
	if _, err := data.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(data, 4<<10) // gathers small tensors; chunks of large ones go past it
	tensors := make([]Tensor, len(entries))
	for i, e := range entries {
		tensors[i] = Tensor{Name: e.name, Shape: e.shape, Data: make([]float32, (e.end-e.begin)/4)}
		for rest := tensors[i].Data; len(rest) > 0; {
			chunk := buffer[:min(len(buffer), 4*len(rest))]
			if _, err := io.ReadFull(in, chunk); err != nil {
				return nil, fmt.Errorf("tensor %q: %w", e.name, err)
			}
			decodeFloats(rest, chunk)
			rest = rest[len(chunk)/4:]
		}
	}
	slices.SortFunc(tensors, func(a, b Tensor) int { return cmp.Compare(a.Name, b.Name) })
	return tensors, nil
}

// decodeFloats sets the first len(src)/4 elements of dst from little-endian bytes, on any host.
func decodeFloats(dst []float32, src []byte) {
	dst = dst[:len(src)/4]
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
	}
}
