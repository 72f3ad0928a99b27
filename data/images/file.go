package images

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// wrong is an error about a file that a key of the section names.
func wrong(key, format string, args ...any) error {
	return fmt.Errorf("images: data."+key+": "+format, args...)
}

// input is an open file, unpacked if its content is that of a .gz file.
type input struct {
	io.Reader
	path   string
	file   *os.File
	packed bool
	// most is how many bytes it can have; of a file that is not packed, how many it has.
	most int64
}

// mostPacked is more than the bytes that one byte of a .gz file can stand for, 1032.
const mostPacked = 1040

// openFile opens a file. The caller closes file.
func openFile(path string) (*input, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(path, err)
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // before it is opened: a pipe would wait for a writer
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(file, int(min(max(info.Size(), 512), 64<<10)))
	in := &input{Reader: buffered, path: path, file: file, most: info.Size()}
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		in.packed, in.most = true, info.Size()*mostPacked
		if in.Reader, err = gzip.NewReader(buffered); err != nil {
			return nil, errors.Join(in.wrap(err), file.Close())
		}
	}
	return in, nil
}

// missing is the error for a path with nothing at it: where it starts, and where files of MNIST and CIFAR come from.
func missing(path string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = fmt.Errorf("%s: %w", path, at.Err)
	}
	if !filepath.IsAbs(path) {
		if here, failed := os.Getwd(); failed == nil { // runs are opened from elsewhere, too
			err = fmt.Errorf("%w; the path is relative to where the program runs, %s", err, here)
		}
	}
	name := strings.TrimSuffix(filepath.Base(path), ".gz")
	if strings.HasPrefix(name, "data_batch_") || name == "test_batch.bin" {
		return fmt.Errorf("%w; it is in the binary version of https://www.cs.toronto.edu/~kriz/cifar.html, unpacked", err)
	}
	for _, n := range []string{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"} {
		if name == n {
			target := "mnist"
			if strings.Contains(filepath.Base(filepath.Dir(path)), "fashion") {
				target = "fashion"
			}
			return fmt.Errorf("%w; in the project's folder `make %s` fetches it", err, target)
		}
	}
	return err
}

// errAgain is what to do about a damaged file.
var errAgain = errors.New("get it again from where it came from")

// wrap names the file, and what is wrong with one that ends early or is damaged.
func (in *input) wrap(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: cut off%s: %w", in.path, in.kind(), errAgain)
	case errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.As(err, &corrupt):
		return fmt.Errorf("%s: damaged%s: %w: %w", in.path, in.kind(), err, errAgain)
	}
	return fmt.Errorf("%s: %w", in.path, err)
}

func (in *input) kind() string {
	if in.packed {
		return " (.gz)"
	}
	return ""
}

// fill reads as many bytes as dst has.
func (in *input) fill(ctx context.Context, dst []byte) error {
	const chunk = 1 << 20
	for len(dst) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(in, dst[:min(chunk, len(dst))])
		if err != nil {
			return in.wrap(err)
		}
		dst = dst[n:]
	}
	return nil
}

// end is an error unless all bytes were read; it also checks the checksum of a .gz file.
func (in *input) end() error {
	switch n, err := io.ReadFull(in, make([]byte, 1)); {
	case n > 0:
		return fmt.Errorf("%s: there are more bytes than its header has room for: %w", in.path, errAgain)
	case err == io.EOF:
		return nil
	default:
		return in.wrap(err)
	}
}
