package table

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"euryale/data"
)

func TestSinkErrors(t *testing.T) {
	numbers := data.Numbers(2, 0)
	with := func(change func(s *data.Schema)) data.Schema {
		s := shop()
		s.File = &data.File{Delimiter: ",", Decimal: ".", Header: true, Encoding: "utf-8"}
		change(&s)
		return s
	}
	column := func(c data.Column) data.Schema { return data.Schema{Columns: []data.Column{c}} }
	for _, c := range []struct {
		path   string
		schema data.Schema
		want   string
	}{
		{"a", numbers, "no extension that names its format, want .csv, .tsv, .parquet or .npy"},
		{"a.xlsx", numbers, `unknown extension ".xlsx"`},
		{"a.csv", data.Schema{Image: []int{1, 2, 2}}, "no table"},
		{"a.csv", data.Schema{Columns: []data.Column{{Name: "label"}}, Classes: []string{"a"}}, `a column is called "label"`},
		{"a.csv", with(func(s *data.Schema) { s.File.Encoding = "latin1" }), `column "city, state": the letter '😀' cannot be written`},
		{"a.csv", with(func(s *data.Schema) { s.File.Encoding = "ebcdic" }), `no encoding "ebcdic"`},
		{"a.csv", with(func(s *data.Schema) { s.File.Delimiter = "\"" }), "cannot be separated"},
		{"a.csv", with(func(s *data.Schema) { s.Columns[0].Generate.Pattern = "D" }), `column "id": the pattern "D" must have one place`},
		{"a.parquet", with(func(s *data.Schema) { s.Columns[0].Generate.Pattern = "D" }), `column "id": the pattern "D" must have one place`},
		{"a.npy", shop(), `column "id" holds texts, and a .npy file only numbers: write a .csv, .tsv or .parquet file`},
		{"a.npy", column(data.Column{Name: "c", Kind: data.Category, Categories: []string{"1", "02"}}), `column "c" holds categories`},
		{"a.npy", column(data.Column{Name: "d", Format: &data.Format{Layout: "2006", Unit: time.Hour}}), `column "d" holds dates`},
		{"no/a.csv", numbers, "there is no folder"},
	} {
		folder := t.TempDir()
		path := filepath.Join(folder, c.path)
		w, err := NewSink(path, c.schema)
		if err == nil || w != nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, %v, want an error with %q and the path", c.path, w, err, c.want)
		}
		if checked := CheckSink(path, c.schema); c.path != "no/a.csv" && (checked == nil || checked.Error() != err.Error()) {
			t.Errorf("%s: CheckSink gives %v, NewSink %v", c.path, checked, err)
		}
		if files, _ := os.ReadDir(folder); len(files) > 0 {
			t.Errorf("%s: %v was left", c.path, files[0])
		}
	}
}

// Values that no file can hold are errors with row and column, and leave no file.
func TestWriteErrors(t *testing.T) {
	date := data.Column{Name: "d", Format: &data.Format{Layout: "2006-01-02", Unit: 24 * time.Hour}}
	whole := data.Column{Name: "n", Format: &data.Format{}}
	kind := data.Column{Name: "k", Kind: data.Category, Categories: []string{"a", "b"}}
	for _, c := range []struct {
		path   string
		column data.Column
		rows   data.Batch
		want   string
	}{
		{"a.csv", date, data.Batch{Rows: 1, Real: []float64{math.NaN()}}, `row 0: column "d": NaN times 24h0m0s after 1970`},
		{"a.parquet", date, data.Batch{First: 7, Rows: 2, Real: []float64{0, 1e9}}, `row 8: column "d": 1e+09 times`},
		{"a.csv", kind, data.Batch{Rows: 1, Index: []int32{2}}, `row 0: column "k": category must be from -1 to 1, got 2`},
		{"a.parquet", kind, data.Batch{Rows: 1, Index: []int32{-2}}, `row 0: column "k": category must be from -1 to 1, got -2`},
		{"a.parquet", kind, data.Batch{Rows: 1, Index: []int32{-1}}, `column "k": a missing cell`},
		{"a.parquet", whole, data.Batch{Rows: 1, Real: []float64{math.NaN()}}, "NaN is no whole number of 64 bits"},
		{"a.npy", whole, data.Batch{Rows: 1, Real: []float64{1e19}}, "1e+19 is no whole number of 64 bits"},
		{"a.csv", kind, data.Batch{Rows: 2, Index: []int32{0}}, "2 whole rows of 1 categories, got 1"},
		{"a.csv", whole, data.Batch{Rows: 2, Real: []float64{0}}, "2 whole rows of 1 numbers, got 1"},
	} {
		folder := t.TempDir()
		path := filepath.Join(folder, c.path)
		w, err := NewSink(path, data.Schema{Columns: []data.Column{c.column}})
		if err != nil {
			t.Fatal(err)
		}
		err = w.Write(&c.rows)
		if again := w.Close(); err == nil || again == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: Write gives %v and Close %v, want %q", c.path, err, again, c.want)
		}
		if files, _ := os.ReadDir(folder); len(files) > 0 {
			t.Errorf("%s: %v was left", c.path, files[0])
		}
	}
}

// A file appears when it is closed; one that ends early is kept elsewhere, whole and readable.
func TestSinksAreAtomic(t *testing.T) {
	for _, extension := range Extensions() {
		folder := t.TempDir()
		path, partial := filepath.Join(folder, "a"+extension), filepath.Join(folder, "part"+extension)
		old := []byte("an older file")
		if err := os.WriteFile(path, old, 0o644); err != nil {
			t.Fatal(err)
		}
		s, rows := data.Numbers(2, 0), &data.Batch{Rows: 1, Real: []float64{1, 2}}
		open := func() data.Sink {
			t.Helper()
			w, err := NewSink(path, s)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Write(rows); err != nil {
				t.Fatal(err)
			}
			return w
		}
		if err := open().Abort(); err != nil {
			t.Error(err)
		}
		if err := open().Keep(partial); err != nil {
			t.Error(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != string(old) {
			t.Errorf("%s: the older file holds %q, %v", extension, got, err)
		}
		whole := written(t, "whole"+extension, s, rows)
		if got, err := os.ReadFile(partial); err != nil || string(got) != whole {
			t.Errorf("%s: kept %q, %v, want %q", extension, got, err, whole)
		}
		if err := open().Close(); err != nil {
			t.Error(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != whole {
			t.Errorf("%s: the file holds %q, %v", extension, got, err)
		}
		if files, _ := os.ReadDir(folder); len(files) != 2 {
			t.Errorf("%s: there are %v", extension, files)
		}
	}
}

// Memory does not grow with the rows, and text takes none at all.
func TestWritingAllocatesNothing(t *testing.T) {
	s := shop()
	s.Columns = s.Columns[1:] // a pattern in quotes is made apart
	for _, file := range []string{"a.csv", "a.tsv"} {
		w, err := NewSink(filepath.Join(t.TempDir(), file), s)
		if err != nil {
			t.Fatal(err)
		}
		rows := sold(0)
		if n := testing.AllocsPerRun(100, func() { err = w.Write(rows) }); n != 0 || err != nil {
			t.Errorf("%s: %v allocations, %v", file, n, err)
		}
		if err := w.Abort(); err != nil {
			t.Error(err)
		}
	}
}
