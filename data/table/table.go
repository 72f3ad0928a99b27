// Package table reads files of mixed types, and writes rows like theirs: columns of numbers, dates, categories and ids, in
// delimited text, Parquet or NumPy files.
//
//   - Read makes a Table of a file: a data.Source in memory, a column after the other.
//   - The whole of a column decides what it is, so a file is read twice: the first pass finds out the kinds (survey.go), the
//     second keeps the cells in the smallest memory that is exact (store.go).
//   - What a column's cells look like goes into the schema, so that the strings of the file come back when rows are written.
//   - Options is the kind of data `table` of a configuration.
//
// Start reading at Table, then read.go. source.go opens files, split.go takes delimited text apart, number.go and date.go
// read cells, kind.go decides about columns. NewSink writes files (sink.go), Describe tells what a table holds (describe.go).
package table

import (
	"context"
	"fmt"
	"slices"

	"euryale/data"
)

// Table is a file in memory. It is the data.Source of its rows. Several goroutines may use it.
type Table struct {
	Name    string    // path of the file, or "standard input"
	Columns []*Column // every column of the file in its order, those that are dropped too
	Notes   []Note    // what was done that the user may not expect: of the file, then of the columns in their order
	file    data.File
	place   func(line int) string // a line or row of the file in words
	rows    int
	classes *Column     // the column of kind Class; nil: none
	schema  data.Schema // of the columns that are not dropped
}

// Note is something about a column, or about the file where Column is empty.
type Note struct{ Column, Text string }

func (n Note) String() string {
	if n.Column == "" {
		return n.Text
	}
	return fmt.Sprintf("column %q %s", n.Column, n.Text)
}

// Remarks implements data.Remarker: the Notes in words.
func (t *Table) Remarks() []string {
	remarks := make([]string, len(t.Notes))
	for i, n := range t.Notes {
		remarks[i] = n.String()
	}
	return remarks
}

// Rows implements data.Source.
func (t *Table) Rows() int { return t.rows }

// Schema implements data.Source. ClassCounts are those of all rows.
func (t *Table) Schema() data.Schema { return t.schema }

// Column is the column of a name; nil if there is none.
func (t *Table) Column(name string) *Column {
	i := slices.IndexFunc(t.Columns, func(c *Column) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return t.Columns[i]
}

// names are the names of the columns.
func (t *Table) names() []string {
	names := make([]string, len(t.Columns))
	for j, c := range t.Columns {
		names[j] = c.Name
	}
	return names
}

// Read implements data.Source.
func (t *Table) Read(ctx context.Context, dst *data.Batch, first, n int) error {
	if first < 0 || n < 0 || first > t.rows-n {
		return fmt.Errorf("table: %s: want %d rows from %d on, there are %d", t.Name, n, first, t.rows)
	}
	dst.Resize(t.schema, first, n)
	reals, indices := t.schema.Dim(), t.schema.Indices()
	real, index := 0, 0
	for _, c := range t.Columns {
		switch {
		case c.Dropped:
		case c.Kind == data.Real:
			c.readNumbers(dst.Real[real:], reals, first, n)
			real++
		case c.Kind == data.Category:
			c.readCodes(dst.Index[index:], indices, first, n)
			index++
		case c.Kind == data.Class:
			c.readCodes(dst.Labels, 1, first, n)
		}
	}
	return ctx.Err()
}

// describeSchema makes the schema of the columns.
func (t *Table) describeSchema() error {
	t.schema = data.Schema{File: &t.file}
	t.classes = nil
	for _, c := range t.Columns {
		if c.Dropped {
			continue
		}
		column := c.Column
		if c.Kind == data.Class {
			t.classes = c
			t.schema.Classes, t.schema.ClassCounts = c.Categories, c.Counts
			column.Categories = nil // they are the schema's classes
		}
		t.schema.Columns = append(t.schema.Columns, column)
	}
	if len(t.schema.Columns) == 0 {
		return fmt.Errorf("table: %s: every column is dropped", t.Name)
	}
	if err := t.schema.Validate(); err != nil {
		return fmt.Errorf("table: %s: %w", t.Name, err)
	}
	return nil
}
