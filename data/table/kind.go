package table

import (
	"fmt"
	"math"
	"slices"
	"time"

	"euryale/choice"
	"euryale/data"
)

// The bounds of what is a category.
const (
	// maxCategories is how many categories of a column are told apart.
	maxCategories = 65000
	// manyCategories of a column are so many that they are worth a note.
	manyCategories = 1000
	// A column of texts is free text if more than fewTexts of its cells, and more than half of them, are different.
	fewTexts = 100
	// fewRows is how many cells it takes for a column without a repetition to be an id: below, it may be chance.
	fewRows = 20
)

// decide makes a store of what the first pass found: what the column is, and how its cells are kept.
func (s *survey) decide(file *source) (*store, error) {
	c := &Column{Column: data.Column{Name: s.name}, MissingCells: s.missing, firstMissing: s.firstMissing, Exact: true}
	for _, e := range s.examples {
		c.Examples = append(c.Examples, string(e))
	}
	if s.missing > 0 {
		c.Missing = &s.mark
	}
	st := &store{survey: s, c: c}
	if len(s.otherMarks) > 0 && s.options.Kind != kindDrop {
		c.Exact = false
		st.note("has the missing marks %q besides %q: missing cells are written as %q", s.otherMarks, s.mark, s.mark)
	}
	kind, t := s.options.Kind, s.tally(file.file.Decimal[0])
	numbers := t != nil && t.others == 0 && t.numbers+t.infinite > 0
	switch {
	case kind == kindDrop:
		c.Dropped, c.Kind = true, data.Generated
		return st, nil
	case s.present == 0:
		st.empty()
		return st, nil
	case kind == kindID:
		st.keep, c.Kind, c.Type = keepHashes, data.Generated, ID
		return st, nil
	case s.constant && s.missing == 0:
		st.constant(numbers, t)
		return st, nil
	case kind == kindCategory || s.target && kind == "" && (s.truths || s.isClassNumber(t)):
		return st, st.categories()
	case kind == kindDate || kind == "" && len(s.dates.left) > 0:
		return st, s.decideDate(st, file)
	case kind == kindNumber || numbers:
		return st, s.decideNumber(st, t, file)
	}
	s.nearly(st, t, file)
	return st, st.categories()
}

// empty is a column without a value.
func (st *store) empty() {
	st.c.Type, st.c.Kind = Empty, data.Generated
	st.c.Generate = &data.Generator{Name: "empty"}
	if st.mark != "" {
		st.c.Generate = &data.Generator{Name: "constant", Pattern: st.mark}
	}
	st.note("has no value in any of its cells: it is written as it is, and nothing is learned of it")
}

// constant is a column of one value. Its format is for files whose columns have types.
func (st *store) constant(isNumber bool, t *tally) {
	if layout, _ := st.dates.choose(false); layout.text != "" {
		st.c.Format = &data.Format{Layout: layout.text, Unit: st.dates.unit, Offset: st.dates.offset}
	} else if isNumber && t.infinite == 0 && !(t.whole && t.great > 0) {
		format, _ := t.format()
		st.c.Format, st.c.places = &format, t.decimals
	}
	st.c.Type, st.c.Kind = Constant, data.Generated
	st.c.Distinct = 1
	st.c.Generate = &data.Generator{Name: "constant", Pattern: string(st.first)}
	st.note("is %s in every row: it is written as it is, and nothing is learned of it", shown(string(st.first)))
}

// categories is a column of texts.
func (st *store) categories() error {
	st.keep, st.c.Kind, st.c.Type = keepCodes, data.Category, Text
	st.limit = maxCategories
	if st.truths {
		st.c.Type = Bool
	}
	if st.options.Kind == "" && !st.target {
		st.limit = min(maxCategories, max(fewTexts, st.present/2))
	}
	if st.target {
		st.c.Kind = data.Class
	}
	for i, name := range st.options.Order {
		if slices.Index(st.options.Order, name) < i {
			return wrongColumn(st.name, "order", "must have %q once", name)
		}
		if _, ok := st.code([]byte(name)); !ok {
			return wrongColumn(st.name, "order", "must have at most %d categories, got %d", maxCategories, len(st.options.Order))
		}
	}
	return nil
}

// wrongColumn is an error about a key of a column's options.
func wrongColumn(column, key, format string, args ...any) error {
	return choice.Wrong("columns", "%q: %s %w", column, key, fmt.Errorf(format, args...))
}

// decideNumber is a column of numbers.
func (s *survey) decideNumber(st *store, t *tally, file *source) error {
	switch {
	case t == nil:
		return wrongColumn(s.name, "kind", "must not be %s: the file has texts in this column", kindNumber)
	case t.others > 0:
		return fmt.Errorf("%s: column %q: expected a number, got %s (as in %s): if that means no value, list it in %s",
			file.place(t.other.line), s.name, shown(t.other.text), counted(t.others, "cell"), s.key("missing"))
	case t.infinite > 0:
		return fmt.Errorf("%s: column %q: expected finite numbers, got %s (as in %s): if that means no value, list it in csv.missing",
			file.place(t.infinity.line), s.name, shown(t.infinity.text), counted(t.infinite, "cell"))
	}
	c := st.c
	c.Type, c.Kind, st.keep, st.tallied = Float, data.Real, keepNumbers, t
	if t.whole {
		c.Type = Int
	}
	if t.whole && t.great > 0 && s.options.Kind == "" { // keys of many digits: no float64 has them all
		st.note("has whole numbers from 2^53 on, which are not kept exactly as numbers: they are taken for texts")
		return st.categories()
	}
	if c.places = t.decimals; t.exponents > 0 {
		c.places = -1
	}
	format, exact := t.format()
	c.Format, c.Exact = &format, c.Exact && exact && s.blanks.line == 0
	switch {
	case s.blanks.line > 0:
		st.note("has blanks around numbers (first in %s), which are not written again", file.place(s.blanks.line))
	case t.unusual > 0:
		st.note("has numbers such as %s (%s), which are written in their usual form", shown(t.odd.text), file.place(t.odd.line))
	case !exact && format.Decimals < 0:
		st.note("has numbers with exponents or of more than %d digits: they are written as the shortest decimals of the same value", mostDigits)
	case !exact && format.Padded:
		st.note("has numbers with and without zeros at the end: they are written with %d decimals", t.decimals)
	case !exact:
		st.note("has numbers with and without zeros at the end: they are written without")
	}
	scale := 1.0
	if format.Decimals > 0 {
		scale = math.Pow10(format.Decimals)
	}
	if format.Decimals >= 0 && format.Decimals < len(powersOfTen) {
		st.fit(t.least*scale, t.most*scale, scale)
	}
	return nil
}

// fit lets numbers be kept as whole multiples of 1/scale in 32 bits, if they and all between the bounds fit. The bounds are
// multiplied by scale already.
func (st *store) fit(least, most, scale float64) {
	const exact = 1 << 50 // so that the products' errors are below a half
	if math.Abs(least) < exact && math.Abs(most) < exact && most-least < math.MaxInt32 {
		st.small, st.c.base, st.c.scale = true, int64(math.Round(least)), scale
	}
}

// decideDate is a column of dates or times.
func (s *survey) decideDate(st *store, file *source) error {
	d, c := &s.dates, st.c
	switch {
	case s.text:
		return wrongColumn(s.name, "kind", "must not be %s: the file has texts in this column", kindDate)
	case len(d.left) == 0 && s.options.Format != "":
		return fmt.Errorf("%s: column %q: expected a date of the format %q, got %s", file.place(d.against.line), s.name, s.options.Format,
			shown(d.against.text))
	case len(d.left) == 0:
		return fmt.Errorf("%s: column %q: expected a date in the same form as above, got %s: %s tells the form",
			file.place(d.against.line), s.name, shown(d.against.text), s.key("format"))
	}
	chosen, ambiguous := d.choose(file.file.Delimiter == ";" || file.file.Decimal == ",")
	if ambiguous {
		st.note("could have the day or the month first in every row: it is read as %q; %s: %q is the other way", chosen.text,
			s.key("format"), d.other(chosen))
	}
	c.Type, c.Kind, st.keep, st.layout = Date, data.Real, keepDates, chosen
	if chosen.clock {
		c.Type = Time
	}
	unit := d.unit
	if unit < time.Microsecond && max(math.Abs(float64(countOf(d.least, unit, chosen.clock))),
		math.Abs(float64(countOf(d.most, unit, chosen.clock)))) >= exactWhole {
		unit, c.Exact = time.Microsecond, false
		st.note("has nanoseconds, which are kept to 1 µs")
	}
	c.Format = &data.Format{Layout: chosen.text, Unit: unit, Offset: d.offset}
	if d.mixed {
		c.Format.Offset, c.Exact = 0, false
		st.note("has several time zones: dates are written in UTC")
	}
	if s.blanks.line > 0 {
		c.Exact = false
		st.note("has blanks around dates (first in %s), which are not written again", file.place(s.blanks.line))
	}
	margin := 0.0
	if chosen.order != 0 { // the bounds are those of the first layout
		margin = float64(366 * 24 * time.Hour / unit)
	}
	st.fit(float64(countOf(d.least, unit, chosen.clock))-margin, float64(countOf(d.most, unit, chosen.clock))+margin, 1)
	return nil
}

// nearly notes a column of texts that is one of numbers or dates but for a few cells.
func (s *survey) nearly(st *store, t *tally, file *source) {
	const few = 20 // one cell in so many
	for i := range s.tallies {
		if other := &s.tallies[i]; other != t && other.others == 0 && other.numbers > 0 {
			st.note("has numbers with %q where other columns have %q: they are taken for texts; csv.decimal chooses", other.mark, t.mark)
			return
		}
	}
	d := &s.dates
	switch {
	case t != nil && t.zeros > 0 && t.others == t.zeros:
		st.note("has numbers with zeros in front, such as %s (%s): they are taken for texts", shown(t.other.text), file.place(t.other.line))
	case t != nil && t.numbers > 0 && few*t.others <= s.present:
		st.note("has numbers but for %s (first %s, %s): it is taken for texts; if that means no value, list it in csv.missing",
			counted(t.others, "cell"), shown(t.other.text), file.place(t.other.line))
	case d.against.line > 0 && d.against.line > s.firstLine && d.last.text != "":
		st.note("has dates of the form %q down to %s, which has %s: they are taken for texts", d.last.text, file.place(d.against.line),
			shown(d.against.text))
	}
}

// key is the path of a key of the column's options.
func (s *survey) key(name string) string { return "columns." + s.name + "." + name }

// note tells what was done about the column.
func (st *store) note(format string, args ...any) {
	st.notes = append(st.notes, Note{st.name, fmt.Sprintf(format, args...)})
}
