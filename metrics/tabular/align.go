package tabular

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// align returns the tables with the columns of the first, the training table, in its order, and with one list of categories
// per column: those of the training table, then others in order of appearance. Columns that the first does not have are
// dropped, and one that another does not have is all missing there. A column without any training value has nothing to be
// compared but its missing cells, so it becomes one of neither kind. The tables given are not changed; nil stays nil.
func align(names []string, tables ...*Table) ([]*Table, error) {
	train := tables[0]
	aligned := make([]*Table, len(tables))
	for i, t := range tables {
		if t != nil {
			aligned[i] = &Table{Rows: t.Rows, Columns: make([]Column, len(train.Columns))}
		}
	}
	for j := range train.Columns {
		first := &train.Columns[j]
		empty := first.missing() == train.Rows
		var categories []string
		index := map[string]int32{}
		for i, t := range tables {
			if t == nil {
				continue
			}
			c := t.column(first.Name)
			if c == nil || c.kind() != first.kind() && c.missing() == t.Rows {
				c = absent(first, t.Rows)
			}
			if c.kind() != first.kind() && !empty {
				return nil, fmt.Errorf("tabular: column %q holds %v in the %s table and %v in the %s table: read both by the kinds of the first",
					first.Name, first.kind(), names[0], c.kind(), names[i])
			}
			to := &aligned[i].Columns[j]
			*to = *c
			switch {
			case empty:
				*to = Column{Name: c.Name, Missing: c.missing()}
			case c.kind() == category:
				to.Codes, categories = recode(c, categories, index)
			}
		}
		for _, t := range aligned {
			if t != nil && t.Columns[j].kind() == category {
				t.Columns[j].Categories = categories
			}
		}
	}
	return aligned, nil
}

func (k kind) String() string {
	return [...]string{"numbers", "categories", "neither numbers nor categories"}[k]
}

// column returns the column of that name, nil if there is none.
func (t *Table) column(name string) *Column {
	i := t.index(name)
	if i < 0 {
		return nil
	}
	return &t.Columns[i]
}

func (t *Table) index(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
}

func (t *Table) names() []string {
	names := make([]string, len(t.Columns))
	for j := range names {
		names[j] = t.Columns[j].Name
	}
	return names
}

// absent is a column like another, all missing.
func absent(like *Column, rows int) *Column {
	c := &Column{Name: like.Name}
	switch like.kind() {
	case number:
		c.Numbers = slices.Repeat([]float64{math.NaN()}, rows)
	case category:
		c.Codes = slices.Repeat([]int32{-1}, rows)
	default:
		c.Missing = rows
	}
	return c
}

// recode returns a column's codes as indices in categories, to which it adds those that are new.
func recode(c *Column, categories []string, index map[string]int32) ([]int32, []string) {
	shared := make([]int32, len(c.Categories))
	for k, text := range c.Categories {
		at, ok := index[text]
		if !ok {
			at = int32(len(categories))
			index[text] = at
			categories = append(categories, text)
		}
		shared[k] = at
	}
	codes := make([]int32, len(c.Codes))
	for row, code := range c.Codes {
		codes[row] = -1
		if code >= 0 {
			codes[row] = shared[code]
		}
	}
	return codes, categories
}

// mostClasses is the number of distinct whole numbers up to which a target is a class rather than a number.
const mostClasses = 10

// targetAsClass turns the target of aligned tables into a column of categories where it is a class that is written in whole
// numbers.
func targetAsClass(target string, tables ...*Table) {
	at := tables[0].index(target)
	if at < 0 || tables[0].Columns[at].kind() != number {
		return
	}
	distinct := map[float64]bool{}
	for _, v := range tables[0].Columns[at].present() {
		if distinct[v] = true; v != math.Trunc(v) || len(distinct) > mostClasses {
			return
		}
	}
	categories, index := []string{}, map[float64]int32{}
	codes := make([][]int32, len(tables))
	for i, t := range tables {
		if t == nil {
			continue
		}
		codes[i] = make([]int32, t.Rows)
		for row, v := range t.Columns[at].Numbers {
			if !finite(v) {
				codes[i][row] = -1
				continue
			}
			code, ok := index[v]
			if !ok {
				code = int32(len(categories))
				index[v] = code
				categories = append(categories, strconv.FormatFloat(v, 'f', -1, 64))
			}
			codes[i][row] = code
		}
	}
	for i, t := range tables {
		if t != nil {
			c := &t.Columns[at]
			c.Numbers, c.Codes, c.Categories = nil, codes[i], categories
		}
	}
}

// inOrder returns the places of the columns that are compared: numbers first, then categories.
func (t *Table) inOrder() (numbers, categories []int) {
	for j := range t.Columns {
		switch t.Columns[j].kind() {
		case number:
			numbers = append(numbers, j)
		case category:
			categories = append(categories, j)
		}
	}
	return numbers, categories
}
