package table

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"euryale/data"
)

// utf16Text is text in UTF-16, little-endian unless big.
func utf16Text(text string, big bool) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

// Whatever way a text is written, its file is described, and written again as it was.
func TestDialects(t *testing.T) {
	const bom = "\ufeff"
	for _, c := range []struct {
		name, text string
		file       data.File
		cell       string // of the first row's column b
	}{
		{"plain", "a,b\n1,x\n2,y\n1,x\n", data.File{Delimiter: ",", Header: true, Encoding: "utf-8"}, "x"},
		{"CRLF", "a,b\r\n1,x\r\n2,y\r\n1,x\r\n", data.File{Delimiter: ",", Header: true, Encoding: "utf-8", CRLF: true}, "x"},
		{"semicolons", "a;b\n1,5;x\n2;y\n1;x,y\n", data.File{Delimiter: ";", Header: true, Encoding: "utf-8", Decimal: ","}, "x"},
		{"tabs", "a\tb\n1\tx, y\n2\ty\n1\tx, y\n", data.File{Delimiter: "\t", Header: true, Encoding: "utf-8"}, "x, y"},
		{"bars", "a|b\n1|x\n2|y\n1|x\n", data.File{Delimiter: "|", Header: true, Encoding: "utf-8"}, "x"},
		{"mark", bom + "a,b\n1,x\n2,y\n1,x\n", data.File{Delimiter: ",", Header: true, Encoding: "utf-8", BOM: true}, "x"},
		{"quoted", "\"a\",\"b\"\n\"1\",\"x\"\n\"2\",\"y\"\n\"1\",\"x\"\n",
			data.File{Delimiter: ",", Header: true, Encoding: "utf-8", QuoteAll: true}, "x"},
		{"quotes", "a,b\n1,\"x \"\"y\"\"\nz\"\n2,\"y,z\"\n1,\"x \"\"y\"\"\nz\"\n",
			data.File{Delimiter: ",", Header: true, Encoding: "utf-8"}, "x \"y\"\nz"},
		{"emoji", "a,b\n1,😀\n2,é\n1,😀\n", data.File{Delimiter: ",", Header: true, Encoding: "utf-8"}, "😀"},
		{"windows-1252", "a,b\n1,caf\xe9 \x80\n2,y\n1,caf\xe9 \x80\n",
			data.File{Delimiter: ",", Header: true, Encoding: "windows-1252"}, "café €"},
		{"latin1", "a,b\n1,\x81\xe9\n2,y\n1,\x81\xe9\n", data.File{Delimiter: ",", Header: true, Encoding: "latin1"}, "\u0081é"},
		{"utf-16le", utf16Text(bom+"a;b\r\n1;😀\r\n2;é\r\n1;😀\r\n", false),
			data.File{Delimiter: ";", Header: true, Encoding: "utf-16le", BOM: true, CRLF: true}, "😀"},
		{"utf-16be", utf16Text(bom+"a;b\n1;x\n2;é\n1;x\n", true), data.File{Delimiter: ";", Header: true, Encoding: "utf-16be", BOM: true}, "x"},
	} {
		if c.file.Decimal == "" {
			c.file.Decimal = "."
		}
		table := mustRead(t, c.text, nil)
		if got := *table.Schema().File; got != c.file {
			t.Errorf("%s: got %+v", c.name, got)
		}
		b := table.Column("b")
		if got := b.Categories[b.Code(0)]; got != c.cell {
			t.Errorf("%s: the first cell is %q, expected %q", c.name, got, c.cell)
		}
		checkText(t, table)
	}
}

func TestOptionsOfText(t *testing.T) {
	for _, c := range []struct {
		name, text string
		change     func(*CSV)
		names      []string
		cell       string // of the first row's last column
		again      bool   // whether the text comes back
	}{
		{"no header", "1,x\n2,y\n1,y\n", func(c *CSV) { c.Header = false }, []string{"x0", "x1"}, "x", true},
		{"delimiter", "a:b\n1:x\n2:y\n", func(c *CSV) { c.Delimiter = ":" }, []string{"a", "b"}, "x", true},
		{"tab", "a\tb,c\n1\tx\n2\ty\n", func(c *CSV) { c.Delimiter = "tab" }, []string{"a", "b,c"}, "x", true},
		{"quote", "a,b\n1,'x,''y'\n2,y\n", func(c *CSV) { c.Quote = "'" }, []string{"a", "b"}, "x,'y", true},
		{"no quote", "a;b\n1;\"x\n2;y\n", func(c *CSV) { c.Quote = "" }, []string{"a", "b"}, `"x`, false},
		{"latin1", "a,b\n1,\xe9\n2,y\n", func(c *CSV) { c.Encoding = "latin1" }, []string{"a", "b"}, "é", true},
		{"utf-16 without a mark", utf16Text("a,b\n1,é\n2,y\n", false), func(c *CSV) { c.Encoding = "utf-16le" }, []string{"a", "b"}, "é", true},
		{"blank lines", "\n\na,b\n\n1,x\n\n2,y\n\n", func(c *CSV) {}, []string{"a", "b"}, "x", false},
		{"no end of the last line", "a,b\n1,x\n2,y", func(c *CSV) {}, []string{"a", "b"}, "x", false},
		{"lone carriage returns", "a,b\r1,x\r2,y\r", func(c *CSV) {}, []string{"a", "b"}, "x", false},
		{"names with blanks", "a, b\n1, x\n2, y\n", func(c *CSV) {}, []string{"a", "b"}, " x", false},
		{"one column", "b, c\nx, y\nz, y\nx, y\n", func(c *CSV) { c.Delimiter = ";" }, []string{"b, c"}, "x, y", true},
	} {
		table := mustRead(t, c.text, func(o *ReadOptions) { c.change(&o.CSV) })
		if got := table.names(); !slices.Equal(got, c.names) {
			t.Errorf("%s: the columns are %q", c.name, got)
		}
		last := table.Columns[len(table.Columns)-1]
		if got := last.Categories[last.Code(0)]; got != c.cell {
			t.Errorf("%s: the first cell is %q, expected %q", c.name, got, c.cell)
		}
		if strings.Contains(c.name, "names") && len(table.Notes) == 0 {
			t.Errorf("%s: no note", c.name)
		}
		if c.again {
			checkText(t, table)
		}
	}
}

// The delimiter is that which the lines agree on.
func TestDelimiter(t *testing.T) {
	for text, want := range map[string]string{
		"a;b\n1,5;2,5\n2,5;3,5\n":               ";",
		"a,b;c\n1,2\n3,4\n":                     ",",
		"a\tb\n1,2\t3,4\n":                      "\t",
		"text\nhello, world\none, two, three\n": ",", // none at all: what is written has commas
		"a,b\n\"x;y;z\",2\n\"u;v;w\",3\n":       ",",
		"a|b|c\n1|2|3\n":                        "|",
	} {
		if table := mustRead(t, text, nil); table.Schema().File.Delimiter != want {
			t.Errorf("%q: the delimiter is %q, expected %q", text, table.Schema().File.Delimiter, want)
		}
	}
}

// A compressed file is read like the one in it.
func TestCompressed(t *testing.T) {
	text := "a,b\n1,x\n2,y\n1,x\n"
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(text))
	z.Close()
	table, err := Read(context.Background(), fileOf(t, "F.csv.gz", packed.String()), DefaultReadOptions())
	if err != nil {
		t.Fatal(err)
	}
	if got := writeBack(t, table, ".csv"); got != text {
		t.Errorf("got %q", got)
	}
	if _, err := Read(context.Background(), fileOf(t, "F.csv.gz", packed.String()[:packed.Len()-12]), DefaultReadOptions()); err == nil {
		t.Error("a file that is cut off was read")
	}
}

// What can be read once only, such as standard input, is read like a file, and nothing of it is left behind.
func TestStandardInput(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	text := "a,b\n1,x\n2,y\n1,x\n"
	in, err := os.Open(fileOf(t, "F.csv", text))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	old := os.Stdin
	os.Stdin = in
	defer func() { os.Stdin = old }()
	table, err := Read(context.Background(), "-", DefaultReadOptions())
	if err != nil {
		t.Fatal(err)
	}
	if got := writeBack(t, table, ".csv"); got != text || table.Name != "standard input" {
		t.Errorf("%s: %q", table.Name, got)
	}
	if left, _ := filepath.Glob(filepath.Join(temporary, "euryale-table-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Records that do not fit into the buffer at first.
func TestLongRecords(t *testing.T) {
	long := strings.Repeat("many\nlines \"\"", 60000)
	text := "a,b\n1,\"" + long + "\"\n2,y\n3,\"" + long + "\"\n4,y\n"
	table := mustRead(t, text, nil)
	checkText(t, table)
	_, err := readText(t, text+"5\n", nil)
	line := strings.Count(text, "\n") + 1
	if err == nil || !strings.Contains(err.Error(), "F.csv:"+itoa(line)+": got 1 cell") {
		t.Errorf("a bad row in line %d: %v", line, err)
	}
}
