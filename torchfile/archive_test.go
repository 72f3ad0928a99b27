package torchfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func get(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func put(t testing.TB, content []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file.pt")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// packed is an archive of records, in order: name, content, name, content.
func packed(t testing.TB, method uint16, records ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(records); i += 2 {
		f, err := w.CreateHeader(&zip.FileHeader{Name: records[i], Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(records[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return put(t, b.Bytes())
}

// Parts of pickles, in protocol 2.
const (
	begin     = "\x80\x02"
	aStorage  = "(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ" // of 4 numbers
	aTensor   = "ctorch._utils\n_rebuild_tensor_v2\n(" + aStorage + "K\x00K\x04\x85K\x01\x85\x89Nt" + "R"
	entryName = "}X\x01\x00\x00\x00w"
	fourFloat = "\x00\x00\x80?\x00\x00\x80?\x00\x00\x80?\x00\x00\x80?"
)

// dict is a pickle of {"w": tensor}.
func dict(tensor string) string { return begin + entryName + tensor + "s." }

// overlapping is an archive in which a record has the bytes of another one as well.
func overlapping(t testing.TB) string {
	content := get(t, packed(t, zip.Store, "a/data.pkl", dict(aTensor), "a/data/0", fourFloat))
	second := content[bytes.LastIndex(content, []byte("PK\x01\x02")):] // its entry in the directory
	for _, size := range []int{20, 24} {                               // compressed or not
		binary.LittleEndian.PutUint32(second[size:], uint32(len(content)-100))
	}
	binary.LittleEndian.PutUint32(second[42:], 0) // where it begins
	return put(t, content)
}

// Neither a global nor texts on the stack name a function that the library would carry out: each call of it here would copy a
// megabyte, for five bytes of the pickle.
func TestNoArrays(t *testing.T) {
	array := "\x8c\x05array\x8c\x14_array_reconstructor\x93q\x00(NU\x01bK\x01B\x00\x00\x10\x00" + strings.Repeat("x", 1<<20) + "tq\x01"
	object, err := unpickle([]byte(begin + array + strings.Repeat("h\x00h\x01R", 10) + "."))
	if err == nil || !strings.Contains(err.Error(), "the pickle names _array_reconstructor") {
		t.Errorf("got %T, %v", object, err)
	}
}

// What a hostile or damaged archive asks for is refused before memory is allocated for it.
func TestHostileArchives(t *testing.T) {
	pickled := func(text string) string { return packed(t, zip.Store, "a/data.pkl", text, "a/data/0", fourFloat) }
	changed := func(old, new string) string { return pickled(dict(strings.Replace(aTensor, old, new, 1))) }
	parameter := "ctorch._utils\n_rebuild_parameter_with_state\n(" + aTensor + "\x89}Nt" + "R"
	for _, sound := range []string{aTensor, parameter} {
		if d, err := Read(pickled(dict(sound))); err != nil || len(d.tensors) != 1 {
			t.Fatalf("a sound one: %v", err)
		}
	}
	for want, path := range map[string]string{
		"is a zip archive without data.pkl":                        packed(t, zip.Store, "a/other", ""),
		`"b/data.pkl" is in no one folder`:                         packed(t, zip.Store, "a/x", "", "b/data.pkl", ""),
		`"data.pkl" is in no one folder`:                           packed(t, zip.Store, "data.pkl", ""),
		`"a/data.pkl" appears twice`:                               packed(t, zip.Store, "a/data.pkl", "", "a/data.pkl", ""),
		`the byte order is "big", expected little`:                 packed(t, zip.Store, "a/data.pkl", "", "a/byteorder", "big"),
		`the record "byteorder" has 17 bytes`:                      packed(t, zip.Store, "a/data.pkl", "", "a/byteorder", strings.Repeat("b", 17)),
		"its records have more bytes than the file":                overlapping(t),
		`the record "data.pkl" is compressed`:                      packed(t, zip.Deflate, "a/data.pkl", strings.Repeat("(", 1<<20)),
		`the record "data.pkl" has 4194305 bytes`:                  packed(t, zip.Store, "a/data.pkl", strings.Repeat("(", maxPickle+1)),
		`tensor "w": there is no record "data/0"`:                  packed(t, zip.Store, "a/data.pkl", dict(aTensor)),
		`"data/0" has 16 bytes, too few for 255 numbers`:           changed("K\x04tQ", "K\xfftQ"),
		"shape [200] with strides [1] from 0 on":                   changed("K\x04\x85K\x01\x85", "K\xc8\x85K\x01\x85"),
		"shape [4] with strides [2] from 0 on":                     changed("K\x04\x85K\x01\x85", "K\x04\x85K\x02\x85"),
		"shape [4] with strides [1] from 1 on":                     changed("K\x00K\x04\x85", "K\x01K\x04\x85"),
		"shape [-1] with strides [1]":                              changed("K\x00K\x04\x85", "K\x00J\xff\xff\xff\xff\x85"),
		"a tensor has no storage, offset, shape and strides":       changed("K\x04\x85K\x01\x85", "K\x04\x85)"),
		"a tensor has 1 parts":                                     pickled(dict("ctorch._utils\n_rebuild_tensor_v2\nN\x85R")),
		"a parameter has no tensor":                                pickled(dict("ctorch._utils\n_rebuild_parameter\n)R")),
		"a storage has no class, key, place and size":              changed("storage", "STORAGE"),
		"a storage has no class, key, place":                       changed("K\x04tQ", "tQ"),
		"a storage has no class, key":                              changed("K\x04tQ", "J\xff\xff\xff\xfftQ"),
		"holds a dict without tensors of floats":                   pickled(begin + "}."),
		"holds a list, expected a state dict":                      pickled(begin + "]."),
		"holds None, expected a state dict":                        pickled(begin + "N."),
		"the pickle is cut off, or damaged":                        pickled(begin + entryName),
		"the pickle is cut off":                                    pickled(begin + "}(Nu."), // a key without a value
		"the pickle has more than 1000 parts inside each other":    pickled(begin + strings.Repeat("(", 1001) + "."),
		"the pickle names _array_reconstructor":                    pickled(begin + "carray\n_array_reconstructor\n."),
		"the pickle names _reconstructor":                          pickled(begin + "\x8c\x08copy_reg\x8c\x0e_reconstructor\x93."),
		"the pickle has more than 262144 objects":                  pickled(begin + strings.Repeat("}", maxObjects+1) + "."),
		"holds the state dicts a, b; choose one of them":           pickled(begin + "}U\x01a" + entryName + aTensor + "sq\x00sU\x01bh\x00s."),
		`byte 2 of the pickle is the opcode 'i', which torch.save`: pickled(begin + "ios\nsystem\n."),
		"the pickle cannot be read: the stack is empty":            pickled(begin + "."),
	} {
		_, err := Read(path)
		if err == nil || !strings.Contains(err.Error(), "torchfile: "+path+": "+want) && !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Lengths beyond the pickle, of every opcode that has one, are found before the library reads them.
func TestLengthsOfAPickle(t *testing.T) {
	for op, size := range arguments {
		if size == 0 {
			continue
		}
		argument := bytes.Repeat([]byte{0xff}, max(size, -size))
		for cut := range len(argument) + 1 {
			text := append([]byte{'\x80', 2, op}, argument[:cut]...)
			if size > 0 && cut == len(argument) {
				text = append(text[:len(text)-1], '.') // the argument is short
			}
			if err := checkPickle(text); err == nil {
				t.Errorf("%q passes", text)
			}
		}
	}
	frame := binary.LittleEndian.AppendUint64([]byte{'\x80', 4, '\x95'}, 2)
	if err := checkPickle(append(frame, 'N', '.')); err != nil {
		t.Errorf("a frame: %v", err)
	}
	for _, text := range []string{"\x80\x04\x95", string(frame) + ".", "\x80\x02cos", "\x80\x02cos\nsystem", "\x80\x02\x8a\x00."} {
		if err := checkPickle([]byte(text)); err == nil {
			t.Errorf("%q passes", text)
		}
	}
}

// No class of a pickle is anything but a name: what would run a command in Python is an object that is not read.
func TestNothingRuns(t *testing.T) {
	command := "cposix\nsystem\nX\x04\x00\x00\x00exit\x85R"
	object, err := unpickle([]byte(begin + command + "."))
	if err != nil {
		t.Fatal(err)
	}
	if o, ok := object.(*opaque); !ok || o.class != "posix.system" {
		t.Errorf("got %#v", object)
	}
}

// Every byte of a file counts: a change is an error, or gives the same numbers, and never a panic. One of a number is found by
// the checksum of its record.
func TestDamage(t *testing.T) {
	whole := get(t, "testdata/half.pt")
	want, err := numbers(whole)
	if err != nil {
		t.Fatal(err)
	}
	silent := 0
	for i := range whole {
		damaged := slices.Clone(whole)
		damaged[i] ^= 0x55
		got, err := numbers(damaged)
		if err != nil {
			continue
		}
		silent++
		for name, data := range got {
			if w, ok := want[name]; ok && !slices.Equal(data, w) {
				t.Fatalf("byte %d changed %s", i, name)
			}
		}
	}
	if silent > len(whole)/2 { // the padding between records, and their dates
		t.Errorf("%d of %d bytes can change unseen", silent, len(whole))
	}
}

// numbers are those of all tensors of an archive in memory.
func numbers(content []byte) (map[string][]float32, error) {
	tensors, err := findTensors(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	all := map[string][]float32{}
	for name, t := range tensors {
		n := 1
		for _, d := range t.shape {
			if n *= d; n > 1<<20 { // a stride of 0: Load compares the shape with the net's before it reads
				return nil, errCut
			}
		}
		if !isFloat(t.dtype) {
			continue
		}
		if all[name], _, err = t.read(bytes.NewReader(content)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// FuzzArchive reads any bytes as a file of torch.save.
func FuzzArchive(f *testing.F) {
	for _, name := range []string{"plain.pt", "training.pt", "strided.pt", "script.pt"} {
		f.Add(get(f, filepath.Join("testdata", name)))
	}
	f.Fuzz(func(_ *testing.T, content []byte) {
		_, _ = numbers(content)
	})
}

// FuzzUnpickle reads any bytes as a pickle.
func FuzzUnpickle(f *testing.F) {
	f.Add([]byte(dict(aTensor)))
	f.Add([]byte(begin + "cposix\nsystem\nX\x04\x00\x00\x00exit\x85R."))
	f.Add([]byte(begin + "(}]uaNt\x8a\x01\x00."))
	f.Fuzz(func(_ *testing.T, text []byte) {
		object, err := unpickle(text)
		if err != nil {
			return
		}
		_, _ = stateDict(object)
	})
}
