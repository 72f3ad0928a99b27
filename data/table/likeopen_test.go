package table

import (
	"bytes"
	"compress/gzip"
	"context"
	"slices"
	"strings"
	"testing"
)

// What is wrong with a text is noted, and the rest of it is read.
func TestLooseText(t *testing.T) {
	like := mustRead(t, "a,b\n1,x\n2,y\n3,x\n", nil)
	for name, test := range map[string]struct {
		text string
		a    []float64
		note string
	}{
		"short and long rows": {"a,b\n1,x\n2\n3,y,z\n4,x\n", []float64{1, 2, 3, 4},
			"1 row with fewer cells than the header and 1 more (first S.csv:3): what is not there is missing, what is more is left out"},
		"empty lines":        {"\na,b\n\n1,x\n\n\n2,y\n", []float64{1, 2}, ""},
		"a quote left open":  {"a,b\n1,\"x\n2,y\n3,x\n", []float64{1, 2, 3}, "1 row with a quote that is not closed, or closed within a cell (first S.csv:2)"},
		"a quote in a cell":  {"a,b\n1,\"x\"y\n2,y\n", []float64{1, 2}, "1 row with a quote that is not closed, or closed within a cell (first S.csv:2)"},
		"NUL bytes":          {"a,b\n1,x\x00\n2,y\n", []float64{1, 2}, `has 1 cell of 2 with texts that the training table does not have`},
		"an index":           {",a,b\n0,1,x\n1,2,y\n", []float64{1, 2}, `not in the training table: " (column 1)"`},
		"names of rows (R)":  {"a,b\nr1,1,x\nr2,2,y\n", []float64{1, 2}, `not in the training table: "(row)"`},
		"Windows' letters":   {"a,b\n1,\xe4\n2,y\n", []float64{1, 2}, `(first "ä", S.csv:2)`},
		"other line ends":    {"a,b\r1,x\r2,y", []float64{1, 2}, ""},
		"blanks in the head": {" a , b\n1,x\n", []float64{1}, ""},
	} {
		cells := mustReadLike(t, like, test.text)
		var notes []string
		for _, n := range cells.Notes {
			notes = append(notes, strings.ReplaceAll(n.String(), cells.Name, "S.csv"))
		}
		all := strings.Join(notes, "\n")
		if got := cells.column(t, "a"); !slices.Equal(got.Numbers, test.a) || cells.Rows != len(test.a) {
			t.Errorf("%s: %v", name, got.Numbers)
		}
		if !strings.Contains(all, test.note) || test.note == "" && all != "" {
			t.Errorf("%s: notes %s", name, all)
		}
	}
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.String()
}

// A file that ends within its compressed bytes is read up to there.
func TestLooseTextCutOff(t *testing.T) {
	like := mustRead(t, "a,b\n1,x\n2,y\n3,x\n", nil)
	text := "a,b\n" + strings.Repeat("1,x\n2,y\n", 50_000)
	packed := gzipped(t, text)
	cells, err := readLike(t, like, "S.csv.gz", packed[:len(packed)-40])
	if err != nil || cells.Rows < 1000 || !strings.Contains(cells.Notes[0].Text, "the rows behind an error are not read") {
		t.Errorf("%+v, %v", cells, err)
	}
}

func TestReadLikeErrors(t *testing.T) {
	like := mustRead(t, "a,b\n1,x\n2,y\n3,x\n", nil)
	for text, want := range map[string]string{
		"":                        "the file is empty",
		"\n\n":                    "nothing but empty lines",
		"a,b\n":                   "there are no rows",
		"x;y\n1;2\n":              `none of its columns is one of`,
		"1,x\n2,y\n":              `expected "a", "b", got "1", "x" (is the first line the header?)`,
		"\x89PNG\r\n":             "none of its columns",
		"PAR1":                    "no Parquet that can be read",
		"\xd0\xcf\x11\xe0 spread": "save the table as CSV",
	} {
		if _, err := readLike(t, like, "S.csv", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := like.ReadLike(context.Background(), t.TempDir()+"/none.csv", DefaultReadOptions()); err == nil {
		t.Error("no error for a file that is not there")
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := like.ReadLike(ended, fileOf(t, "S.csv", "a,b\n1,x\n"), DefaultReadOptions()); err == nil {
		t.Error("no error after the context ended")
	}
	if err := CheckFile(t.TempDir()); err == nil {
		t.Error("a folder is a file")
	}
}

// Whatever the bytes are, there is an error or as many cells in each column as there are rows.
func FuzzReadLike(f *testing.F) {
	like := mustRead(f, training, idIs)
	for _, seed := range []string{training, "n,ok\n1", "n;price\n\"1;2\n,,,", "kind\n\x00\"\"x\n", "PAR1", "\x1f\x8b", "sold\n2024-13-01\n\"", "n\tok\r\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		cells, err := readLike(t, like, "S.csv", string(text))
		if err != nil {
			return
		}
		for _, c := range cells.Columns {
			if c.Numbers != nil && len(c.Numbers) != cells.Rows || c.Codes != nil && len(c.Codes) != cells.Rows {
				t.Fatalf("column %q has %d numbers and %d codes in %d rows", c.Name, len(c.Numbers), len(c.Codes), cells.Rows)
			}
			if c.Missing < 0 || c.Missing+c.Unreadable+c.Malformed > cells.Rows {
				t.Fatalf("column %q: %d missing, %d unreadable, %d malformed of %d", c.Name, c.Missing, c.Unreadable, c.Malformed, cells.Rows)
			}
			for _, code := range c.Codes {
				if code < -1 || int(code) >= len(c.Categories) {
					t.Fatalf("column %q: code %d of %d categories", c.Name, code, len(c.Categories))
				}
			}
		}
	})
}
