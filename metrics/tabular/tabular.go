// Package tabular measures a synthetic table against the real one that it was made from, and against rows that its maker
// never saw.
//
//   - Compare (compare.go) measures everything and returns a Report: figures beside their floors, one verdict per block.
//   - shapes.go, pairs.go, missing.go, validity.go compare columns and pairs of columns.
//   - detection.go lets classifiers tell synthetic rows from real ones; use.go trains on the one and tests on the other.
//   - neighbors.go, precision.go, energy.go compare clouds of points, encoded by onehot.go.
//   - distance.go, closest.go, copies.go, membership.go, rare.go ask whether training rows leak.
//   - baseline_*.go are three simple makers of tables, to be measured beside.
//   - subsample.go draws rows and folds as NumPy and scikit-learn do, so that a figure can be checked there on the same rows.
//
// A Table is columnar: numbers with NaN for missing, and categories with −1 for missing. It does not depend on how tables
// are read. Time and memory are bounded by subsamples, which the report names; no matrix of rows by rows is ever held. No
// figure depends on the number of workers.
//
// Start reading at Compare.
package tabular

import (
	"errors"
	"fmt"
	"math"
)

// Table is a table of one or more columns of the same length.
type Table struct {
	Rows    int
	Columns []Column
}

// Column is one column of a table. Either Numbers or Codes is set, or neither: free text and keys, of which only the
// missing cells are compared.
type Column struct {
	Name string
	// Numbers are numbers, or dates in the same unit in all tables, [Rows]. NaN is missing, and so is an infinite number.
	Numbers []float64
	// Codes are indices in Categories, [Rows]; −1 is missing. Tables may list categories in different orders.
	Codes      []int32
	Categories []string
	// Missing counts the cells without text of a column that has neither.
	Missing int
	// Unreadable counts the cells that have text but no value of the column's kind, such as "abc" among numbers. They are
	// missing above, but invalid rather than missing.
	Unreadable int
	// Malformed counts the cells that have a value whose text breaks the column's type: "5.0" among integers, more decimals
	// than any training cell, a date in another layout. It matters in the synthetic table only; nil: it is found from the
	// decimals of the numbers.
	Malformed *int
}

// kind is what a column holds.
type kind int

const (
	number kind = iota
	category
	other
)

func (c *Column) kind() kind {
	switch {
	case c.Numbers != nil:
		return number
	case c.Codes != nil:
		return category
	}
	return other
}

// check returns an error that names what is wrong with a table, if anything.
func (t *Table) check(name string) error {
	switch {
	case t == nil:
		return fmt.Errorf("tabular: there is no %s table", name)
	case t.Rows < 1:
		return fmt.Errorf("tabular: the %s table has no rows", name)
	case len(t.Columns) == 0:
		return fmt.Errorf("tabular: the %s table has no columns", name)
	}
	seen := map[string]bool{}
	for i := range t.Columns {
		c := &t.Columns[i]
		if seen[c.Name] {
			return fmt.Errorf("tabular: the %s table has two columns named %q", name, c.Name)
		}
		seen[c.Name] = true
		if err := c.check(t.Rows); err != nil {
			return fmt.Errorf("tabular: the %s table, column %q: %w", name, c.Name, err)
		}
	}
	return nil
}

func (c *Column) check(rows int) error {
	switch k := c.kind(); {
	case c.Numbers != nil && c.Codes != nil:
		return errors.New("holds numbers and categories; it must be one of them")
	case k == number && len(c.Numbers) != rows:
		return fmt.Errorf("has %d numbers for %d rows", len(c.Numbers), rows)
	case k == category && len(c.Codes) != rows:
		return fmt.Errorf("has %d codes for %d rows", len(c.Codes), rows)
	case c.Missing < 0 || c.Missing > rows:
		return fmt.Errorf("has %d missing cells in %d rows", c.Missing, rows)
	}
	for row, code := range c.Codes {
		if code < -1 || int(code) >= len(c.Categories) {
			return fmt.Errorf("row %d has code %d, must be from -1 (missing) to %d", row, code, len(c.Categories)-1)
		}
	}
	seen := make(map[string]bool, len(c.Categories))
	for _, text := range c.Categories {
		if seen[text] {
			return fmt.Errorf("lists category %q twice", text)
		}
		seen[text] = true
	}
	return nil
}

// missing counts the cells without text.
func (c *Column) missing() int {
	count := 0
	switch c.kind() {
	case number:
		for _, v := range c.Numbers {
			if !finite(v) {
				count++
			}
		}
	case category:
		for _, code := range c.Codes {
			if code < 0 {
				count++
			}
		}
	default:
		return c.Missing
	}
	return max(0, count-c.Unreadable)
}

// present returns the numbers that are not missing.
func (c *Column) present() []float64 {
	values := make([]float64, 0, len(c.Numbers))
	for _, v := range c.Numbers {
		if finite(v) {
			values = append(values, v)
		}
	}
	return values
}

// take returns the given rows of the columns of numbers and of categories; nil means all.
func (t *Table) take(rows []int32) *Table {
	if rows == nil {
		return t
	}
	part := &Table{Rows: len(rows), Columns: make([]Column, len(t.Columns))}
	for i := range t.Columns {
		c, p := &t.Columns[i], &part.Columns[i]
		p.Name, p.Categories = c.Name, c.Categories
		switch c.kind() {
		case number:
			p.Numbers = make([]float64, len(rows))
			for k, row := range rows {
				p.Numbers[k] = c.Numbers[row]
			}
		case category:
			p.Codes = make([]int32, len(rows))
			for k, row := range rows {
				p.Codes[k] = c.Codes[row]
			}
		}
	}
	return part
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
