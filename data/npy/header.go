package npy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// array is an array whose header was read.
type array struct {
	in            io.Reader // its numbers
	name          string    // of the file, for errors
	length        int64     // bytes of the whole
	shape         []int     // as the header has it
	rows, columns int       // of the first and of all other dimensions
	fortran       bool      // the numbers of a column lie together, not those of a row
	kind          string    // of the numbers, as NumPy writes it
	size          int       // bytes of a number
	number        func(b []byte) float64
}

// open opens a file and checks its header against its length.
func open(path string) (*array, io.Closer, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // before it is opened: a pipe would wait for a writer
		return nil, nil, fmt.Errorf("%s: not a regular file", path)
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && !filepath.IsAbs(path) {
		if here, failed := os.Getwd(); failed == nil { // runs are opened from elsewhere, too
			return nil, nil, fmt.Errorf("%w; the path is relative to where the program runs, %s", err, here)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a regular file", path)
	}
	var a *array
	if err == nil {
		a, err = begin(path, file, info.Size())
	}
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return a, file, nil
}

// begin reads the header of an array of length bytes, and checks it against them.
//
// The format is NumPy's (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), of which arrays of
// numbers use versions 1.0 and 2.0. The header is read here, because npyio, the library for the format, panics at damaged
// ones and at those whose keys come in another order than NumPy's; the tests read files that npyio wrote.
func begin(name string, in io.Reader, length int64) (*array, error) {
	a := &array{in: in, name: name, length: length}
	if err := a.header(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return a, nil
}

// maxHeader is the longest dictionary that is read. NumPy's have 118 bytes for an array of numbers.
const maxHeader = 1 << 16

func (a *array) header() error {
	var fixed [12]byte
	n, err := io.ReadFull(a.in, fixed[:10])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return err
	}
	if !bytes.HasPrefix(fixed[:n], []byte("\x93NUMPY")) {
		if bytes.HasPrefix(fixed[:n], []byte("PK")) {
			return errors.New("an archive (.npz), expected one array: save it with np.save")
		}
		return errors.New("not a .npy file: it does not begin with \\x93NUMPY")
	}
	if n < 10 {
		return errors.New("the header is cut off")
	}
	begin, length := int64(10), int64(binary.LittleEndian.Uint16(fixed[8:]))
	switch fixed[6] {
	case 1:
	case 2:
		if _, err := io.ReadFull(a.in, fixed[10:]); err != nil {
			return errors.New("the header is cut off")
		}
		begin, length = 12, int64(binary.LittleEndian.Uint32(fixed[8:]))
	default:
		return fmt.Errorf("version %d.%d of the format, expected 1.0 or 2.0", fixed[6], fixed[7])
	}
	if length > maxHeader {
		return fmt.Errorf("a header of %d bytes, expected at most %d", length, maxHeader)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(a.in, text); err != nil {
		return errors.New("the header is cut off")
	}
	if err := a.dictionary(string(text)); err != nil {
		return err
	}
	return a.check(a.length - begin - length)
}

// dictionary reads the header's Python dictionary. Its keys may come in any order, and each once.
func (a *array) dictionary(text string) error {
	value := func(key, pattern string) (string, error) {
		found := regexp.MustCompile("['\"]"+key+"['\"] *: *(?:"+pattern+") *[,}]").FindAllStringSubmatch(text, -1)
		if len(found) != 1 {
			return "", fmt.Errorf("the header has no %s that can be read: %q", key, strings.TrimSpace(text))
		}
		return found[0][1], nil
	}
	kind, err := value("descr", "['\"]([^'\"]*)['\"]")
	if err != nil {
		return err
	}
	a.kind = kind
	if a.size, a.number = numberOf(kind); a.number == nil {
		return fmt.Errorf("numbers of type %q, expected float32, float64 or integers", kind)
	}
	order, err := value("fortran_order", "(True|False)")
	if err != nil {
		return err
	}
	a.fortran = order == "True"
	shape, err := value("shape", `\(([0-9, ]*)\)`)
	if err != nil {
		return err
	}
	for _, number := range strings.Split(shape, ",") {
		if number = strings.TrimSpace(number); number == "" {
			continue // after the comma of (3,)
		}
		n, err := strconv.Atoi(number)
		if err != nil {
			return fmt.Errorf("shape (%s): %w", shape, err)
		}
		a.shape = append(a.shape, n)
	}
	return nil
}

// check holds the shape against the bytes that follow the header.
func (a *array) check(bytes int64) error {
	if len(a.shape) == 0 {
		return errors.New("a single number, expected (rows, columns)")
	}
	count := 1
	for _, n := range a.shape {
		if n == 0 {
			return fmt.Errorf("shape %v: there are no numbers", tuple(a.shape))
		}
		if n > math.MaxInt/8/count {
			return fmt.Errorf("shape %v is too large", tuple(a.shape))
		}
		count *= n
	}
	a.rows, a.columns = a.shape[0], count/a.shape[0]
	switch want := int64(count) * int64(a.size); {
	case bytes < want:
		return fmt.Errorf("cut off: shape %v takes %d bytes, there are %d", tuple(a.shape), want, bytes)
	case bytes > want:
		return fmt.Errorf("shape %v takes %d bytes, there are %d", tuple(a.shape), want, bytes)
	}
	return nil
}

// tuple is a shape as Python writes it.
type tuple []int

func (t tuple) String() string {
	if len(t) == 1 {
		return fmt.Sprintf("(%d,)", t[0])
	}
	return "(" + strings.Trim(strings.ReplaceAll(fmt.Sprint([]int(t)), " ", ", "), "[]") + ")"
}
