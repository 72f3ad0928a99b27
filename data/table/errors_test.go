package table

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"euryale/choice"
	"euryale/data"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Whatever is wrong with a file is an error that names the line and the column.
func TestBadFiles(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "F.csv: the file is empty"},
		{"empty lines", "\n\n", "F.csv: there is nothing but empty lines"},
		{"no rows", "a,b\n", "F.csv: there are no rows"},
		{"short row", "a,b,c\n1,2,3\n4,5\n", "F.csv:3: got 2 cells, expected 3 as in the header (the last is \"5\")"},
		{"long row", "a,b\n1,2\n4,5,6\n",
			"F.csv:3: got 3 cells, expected 2 as in the header; a cell with ',' in it must be quoted (the last is \"6\")"},
		{"ragged behind quoted lines", "a,b\n1,\"x\ny\nz\"\n\n4\n", "F.csv:6: got 1 cell"},
		{"short header", "a,b\n1,2,3\n4,5,6\n", "F.csv:1: the header names 2 columns and the row below it has 3 cells"},
		{"two names", "a,b,a\n1,2,3\n", `F.csv:1: columns 1 and 3 of the header are both called "a"`},
		{"no name", "a,,c\n1,2,3\n", "F.csv:1: column 2 of the header has no name"},
		{"no header", "0.5,1.25\n0.75,2\n",
			"F.csv:1: the first line has numbers where names are expected; if it is a row, set csv.header: false"},
		{"NUL", "a,b\n1,2\n3,\x004\n", "F.csv:3: a NUL byte"},
		{"UTF-16 without a mark", utf16Text("a,b\n1,2\n", false), "csv.encoding: utf-16le"},
		{"infinite", "a,b\n1,2\n-inf,3\nInfinity,3\n",
			`F.csv:3: column "a": expected finite numbers, got "-inf" (as in 2 cells)`},
		{"too large", "a,b\n1,2\n1e999,3\n", `F.csv:3: column "a": expected finite numbers, got "1e999"`},
		{"open quote", "a,b\n1,x\n2,\"y\n3,z\n4,u\n",
			"F.csv:3: a quote is not closed: the one in column 3 of this line, and the file ends"},
		{"text behind a quote", "a,b\n1,x\n2,\"y\"z\n",
			`F.csv:3: expected ',' or the end of the line behind the closing quote in column 5, got 'z'`},
		{"a spreadsheet", "PK\x03\x04 etc.", "F.csv: no archive that can be read"},
		{"a document", "\xd0\xcf\x11\xe0 etc.", "F.csv: a document of a spreadsheet"},
		{"zstd", "\x28\xb5\x2f\xfd etc.", "F.csv: compressed in a way"},
		{"bad gzip", "\x1f\x8b etc.", "F.csv: "},
		{"bad Parquet", "PAR1 etc.", "F.csv: no Parquet that can be read"},
		{"bad NPY", "\x93NUMPY etc.", "F.csv: "},
		{"a mark and bad bytes", "\ufeffa,b\n1,\xff\n", "F.csv:2: the byte 0xff is not UTF-8: name the encoding in csv.encoding"},
	} {
		_, err := readText(t, c.text, nil)
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		if text := err.Error(); !strings.HasPrefix(text, "table: ") || !strings.Contains(text, c.want) {
			t.Errorf("%s:\n got %v\nwant %s", c.name, err, c.want)
		}
	}
}

// Whatever the options ask for in vain is an error that names the key.
func TestBadOptions(t *testing.T) {
	text := "alpha,beta,when\n1,x,2024-01-02\n2,,soon\n3,y,2024-01-03\nx,,\n"
	column := func(name string, c ColumnOptions) func(*ReadOptions) {
		return func(o *ReadOptions) { o.Columns = choice.Map[ColumnOptions]{{Name: name, Value: c}} }
	}
	for _, c := range []struct {
		change func(*ReadOptions)
		want   string
	}{
		{func(o *ReadOptions) { o.Target = "aplha" }, `target must be one of alpha, beta, when, got "aplha"`},
		{column("bta", ColumnOptions{}), `does not have: the name must be one of beta, alpha, when, got "bta"`},
		{column("alpha", ColumnOptions{Kind: "number"}),
			`F.csv:5: column "alpha": expected a number, got "x" (as in 1 cell): if that means no value, ` +
				"list it in columns.alpha.missing"},
		{column("when", ColumnOptions{Kind: "date"}), `F.csv:3: column "when": expected a date in the same form as above, got "soon"`},
		{column("when", ColumnOptions{Format: "02.01.2006"}),
			`F.csv:2: column "when": expected a date of the format "02.01.2006", got "2024-01-02"`},
		{column("when", ColumnOptions{Format: "%Y-%m-%d"}), `columns "when": format must be the date 2006-01-02 15:04:05`},
		{column("alpha", ColumnOptions{Kind: "numeric"}), `columns "alpha": kind must be one of number, category, date, id, drop, got "numeric"`},
		{column("alpha", ColumnOptions{Kind: "id", Order: []string{"a"}}), "order belongs to a column of kind category"},
		{column("alpha", ColumnOptions{Kind: "id", Pattern: "D-%s"}), "pattern must be sequence, uuid, empty, or a text with %d"},
		{column("alpha", ColumnOptions{Encoding: "rank"}), `encoding must be one of quantile`},
		{column("beta", ColumnOptions{Kind: "category", Order: []string{"y", "z", "x"}}), `columns "beta": order has "z", which is in no row`},
		{column("beta", ColumnOptions{Kind: "category", Order: []string{"y", "y"}}), `columns "beta": order must have "y" once`},
		{func(o *ReadOptions) { o.Target = "beta"; column("beta", ColumnOptions{Kind: "id"})(o) }, `target must be a column that is learned`},
		{func(o *ReadOptions) { o.CSV.Encoding = "utf-16be" }, ""},
		{func(o *ReadOptions) { o.CSV.Encoding = "ascii" }, "csv.encoding must be one of"},
		{func(o *ReadOptions) { o.CSV.Delimiter = "::" }, "csv.delimiter must be auto, tab or one ASCII character"},
		{func(o *ReadOptions) { o.CSV.Delimiter = "5" }, "csv.delimiter must be"},
		{func(o *ReadOptions) { o.CSV.Delimiter, o.CSV.Quote = "'", "'" }, "csv.quote must be"},
		{func(o *ReadOptions) { o.CSV.Decimal = "'" }, "csv.decimal must be one of"},
		{func(o *ReadOptions) {
			o.Columns = choice.Map[ColumnOptions]{{Name: "alpha"}, {Name: "alpha"}}
		}, `columns must have "alpha" once`},
	} {
		_, err := readText(t, text, c.change)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v\nwant %s", err, c.want)
		}
	}
}

func TestBadEncoding(t *testing.T) {
	_, err := readText(t, "a,b\n1,x\n2,caf\xe9\n", func(o *ReadOptions) { o.CSV.Encoding = "utf-8" })
	want := "F.csv:3: the byte 0xe9 is not UTF-8: name the encoding in csv.encoding, perhaps windows-1252"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
	_, err = readText(t, "a,b\n1,x\n2,\x81\n", func(o *ReadOptions) { o.CSV.Encoding = "windows-1252" })
	want = "F.csv:3: the byte 0x81 means nothing in windows-1252: is csv.encoding another, such as latin1?"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
	_, err = readText(t, "\ufeffa,b\n1,x\n", func(o *ReadOptions) { o.CSV.Encoding = "latin1" })
	if err == nil || !strings.Contains(err.Error(), "csv.encoding is latin1, and the byte order mark of the file is that of utf-8") {
		t.Error(err)
	}
}

func TestNoFile(t *testing.T) {
	for path, want := range map[string]string{
		"no/such.csv": "no/such.csv: no such file or directory; the path is relative to where the program runs, ",
		os.TempDir():  "is a folder, want a file",
	} {
		if _, err := Read(context.Background(), path, DefaultReadOptions()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Columns of more categories than can be told apart.
func TestManyCategories(t *testing.T) {
	var text strings.Builder
	text.WriteString("x,y\n")
	for i := range 2 * maxCategories {
		fmt.Fprintf(&text, "%d,category %d\n", i%3, i%(maxCategories+7))
	}
	table := mustRead(t, text.String(), nil)
	if y := table.Column("y"); y.Type != Free || y.Distinct != maxCategories+7 || len(table.Notes) != 1 {
		t.Errorf("got %v with %d different cells and the notes %v", y.Type, y.Distinct, table.Notes)
	}
	few, y := readColumn(t, ",", many(4000, func(i int) string { return fmt.Sprint("category ", i%1500) })...)
	if y.Kind != data.Category || len(few.Notes) != 1 || !strings.Contains(few.Notes[0].Text, "categories.min_count pools the rare ones") {
		t.Errorf("got %v with %d different cells and the notes %v", y.Type, y.Distinct, few.Notes)
	}
	for _, change := range []func(*ReadOptions){
		func(o *ReadOptions) { o.Target = "y" },
		func(o *ReadOptions) {
			o.Columns = choice.Map[ColumnOptions]{{Name: "y", Value: ColumnOptions{Kind: "category"}}}
		},
	} {
		_, err := readText(t, text.String(), change)
		if err == nil || !strings.Contains(err.Error(), `F.csv:65002: column "y": `) ||
			!strings.Contains(err.Error(), "can have 65000 different texts") {
			t.Error(err)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Read(ctx, fileOf(t, "F.csv", "a,b\n1,2\n"), DefaultReadOptions()); err == nil {
		t.Error("read in spite of it")
	}
}
