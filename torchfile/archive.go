package torchfile

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
)

// archive is a file of torch.save: a zip archive with, in one folder, data.pkl, a pickle that describes the tensors, and
// data/0, data/1, …, their numbers.
type archive struct {
	records map[string]*zip.File // by their names in the folder; together they are no larger than the file
}

// readArchive finds the tensors of a file of torch.save.
func readArchive(path string) (map[string]tensor, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return findTensors(file, info.Size())
}

// findTensors is readArchive for an open file.
func findTensors(file io.ReaderAt, size int64) (map[string]tensor, error) {
	a, err := openArchive(file, size)
	if err != nil {
		return nil, err
	}
	if a.records["byteorder"] != nil { // PyTorch writes it since version 2.1
		order, err := a.read("byteorder", 16)
		if err != nil {
			return nil, err
		}
		if string(order) != "little" {
			return nil, fmt.Errorf("the byte order is %q, expected little", order)
		}
	}
	text, err := a.read("data.pkl", maxPickle)
	if err != nil {
		return nil, err
	}
	object, err := unpickle(text)
	if err != nil {
		return nil, err
	}
	dict, err := stateDict(object)
	if err != nil {
		return nil, err
	}
	tensors, checked := map[string]tensor{}, map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(dict)) {
		v, ok := dict[name].(view)
		if !ok { // such as the step
			continue
		}
		t, err := a.locate(v, checked)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		tensors[name] = t
	}
	return tensors, nil
}

// openArchive reads the directory of an archive.
func openArchive(file io.ReaderAt, size int64) (*archive, error) {
	reader, err := zip.NewReader(file, size)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	a := &archive{records: map[string]*zip.File{}}
	top, left := "", uint64(size)
	for _, f := range reader.File {
		folder, name, ok := strings.Cut(f.Name, "/")
		if !ok || top != "" && folder != top {
			return nil, fmt.Errorf("%q is in no one folder with the rest, as torch.save writes it", f.Name)
		}
		if top = folder; a.records[name] != nil {
			return nil, fmt.Errorf("%q appears twice", f.Name)
		}
		if f.CompressedSize64 > left {
			return nil, fmt.Errorf("its records have more bytes than the file, which has %d", size)
		}
		left -= f.CompressedSize64
		a.records[name] = f
	}
	switch {
	case a.records["constants.pkl"] != nil:
		return nil, errors.New("is a TorchScript program, expected a state dict: torch.save(net.state_dict(), …)")
	case a.records["data.pkl"] == nil:
		return nil, errors.New("is a zip archive without data.pkl: torch.save did not write it")
	}
	return a, nil
}

// find returns a record, which is stored as it is, as torch.save does.
func (a *archive) find(name string) (*zip.File, error) {
	f := a.records[name]
	if f == nil {
		return nil, fmt.Errorf("there is no record %q", name)
	}
	if f.Method != zip.Store || f.UncompressedSize64 != f.CompressedSize64 {
		return nil, fmt.Errorf("the record %q is compressed, which torch.save does not do", name)
	}
	return f, nil
}

// read reads a record of at most so many bytes. A changed byte is an error.
func (a *archive) read(name string, most uint64) ([]byte, error) {
	f, err := a.find(name)
	if err != nil {
		return nil, err
	}
	if f.UncompressedSize64 > most {
		return nil, fmt.Errorf("the record %q has %d bytes, expected at most %d", name, f.UncompressedSize64, most)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("the record %q: %w", name, err)
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("the record %q: %w", name, err)
	}
	return content, nil
}

// verify reads a record to its end: a changed byte is an error.
func verify(f *zip.File) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(io.Discard, r)
	return err
}

// locate finds the numbers of a tensor in the file. checked are the records that have been read.
func (a *archive) locate(v view, checked map[string]bool) (tensor, error) {
	name := "data/" + v.storage.key
	f, err := a.find(name)
	if err != nil {
		return tensor{}, err
	}
	width := width(v.storage.dtype)
	if f.UncompressedSize64/uint64(width) < uint64(v.storage.size) {
		return tensor{}, fmt.Errorf("the record %q has %d bytes, too few for %d numbers of %d bytes", name, f.UncompressedSize64,
			v.storage.size, width)
	}
	last, ok := lastElement(v)
	if !ok || last >= v.storage.size {
		return tensor{}, fmt.Errorf("shape %v with strides %v from %d on is not within the %d numbers of the record %q", v.shape, v.stride,
			v.offset, v.storage.size, name)
	}
	if !checked[name] {
		if err := verify(f); err != nil {
			return tensor{}, fmt.Errorf("the record %q: %w", name, err)
		}
		checked[name] = true
	}
	begin, err := f.DataOffset()
	if err != nil {
		return tensor{}, fmt.Errorf("the record %q: %w", name, err)
	}
	return tensor{v.storage.dtype, v.shape, v.stride, begin + int64(v.offset)*int64(width)}, nil
}

// lastElement is the place in the storage of a view's last element, −1 for an empty view. It is not ok if there can be no such
// view.
func lastElement(v view) (last int, ok bool) {
	last, size := v.offset, 1
	if v.offset < 0 {
		return 0, false
	}
	for i, n := range v.shape {
		stride := v.stride[i]
		if n < 0 || stride < 0 || n > 0 && size > math.MaxInt/8/n {
			return 0, false
		}
		if size *= n; n == 0 {
			continue
		}
		if stride > 0 && n-1 > (math.MaxInt-last)/stride {
			return 0, false
		}
		last += (n - 1) * stride
	}
	if size == 0 {
		return -1, true
	}
	return last, true
}

// stateDict finds the one dict of tensors in what a file holds: it is that itself, or one of its values is.
func stateDict(object any) (map[string]any, error) {
	top := entries(object)
	if top == nil {
		return nil, fmt.Errorf("holds %s, expected a state dict: torch.save(net.state_dict(), …)", describe(object))
	}
	var keys []string
	has := map[any]bool{} // weights, by the dict: a hostile pickle has one large dict under many keys
	for _, key := range slices.Sorted(maps.Keys(top)) {
		object := top[key]
		if !isDict(object) {
			continue
		}
		if _, known := has[object]; !known {
			has[object] = hasWeights(entries(object))
		}
		if has[object] {
			keys = append(keys, key)
		}
	}
	switch {
	case len(keys) == 1:
		return entries(top[keys[0]]), nil
	case len(keys) > 1:
		return nil, fmt.Errorf("holds the state dicts %s; choose one of them: torch.save(torch.load(FILE)[%q], …)", first(keys), keys[0])
	case hasWeights(top):
		return top, nil
	}
	return nil, errors.New("holds a dict without tensors of floats, expected a state dict: torch.save(net.state_dict(), …)")
}

// hasWeights reports whether a dict has a tensor of floats.
func hasWeights(dict map[string]any) bool {
	for _, value := range dict {
		if v, ok := value.(view); ok && isFloat(v.storage.dtype) {
			return true
		}
	}
	return false
}
