package data

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sbinet/npyio"
)

// oddFloats is every kind of finite float32, n of them.
func oddFloats(n int) []float32 {
	values := []float32{0, float32(math.Copysign(0, -1)), 1, -1, 0.1, 1e6, 1e21, 1e-5, 123456.79,
		math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, -1.1754944e-38}
	random := rand.New(rand.NewPCG(3, 3))
	for len(values) < n {
		if v := math.Float32frombits(random.Uint32()); v-v == 0 {
			values = append(values, v)
		}
	}
	return values[:n]
}

// batchOf is rows of dim numbers.
func batchOf(values []float32, dim int) *Batch {
	return &Batch{Rows: len(values) / dim, Real: widened(nil, values)}
}

// write streams values in pieces of uneven size.
func write(t *testing.T, w Sink, values []float32, dim int) {
	t.Helper()
	for i := 1; len(values) > 0; i++ {
		n := min(len(values), dim*(i*i%977))
		if err := w.Write(batchOf(values[:n], dim)); err != nil {
			t.Fatal(err)
		}
		values = values[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func equalBits(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return true
}

func TestCSVRoundTrip(t *testing.T) {
	const dim = 3
	path := filepath.Join(t.TempDir(), "a.csv")
	want := oddFloats(20001)
	w, err := NewSink(path, Numbers(dim, 0))
	if err != nil {
		t.Fatal(err)
	}
	write(t, w, want, dim)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(file, []byte("x0,x1,x2\n0,-0,1\n-1,0.1,1e+06\n")) || bytes.ContainsRune(file, '\r') {
		t.Errorf("the file begins with %q", file[:40])
	}
	records, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var got []float32
	for _, record := range records[1:] {
		for _, field := range record {
			v, err := strconv.ParseFloat(field, 32)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, float32(v))
		}
	}
	if !equalBits(got, want) {
		t.Error("what was read is not what was written")
	}
}

func TestCSVColumns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	w, err := NewCSV(path, Schema{Columns: []Column{{Name: "x"}, {Name: `a "b", c`}}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, w, []float32{1, 2, float32(math.NaN()), float32(math.Inf(-1))}, 2)
	const want = "x,\"a \"\"b\"\", c\"\n1,2\nNaN,-Inf\n"
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if _, err := NewCSV(path, Schema{Columns: []Column{{Name: "x"}, {Name: "x"}}}); err == nil {
		t.Error("no error for one column name for two columns")
	}
}

func TestNPYRoundTrip(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct{ rows, dim int }{{0, 2}, {1, 1}, {3, 2}, {20000, 2}, {5000, 7}} {
		path := filepath.Join(folder, "a.npy")
		w, err := NewSink(path, Numbers(c.dim, 0))
		if err != nil {
			t.Fatal(err)
		}
		want := oddFloats(c.rows * c.dim)
		write(t, w, want, c.dim)
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(file) != 128+4*len(want) {
			t.Errorf("%v: %d bytes", c, len(file))
		}
		reader, err := npyio.NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if h := reader.Header; h.Major != 1 || h.Minor != 0 || h.Descr.Type != "<f4" || h.Descr.Fortran ||
			!reflect.DeepEqual(h.Descr.Shape, []int{c.rows, c.dim}) {
			t.Errorf("%v: header %+v", c, h)
		}
		var got []float32
		if c.rows > 0 { // npyio takes no empty arrays
			if err := reader.Read(&got); err != nil {
				t.Fatal(err)
			}
		}
		if !equalBits(got, want) {
			t.Errorf("%v: what was read is not what was written", c)
		}
	}
}

// The golden bytes follow the definition of format 1.0 (see NewNPY): magic, version, length 0x76 = 118 in
// little endian, then the dictionary (62 bytes) and 55 spaces and a newline up to a multiple of 64.
func TestNPYHeader(t *testing.T) {
	want := "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1000, 2), }" +
		strings.Repeat(" ", 55) + "\n"
	if got := string(npyPoints{2}.header(1000)); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, c := range []struct {
		rows int64
		dim  int
	}{{0, 1}, {math.MaxInt64, math.MaxInt64}} {
		h := npyPoints{c.dim}.header(c.rows)
		if len(h) != 128 || h[127] != '\n' || int(binary.LittleEndian.Uint16(h[8:]))+10 != len(h) {
			t.Errorf("shape %v: %d bytes: %q", c, len(h), h)
		}
	}
}

func TestWritingDoesNotAllocate(t *testing.T) {
	rows := batchOf(oddFloats(20000), 2)
	for _, name := range []string{"a.csv", "a.npy"} {
		w, err := NewSink(filepath.Join(t.TempDir(), name), Numbers(2, 0))
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(5, func() { err = w.Write(rows) }); n != 0 || err != nil {
			t.Errorf("%s: %v allocations to write %d rows (%v)", name, n, rows.Rows, err)
		}
		if err := w.Abort(); err != nil {
			t.Error(err)
		}
	}
}

// failing is an encoding that fails in one of its three parts, after having written something.
type failing struct{ part string }

var errFull = errors.New("disk full")

func (f failing) at(part string, out *bufio.Writer) error {
	if out != nil {
		if _, err := out.Write(make([]byte, 100<<10)); err != nil {
			return err
		}
	}
	if f.part == part {
		return errFull
	}
	return nil
}
func (f failing) Begin(out *bufio.Writer) error          { return f.at("begin", out) }
func (f failing) Rows(out *bufio.Writer, _ *Batch) error { return f.at("rows", out) }
func (f failing) End(*os.File, int64) error              { return f.at("end", nil) }

func TestWriterIsAtomic(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.csv")
	const old = "x0\n42\n"
	if err := os.WriteFile(path, []byte(old), 0o644); err != nil {
		t.Fatal(err)
	}
	unharmed := func(what string) {
		t.Helper()
		if got, err := os.ReadFile(path); err != nil || string(got) != old {
			t.Errorf("%s: the old file holds %q, %v", what, got, err)
		}
	}
	for _, part := range []string{"begin", "rows", "end"} {
		w, err := newWriter(path, Numbers(1, 0), failing{part})
		if part == "begin" {
			if !errors.Is(err, errFull) {
				t.Errorf("begin: error %v", err)
			}
		} else {
			first := w.Write(batchOf([]float32{1}, 1))
			if (part == "rows") != errors.Is(first, errFull) {
				t.Errorf("%s: Write gave %v", part, first)
			}
			for range 2 { // Close after a failure fails, again and again
				if err := w.Close(); !errors.Is(err, errFull) || !strings.Contains(err.Error(), path) {
					t.Errorf("%s: Close gave %v", part, err)
				}
			}
			if err := w.Write(batchOf([]float32{1}, 1)); err == nil {
				t.Errorf("%s: Write after a failure gave no error", part)
			}
			if err := w.Abort(); err != nil {
				t.Errorf("%s: Abort after a failure: %v", part, err)
			}
		}
		unharmed(part)
		wantOnly(t, folder, "a.csv")
	}

	w, err := NewSink(path, Numbers(2, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(&Batch{Rows: 1, Real: []float64{1, 2, 3}}); err == nil ||
		!strings.Contains(err.Error(), "whole rows of 2 numbers, got 3") {
		t.Errorf("half a row: %v", err)
	}
	if err := w.Close(); err == nil {
		t.Error("Close after half a row gave no error")
	}
	unharmed("half a row")
	wantOnly(t, folder, "a.csv")

	w, err = NewSink(path, Numbers(2, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(batchOf([]float32{1, 2}, 2)); err != nil {
		t.Fatal(err)
	}
	unharmed("before Close")
	if err := w.Abort(); err != nil {
		t.Error(err)
	}
	if err := w.Close(); !errors.Is(err, errAborted) {
		t.Errorf("Close after Abort: %v", err)
	}
	unharmed("aborted")
	wantOnly(t, folder, "a.csv")

	w, err = NewSink(path, Numbers(2, 0))
	if err != nil {
		t.Fatal(err)
	}
	write(t, w, []float32{1, 2}, 2)
	if err := errors.Join(w.Close(), w.Abort()); err != nil {
		t.Errorf("Close and Abort after Close: %v", err)
	}
	if err := w.Write(batchOf([]float32{1, 2}, 2)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Write after Close: %v", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "x0,x1\n1,2\n" {
		t.Errorf("the new file holds %q, %v", got, err)
	}
	wantOnly(t, folder, "a.csv")
}

func TestNewSinkErrors(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct {
		path string
		dim  int
		want string
	}{
		{"a.png", 2, "want .csv or .npy"},
		{"a.txt", 2, "unknown extension"},
		{"a.csv", 0, "must be at least 1, got 0"},
		{"a.csv", -1, "must be at least 1"},
		{"a", 2, "no extension"},
		{"a.npy", 0, "must be at least 1, got 0"},
		{"no/a.npy", 2, "cannot create"}, {"no/a.csv", 2, "a.csv: there is no folder " + filepath.Join(folder, "no")},
	} {
		path := filepath.Join(folder, c.path)
		w, err := NewSink(path, Numbers(c.dim, 0))
		if err == nil || w != nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("NewSink(%s, %d) = %v, %v, want an error with %q and the path", c.path, c.dim, w, err, c.want)
		}
	}
	wantOnly(t, folder, "")
}

// wantOnly checks that folder holds the one file named.
func wantOnly(t *testing.T, folder string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !slices.Contains(names, entry.Name()) {
			t.Errorf("%s was left in the folder", entry.Name())
		}
	}
}
