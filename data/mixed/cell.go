package mixed

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"euryale/choice"
	"euryale/data"
)

// EncodeCell implements data.Mixed. A value that occurs several times stands at the middle of its interval. A column
// that is constant, or all of whose values are pooled, has no coordinates.
func (c *Codec) EncodeCell(s data.Schema, column int, text string) (coordinates []int, values []float32, err error) {
	switch {
	case c.plan == nil:
		return nil, nil, errNotFitted
	case column < 0 || column >= len(c.columns) || len(s.Columns) != len(c.columns):
		return nil, nil, fmt.Errorf("mixed: column %d of a schema of %d, want one of %d", column, len(s.Columns), len(c.columns))
	}
	at := known{c: c}
	switch place := c.places()[column]; c.columns[column].Kind {
	case data.Real:
		err = at.real(s, &c.reals[place], text)
	case data.Category:
		err = at.category(s.Columns[column], column, text)
	case data.Class:
		err = errors.New("is the class of a row: ask for the class instead")
	default:
		err = errors.New("is not learned from the data, so it cannot be known")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("mixed: column %s: %w", s.ColumnName(column), err)
	}
	return at.coordinates, at.values, nil
}

// ErrNotByItself is why EncodeCell has no coordinates for a cell that a row may well have: other columns decide it too.
var ErrNotByItself = errors.New("so it cannot be known by itself")

// known collects the coordinates of a cell.
type known struct {
	c           *Codec
	coordinates []int
	values      []float32
}

func (at *known) put(coordinate int, value float32) {
	at.coordinates, at.values = append(at.coordinates, coordinate), append(at.values, value)
}

// putValue is the coordinates of a value of a group.
func (at *known) putValue(g *group, value int) {
	if g.slot < 0 {
		return
	}
	x := make([]float32, g.width)
	g.put(x, g.code[value])
	for i, v := range x {
		at.put(g.first+i, v)
	}
}

func (at *known) real(s data.Schema, rc *realColumn, text string) error {
	c := at.c
	if len(rc.numbers) == 0 || rc.base >= 0 {
		return fmt.Errorf("follows from other columns by the constraint %q, %w", c.decidedBy(rc.column), ErrNotByItself)
	}
	if isMissing(s.Columns[rc.column], text) {
		switch {
		case rc.absence >= 0:
			at.putValue(&c.groups[rc.absence], 1)
		case !c.alwaysMissing(&c.numbers[rc.numbers[0]]):
			return errNeverMissing
		}
		return nil
	}
	v, err := c.parseReal(s, rc, text)
	if err != nil {
		return err
	}
	row := slices.Repeat([]float64{v}, len(c.reals))
	for _, k := range rc.numbers {
		if err := at.number(&c.numbers[k], row); err != nil {
			return err
		}
	}
	if rc.absence >= 0 {
		at.putValue(&c.groups[rc.absence], 0)
	}
	return nil
}

// parseReal reads a number that is not missing, which must be one that a row can have.
func (c *Codec) parseReal(s data.Schema, rc *realColumn, text string) (float64, error) {
	format, decimal := c.columns[rc.column].Format, ""
	if s.File != nil {
		decimal = s.File.Decimal
	}
	v, err := parseNumber(text, format, decimal)
	switch {
	case err != nil:
		return 0, err
	case rounded(v, format) != v:
		return 0, fmt.Errorf("numbers have %d decimals, got %s", format.Decimals, text)
	case v < rc.low || v > rc.high:
		return 0, fmt.Errorf("%s violates a constraint: want %s to %s", text, shown(rc.low, format), shown(rc.high, format))
	}
	return v, nil
}

// ParseCell is what a batch holds for a cell with this text: its number, NaN where it is missing, or the index of its
// category, −1 where it is missing. Unlike EncodeCell it also takes cells that follow from other columns.
func (c *Codec) ParseCell(s data.Schema, column int, text string) (float64, error) {
	if c.plan == nil {
		return 0, errNotFitted
	}
	if column < 0 || column >= len(c.columns) || len(s.Columns) != len(c.columns) {
		return 0, fmt.Errorf("mixed: column %d of a schema of %d, want one of %d", column, len(s.Columns), len(c.columns))
	}
	of, v, err := s.Columns[column], math.NaN(), error(nil)
	switch missing := isMissing(of, text); of.Kind {
	case data.Real:
		if !missing {
			v, err = c.parseReal(s, &c.reals[c.places()[column]], text)
		}
	case data.Category:
		i := slices.Index(of.Categories, text)
		if v = float64(i); i < 0 && !missing {
			err = choice.OneOf(text, of.Categories...)
		}
	default:
		err = fmt.Errorf("is of kind %v, want a number or a category", of.Kind)
	}
	if err != nil {
		return 0, fmt.Errorf("mixed: column %s: %w", s.ColumnName(column), err)
	}
	return v, nil
}

// number is the coordinate of a number of a row.
func (at *known) number(n *number, row []float64) error {
	v := n.of(row, at.c.plan)
	if n.coordinate < 0 {
		if v != n.constant {
			return fmt.Errorf("every training row has %s here, got %s", partText(n, at.c, n.constant), partText(n, at.c, v))
		}
		return nil
	}
	q, ok := n.scale.(*quantile)
	if !ok {
		_, z := n.scale.place(v)
		at.put(n.coordinate, float32(z))
		return nil
	}
	if low, high := q.knot[0].value, q.knot[len(q.knot)-1].value; v < low || v > high {
		return fmt.Errorf("training rows have %s to %s here, got %s", partText(n, at.c, low), partText(n, at.c, high), partText(n, at.c, v))
	}
	knot, z := q.place(v)
	if knot >= 0 {
		z = float64(q.knot[knot].z)
	}
	at.put(n.coordinate, float32(z))
	return nil
}

// partText shows a number that may be a day or a time of day.
func partText(n *number, c *Codec, v float64) string {
	f := c.columns[n.column].Format
	switch {
	case n.part == day:
		return timeOf(v*n.perDay, f).Format("2006-01-02")
	case n.part == clock:
		return timeOf(v, f).Format("15:04:05")
	case math.IsNaN(v):
		return "a missing cell"
	}
	return shown(v, f)
}

var errNeverMissing = errors.New("is missing in no training row")

// isMissing reports whether the text is that of a missing cell.
func isMissing(c data.Column, text string) bool { return c.Missing != nil && text == *c.Missing }

func (at *known) category(column data.Column, j int, text string) error {
	c := at.c
	k := slices.IndexFunc(c.groups, func(g group) bool { return g.kind != absence && slices.Contains(g.columns, j) })
	g := &c.groups[k]
	if g.kind == combination {
		return fmt.Errorf("is learned together with other columns by the constraint %q, %w", c.decidedBy(j), ErrNotByItself)
	}
	v := slices.Index(column.Categories, text)
	switch {
	case v >= g.categories:
		return fmt.Errorf("the schema has %d categories, want %d", len(column.Categories), g.categories)
	case v >= 0:
	case isMissing(column, text) && g.nullable:
		v = g.categories
	case isMissing(column, text):
		return errNeverMissing
	default:
		return choice.OneOf(text, column.Categories...)
	}
	at.putValue(g, v)
	return nil
}

// decidedBy is the constraint that decides how a column is encoded.
func (p *plan) decidedBy(column int) string {
	for _, c := range p.constraints {
		if c.kind == fixed && slices.Contains(c.columns, column) || c.kind == sum && c.columns[0] == column ||
			c.kind == ordered && c.columns[1] == column {
			return strings.TrimSpace(c.text)
		}
	}
	return ""
}
