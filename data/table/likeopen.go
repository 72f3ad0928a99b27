package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"euryale/data"
)

// looseText is delimited text of which everything is read that can be.
type looseText struct {
	*text
	names  []string // of the file's columns
	short  int      // rows with fewer cells than the header
	long   int      // rows with more
	first  int      // the line of the first of them
	quotes int      // rows with a quote that is not closed, or closed within a cell
	quote1 int      // the line of the first of them
	end    error    // where the reading ended before the file did
}

// openLike opens a file that is to be read like a table. The second result is nil for a file that is no text.
func (t *Table) openLike(ctx context.Context, file *stored, o ReadOptions) (*source, *looseText, error) {
	s, zipped, err := openTyped(ctx, file)
	var loose *looseText
	if s == nil && err == nil {
		s, loose, err = t.openLoose(ctx, file, o.CSV, zipped)
	}
	if err != nil {
		return nil, nil, err
	}
	if !slices.ContainsFunc(s.columns, func(c column) bool { return t.Column(c.name) != nil }) {
		names := make([]string, len(s.columns))
		for j, c := range s.columns {
			names[j] = c.name
		}
		return nil, nil, fmt.Errorf("%s: none of its columns is one of %s: expected %s, got %s (is the first line the header?)", s.name, t.Name,
			quoted(t.names()), quoted(names))
	}
	return s, loose, nil
}

// openLoose finds out how a text is written: what separates cells is what gives the header most of the table's columns.
func (t *Table) openLoose(ctx context.Context, file *stored, o CSV, zipped bool) (*source, *looseText, error) {
	l := &looseText{text: &text{file: file, zipped: zipped, header: o.Header}}
	if o.Quote != "" {
		l.quote = o.Quote[0]
	}
	raw, err := l.raw()
	if err != nil {
		return nil, nil, err
	}
	found, err := inspect(ctx, raw)
	if err != nil && (found.empty || ctx.Err() != nil) { // of what is cut off, the beginning is read
		return nil, nil, fmt.Errorf("%s: %w", file.name, err)
	}
	if found.empty {
		return nil, nil, fmt.Errorf("%s: the file is empty: expected a line with the names of the columns, then one per row", file.name)
	}
	if l.encoding, err = found.encoding(auto, file.name); err != nil {
		return nil, nil, err
	}
	l.mark = found.mark
	if err := l.findLooseDelimiter(t, o); err != nil {
		return nil, nil, err
	}
	s := &source{name: file.name, lines: true, scan: l.scan, file: data.File{Delimiter: string(rune(l.delimiter))}}
	for _, name := range l.names {
		s.columns = append(s.columns, column{name: name})
	}
	return s, l, nil
}

func (l *looseText) findLooseDelimiter(t *Table, o CSV) error {
	if !l.header { // there are no names to go by
		if err := l.findDelimiter(o); err != nil {
			return err
		}
		return l.readNames()
	}
	candidates := t.file.Delimiter + ",;\t|\x00"
	if len(t.Columns) == 1 { // whatever its cells hold
		candidates = "\x00" + candidates
	}
	best, most := byte(0), -1
	for _, delimiter := range []byte(candidates) {
		l.delimiter = delimiter
		if err := l.readNames(); err != nil {
			return err
		}
		known := 0
		for _, name := range l.names {
			if t.Column(name) != nil {
				known++
			}
		}
		if known > most {
			best, most = delimiter, known
		}
	}
	l.delimiter = best
	return l.readNames()
}

// records are those of the text, whatever is wrong with them.
func (l *looseText) records() (*splitter, error) {
	s, err := l.text.records()
	if err == nil {
		s.loose = true
	}
	return s, err
}

// readNames reads the header. Columns without a name, or with one that another has, get one that no table has.
func (l *looseText) readNames() error {
	s, err := l.records()
	if err != nil {
		return err
	}
	cells, _, err := l.text.first(s)
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: there is nothing but empty lines", l.file.name)
	}
	if err != nil {
		return err
	}
	l.names = nil
	for j, cell := range cells {
		name := string(bytes.TrimSpace(cell))
		switch {
		case !l.header:
			name = fmt.Sprintf("x%d", j)
		case name == "" || slices.Contains(l.names, name):
			name = fmt.Sprintf("%s (column %d)", name, j+1)
		}
		l.names = append(l.names, name)
	}
	if !l.header {
		return nil
	}
	next, _, err := s.next()
	if err == nil && len(next) == len(l.names)+1 && !isBlank(next) { // as R writes the names of rows
		l.names = slices.Insert(l.names, 0, "(row)")
	}
	return nil
}

// scan implements source.
func (l *looseText) scan(ctx context.Context, do func(column, line int, cell []byte) error) (rows int, err error) {
	s, err := l.records()
	if err != nil {
		return 0, err
	}
	if l.header {
		if _, _, err := l.text.first(s); err != nil {
			return 0, err
		}
	}
	l.short, l.long, l.first, l.quotes, l.quote1, l.end = 0, 0, 0, 0, 0, nil
	for {
		if rows%4096 == 0 {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
		}
		cells, line, err := s.next()
		switch {
		case errors.Is(err, io.EOF):
			return rows, nil
		case err != nil && rows > 0: // such as a file that is cut off
			l.end = err
			return rows, nil
		case err != nil:
			return 0, err
		case len(l.names) > 1 && isBlank(cells):
			continue
		}
		l.check(s, cells, line)
		for j := range l.names {
			var cell []byte // missing
			if j < len(cells) {
				cell = cells[j]
			}
			if err := do(j, line, cell); err != nil {
				return 0, err
			}
		}
		rows++
	}
}

// check counts what is wrong with a row.
func (l *looseText) check(s *splitter, cells [][]byte, line int) {
	switch n := len(cells); {
	case n < len(l.names):
		l.short++
	case n > len(l.names):
		l.long++
	}
	if l.first == 0 && len(cells) != len(l.names) {
		l.first = line
	}
	if s.odd {
		if l.quotes++; l.quotes == 1 {
			l.quote1 = line
		}
	}
}

// findings are what is wrong with the rows, in words.
func (l *looseText) findings() []Note {
	var notes []Note
	note := func(format string, args ...any) { notes = append(notes, Note{"", fmt.Sprintf(format, args...)}) }
	if l.short+l.long > 0 {
		note("%s fewer cells than the header and %d more (first %s:%d): what is not there is missing, what is more is left out",
			counted(l.short, "row")+" with", l.long, l.file.name, l.first)
	}
	if l.quotes > 0 {
		note("%s a quote that is not closed, or closed within a cell (first %s:%d)", counted(l.quotes, "row")+" with", l.file.name, l.quote1)
	}
	if l.end != nil {
		note("the rows behind an error are not read: %v", l.end)
	}
	return notes
}
