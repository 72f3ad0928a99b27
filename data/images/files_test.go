package images

import (
	"bytes"
	"encoding/binary"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/data"
)

// record is one image of CIFAR's format: labels, then red, green and blue, each from a number on.
func record(labels ...byte) []byte {
	b := slices.Clone(labels)
	for c := range 3 {
		for p := range 1024 {
			b = append(b, byte(100*c+p))
		}
	}
	return b
}

// Files are read one after the other; numbers of a pixel lie together.
func TestCIFAR(t *testing.T) {
	folder := t.TempDir()
	a := write(t, filepath.Join(folder, "a.bin"), append(record(3), record(9)...))
	b := write(t, filepath.Join(folder, "b.bin"), record(0))
	fine := write(t, filepath.Join(folder, "fine.bin"), record(19, 99))
	o := &CIFAR{Files: []string{a, b}, TestFiles: []string{b}, Classes: 10}
	train, held, err := data.Section{Source: Kinds().With(o)}.Open(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	rows := read(t, train)
	if !slices.Equal(rows.Labels, []int32{3, 9, 0}) || train.Schema().Classes[9] != "truck" || held.Rows() != 1 {
		t.Errorf("labels %v", rows.Labels)
	}
	for i, v := range rows.Real {
		if want := byte(100*(i%3) + i/3%1024); byte(v) != want {
			t.Fatalf("number %d is %v, want %v", i, v, want)
		}
	}
	for classes, want := range map[int]int32{20: 19, 100: 99} {
		if got := read(t, open(t, &CIFAR{Files: []string{fine}, Classes: classes})).Labels[0]; got != want {
			t.Errorf("%d classes: label %d", classes, got)
		}
	}
	wantError(t, &CIFAR{Files: []string{fine}, Classes: 10},
		"fine.bin: has records of 3074 bytes, as CIFAR-100 has: set data.classes=100")
	wantError(t, &CIFAR{Files: []string{b}, Classes: 20}, "b.bin: has records of 3073 bytes, as CIFAR-10 has: set data.classes=10")
	for want, content := range map[string][]byte{
		"image 0: the label must be from 0 to 9, got 10": record(10),
		"is packed: unpack it with tar -xzf bad":         packed(t, record(1)),
		"there are no images":                            {},
		"no whole number of records of 3073 bytes":       record(1)[:3000],
	} {
		bad := write(t, filepath.Join(folder, "bad"), content)
		wantError(t, &CIFAR{Files: []string{b, bad}, Classes: 10}, "images: data.files: "+bad, want)
	}
}

func FuzzCIFAR(f *testing.F) {
	f.Add(record(3), 10)
	f.Add(append(record(1, 2), record(19, 99)...), 20)
	f.Add(record(3, 200), 100)
	path := filepath.Join(f.TempDir(), "file")
	f.Fuzz(func(t *testing.T, content []byte, classes int) {
		write(t, path, content)
		s, err := (&CIFAR{Files: []string{path}, Classes: classes}).Open(t.Context(), 0)
		if err != nil {
			return
		}
		if rows := read(t, s); rows.Rows != len(content)/3073 || int(slices.Max(rows.Labels)) >= classes {
			t.Errorf("%d rows with labels %v of %d bytes", rows.Rows, rows.Labels, len(content))
		}
	})
}

// npyOf is a NumPy file.
func npyOf(t testing.TB, kind, shape string, numbers any) []byte {
	t.Helper()
	b, err := binary.Append(data.NPYHeader(kind, shape), binary.LittleEndian, numbers)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Whole numbers of any type, with and without channels, in both orders, with labels.
func TestNPY(t *testing.T) {
	folder := t.TempDir()
	labels := write(t, filepath.Join(folder, "labels.npy"), npyOf(t, "<i8", "(2,)", []int64{1, 0}))
	floats := make([]float32, 12)
	for i := range floats {
		floats[i] = float32(i)
	}
	// numpy.asfortranarray(numpy.arange(12).reshape(2, 3, 2)): the first index runs fastest
	fortran := npyOf(t, "|u1", "(2, 3, 2)", []byte{0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11})
	fortran = bytes.Replace(fortran, []byte("False, "), []byte("True,  "), 1)
	for name, c := range map[string]struct {
		content []byte
		image   []int
	}{
		"gray":    {npyOf(t, "|u1", "(2, 3, 2)", counted(12)), []int{3, 2, 1}},
		"one":     {npyOf(t, "|u1", "(2, 3, 2, 1)", counted(12)), []int{3, 2, 1}},
		"colors":  {npyOf(t, "<f4", "(2, 2, 1, 3)", floats), []int{2, 1, 3}},
		"fortran": {fortran, []int{3, 2, 1}},
	} {
		s := open(t, &NPY{File: write(t, filepath.Join(folder, name), c.content), Labels: labels})
		rows := read(t, s)
		if !bytes.Equal(asBytes(rows), counted(12)) || !slices.Equal(s.Schema().Image, c.image) ||
			!slices.Equal(rows.Labels, []int32{1, 0}) {
			t.Errorf("%s: %v of shape %v, labels %v", name, rows.Real, s.Schema().Image, rows.Labels)
		}
	}
	for want, content := range map[string][]byte{
		"shape [2 6], expected (N, height, width)": npyOf(t, "|u1", "(2, 6)", counted(12)),
		"save x.transpose(0, 2, 3, 1)":             npyOf(t, "|u1", "(1, 3, 5, 5)", counted(75)),
		"images must have 1 channel (gray) or 3":   npyOf(t, "|u1", "(1, 3, 2, 2)", counted(12)),
		"number [1, 2, 1] must be a whole number from 0 to 255, got NaN": npyOf(t, "<f4", "(2, 3, 2)",
			append(slices.Clone(floats[:11]), float32(math.NaN()))),
		"got 0.5: save numbers from 0 to 1 as np.round(255 * x)":   npyOf(t, "<f4", "(2, 3, 2)", append([]float32{0, 0.5}, floats[:10]...)),
		"got -1: save numbers from -1 to 1 as np.round(127.5 * (x": npyOf(t, "<f4", "(2, 3, 2)", append([]float32{-1}, floats[:11]...)),
		"an archive (.npz), expected one array: save it":           []byte("PK\x03\x04 and more"),
		"number [0, 0, 0] must be a whole number from 0 to 255, ":  npyOf(t, "<i2", "(2, 3, 2)", append([]int16{-1}, make([]int16, 11)...)),
		"cut off": npyOf(t, "|u1", "(2, 3, 2)", counted(11)),
	} {
		wantError(t, &NPY{File: write(t, filepath.Join(folder, "bad.npy"), content)}, "images: data.file: ", "bad.npy: ", want)
	}
	wantError(t, &NPY{File: write(t, filepath.Join(folder, "x.npy"), npyOf(t, "|u1", "(3, 2, 2)", counted(12))), Labels: labels},
		"images: data.labels: ", "2 labels for the 3 rows")
}

// Images that a sink wrote are read as they were.
func TestNPYOfSink(t *testing.T) {
	for _, o := range []data.Options{&Digits{}, &Discs{Rows: 20, Size: Size{9, 8}, Channels: 3}} {
		s := open(t, o)
		path := filepath.Join(t.TempDir(), "x.npy")
		w, err := data.NewNPY(path, s.Schema())
		if err != nil {
			t.Fatal(err)
		}
		rows := read(t, s)
		if err := w.Write(rows); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		n := &NPY{File: path}
		if rows.Labels != nil {
			n.Labels = strings.TrimSuffix(path, ".npy") + "_labels.npy"
		}
		back := open(t, n)
		if got := read(t, back); !slices.Equal(got.Real, rows.Real) || !slices.Equal(got.Labels, rows.Labels) ||
			s.Schema().Fits(back.Schema()) != nil {
			t.Errorf("%T: other images came back", o)
		}
	}
}
