package checkpoint

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// digits stand in place of the checksum while it is computed.
const digits = "0000000000000000000000000000000000000000000000000000000000000000"

// ownKeys are the metadata of this package in a file to be written, with zero digits for a checksum.
func ownKeys() map[string]string {
	return map[string]string{formatKey: strconv.Itoa(formatVersion), checksumKey: digits}
}

// encodeHeader returns the file up to the data section: the length, the JSON and its padding. Tensors lie in the
// data section in the order given. The checksum is left at zero digits; at is where in the file they begin.
func encodeHeader(tensors []Tensor, all map[string]string) (head []byte, at int, err error) {
	head = append(make([]byte, 8), '{')
	head = append(appendString(head, metadataKey), ":{"...)
	for i, key := range slices.Sorted(maps.Keys(all)) {
		if i > 0 {
			head = append(head, ',')
		}
		head = append(appendString(head, key), ':')
		if key == checksumKey {
			at = len(head) + 1
		}
		head = appendString(head, all[key])
	}
	head = append(head, '}')
	begin := 0
	for _, t := range tensors {
		n, _ := elements(t.Shape) // was checked
		end := begin + 4*n
		head = append(appendString(append(head, ','), t.Name), `:{"dtype":"F32","shape":`...)
		head = appendIntegers(head, t.Shape...)
		head = append(head, `,"data_offsets":`...)
		head = append(appendIntegers(head, begin, end), '}')
		begin = end
	}
	head = append(head, '}')
	for len(head)%8 != 0 {
		head = append(head, ' ')
	}
	length := uint64(len(head) - 8)
	binary.LittleEndian.PutUint64(head, length)
	return head, at, checkLength(length)
}

// checkLength holds reader and writer to the limit of all safetensors readers.
func checkLength(header uint64) error {
	if header > maxHeader {
		return fmt.Errorf("header length is %d bytes, expected at most %d", header, maxHeader)
	}
	return nil
}

// header is the content of the JSON, checked against the size of the data section.
type header struct {
	metadata map[string]string // without this package's keys
	checksum string            // 64 hexadecimal digits
	at       int               // where in the JSON they begin
	entries  []entry           // in the order of the data section, which they cover exactly
}

// entry is one tensor's place in the data section: bytes begin to end.
type entry struct {
	name       string
	dtype      string
	shape      []int
	begin, end int
}

// decodeHeader parses and checks the JSON header of a file whose data section has dataSize bytes. The metadata are
// checked first, because a foreign file or a newer format may differ in everything else.
func decodeHeader(raw []byte, dataSize int64) (*header, error) {
	h, tensors, err := decodeTop(raw)
	if err != nil {
		return nil, err
	}
	if err := h.checkFormat(); err != nil {
		return nil, err
	}
	return h, h.decodeEntries(tensors, dataSize, isFloat32)
}

// decodeTop parses the JSON of a header and its metadata. The tensors' part is left as it is.
func decodeTop(raw []byte) (h *header, tensors []member, err error) {
	if len(raw) == 0 || raw[0] != '{' {
		return nil, nil, errors.New("header does not begin with {: not a safetensors file, or damaged")
	}
	if !utf8.Valid(raw) {
		return nil, nil, errors.New("header is not valid UTF-8")
	}
	top, end, err := members(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("header: %w", err)
	}
	if rest := bytes.TrimLeft(raw[end:], " "); len(rest) > 0 {
		return nil, nil, fmt.Errorf("header: %q follows the JSON object, expected only spaces", rest[0])
	}
	h = &header{metadata: map[string]string{}}
	isMetadata := func(m member) bool { return m.key == metadataKey }
	if i := slices.IndexFunc(top, isMetadata); i >= 0 {
		if err := h.decodeMetadata(top[i]); err != nil {
			return nil, nil, err
		}
	}
	return h, slices.DeleteFunc(top, isMetadata), nil
}

// decodeEntries parses the tensors' part of the header. size is that of an element of a dtype, in bytes; 0: it cannot be read.
func (h *header) decodeEntries(tensors []member, dataSize int64, size func(dtype string) int) error {
	for _, m := range tensors {
		e, err := decodeEntry(m, dataSize, size)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", m.key, err)
		}
		h.entries = append(h.entries, e)
	}
	return h.checkCover(dataSize)
}

func (h *header) decodeMetadata(object member) error {
	list, _, err := members(object.value)
	if err != nil {
		return fmt.Errorf("header: %s: %w", metadataKey, err)
	}
	for _, m := range list {
		value, err := stringValue(m.value)
		if err != nil {
			return fmt.Errorf("header: %s: %q: %w", metadataKey, m.key, err)
		}
		h.metadata[m.key] = value
		if m.key == checksumKey {
			h.at = object.at + m.at + 1
			h.checksum = string(m.value[1 : len(m.value)-1]) // as it stands in the file: no escapes
		}
	}
	return nil
}

// Errors to test for.
var (
	// ErrForeign means a sound safetensors file that is not a checkpoint of Euryale.
	ErrForeign = errors.New("a safetensors file, but not a checkpoint of Euryale")
	// ErrNewer means a checkpoint in a newer format than this program reads, which may be whole.
	ErrNewer = errors.New("use a newer Euryale")
)

// checkFormat checks this package's keys and removes them from the metadata.
func (h *header) checkFormat() error {
	format, found := h.metadata[formatKey]
	if !found {
		return fmt.Errorf("%w: %s has no key %q", ErrForeign, metadataKey, formatKey)
	}
	if version, err := strconv.Atoi(format); err == nil && version > formatVersion {
		return fmt.Errorf("%s is %d, newer than the %d this program reads: %w", formatKey, version, formatVersion, ErrNewer)
	}
	if format != strconv.Itoa(formatVersion) {
		return fmt.Errorf("%s is %q, expected \"%d\"", formatKey, format, formatVersion)
	}
	if len(h.checksum) != len(digits) || strings.Trim(h.checksum, "0123456789abcdef") != "" {
		return fmt.Errorf("%s is %.80q, expected %d lower-case hexadecimal digits", checksumKey, h.checksum, len(digits))
	}
	delete(h.metadata, formatKey)
	delete(h.metadata, checksumKey)
	return nil
}

// isFloat32 is the size of an element of the dtype of checkpoints.
func isFloat32(dtype string) int {
	if dtype != "F32" {
		return 0
	}
	return 4
}

func decodeEntry(m member, dataSize int64, size func(dtype string) int) (entry, error) {
	e := entry{name: m.key}
	fields, _, err := members(m.value)
	if err != nil {
		return e, err
	}
	var offsets []int
	for _, f := range fields {
		switch f.key {
		case "dtype":
			e.dtype, err = stringValue(f.value)
		case "shape":
			e.shape, err = integers(f.value)
		case "data_offsets":
			offsets, err = integers(f.value)
		default:
			err = errors.New("unknown field")
		}
		if err != nil {
			return e, fmt.Errorf("%s: %w", f.key, err)
		}
	}
	width := size(e.dtype)
	if width == 0 {
		return e, fmt.Errorf("dtype is %q, expected \"F32\"", e.dtype)
	}
	if e.shape == nil {
		return e, errors.New("shape is missing")
	}
	if len(offsets) != 2 {
		return e, fmt.Errorf("data_offsets is %v, expected [begin end]", offsets)
	}
	e.begin, e.end = offsets[0], offsets[1]
	n, err := elements(e.shape)
	switch {
	case err != nil:
		return e, err
	case e.begin > e.end:
		return e, fmt.Errorf("data_offsets is %v, expected begin <= end", offsets)
	case n > math.MaxInt/8: // the widest element
		return e, fmt.Errorf("shape %v is too large", e.shape)
	case e.end-e.begin != width*n:
		return e, fmt.Errorf("shape %v takes %d bytes, but data_offsets %v spans %d", e.shape, width*n, offsets, e.end-e.begin)
	case int64(e.end) > dataSize:
		return e, fmt.Errorf("ends at byte %d of the data section, which has %d: truncated", e.end, dataSize)
	}
	return e, nil
}

// checkCover sorts the entries by place and checks that they cover the data section without holes or overlap.
func (h *header) checkCover(dataSize int64) error {
	slices.SortFunc(h.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end), cmp.Compare(a.name, b.name))
	})
	end := 0
	for _, e := range h.entries {
		if e.begin != end {
			return fmt.Errorf("tensor %q: begins at byte %d of the data section, expected %d: "+
				"tensors follow one another without holes or overlap", e.name, e.begin, end)
		}
		end = e.end
	}
	if int64(end) != dataSize {
		return fmt.Errorf("data section has %d bytes, expected %d", dataSize, end)
	}
	return nil
}
