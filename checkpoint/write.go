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
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/google/renameio/v2"
)

// Write stores f at path. The bytes depend on the content alone. A file that stood there before is replaced
// atomically: at any time, also after a crash or a power failure, path is the old file or the whole new one. On
// an error the old file is left as it was and no temporary file remains; only when the last step fails, syncing the
// folder, is the new file in place already, which the error reports. The tensors must not change while Write runs.
func Write(path string, f *File) error { return write(path, f, encode) }

// write is Write for a form of the file. Where the place of the checksum is 0, there is none.
func write(path string, f *File, encode func(io.Writer, *File) (sum string, at int, err error)) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write checkpoint %s: %w", path, err)
		}
	}()
	if err := f.validate(); err != nil {
		return err
	}
	folder := filepath.Dir(path)
	temporary, err := renameio.NewPendingFile(path, renameio.WithTempDir(folder), renameio.WithPermissions(0o644))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, temporary.Cleanup()) }() // does nothing after the rename
	sum, at, err := encode(temporary, f)
	if err != nil {
		return err
	}
	if at > 0 {
		if _, err := temporary.WriteAt([]byte(sum), int64(at)); err != nil {
			return err
		}
	}
	if err := temporary.CloseAtomicallyReplace(); err != nil { // syncs the file, but not the folder
		return err
	}
	if err := syncFolder(folder); err != nil {
		return fmt.Errorf("the file is in place, but might not outlive a power failure: %w", err)
	}
	return nil
}

// encode writes a valid f with zero digits for a checksum, and returns the checksum and its place in the file, so one pass
// over the data is enough.
func encode(w io.Writer, f *File) (sum string, at int, err error) {
	metadata := ownKeys()
	maps.Copy(metadata, f.Metadata)
	return encodeWith(w, f, metadata)
}

// encodeWith is encode with these metadata in place of the file's.
func encodeWith(w io.Writer, f *File, metadata map[string]string) (sum string, at int, err error) {
	tensors := slices.SortedFunc(slices.Values(f.Tensors), func(a, b Tensor) int { return cmp.Compare(a.Name, b.Name) })
	head, at, err := encodeHeader(tensors, metadata)
	if err != nil {
		return "", 0, err
	}
	hash := sha256.New()
	buffer := bufio.NewWriterSize(io.MultiWriter(hash, w), chunkSize)
	if _, err := buffer.Write(head); err != nil {
		return "", 0, err
	}
	var room []float32 // for one tensor after the other
	for _, t := range tensors {
		data, err := t.values(&room)
		if err != nil {
			return "", 0, err
		}
		for len(data) > 0 {
			n := min(len(data), buffer.Available()/4)
			chunk := buffer.AvailableBuffer()[:4*n]
			encodeFloats(chunk, data[:n])
			if _, err := buffer.Write(chunk); err != nil {
				return "", 0, fmt.Errorf("tensor %q: %w", t.Name, err)
			}
			data = data[n:]
			if buffer.Available() < 4 {
				if err := buffer.Flush(); err != nil {
					return "", 0, fmt.Errorf("tensor %q: %w", t.Name, err)
				}
			}
		}
	}
	if err := buffer.Flush(); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(hash.Sum(nil)), at, nil
}

// encodeFloats sets the first 4·len(src) bytes of dst to src in little-endian order, on any host.
func encodeFloats(dst []byte, src []float32) {
	dst = dst[:4*len(src)]
	for i, v := range src {
		binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(v))
	}
}

// syncFolder makes a rename in the folder durable, on file systems that can.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
