package table

import (
	"bufio"
	"bytes"
	"fmt"
	"math"
	"os"
	"strings"

	"euryale/data"
)

// textFormat writes delimited text. It implements data.FileFormat.
type textFormat struct {
	header    []byte
	delimiter string
	end       string // of a line
	cells     []cell
	encoder   encoder
	text      []byte // rows that are not encoded yet
}

// cell appends the cell of a row.
type cell func(dst []byte, rows *data.Batch, i int) ([]byte, error)

// newTextFormat is the format of files like the schema's; delimiter overrules theirs unless it is "".
func newTextFormat(s data.Schema, delimiter string) (*textFormat, error) {
	file := data.File{Header: true}
	if s.File != nil && s.File.Delimiter != "" {
		file = *s.File
	}
	t := &textFormat{delimiter: file.Delimiter, end: "\n"}
	if delimiter != "" {
		t.delimiter = delimiter
	}
	if t.delimiter == "" {
		t.delimiter = ","
	}
	if file.CRLF {
		t.end = "\r\n"
	}
	if file.Decimal == "" {
		file.Decimal = "."
	}
	if file.Quote == "" {
		file.Quote = `"`
	}
	if strings.ContainsAny(t.delimiter, file.Quote+"\r\n") || len(file.Decimal) != 1 || len(file.Quote) != 1 {
		return nil, fmt.Errorf("cells cannot be separated by %q, with %q in numbers, in quotes such as %s", t.delimiter, file.Decimal, file.Quote)
	}
	var err error
	if t.encoder, err = newEncoder(file.Encoding); err != nil {
		return nil, err
	}
	w := &cellWriter{quotes: quotes{t.delimiter, file.Quote[0], file.QuoteAll, len(s.Columns) == 1},
		encoder: t.encoder, decimal: file.Decimal[0]}
	for j, p := range places(s) {
		cell, err := w.cell(s, s.Columns[j], p)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", p.name, err)
		}
		t.cells = append(t.cells, cell)
	}
	if file.BOM {
		t.header = append(t.header, "\uFEFF"...)
	}
	if file.Header {
		if err := t.addHeader(s, w); err != nil {
			return nil, err
		}
	}
	t.header, err = t.encoder.append(nil, t.header)
	return t, err
}

// addHeader adds the line of names.
func (t *textFormat) addHeader(s data.Schema, w *cellWriter) error {
	for j := range s.Columns {
		if j > 0 {
			t.header = append(t.header, t.delimiter...)
		}
		name, err := w.text(s.ColumnName(j))
		if err != nil {
			return fmt.Errorf("column %q: %w", s.ColumnName(j), err)
		}
		t.header = append(t.header, name...)
	}
	t.header = append(t.header, t.end...)
	return nil
}

// Begin implements data.FileFormat.
func (t *textFormat) Begin(out *bufio.Writer) error {
	_, err := out.Write(t.header)
	return err
}

// encodeAbove is how many bytes of rows are gathered before they are encoded and written.
const encodeAbove = 32 << 10

// Rows implements data.FileFormat.
func (t *textFormat) Rows(out *bufio.Writer, rows *data.Batch) error {
	t.text = t.text[:0]
	for i := range rows.Rows {
		for j, cell := range t.cells {
			if j > 0 {
				t.text = append(t.text, t.delimiter...)
			}
			var err error
			if t.text, err = cell(t.text, rows, i); err != nil {
				return err
			}
		}
		t.text = append(t.text, t.end...)
		if len(t.text) > encodeAbove || i == rows.Rows-1 {
			if err := t.encoder.write(out, t.text); err != nil {
				return err
			}
			t.text = t.text[:0]
		}
	}
	return nil
}

// End implements data.FileFormat.
func (*textFormat) End(*os.File, int64) error { return nil }

// cellWriter makes the cells of columns.
type cellWriter struct {
	quotes  quotes
	encoder encoder
	decimal byte
}

// text is a text as a cell, or an error if the encoding does not have its letters.
func (w *cellWriter) text(text string) ([]byte, error) {
	if _, err := w.encoder.append(nil, []byte(text)); err != nil {
		return nil, err
	}
	return w.quotes.append(nil, text), nil
}

// cell writes a column.
func (w *cellWriter) cell(s data.Schema, c data.Column, p place) (cell, error) {
	missing := ""
	if c.Missing != nil {
		missing = *c.Missing
	}
	none, err := w.text(missing)
	if err != nil {
		return nil, err
	}
	switch c.Kind {
	case data.Real:
		return w.number(c, p, none), nil
	case data.Generated:
		return w.generated(c.Generate, p, none)
	}
	all := texts(s, c)
	list := make([][]byte, len(all))
	for k, text := range all {
		if list[k], err = w.text(text); err != nil {
			return nil, err
		}
	}
	code := p.codes(c.Kind)
	return func(dst []byte, rows *data.Batch, i int) ([]byte, error) {
		k := code(rows, i)
		if k == -1 {
			return append(dst, none...), nil
		}
		if err := checkCode(k, len(list)); err != nil {
			return dst, p.wrong(rows, i, err)
		}
		return append(dst, list[k]...), nil
	}, nil
}

// number writes a column of numbers or dates.
func (w *cellWriter) number(c data.Column, p place, none []byte) cell {
	f := c.Format
	isTime := f != nil && f.Layout != ""
	zone := zoneOf(f)
	quoted := w.quotes.all || isTime && w.quotes.needed(f.Layout) || !isTime && w.quotes.delimiter == string(w.decimal)
	return func(dst []byte, rows *data.Batch, i int) ([]byte, error) {
		v := p.number(rows, i)
		if math.IsNaN(v) && c.Missing != nil {
			return append(dst, none...), nil
		}
		if quoted {
			dst = append(dst, w.quotes.mark)
		}
		if isTime {
			var err error
			if dst, err = appendTime(dst, v, f, zone); err != nil {
				return dst, p.wrong(rows, i, err)
			}
		} else {
			start := len(dst)
			dst = appendNumber(dst, v, f)
			if w.decimal != '.' {
				if point := bytes.IndexByte(dst[start:], '.'); point >= 0 {
					dst[start+point] = w.decimal
				}
			}
		}
		if quoted {
			dst = append(dst, w.quotes.mark)
		}
		return dst, nil
	}
}

// generated writes a column that is not learned.
func (w *cellWriter) generated(g *data.Generator, p place, none []byte) (cell, error) {
	switch g.Name {
	case "empty", "constant":
		text := none
		if g.Name == "constant" {
			var err error
			if text, err = w.text(g.Pattern); err != nil {
				return nil, err
			}
		}
		return func(dst []byte, _ *data.Batch, _ int) ([]byte, error) { return append(dst, text...), nil }, nil
	}
	made, err := generator(g, p.column)
	if err != nil {
		return nil, err
	}
	if _, err := w.text(g.Pattern); err != nil {
		return nil, err
	}
	quoted := w.quotes.all || w.quotes.needed(string(made(nil, 0)))
	return func(dst []byte, rows *data.Batch, i int) ([]byte, error) {
		if !quoted {
			return made(dst, rows.First+i), nil
		}
		return w.quotes.append(dst, string(made(nil, rows.First+i))), nil
	}, nil
}
