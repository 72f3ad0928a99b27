package data

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sbinet/npyio"
)

func classed(names ...string) Schema {
	s := Numbers(2, 0)
	s.Classes = names
	return s
}

func TestCSVLabels(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	w, err := NewSink(path, classed("cat", `a "b", c`))
	if err != nil {
		t.Fatal(err)
	}
	rows := &Batch{Rows: 3, Real: []float64{1, 2, 0.1, math.Pi, 1e300, -4}, Labels: []int32{1, 0, -1}}
	if err := errors.Join(w.Write(rows), w.Close()); err != nil {
		t.Fatal(err)
	}
	// 0.1 is no float32, so it is written as the float64 it is; so is π.
	const want = "x0,x1,label\n1,2,\"a \"\"b\"\", c\"\n0.1,3.141592653589793,cat\n1e+300,-4,\n"
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestNPYLabels(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.npy")
	w, err := NewSink(path, classed("0", "1", "2"))
	if err != nil {
		t.Fatal(err)
	}
	for _, labels := range [][]int32{{2, 0}, {1, -1}} {
		if err := w.Write(&Batch{Rows: 2, Real: []float64{1, 2, 3, 4}, Labels: labels}); err != nil {
			t.Fatal(err)
		}
	}
	wantOnlyTemporary(t, folder)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	wantOnly(t, folder, "a.npy", "a_labels.npy")
	file, err := os.Open(filepath.Join(folder, "a_labels.npy"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var got []int32
	r, err := npyio.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Read(&got); err != nil || len(got) != 4 || got[0] != 2 || got[1] != 0 || got[2] != 1 || got[3] != -1 {
		t.Errorf("labels %v, %v", got, err)
	}
	if d := r.Header.Descr; d.Type != "<i4" || len(d.Shape) != 1 || d.Shape[0] != 4 {
		t.Errorf("header %+v", d)
	}
	unlabeled := filepath.Join(folder, "b.npy")
	if w, err = NewSink(unlabeled, classed("0", "1", "2").Unlabeled()); err != nil {
		t.Fatal(err)
	}
	write(t, w, []float32{1, 2}, 2)
	wantOnly(t, folder, "a.npy", "a_labels.npy", "b.npy")
}

func wantOnlyTemporary(t *testing.T, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".npy") {
			t.Errorf("%s is in place before Close", e.Name())
		}
	}
}

// What goes wrong with labels leaves no file, of points or of labels, and the error stays.
func TestSinkLabelErrors(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"a.csv", "a.npy"} {
		for want, labels := range map[string][]int32{
			"want a label for each of 2 rows, got 0":           nil,
			"want a label for each of 2 rows, got 1":           {0},
			"row 8: label must be from -1 to 1, got 2":         {0, 2},
			"row 7: label must be from -1 to 1, got -2":        {-2, 0},
			"row 7: label must be from -1 to 1, got 123456789": {123456789, 0},
		} {
			w, err := NewSink(filepath.Join(folder, name), classed("0", "1"))
			if err != nil {
				t.Fatal(err)
			}
			first := w.Write(&Batch{First: 7, Rows: 2, Real: make([]float64, 4), Labels: labels})
			if first == nil || !strings.Contains(first.Error(), want) {
				t.Errorf("%s, labels %v: error %v, want %q", name, labels, first, want)
				continue
			}
			if err := w.Close(); err == nil || err.Error() != first.Error() {
				t.Errorf("%s: Close gave %v, want what Write gave, %v", name, err, first)
			}
			if err := w.Abort(); err != nil {
				t.Error(err)
			}
			wantOnly(t, folder)
		}
	}
	if _, err := NewSink(filepath.Join(folder, "a.csv"), Schema{Columns: []Column{{Name: "label"}}, Classes: []string{"a"}}); err == nil {
		t.Error("two columns are called label")
	}
	if err := os.Mkdir(filepath.Join(folder, "a_labels.npy"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := NewSink(filepath.Join(folder, "a.npy"), classed("0", "1")); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("labels over a folder: %v", err)
	}
	wantOnly(t, folder, "a_labels.npy")
	category := Schema{Columns: []Column{{Name: "color", Kind: Category, Categories: []string{"red"}}}}
	for _, name := range []string{"b.csv", "b.npy"} {
		if _, err := NewSink(filepath.Join(folder, name), category); err == nil ||
			!strings.Contains(err.Error(), `column "color" is of kind category`) {
			t.Errorf("%s of a category: %v", name, err)
		}
	}
}
