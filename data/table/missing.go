package table

import (
	"fmt"
	"math"
	"slices"

	"euryale/choice"
	"euryale/data"
)

// settleMissing does with missing cells what the options want. Those of columns that are not learned do not count.
func (t *Table) settleMissing(how string) error {
	var holed []*Column
	for _, c := range t.Columns {
		if c.MissingCells > 0 && !c.Dropped && c.Kind != data.Generated {
			holed = append(holed, c)
		}
	}
	switch {
	case len(holed) == 0:
		return nil
	case how == missingDrop:
		return t.dropRows(holed)
	case how == missingError:
		return t.missingError(holed)
	case t.classes == nil || t.classes.MissingCells == 0:
		return nil
	case how == missingImpute:
		return choice.Wrong("missing", "must not be %s where the target has missing cells: in %q there are %d (first in %s); "+
			"%s leaves their rows out, %s makes a class of them", missingImpute, t.classes.Name, t.classes.MissingCells,
			t.place(t.classes.firstMissing), missingDrop, missingModel)
	}
	t.missingClass()
	return t.describeSchema()
}

// missingError counts what is missing.
func (t *Table) missingError(holed []*Column) error {
	incomplete := 0
	for i := range t.rows {
		if slices.ContainsFunc(holed, func(c *Column) bool { return c.isMissing(i) }) {
			incomplete++
		}
	}
	var list []string
	for _, c := range holed {
		list = append(list, fmt.Sprintf("%q %d (first in %s)", c.Name, c.MissingCells, t.place(c.firstMissing)))
	}
	return choice.Wrong("missing", "must tell what to do about missing cells, of which there are some in %s; %d of %d rows have one: "+
		"%s learns which cells are missing, %s puts values in their place, %s leaves their rows out", enumerated(list), incomplete, t.rows,
		missingModel, missingImpute, missingDrop)
}

func (c *Column) isMissing(i int) bool {
	if c.Kind == data.Real {
		return math.IsNaN(c.Number(i))
	}
	return c.Code(i) < 0
}

// dropRows leaves out the rows with missing cells.
func (t *Table) dropRows(holed []*Column) error {
	keep := make([]bool, t.rows)
	rows := 0
	for i := range keep {
		if keep[i] = !slices.ContainsFunc(holed, func(c *Column) bool { return c.isMissing(i) }); keep[i] {
			rows++
		}
	}
	if rows == 0 {
		return choice.Wrong("missing", "must not be %s: every one of the %d rows has a missing cell", missingDrop, t.rows)
	}
	for _, c := range t.Columns {
		c.small, c.float = kept(c.small, keep), kept(c.float, keep)
		c.bytes, c.words = kept(c.bytes, keep), kept(c.words, keep)
	}
	for _, c := range holed {
		c.Missing, c.MissingCells, c.firstMissing = nil, 0, 0
	}
	t.Notes = append(t.Notes, Note{"", fmt.Sprintf("%d of %d rows are left out, because they have missing cells", t.rows-rows, t.rows)})
	t.rows = rows
	for _, c := range t.Columns {
		if c.Categories != nil {
			c.recount()
		}
	}
	return t.describeSchema()
}

// kept moves the values to keep to the front.
func kept[T any](values []T, keep []bool) []T {
	if values == nil {
		return nil
	}
	n := 0
	for i, v := range values {
		if keep[i] {
			values[n] = v
			n++
		}
	}
	return values[:n]
}

// recount counts the rows per category again, and forgets the categories that have none left.
func (c *Column) recount() {
	counts := make([]int64, len(c.Categories))
	n := max(len(c.bytes), len(c.words))
	for i := range n {
		if code := c.Code(i); code >= 0 {
			counts[code]++
		}
	}
	code := make([]int, len(counts)) // the new ones
	var categories []string
	c.Counts = nil
	for i, count := range counts {
		if code[i] = len(categories); count > 0 {
			categories, c.Counts = append(categories, c.Categories[i]), append(c.Counts, count)
		}
	}
	for i, v := range c.bytes {
		if v != missingByte {
			c.bytes[i] = uint8(code[v])
		}
	}
	for i, v := range c.words {
		if v != missingWord {
			c.words[i] = uint16(code[v])
		}
	}
	c.Categories, c.Distinct = categories, len(categories)
}

// missingClass makes a class of the rows whose target is missing, called as the file writes a missing cell.
func (t *Table) missingClass() {
	c := t.classes
	code := len(c.Categories)
	if c.bytes != nil && code == missingByte {
		c.words = make([]uint16, len(c.bytes))
		for i, b := range c.bytes {
			if c.words[i] = uint16(b); b == missingByte {
				c.words[i] = missingWord
			}
		}
		c.bytes = nil
	}
	for i, v := range c.bytes {
		if v == missingByte {
			c.bytes[i] = uint8(code)
		}
	}
	for i, v := range c.words {
		if v == missingWord {
			c.words[i] = uint16(code)
		}
	}
	c.Categories, c.Counts = append(slices.Clip(c.Categories), *c.Missing), append(slices.Clip(c.Counts), int64(c.MissingCells))
	t.Notes = append(t.Notes, Note{c.Name, fmt.Sprintf("is the target and has %s without a value: they are the class %q",
		counted(c.MissingCells, "row"), *c.Missing)})
	c.Missing, c.MissingCells, c.Distinct = nil, 0, c.Distinct+1
}
