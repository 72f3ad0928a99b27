package checkpoint

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// StoredIn finds tensors of any dtype where they lie, and none that does not fit the file.
func TestStoredIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	write := func(header string, data int) {
		t.Helper()
		text := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
		if err := os.WriteFile(path, append(append(text, header...), make([]byte, data)...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const sound = `{"b":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]},"a":{"dtype":"F64","shape":[2,1],"data_offsets":[0,16]},` +
		`"n":{"dtype":"BOOL","shape":[],"data_offsets":[22,23]}}`
	write(sound, 23)
	got, err := StoredIn(path)
	if err != nil {
		t.Fatal(err)
	}
	begin := int64(8 + len(sound))
	want := []Stored{{"a", "F64", []int{2, 1}, begin}, {"b", "BF16", []int{3}, begin + 16}, {"n", "BOOL", []int{}, begin + 22}}
	same := func(a, b Stored) bool {
		return a.Name == b.Name && a.DType == b.DType && slices.Equal(a.Shape, b.Shape) && a.Offset == b.Offset
	}
	if !slices.EqualFunc(got, want, same) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	for header, want := range map[string]string{
		strings.Replace(sound, "[3]", "[4]", 1):                               `tensor "b": shape [4] takes 8 bytes, but data_offsets [16 22] spans 6`,
		strings.Replace(sound, "BOOL", "F4", 1):                               `tensor "n": dtype is "F4"`,
		strings.Replace(sound, "[2,1]", "[2305843009213693951]", 1):           `tensor "a": shape [2305843009213693951]`,
		strings.Replace(sound, "[22,23]", "[21,22]", 1):                       "without holes or overlap",
		`{"a":{"dtype":"F64","shape":[4],"data_offsets":[0,32]}}`:             "truncated",
		`{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"a":{"x":1}}`: `"a"`,
	} {
		write(header, 23)
		if list, err := StoredIn(path); err == nil || list != nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v, %v, want %s", list, err, want)
		}
	}
}
