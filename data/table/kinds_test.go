package table

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"euryale/data"
)

// readColumn reads a column of the given cells, beside one of numbers; names are x and y.
func readColumn(t testing.TB, delimiter string, cells ...string) (*Table, *Column) {
	t.Helper()
	var text strings.Builder
	text.WriteString("y" + delimiter + "x\n")
	for i, cell := range cells {
		fmt.Fprintf(&text, "%d%s%s\n", i%2, delimiter, cell)
	}
	table := mustRead(t, text.String(), nil)
	return table, table.Column("x")
}

// Every column of these comes back as it was, by its Format.
func TestFormats(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		delimiter string
		cells     string // with blanks between
		kind      Type
		format    data.Format
		first     float64
	}{
		{",", "1 2 -3 3", Int, data.Format{}, 1},
		{",", "0 2147483647 -7", Int, data.Format{}, 0},
		{",", "9007199254740991 -9007199254740991", Int, data.Format{}, 9007199254740991},
		{",", "3000000001 3000000002", Int, data.Format{}, 3000000001},
		{",", "1.25 -0.5 3", Float, data.Format{Decimals: 2}, 1.25},
		{",", "5.40 6.00 7.25", Float, data.Format{Decimals: 2, Padded: true}, 5.4},
		{",", "5.0 6.0 7.0 5.0", Float, data.Format{Padded: true, Zeros: 1}, 5},
		{",", "5.50 6.10", Float, data.Format{Decimals: 1, Padded: true, Zeros: 1}, 5.5},
		{",", "0.1 0.30000000000000004", Float, data.Format{Decimals: -1}, 0.1},
		{",", "1e-05 2.5 1e+16", Float, data.Format{Decimals: -1}, 1e-5},
		{",", "0.000001 123456789012.5", Float, data.Format{Decimals: 6}, 1e-6},
		{";", "1,5 2,25 3", Float, data.Format{Decimals: 2}, 1.5},
		{"\t", "1.5 2.25", Float, data.Format{Decimals: 2}, 1.5},
		{",", "2024-02-29 1969-12-31", Date, data.Format{Layout: "2006-01-02", Unit: day}, 19782},
		{",", "20240229 19991231", Date, data.Format{Layout: "20060102", Unit: day}, 19782},
		{",", "29/02/2024 01/12/2023", Date, data.Format{Layout: "02/01/2006", Unit: day}, 19782},
		{",", "2/29/2024 12/1/2023", Date, data.Format{Layout: "1/2/2006", Unit: day}, 19782},
		{";", "29.02.2024 01.12.2023", Date, data.Format{Layout: "02.01.2006", Unit: day}, 19782},
		{",", "2024-02-29T00:00:01Z 2024-02-29T00:00:00Z", Date, data.Format{Layout: "2006-01-02T15:04:05Z07:00", Unit: time.Second}, 1709164801},
		{",", "2024-02-29T12:30:00+02:00 2024-03-01T12:00:00+02:00", Date,
			data.Format{Layout: "2006-01-02T15:04:05Z07:00", Unit: time.Minute, Offset: 7200}, 28486710},
		{",", "2024-02-29T00:00:01.250 2024-02-29T00:00:00.000", Date,
			data.Format{Layout: "2006-01-02T15:04:05.000", Unit: time.Millisecond}, 1709164801250},
		{",", "2024-02-29T00:00:01.5 2024-02-29T00:00:00", Date,
			data.Format{Layout: "2006-01-02T15:04:05.999999999", Unit: time.Millisecond}, 1709164801500},
		{",", "29-Feb-2024 01-Mar-2024", Date, data.Format{Layout: "02-Jan-2006", Unit: day}, 19782},
		{",", "2024-02 2023-12", Date, data.Format{Layout: "2006-01", Unit: day}, 19754},
		{",", "12:30 00:05", Time, data.Format{Layout: "15:04", Unit: time.Minute}, 750},
		{",", "12:30:15 00:05:00", Time, data.Format{Layout: "15:04:05", Unit: time.Second}, 45015},
	} {
		table, x := readColumn(t, c.delimiter, strings.Fields(c.cells)...)
		switch {
		case x.Kind != data.Real || x.Type != c.kind || *x.Format != c.format || !x.Exact:
			t.Errorf("%s: got a column %v of type %v, %+v, exact: %v", c.cells, x.Kind, x.Type, x.Format, x.Exact)
		case x.Number(0) != c.first:
			t.Errorf("%s: the first is %v, expected %v", c.cells, x.Number(0), c.first)
		default:
			checkText(t, table)
		}
	}
}

// checkText holds what is written of a table against its file.
func checkText(t testing.TB, table *Table) {
	t.Helper()
	if want, got := contentOf(t, table.Name), writeBack(t, table, ".csv"); got != want {
		t.Errorf("read\n%q\nwritten\n%q\n%v", want, got, table.Notes)
	}
}

func TestKinds(t *testing.T) {
	var ids, codes, names, mixed []string
	for i := range 200 {
		ids = append(ids, fmt.Sprintf("D-%06d", 100+7*i))
		codes = append(codes, fmt.Sprintf("%05d", i%40*9))
		names = append(names, fmt.Sprintf("text %d of many", i*i))
		mixed = append(mixed, fmt.Sprintf("comment %d", i%150))
	}
	long := func(i int) string { return fmt.Sprint(123456789012345678 + 11*int64(i)) }
	for _, c := range []struct {
		name     string
		cells    []string
		kind     data.Kind
		of       Type
		generate data.Generator
	}{
		{"truth", []string{"True", "False", "True"}, data.Category, Bool, data.Generator{}},
		{"words", []string{"yes", "no", "yes"}, data.Category, Text, data.Generator{}},
		{"three values", []string{"1", "2", "3", "1"}, data.Real, Int, data.Generator{}},
		{"codes", codes, data.Category, Text, data.Generator{}},
		{"constant", []string{"a", "a"}, data.Generated, Constant, data.Generator{Name: "constant", Pattern: "a"}},
		{"one row", []string{"17"}, data.Generated, Constant, data.Generator{Name: "constant", Pattern: "17"}},
		{"empty", []string{"", "", ""}, data.Generated, Empty, data.Generator{Name: "empty"}},
		{"NA", []string{"NA", "NA"}, data.Generated, Empty, data.Generator{Name: "constant", Pattern: "NA"}},
		{"ids", ids, data.Generated, ID, data.Generator{Name: "pattern", Pattern: "D-%06d", Start: 1494}},
		{"unique texts", names, data.Generated, ID, data.Generator{Name: "pattern", Pattern: "x-%d", Start: 1}},
		{"free text", mixed, data.Generated, Free, data.Generator{Name: "pattern", Pattern: "comment %d", Start: 150}},
		{"few unique texts", []string{"a", "b", "c"}, data.Category, Text, data.Generator{}},
		{"long numbers", many(30, long), data.Generated, ID, data.Generator{Name: "sequence", Start: 123456789012345998}},
		{"repeated long numbers", many(30, func(i int) string { return long(i % 3) }), data.Category, Text, data.Generator{}},
		{"row numbers", many(25, func(i int) string { return fmt.Sprint(i) }), data.Generated, ID, data.Generator{Name: "sequence"}},
		{"squares", many(25, func(i int) string { return fmt.Sprint(i * i) }), data.Real, Int, data.Generator{}},
		{"uuids", many(25, func(i int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", i*7919, i) }), data.Generated, ID,
			data.Generator{Name: "uuid"}},
		{"None is a value", []string{"None", "a", "-", "."}, data.Category, Text, data.Generator{}},
		{"no date", []string{"2024-02-30", "2024-02-28", "2024-02-28"}, data.Category, Text, data.Generator{}},
	} {
		table, x := readColumn(t, ",", c.cells...)
		generate := data.Generator{}
		if x.Generate != nil {
			generate = *x.Generate
		}
		if x.Kind != c.kind || x.Type != c.of || generate != c.generate {
			t.Errorf("%s: got a column %v of type %v, %+v; %v", c.name, x.Kind, x.Type, generate, table.Notes)
		}
		if x.Kind == data.Generated && len(table.Notes) == 0 {
			t.Errorf("%s: nothing tells that the column is not learned", c.name)
		}
		if x.Kind == data.Category {
			checkText(t, table)
		}
	}
}

func many(n int, cell func(i int) string) []string {
	cells := make([]string, n)
	for i := range cells {
		cells[i] = cell(i)
	}
	return cells
}

// A column that is called like a key is one if no number occurs twice.
func TestKeyNames(t *testing.T) {
	for _, name := range []string{"id", "ID", "customerId", "userID", "user_id", "Order ID", "unnamed: 0"} {
		table := mustRead(t, name+",y\n17,1\n5,2\n90,1\n", nil)
		if c := table.Columns[0]; c.Type != ID || *c.Generate != (data.Generator{Name: "sequence", Start: 91}) {
			t.Errorf("%s: got %v, %+v", name, c.Type, c.Generate)
		}
		again := mustRead(t, name+",y\n17,1\n5,2\n5,1\n", nil)
		if again.Columns[0].Kind != data.Real || len(again.Notes) == 0 {
			t.Errorf("%s with repetitions: got %v and the notes %v", name, again.Columns[0].Type, again.Notes)
		}
	}
	for _, name := range []string{"PAID", "kid", "grid", "Madrid", "idea"} {
		if table := mustRead(t, name+",y\n17,1\n5,2\n90,1\n", nil); table.Columns[0].Kind != data.Real {
			t.Errorf("%s is taken for a key", name)
		}
	}
}

// What cannot be written as it was is noted, and is a valid value all the same.
func TestNotExact(t *testing.T) {
	for _, c := range []struct{ cells, note, written string }{
		{"5.40 5.4 6.0 7", "with and without zeros at the end", "5.4 5.4 6 7"},
		{"5.40 5.41 6.00 7", "written with 2 decimals", "5.40 5.41 6.00 7.00"},
		{"1e5 3.20", "exponents", "100000 3.2"},
		{"+5 6", `"+5"`, "5 6"},
		{".5 6.25", `".5"`, "0.5 6.25"},
		{"-0 6", `"-0"`, "0 6"},
		{"0.12345678901234567890 1", "more than 15 digits", "0.12345678901234568 1"},
		{"03/04/2024 05/06/2024", `"02/01/2006" is the other way`, "03/04/2024 05/06/2024"},
		{"2024-03-30T12:00:00+01:00 2024-03-31T12:00:00+02:00", "time zones", "2024-03-30T11:00:00Z 2024-03-31T10:00:00Z"},
		{"2024-03-30T12:00:00.123456789 2024-03-30T12:00:00.000000001", "kept to 1 µs",
			"2024-03-30T12:00:00.123456000 2024-03-30T12:00:00.000000000"},
		{"1 NA null", `["null"] besides "NA"`, "1 NA NA"},
	} {
		table, x := readColumn(t, ",", strings.Fields(c.cells)...)
		if !slices.ContainsFunc(table.Notes, func(n Note) bool { return n.Column == "x" && strings.Contains(n.Text, c.note) }) {
			t.Errorf("%s: the notes are %v", c.cells, table.Notes)
		}
		if x.Exact != (c.written == c.cells) {
			t.Errorf("%s: exact is %v", c.cells, x.Exact)
		}
		var got []string
		for line := range strings.Lines(writeBack(t, table, ".csv")) {
			_, cell, _ := strings.Cut(strings.TrimSpace(line), ",")
			got = append(got, cell)
		}
		if text := strings.Join(got[1:], " "); text != c.written {
			t.Errorf("%s: written as %s", c.cells, text)
		}
	}
}

// Notes of columns that nearly are what their reader may expect.
func TestNearly(t *testing.T) {
	numbers := many(40, func(i int) string { return fmt.Sprint(i * 3 % 7) })
	numbers[11] = "n/a"
	dates := many(40, func(i int) string { return fmt.Sprintf("2024-01-%02d", i%28+1) })
	dates[12] = "soon"
	for note, cells := range map[string][]string{
		`has numbers but for 1 cell (first "n/a", F.csv:13)`:   numbers,
		`form "2006-01-02" down to F.csv:14, which has "soon"`: dates,
		`zeros in front, such as "007" (F.csv:3)`:              {"12", "007", "12"},
	} {
		table, x := readColumn(t, ",", cells...)
		text := fmt.Sprint(table.Notes)
		if short := strings.ReplaceAll(text, table.Name, "F.csv"); x.Kind != data.Category || !strings.Contains(short, note) {
			t.Errorf("got %v and %s, expected %s", x.Type, short, note)
		}
	}
}
