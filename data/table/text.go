package table

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"euryale/data"
)

// text is a file of delimited text.
type text struct {
	file      *stored
	zipped    bool
	encoding  string
	mark      int // bytes of the byte order mark
	delimiter byte
	quote     byte
	header    bool
	columns   int
	crlf      bool
	source    *source
}

// openText finds out how text is written, and reads its header.
func openText(ctx context.Context, file *stored, o CSV, zipped bool) (*source, error) {
	t := &text{file: file, zipped: zipped, header: o.Header}
	if o.Quote != "" {
		t.quote = o.Quote[0]
	}
	raw, err := t.raw()
	if err != nil {
		return nil, err
	}
	found, err := inspect(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file.name, err)
	}
	if found.empty {
		return nil, fmt.Errorf("%s: the file is empty: expected a line with the names of the columns, then one per row", file.name)
	}
	s := &source{name: file.name, lines: true, scan: t.scan}
	t.source = s
	if t.encoding, err = found.encoding(o.Encoding, file.name); err != nil {
		return nil, err
	}
	t.mark = found.mark
	if t.encoding == windows1252 {
		if err := t.checkWindows(ctx, o.Encoding); err != nil {
			return nil, err
		}
		if o.Encoding == auto {
			s.notes = append(s.notes, Note{"", fmt.Sprintf("%s is not UTF-8 (line %d has the byte 0x%02x): it is read as %s; "+
				"csv.encoding names another", file.name, found.badLine, found.badByte, t.encoding)})
		}
	}
	if err := t.findDelimiter(o); err != nil {
		return nil, err
	}
	if s.columns, err = t.names(); err != nil {
		return nil, err
	}
	t.columns = len(s.columns)
	s.file = data.File{Delimiter: ",", Header: t.header, BOM: t.mark > 0, Encoding: t.encoding, CRLF: t.crlf, Decimal: "."}
	if t.delimiter != 0 {
		s.file.Delimiter = string(rune(t.delimiter))
	}
	if o.Quote != `"` {
		s.file.Quote = o.Quote
	}
	return s, nil
}

// raw is the bytes of the file, unpacked.
func (t *text) raw() (io.Reader, error) {
	if !t.zipped {
		return t.file.begin(), nil
	}
	r, err := gzip.NewReader(t.file.begin())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.file.name, err)
	}
	return r, nil
}

// decoded is the text in UTF-8.
func (t *text) decoded() (io.Reader, error) {
	raw, err := t.raw()
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, raw, int64(t.mark)); err != nil {
		return nil, fmt.Errorf("%s: %w", t.file.name, err)
	}
	return decode(raw, t.encoding), nil
}

func (t *text) records() (*splitter, error) {
	in, err := t.decoded()
	if err != nil {
		return nil, err
	}
	return newSplitter(in, t.file.name, t.delimiter, t.quote), nil
}

// isBlank reports an empty line.
func isBlank(cells [][]byte) bool { return len(cells) == 1 && len(cells[0]) == 0 }

// first is the first record that is not an empty line; io.EOF if there is none.
func (t *text) first(s *splitter) (cells [][]byte, line int, err error) {
	for {
		if cells, line, err = s.next(); err != nil || !isBlank(cells) {
			return cells, line, err
		}
	}
}

// names reads the header, or counts the cells of the first row where there is none.
func (t *text) names() ([]column, error) {
	s, err := t.records()
	if err != nil {
		return nil, err
	}
	cells, line, err := t.first(s)
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: there is nothing but empty lines", t.file.name)
	}
	if err != nil {
		return nil, err
	}
	t.crlf = s.crlf
	columns, blanks := make([]column, len(cells)), false
	for j, cell := range cells {
		if t.header {
			columns[j].name = string(bytes.TrimSpace(cell))
			blanks = blanks || len(columns[j].name) < len(cell)
		} else {
			columns[j].name = fmt.Sprintf("x%d", j)
		}
	}
	if !t.header {
		return columns, nil
	}
	next, _, err := s.next()
	if err == nil && len(next) == len(cells)+1 && len(cells) > 0 && !isBlank(next) {
		return nil, fmt.Errorf("%s:%d: the header names %d columns and the row below it has %d cells: name them all "+
			"(does the first hold the numbers of the rows?)", t.file.name, line, len(cells), len(next))
	}
	if blanks {
		t.source.notes = append(t.source.notes, Note{"", "blanks around the names of columns are not written again"})
	}
	return columns, t.checkNames(columns, line)
}

// checkNames refuses a header that names no columns.
func (t *text) checkNames(columns []column, line int) error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%s:%d: %s", t.file.name, line, fmt.Sprintf(format, args...))
	}
	seen := map[string]int{}
	numbers, fractions := 0, 0
	for j, c := range columns {
		if c.name == "" {
			return fail("column %d of the header has no name: name it, or remove it (a table's index is left out by to_csv(index=False) "+
				"in pandas and row.names=FALSE in R)", j+1)
		}
		if d, ok := scanNumber([]byte(c.name), '.'); ok {
			numbers++
			if !d.whole {
				fractions++
			}
		}
		if earlier, again := seen[c.name]; again {
			return fail("columns %d and %d of the header are both called %q: give each its own name", earlier+1, j+1, c.name)
		}
		seen[c.name] = j
	}
	if numbers == len(columns) && fractions > 0 {
		return fail("the first line has numbers where names are expected; if it is a row, set csv.header: false")
	}
	if numbers == len(columns) {
		t.source.notes = append(t.source.notes, Note{"", fmt.Sprintf("the first line of %s has numbers alone, which are taken for the names of "+
			"the columns; if it is a row, set csv.header: false", t.file.name)})
	}
	return nil
}

// scan implements source.
func (t *text) scan(ctx context.Context, do func(column, line int, cell []byte) error) (rows int, err error) {
	s, err := t.records()
	if err != nil {
		return 0, err
	}
	bare := false
	if t.header {
		if _, _, err := t.first(s); err != nil {
			return 0, err
		}
		bare = s.bare
	}
	for {
		if rows%4096 == 0 {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
		}
		cells, line, err := s.next()
		switch {
		case errors.Is(err, io.EOF):
			t.source.file.QuoteAll = !bare && rows > 0
			return rows, nil
		case err != nil:
			return 0, err
		case t.columns > 1 && isBlank(cells):
			continue
		case len(cells) != t.columns:
			return 0, t.ragged(line, cells)
		}
		bare = bare || s.bare
		for j, cell := range cells {
			if err := do(j, line, cell); err != nil {
				return 0, err
			}
		}
		rows++
	}
}

// ragged is the error on a row of another length.
func (t *text) ragged(line int, cells [][]byte) error {
	from := "the first row"
	if t.header {
		from = "the header"
	}
	advice := ""
	if len(cells) > t.columns && t.delimiter != 0 {
		advice = fmt.Sprintf("; a cell with %s in it must be quoted", nameOf(t.delimiter))
	}
	last := strings.ToValidUTF8(string(cells[len(cells)-1]), "�")
	return fmt.Errorf("%s:%d: got %s, expected %d as in %s%s (the last is %s)", t.file.name, line, counted(len(cells), "cell"), t.columns,
		from, advice, shown(last))
}

// counted is a number of things in words.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// shown is a cell as an error shows it.
func shown(cell string) string {
	const most = 40
	if runes := []rune(cell); len(runes) > most {
		cell = string(runes[:most-1]) + "…"
	}
	return fmt.Sprintf("%q", cell)
}
