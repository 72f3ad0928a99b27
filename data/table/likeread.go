package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"euryale/choice"
)

// ReadLike reads another file by the kinds of this table's columns, as one that a program made like it. What does not fit is no
// error: cells are counted, categories that the table does not have are kept as new ones, and columns may be absent, be more,
// or stand in another order. Errors are a file that cannot be read at all, one without rows, and one none of whose columns is
// one of the table's.
//
// The file may be of another format and have another delimiter or decimal mark than the table's. The options are those that the
// table was read with.
func (t *Table) ReadLike(ctx context.Context, path string, o ReadOptions) (*Cells, error) {
	cells, err := t.readLike(ctx, path, o)
	if _, ok := err.(*choice.FieldError); err == nil || ok {
		return cells, err
	}
	return nil, fmt.Errorf("table: %w", err)
}

func (t *Table) readLike(ctx context.Context, path string, o ReadOptions) (cells *Cells, err error) {
	stored, err := openStored(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if failed := stored.Close(); failed != nil {
			err = errors.Join(err, failed)
		}
	}()
	file, loose, err := t.openLike(ctx, stored, o)
	if err != nil {
		return nil, err
	}
	readers := make([]*likeReader, len(file.columns))
	marks := file.lines || t.file.Delimiter != "" // texts of files with types mean what they are
	for j, c := range file.columns {
		readers[j] = newLikeReader(c.name, t.Column(c.name), o, marks)
	}
	if err := chooseMark(ctx, file, readers, t.file.Decimal); err != nil {
		return nil, err
	}
	rows, err := file.scan(ctx, func(column, line int, cell []byte) error {
		readers[column].add(line, cell, file.lines)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if rows == 0 {
		return nil, fmt.Errorf("%s: there are no rows", file.name)
	}
	cells = &Cells{Name: file.name, Rows: rows}
	if loose != nil {
		cells.Notes = append(cells.Notes, loose.findings()...)
	}
	cells.Notes = append(cells.Notes, t.differentColumns(file.columns)...)
	for _, r := range readers {
		cells.Columns = append(cells.Columns, r.CellColumn)
		cells.Notes = append(cells.Notes, r.findings(file, rows)...)
	}
	return cells, nil
}

// differentColumns names the columns that are absent and those that are more.
func (t *Table) differentColumns(columns []column) []Note {
	var absent, more []string
	for _, c := range t.Columns {
		if !slices.ContainsFunc(columns, func(other column) bool { return other.name == c.Name }) {
			absent = append(absent, c.Name)
		}
	}
	for _, c := range columns {
		if t.Column(c.name) == nil {
			more = append(more, c.name)
		}
	}
	var notes []Note
	if len(absent) > 0 {
		notes = append(notes, Note{"", "there is no column " + quoted(absent)})
	}
	if len(more) > 0 {
		notes = append(notes, Note{"", "not in the training table: " + quoted(more)})
	}
	return notes
}

func quoted(names []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = shown(name)
	}
	return enumerated(list)
}

// chooseMark decides on the decimal mark: that with which more of the cells can be read.
func chooseMark(ctx context.Context, file *source, readers []*likeReader, training string) error {
	if !file.lines || file.file.Delimiter == "," && training != "," {
		return nil
	}
	var read [2]int
	_, err := file.scan(ctx, func(column, _ int, cell []byte) error {
		r := readers[column]
		if r.like != likeNumber || r.isMissing(cell) {
			return nil
		}
		for i, mark := range []byte{'.', ','} {
			if _, ok := scanNumber(trim(cell), mark); ok {
				read[i]++
			}
		}
		return nil
	})
	if read[1] > read[0] {
		for _, r := range readers {
			r.mark = ','
		}
	}
	return err
}

// likeReader reads a column as one of the training table.
type likeReader struct {
	CellColumn
	survey // for its marks of missing cells
	of     *Column
	like   likeness
	mark   byte // decimal
	layout string
	texts  map[string]bool // of truths, as the training table has them
	index  map[string]int32
	known  int    // categories that are those of the training table
	bytes  int    // of the others
	odd    sample // the first cell that is unreadable
	form   sample // the first one that is malformed
}

func newLikeReader(name string, of *Column, o ReadOptions, marks bool) *likeReader {
	r := &likeReader{of: of, mark: '.'}
	r.CellColumn.Name = name
	if marks {
		r.survey.marks = slices.Concat(o.CSV.Missing, o.Columns.Get(name).Missing)
	}
	if of == nil {
		return r
	}
	switch r.like = of.likeness(); r.like {
	case likeNumber, likeDate:
		r.Numbers = []float64{}
		r.layout = of.Format.Layout
	case likeCategory:
		r.Codes, r.index = []int32{}, map[string]int32{}
		if of.Type == Constant {
			r.Categories = []string{of.Generate.Pattern}
		} else {
			r.unify(of)
		}
		r.Categories, r.known = slices.Clone(r.Categories), len(r.Categories)
		for code, text := range r.Categories {
			r.index[text] = int32(code)
			r.survey.marks = slices.DeleteFunc(r.survey.marks, func(mark string) bool { return mark == text })
		}
		if of.Type == Bool {
			r.texts = map[string]bool{}
			for _, text := range of.Categories {
				r.texts[text] = true
			}
		}
	}
	return r
}

// add takes a cell in. Only that of a text can be malformed in how it is written.
func (r *likeReader) add(line int, cell []byte, isText bool) {
	missing := r.isMissing(cell)
	if missing {
		r.Missing++
	}
	switch r.like {
	case likeNumber, likeDate:
		v := math.NaN()
		if !missing {
			read, good, ok := r.number(cell, isText)
			if v = read; !ok {
				r.Unreadable++
				r.odd.set(line, cell)
			} else if !good {
				r.Malformed++
				r.form.set(line, cell)
			}
		}
		r.Numbers = append(r.Numbers, v)
	case likeCategory:
		code := int32(-1)
		if !missing {
			code = r.category(line, cell, isText)
		}
		r.Codes = append(r.Codes, code)
	}
}

// number reads a number or date. good is whether it is written as one of the training table, and ok whether it is one.
func (r *likeReader) number(cell []byte, isText bool) (v float64, good, ok bool) {
	bare := trim(cell)
	if r.like == likeDate {
		return r.date(bare, isText)
	}
	d, ok := scanNumber(bare, r.mark)
	if !ok {
		bare = withoutZeros(bare)
		d, ok = scanNumber(bare, r.mark)
	}
	if v = d.value(bare, r.mark); !ok || math.IsInf(v, 0) {
		return math.NaN(), false, false
	}
	if r.of.isWhole() {
		good = d.whole && (!isText || len(trim(cell)) == len(cell))
		return v, good || !isText && v == math.Trunc(v), true
	}
	const most = 6 // digits behind the point that make a grid
	return v, r.of.places < 0 || r.of.places > most || d.exponent || d.decimals <= r.of.places, true
}

// isWhole reports whether a column of numbers has integers alone, written as such.
func (c *Column) isWhole() bool { return c.places == 0 && c.Format != nil && c.Format.Decimals == 0 }

// withoutZeros is a number without superfluous zeros in front.
func withoutZeros(cell []byte) []byte {
	sign := 0
	if len(cell) > 0 && (cell[0] == '-' || cell[0] == '+') {
		sign = 1
	}
	i := sign
	for i+1 < len(cell) && cell[i] == '0' && cell[i+1]-'0' <= 9 {
		i++
	}
	if i == sign {
		return cell
	}
	return append(bytes.Clone(cell[:sign]), cell[i:]...)
}

// date reads a date in the layout of the training table, or else in any that is known.
func (r *likeReader) date(cell []byte, isText bool) (v float64, good, ok bool) {
	text := textOf(cell)
	t, ok := parseTime(r.of.Format.Layout, text)
	if good = ok; !ok {
		t, ok = parseTime(r.layout, text) // as the last one that was written otherwise
	}
	if !ok {
		for _, l := range candidates(string(cell)) {
			if t, ok = parseTime(l.text, text); ok {
				r.layout = l.text
				break
			}
		}
	}
	clock := layoutOf(r.of.Format.Layout).clock
	if !ok || clock != (t.Year() == 0) {
		return math.NaN(), false, false
	}
	return countIn(t, r.of.Format.Unit, clock), good || !isText, true
}

// pooled stands for the new categories of a column beyond the most that are told apart.
const pooled = "(others)"

// category is the code of a text, a new one where it has none.
func (r *likeReader) category(line int, cell []byte, isText bool) int32 {
	if r.texts != nil && isTruth(trim(cell)) {
		if isText && !r.texts[string(cell)] {
			r.Malformed++
			r.form.set(line, cell)
		}
		cell = []byte(lower(string(trim(cell))))
	}
	if code, ok := r.index[string(cell)]; ok {
		return code
	}
	text := string(cell)
	if r.bytes += len(text); len(r.Categories) >= 2*maxCategories || r.bytes > maxCategoryBytes {
		text = pooled
		if code, ok := r.index[text]; ok {
			return code
		}
	}
	code := int32(len(r.Categories))
	r.odd.set(line, cell)
	r.index[text], r.Categories = code, append(r.Categories, text)
	return code
}

func lower(text string) string { return strings.ToLower(text) }

// findings are what does not fit in words.
func (r *likeReader) findings(file *source, rows int) []Note {
	var notes []Note
	note := func(n int, what string, of sample) {
		if n > 0 {
			notes = append(notes, Note{r.CellColumn.Name, fmt.Sprintf("has %s of %d %s (first %s, %s)", counted(n, "cell"), rows, what,
				shown(of.text), file.place(of.line))})
		}
	}
	what, form := "that are no numbers", "of more decimals than any of the training table"
	switch {
	case r.like == likeDate:
		what, form = "that are no dates", "that are dates in another form than those of the training table"
	case r.like == likeCategory:
		form = "that are true or false in another spelling than in the training table"
	case r.of != nil && r.of.isWhole():
		form = "that are not written as integers"
	}
	note(r.Unreadable, what, r.odd)
	note(r.Malformed, form, r.form)
	if r.like == likeCategory && r.odd.line > 0 {
		fresh := 0
		for _, code := range r.Codes {
			if int(code) >= r.known {
				fresh++
			}
		}
		note(fresh, "with texts that the training table does not have", r.odd)
	}
	return notes
}
