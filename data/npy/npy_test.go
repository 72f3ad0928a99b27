package npy

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/choice"
	"euryale/data"

	"github.com/sbinet/npyio"
	"gonum.org/v1/gonum/mat"
)

// file is a .npy file with a header as given.
func file(dictionary string, numbers any) []byte {
	text := dictionary + strings.Repeat(" ", 117-len(dictionary)) + "\n"
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(text)), byte(len(text)>>8))
	b = append(b, text...)
	b, _ = binary.Append(b, binary.LittleEndian, numbers)
	return b
}

func header(kind string, fortran bool, shape string) string {
	order := map[bool]string{true: "True", false: "False"}[fortran]
	return fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", kind, order, shape)
}

// put writes a file into a folder of the test.
func put(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func numbersOf(t testing.TB, f *Files) ([]float64, []int32, data.Schema) {
	t.Helper()
	s, err := f.Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var b data.Batch
	if err := s.Read(t.Context(), &b, 0, s.Rows()); err != nil {
		t.Fatal(err)
	}
	return b.Real, b.Labels, s.Schema()
}

// Every type of number, in both orders of bytes.
func TestTypes(t *testing.T) {
	type f4 = []float32
	for kind, test := range map[string]struct {
		numbers any
		want    []float64
	}{
		"<f4": {f4{1.5, -2, 0.1, 4}, []float64{1.5, -2, float64(float32(0.1)), 4}},
		"<f8": {[]float64{1.5, -2, 0.1, 1e300}, []float64{1.5, -2, 0.1, 1e300}},
		"|i1": {[]int8{1, -2, 127, -128}, []float64{1, -2, 127, -128}},
		"<i2": {[]int16{1, -2, 3, -32768}, []float64{1, -2, 3, -32768}},
		"<i4": {[]int32{1, -2, 3, math.MinInt32}, []float64{1, -2, 3, math.MinInt32}},
		"<i8": {[]int64{1, -2, 3, 1 << 40}, []float64{1, -2, 3, 1 << 40}},
		"|u1": {[]uint8{1, 2, 3, 255}, []float64{1, 2, 3, 255}},
		"<u2": {[]uint16{1, 2, 3, 65535}, []float64{1, 2, 3, 65535}},
		"<u4": {[]uint32{1, 2, 3, math.MaxUint32}, []float64{1, 2, 3, math.MaxUint32}},
		"<u8": {[]uint64{1, 2, 3, 1 << 40}, []float64{1, 2, 3, 1 << 40}},
	} {
		path := put(t, "a.npy", file(header(kind, false, "(2, 2)"), test.numbers))
		if got, labels, s := numbersOf(t, &Files{File: path}); !slices.Equal(got, test.want) || labels != nil || s.Dim() != 2 {
			t.Errorf("%s: got %v, want %v", kind, got, test.want)
		}
		big, err := binary.Append(nil, binary.BigEndian, test.numbers)
		if err != nil {
			t.Fatal(err)
		}
		path = put(t, "a.npy", append(file(header(strings.Replace(kind, "<", ">", 1), false, "(2, 2)"), []byte{}), big...))
		if got, _, _ := numbersOf(t, &Files{File: path}); !slices.Equal(got, test.want) {
			t.Errorf("%s, big endian: got %v, want %v", kind, got, test.want)
		}
	}
}

// Columns of a file in Fortran order lie together. NumPy's bytes for numpy.asfortranarray([[1, 2], [3, 4], [5, 6]]).
func TestOrders(t *testing.T) {
	want := []float64{1, 2, 3, 4, 5, 6}
	for fortran, numbers := range map[bool][]float64{false: want, true: {1, 3, 5, 2, 4, 6}} {
		path := put(t, "a.npy", file(header("<f8", fortran, "(3, 2)"), numbers))
		if got, _, s := numbersOf(t, &Files{File: path}); !slices.Equal(got, want) || s.Dim() != 2 {
			t.Errorf("fortran %v: got %v", fortran, got)
		}
	}
	for _, shape := range []string{"(6,)", "(6, 1)"} {
		path := put(t, "a.npy", file(header("<f8", true, shape), want))
		if got, _, s := numbersOf(t, &Files{File: path}); !slices.Equal(got, want) || s.Dim() != 1 {
			t.Errorf("%s: got %v of dimension %d", shape, got, s.Dim())
		}
	}
	// Larger than a buffer, so that rows straddle its ends.
	const rows, columns = 7001, 3
	flat, across := make([]float32, rows*columns), make([]float32, rows*columns)
	for i := range flat {
		flat[i] = float32(i)
		across[i%columns*rows+i/columns] = float32(i)
	}
	shape := fmt.Sprintf("(%d, %d)", rows, columns)
	for fortran, numbers := range map[bool][]float32{false: flat, true: across} {
		got, _, _ := numbersOf(t, &Files{File: put(t, "a.npy", file(header("<f4", fortran, shape), numbers))})
		for i, v := range got {
			if int(v) != i {
				t.Fatalf("fortran %v: number %d is %v", fortran, i, v)
			}
		}
	}
}

// Files that npyio wrote, and those of our sinks, with labels.
func TestFilesOfOthers(t *testing.T) {
	var b bytes.Buffer
	if err := npyio.Write(&b, mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, 6})); err != nil { // version 2.0
		t.Fatal(err)
	}
	if got, _, s := numbersOf(t, &Files{File: put(t, "a.npy", b.Bytes())}); !slices.Equal(got, []float64{1, 2, 3, 4, 5, 6}) || s.Dim() != 2 {
		t.Errorf("of npyio: %v", got)
	}
	path := filepath.Join(t.TempDir(), "b.npy")
	w, err := data.NewSink(path, data.Numbers(2, 3))
	if err != nil {
		t.Fatal(err)
	}
	rows := &data.Batch{Rows: 3, Real: []float64{0.5, 2, 3, 4, 5, 6}, Labels: []int32{2, 0, 1}}
	if err := errors.Join(w.Write(rows), w.Close()); err != nil {
		t.Fatal(err)
	}
	got, labels, s := numbersOf(t, &Files{File: path, Labels: strings.TrimSuffix(path, ".npy") + "_labels.npy"})
	if !slices.Equal(got, rows.Real) || !slices.Equal(labels, rows.Labels) || len(s.Classes) != 3 {
		t.Errorf("of our sinks: %v, %v", got, labels)
	}
	// What numpy.save writes, and a writer with keys in another order and double quotes.
	for _, dictionary := range []string{
		"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }",
		`{"shape": (1,2), "fortran_order": False, "descr": "<f8"}`,
	} {
		if got, _, _ := numbersOf(t, &Files{File: put(t, "c.npy", file(dictionary, []float64{7, 8}))}); !slices.Equal(got, []float64{7, 8}) {
			t.Errorf("%s: %v", dictionary, got)
		}
	}
}

func TestErrors(t *testing.T) {
	good := file(header("<f4", false, "(2, 2)"), []float32{1, 2, 3, 4})
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	for want, content := range map[string][]byte{
		"does not begin with":   []byte("x0,x1\n1,2\n"),
		"not a .npy file":       {},
		"cut off":               good[:110],
		"the header is cut off": good[:9],
		"cut off: shape (2, 2) takes 16 bytes, there are 15":            good[:len(good)-1],
		"cut off: shape (2, 2) takes 16 bytes, there are 0":             good[:128],
		"shape (2, 2) takes 16 bytes, there are 17":                     append(slices.Clone(good), 0),
		"version 3.0 of the format, expected 1.0 or 2.0":                append([]byte("\x93NUMPY\x03"), good[7:]...),
		`numbers of type "<c16", expected float32, float64 or integers`: file(header("<c16", false, "(1, 1)"), []float64{1, 2}),
		`numbers of type "|O"`:                                          file(header("|O", false, "(1, 1)"), []float64{1}),
		`numbers of type ""`:                                            file(header("", false, "(1, 1)"), []float64{1}),
		"no descr that can be read": file("{'descr': [('a', '<f4')], 'fortran_order': False, "+
			"'shape': (1, 1), }", []float32{1}),
		"no fortran_order that can be read": file("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1, 1), }",
			[]float32{1}),
		"no shape that can be read": file("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 1), }",
			[]float32{1}),
		"a single number, expected (rows, columns)":                    file(header("<f4", false, "()"), []float32{1}),
		"shape (0, 2): there are no numbers":                           file(header("<f4", false, "(0, 2)"), []float32{}),
		"shape (4294967296, 4294967296) is too large":                  file(header("<f4", false, "(4294967296, 4294967296)"), []float32{}),
		"shape (99999999999999999999":                                  file(header("<f4", false, "(99999999999999999999, 1)"), []float32{}),
		"cut off: shape (1000000000000, 2) takes 8000000000000 bytes":  file(header("<f4", false, "(1000000000000, 2)"), []float32{1}),
		"shape (2, 2, 1), expected (rows, columns): one point per row": file(header("<f4", false, "(2, 2, 1)"), []float32{1, 2, 3, 4}),
		"row 1, column x0: must be a finite number, got NaN":           file(header("<f4", false, "(2, 2)"), []float32{1, 2, nan, 4}),
		"row 0, column x1: must be a finite number, got -Inf":          file(header("<f4", true, "(2, 2)"), []float32{1, 2, inf, 4}),
		"a header of 16777216 bytes, expected at most 65536":           append([]byte("\x93NUMPY\x02\x00\x00\x00\x00\x01"), good[10:]...),
	} {
		path := put(t, "points.npy", content)
		_, err := (&Files{File: path}).Open(t.Context(), 0)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "data.file: ") ||
			!strings.Contains(err.Error(), path) {
			t.Errorf("error %v, want %q and the file", err, want)
		}
	}
	points := put(t, "points.npy", good)
	for want, content := range map[string][]byte{
		"3 labels for the 2 rows of ":    file(header("|u1", false, "(3,)"), []uint8{0, 1, 2}),
		"shape (2, 2), expected (rows,)": file(header("|u1", false, "(2, 2)"), []uint8{0, 1, 2, 3}),
		"row 1: a label must be a whole number from 0 on (there can be 65536 classes), got -1": file(header("|i1", false, "(2,)"),
			[]int8{0, -1}),
		"row 0: a label must be a whole number from 0 on (there can be 65536 classes), got 0.5": file(header("<f4", false, "(2, 1)"),
			[]float32{0.5, 1}),
		"row 1: a label must be a whole number from 0 on (there can be 65536 classes), got NaN": file(header("<f4", false, "(2,)"),
			[]float32{0, nan}),
		"row 0: a label must be a whole number from 0 on (there can be 65536 classes), got 65536": file(header("<i4", false, "(2,)"),
			[]int32{65536, 1}),
		"there are 1": file(header("<i2", false, "(2,)"), []uint8{0}),
	} {
		labels := put(t, "labels.npy", content)
		_, err := (&Files{File: points, Labels: labels}).Open(t.Context(), 0)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "data.labels: ") ||
			!strings.Contains(err.Error(), labels) {
			t.Errorf("labels: error %v, want %q and the file", err, want)
		}
	}
	// Labels of floats that are whole are fine.
	whole := put(t, "l.npy", file(header("<f8", false, "(2, 1)"), []float64{3, 0}))
	if _, labels, _ := numbersOf(t, &Files{points, whole}); !slices.Equal(labels, []int32{3, 0}) {
		t.Errorf("labels %v", labels)
	}
	missing := filepath.Join(t.TempDir(), "none.npy")
	for _, f := range []*Files{{missing, ""}, {points, missing}, {t.TempDir(), ""}} {
		if _, err := f.Open(t.Context(), 0); err == nil {
			t.Errorf("%+v: no error", f)
		}
	}
	t.Chdir(filepath.Dir(missing))
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (&Files{File: "none.npy"}).Open(t.Context(), 0); !errors.Is(err, fs.ErrNotExist) ||
		!strings.HasSuffix(err.Error(), "none.npy: no such file or directory; the path is relative to where the program runs, "+here) {
		t.Errorf("a missing file with a relative path: %v", err)
	}
	if err := new(Files).Validate(); err == nil || err.(*choice.FieldError).Key != "file" {
		t.Errorf("no file: %v", err)
	}
	if _, err := new(Files).Open(t.Context(), 0); err == nil {
		t.Error("no file was opened")
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (&Files{File: points}).Open(done, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	if e := Kind(); e.New().Validate() == nil || choice.Set[data.Options]([]choice.Entry[data.Options]{e}).NameOf(&Files{}) != "npy" {
		t.Error("the kind")
	}
}

// The wrong labels are found before the numbers of the points are read: here points hold a NaN.
func TestCheapChecksComeFirst(t *testing.T) {
	points := put(t, "points.npy", file(header("<f4", false, "(2, 1)"), []float32{1, float32(math.NaN())}))
	labels := put(t, "labels.npy", file(header("<i4", false, "(3,)"), []int32{0, 1, 2}))
	if _, err := (&Files{points, labels}).Open(t.Context(), 0); err == nil || !strings.Contains(err.Error(), "3 labels for the 2 rows") {
		t.Errorf("error %v, want that of the labels", err)
	}
}

// Whatever the bytes: an error that names the file, or a source of whole rows.
func FuzzFile(f *testing.F) {
	f.Add(file(header("<f4", false, "(2, 2)"), []float32{1, 2, 3, 4}))
	f.Add(file(header(">i2", true, "(2, 2)"), []int16{1, 2, 3, 4}))
	f.Add(file(`{"shape": (1,2), "fortran_order": False, "descr": "<f8"}`, []float64{7, 8}))
	f.Add([]byte("\x93NUMPY\x02\x00\x00\x00\x00\x00"))
	path := filepath.Join(f.TempDir(), "fuzz.npy")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := (&Files{File: path}).Open(t.Context(), 0)
		if err != nil {
			if !strings.Contains(err.Error(), path) {
				t.Fatalf("%v does not name the file", err)
			}
			return
		}
		var b data.Batch
		if err := s.Read(t.Context(), &b, 0, s.Rows()); err != nil || b.Rows < 1 || len(b.Real) != b.Rows*s.Schema().Dim() {
			t.Fatalf("%v, %d rows", err, b.Rows)
		}
	})
}
