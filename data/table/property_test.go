package table

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"euryale/data"
)

// cellsOf draws the cells of a column that comes back as it is.
func cellsOf(t *rapid.T, rows int) []string {
	var cell func() string
	kinds := []string{"int", "fixed", "cut", "shortest", "date", "moment", "word", "text", "code"}
	switch kind := rapid.SampledFrom(kinds).Draw(t, "kind"); kind {
	case "int":
		most := rapid.SampledFrom([]int64{1, 100, 1 << 31, 1<<53 - 1}).Draw(t, "most")
		cell = func() string { return strconv.FormatInt(rapid.Int64Range(-most, most).Draw(t, "int"), 10) }
	case "fixed", "cut":
		decimals := rapid.IntRange(1, 6).Draw(t, "decimals")
		cell = func() string {
			text := strconv.FormatFloat(float64(rapid.IntRange(-99999, 9999999).Draw(t, "number"))/1e4, 'f', decimals, 64)
			if kind == "cut" {
				text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
			}
			if strings.Trim(text, "-0.") == "" {
				text = strings.TrimPrefix(text, "-")
			}
			return text
		}
	case "shortest":
		cell = func() string { return string(appendShortest(nil, rapid.Float64().Draw(t, "number"))) }
	case "date", "moment":
		layout := map[string]string{"date": "2006-01-02", "moment": "02.01.2006 15:04:05"}[kind]
		cell = func() string { return time.Unix(rapid.Int64Range(-1e9, 4e9).Draw(t, "time"), 0).UTC().Format(layout) }
	case "word":
		cell = func() string { return rapid.SampledFrom([]string{"red", "Green", "blue light"}).Draw(t, "word") }
	case "text":
		cell = func() string { return rapid.StringMatching("[ -~äβ漢😀\n]{1,5}").Draw(t, "text") }
	case "code":
		cell = func() string { return fmt.Sprintf("0%d", rapid.IntRange(0, 9).Draw(t, "code")) }
	}
	cells, holes := make([]string, rows), rapid.Bool().Draw(t, "holes")
	for i := range cells {
		if cells[i] = cell(); holes && rapid.IntRange(0, 4).Draw(t, "hole") == 0 {
			cells[i] = ""
		}
	}
	return cells
}

// Tables of any columns, in any dialect, come back as they were: what another program wrote is read and written again.
func TestAnyTable(t *testing.T) {
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(1, 15).Draw(t, "rows")
		columns := [][]string{}
		for range rapid.IntRange(2, 5).Draw(t, "columns") {
			columns = append(columns, cellsOf(t, rows))
		}
		var text strings.Builder
		w := csv.NewWriter(&text)
		w.Comma = rapid.SampledFrom([]rune{',', ';', '\t', '|'}).Draw(t, "delimiter")
		line := make([]string, len(columns))
		for j := range line {
			line[j] = fmt.Sprintf("name %d", j)
		}
		w.Write(line)
		for i := range rows {
			for j := range line {
				line[j] = columns[j][i]
			}
			w.Write(line)
		}
		w.Flush()
		path := folder + "/F.csv"
		if err := os.WriteFile(path, []byte(text.String()), 0o666); err != nil {
			t.Fatal(err)
		}
		o := DefaultReadOptions()
		o.CSV.Delimiter = string(w.Comma) // of few rows there is no telling
		table, err := Read(context.Background(), path, o)
		if err != nil {
			if strings.Contains(err.Error(), "expected finite numbers") { // by chance
				return
			}
			t.Fatal(err)
		}
		for _, c := range table.Columns {
			if !c.Exact && c.Kind != data.Generated && len(table.Notes) == 0 {
				t.Fatalf("column %q does not come back, and no note tells it", c.Name)
			}
			if !c.Exact {
				return
			}
		}
		again := rewrite(t, table, folder+"/G.csv")
		if !slices.EqualFunc(records(t, text.String(), w.Comma), records(t, again, w.Comma), slices.Equal) {
			t.Fatalf("read\n%q\nwritten\n%q", text.String(), again)
		}
	})
}

// records are the cells of a text: encoding/csv quotes more of them than is needed.
func records(t *rapid.T, text string, comma rune) [][]string {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = comma
	cells, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return cells
}

// rewrite writes a table, and gives the text.
func rewrite(t interface{ Fatal(...any) }, s data.Source, path string) string {
	sink, err := NewSink(path, s.Schema())
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Abort()
	var rows data.Batch
	if err := s.Read(context.Background(), &rows, 0, s.Rows()); err != nil {
		t.Fatal(err)
	}
	if err := sink.Write(&rows); err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// FuzzRead holds that no bytes make Read panic, and that what is read and written is then read as the same.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,x\n2,y\n", "a;b\n1,5;\"x\ny\"\n", "\ufeffa\tb\r\n1\t2024-02-29\r\n", "a\n\n1\n", "a,b\n\"1\"\"\",\n",
		"\xff\xfea\x00,\x00", "PAR1", "\x1f\x8b\x08",
		"x\n1e5\n3.20\n", "id,d\n007,12:30\n008,13:45\n", "a,b\n-0,.5\n+1,5.\n", "a,b\r1,2\r",
		"\x93NUMPY\x01\x00\x00\x00", "PK\x03\x04", "a,b\n2024-01-01T00:00:00+05:30,\x80\n",
	} {
		f.Add([]byte(seed))
	}
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > 1<<12 {
			return
		}
		path := folder + "/F.csv"
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
		table, err := Read(context.Background(), path, DefaultReadOptions())
		if err != nil {
			return
		}
		first := rewrite(t, table, path)
		o := DefaultReadOptions()
		o.CSV.Delimiter, o.CSV.Decimal, o.CSV.Encoding = table.file.Delimiter, table.file.Decimal, table.file.Encoding
		again, err := Read(context.Background(), path, o)
		if err != nil {
			t.Fatalf("%q became %q: %v", content, first, err)
		}
		for j, c := range table.Columns {
			if c.Generate != nil && c.Type != Constant && c.Type != Empty {
				return // numbered from somewhere else
			}
			if d := again.Columns[j]; c.Kind == data.Real && !d.Exact && d.Kind == data.Real {
				t.Errorf("%q became %q, and column %q is not exact: %v", content, first, c.Name, again.Notes)
			}
		}
		if second := rewrite(t, again, path); second != first {
			t.Errorf("%q became %q and then %q", content, first, second)
		}
	})
}
