package table

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"euryale/data"
)

func pointer[T any](v T) *T { return &v }

// shop is a schema with columns of all kinds.
func shop() data.Schema {
	return data.Schema{
		Columns: []data.Column{
			{Name: "id", Kind: data.Generated, Generate: &data.Generator{Name: "pattern", Start: 7, Pattern: "D-%03d"}},
			{Name: "price", Format: &data.Format{Decimals: 2, Padded: true}, Missing: pointer("NA")},
			{Name: "kind", Kind: data.Class},
			{Name: "city, state", Kind: data.Category, Categories: []string{"Köln", "a \"b\"\nc", "😀;"}, Missing: pointer("")},
			{Name: "sold", Format: &data.Format{Layout: "2006-01-02 15:04", Unit: time.Minute}},
			{Name: "count", Format: &data.Format{}},
			{Name: "weight", Format: &data.Format{Decimals: -1}},
			{Name: "unit", Kind: data.Generated, Generate: &data.Generator{Name: "constant", Pattern: "kg"}},
			{Name: "note", Kind: data.Generated, Generate: &data.Generator{Name: "empty"}},
			{Name: "row", Kind: data.Generated, Generate: &data.Generator{Name: "sequence", Start: 1}},
		},
		Classes: []string{"new", "old"},
	}
}

// sold are rows of shop from row first on.
func sold(first int) *data.Batch {
	return &data.Batch{
		First: first, Rows: 3,
		Real:   []float64{5.4, 28333320, 3, 0.1, math.NaN(), 0, -3, 1e-7, 1234.5, -1, 1e6, 100},
		Index:  []int32{0, 1, -1},
		Labels: []int32{1, 0, -1},
	}
}

// written is the content of a file of batches.
func written(t *testing.T, name string, s data.Schema, batches ...*data.Batch) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	w, err := NewSink(path, s)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for _, b := range batches {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestText(t *testing.T) {
	const header = "id,price,kind,\"city, state\",sold,count,weight,unit,note,row\n"
	const rows = "D-007,5.40,old,Köln,2023-11-14 22:00,3,0.1,kg,,1\n" +
		"D-008,NA,new,\"a \"\"b\"\"\nc\",1970-01-01 00:00,-3,1e-07,kg,,2\n" +
		"D-009,1234.50,,,1969-12-31 23:59,1000000,100,kg,,3\n"
	with := func(change func(s *data.Schema)) data.Schema {
		s := shop()
		s.File = &data.File{Delimiter: ",", Decimal: ".", Header: true, Encoding: "utf-8"}
		change(&s)
		return s
	}
	const quoted = `"D-007","5.40","old","Köln","2023-11-14 22:00","3","0.1","kg","","1"
"D-008","NA","new","a ""b""
c","1970-01-01 00:00","-3","1e-07","kg","","2"
"D-009","1234.50","","","1969-12-31 23:59","1000000","100","kg","","3"
`
	for name, c := range map[string]struct {
		file   string
		schema data.Schema
		want   string
	}{
		"plain":      {"a.csv", shop(), header + rows},
		"as its own": {"a.csv", with(func(*data.Schema) {}), header + rows},
		"upper case": {"A.CSV", shop(), header + rows},
		"parquet":    {"a.csv", with(func(s *data.Schema) { *s.File = data.File{Encoding: "utf-8"} }), header + rows},
		"no header":  {"a.csv", with(func(s *data.Schema) { s.File.Header = false }), rows},
		"CRLF":       {"a.csv", with(func(s *data.Schema) { s.File.CRLF = true }), crlf(header + rows)},
		"BOM":        {"a.csv", with(func(s *data.Schema) { s.File.BOM = true }), "\xef\xbb\xbf" + header + rows},
		"tabs": {"a.tsv", with(func(*data.Schema) {}),
			strings.Replace(strings.ReplaceAll(header+rows, ",", "\t"), "\"city\t state\"", "city, state", 1)},
		"decimal comma": {"a.csv", with(func(s *data.Schema) { s.File.Delimiter, s.File.Decimal = ";", "," }),
			strings.NewReplacer(",", ";", ".", ",", "\"city, state\"", "city, state").Replace(header + rows)},
		"decimal comma between commas": {"a.csv", with(func(s *data.Schema) { s.File.Decimal = "," }),
			header + strings.NewReplacer("5.40", "\"5,40\"", "1234.50", "\"1234,50\"", ",3,0.1", ",\"3\",\"0,1\"",
				",-3,1e-07", ",\"-3\",\"1e-07\"", ",1000000,100", ",\"1000000\",\"100\"").Replace(rows)},
		"other quotes": {"a.csv", with(func(s *data.Schema) { s.File.Quote = "'" }),
			strings.NewReplacer("\"city, state\"", "'city, state'", "\"a \"\"b\"\"\nc\"", "'a \"b\"\nc'").Replace(header + rows)},
		"all quoted": {"a.csv", with(func(s *data.Schema) { s.File.QuoteAll, s.File.Header = true, false }),
			quoted},
		"latin1": {"a.csv", with(func(s *data.Schema) {
			s.File.Encoding = "latin1"
			s.Columns[3].Categories[2] = "é"
		}), strings.ReplaceAll(header+rows, "ö", "\xf6")},
	} {
		if got := written(t, c.file, c.schema, sold(0)); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func crlf(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\n", "\r\n"), "\"\"\r\nc", "\"\"\nc")
}

func TestEncodings(t *testing.T) {
	s := data.Schema{
		Columns: []data.Column{{Name: "é", Kind: data.Category, Categories: []string{"x"}}},
		File:    &data.File{Delimiter: ",", Header: true, BOM: true},
	}
	rows := &data.Batch{Rows: 1, Index: []int32{0}}
	for encoding, want := range map[string]string{
		"utf-8":    "\xef\xbb\xbfé\nx\n",
		"utf-16le": "\xff\xfe\xe9\x00\n\x00x\x00\n\x00",
		"utf-16be": "\xfe\xff\x00\xe9\x00\n\x00x\x00\n",
	} {
		s.File.Encoding = encoding
		if got := written(t, "a.csv", s, rows); got != want {
			t.Errorf("%s: %q, want %q", encoding, got, want)
		}
	}
	s.File.BOM, s.File.Encoding, s.Columns[0].Categories[0] = false, "windows-1252", "5 €"
	if got := written(t, "a.csv", s, rows); got != "\xe9\n5 \x80\n" {
		t.Errorf("windows-1252: %q", got)
	}
}

// A row of one empty cell is no blank line.
func TestColumnAlone(t *testing.T) {
	s := data.Schema{Columns: []data.Column{{Name: "x", Missing: pointer("")}}}
	if got := written(t, "a.csv", s, &data.Batch{Rows: 2, Real: []float64{math.NaN(), 1}}); got != "x\n\"\"\n1\n" {
		t.Errorf("got %q", got)
	}
}

// A table of numbers with classes and no column of them is written as package data does.
func TestPlainSchema(t *testing.T) {
	s := data.Numbers(2, 2)
	rows := &data.Batch{Rows: 2, Real: []float64{1e6, 0.1, float64(float32(0.1)), math.Inf(-1)}, Labels: []int32{1, -1}}
	path := filepath.Join(t.TempDir(), "b.csv")
	w, err := data.NewSink(path, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(rows), w.Close()); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := written(t, "a.csv", s, rows); got != string(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStream(t *testing.T) {
	var b bytes.Buffer
	w, err := NewStream(&b, shop())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(sold(0)); err != nil {
		t.Fatal(err)
	}
	early := b.String()
	if err := errors.Join(w.Close(), w.Close(), w.Abort()); err != nil {
		t.Error(err)
	}
	if want := written(t, "a.csv", shop(), sold(0)); b.String() != want || early != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	if err := w.Keep("a.csv"); err == nil {
		t.Error("a stream was kept as a file")
	}
}

// Generated cells are those of the row's number, however rows are dealt in batches.
func TestGeneratedRows(t *testing.T) {
	s := data.Schema{Columns: []data.Column{
		{Name: "u", Kind: data.Generated, Generate: &data.Generator{Name: "uuid"}},
		{Name: "n", Kind: data.Generated, Generate: &data.Generator{Name: "pattern", Start: 1, Pattern: "%d,%%"}},
		{Name: "x"},
	}}
	numbers := make([]float64, 5000)
	for _, file := range []string{"a.csv", "a.parquet"} {
		whole := written(t, file, s, &data.Batch{Rows: 5000, Real: numbers})
		pieces := written(t, file, s, &data.Batch{Rows: 1, Real: numbers[:1]},
			&data.Batch{First: 1, Rows: 2999, Real: numbers[:2999]}, &data.Batch{First: 3000, Rows: 2000, Real: numbers[:2000]})
		if whole != pieces {
			t.Errorf("%s depends on the batches", file)
		}
		if file == "a.csv" && !strings.HasSuffix(whole, ",\"5000,%\",0\n") {
			t.Errorf("the file ends in %q", whole[len(whole)-60:])
		}
	}
}
