package eval

import (
	"context"
	"fmt"

	"euryale/data"
	"euryale/data/table"
	"euryale/metrics/tabular"
)

// columns gathers rows of a schema, column by column, as package tabular takes them. It is a data.Sink, so that samples are
// gathered as they are drawn.
type columns struct {
	schema data.Schema
	table  *tabular.Table
	keeps  func(row int) bool // nil: all rows are kept
}

func newColumns(s data.Schema) *columns {
	t := &tabular.Table{Columns: make([]tabular.Column, len(s.Columns))}
	for j, c := range s.Columns {
		to := &t.Columns[j]
		to.Name = s.ColumnName(j)
		switch c.Kind {
		case data.Real:
			to.Numbers = []float64{}
		case data.Category:
			to.Codes, to.Categories = []int32{}, c.Categories
		case data.Class:
			to.Codes, to.Categories = []int32{}, s.Classes
		}
	}
	return &columns{schema: s, table: t}
}

// Write implements data.Sink.
func (g *columns) Write(rows *data.Batch) error {
	if g.schema.HasClassColumn() && len(rows.Labels) != rows.Rows {
		return fmt.Errorf("eval: the class of a row is one of its columns, and %d of %d rows have one", len(rows.Labels), rows.Rows)
	}
	dim, indices := g.schema.Dim(), g.schema.Indices()
	for i := range rows.Rows {
		if g.keeps != nil && !g.keeps(rows.First+i) {
			continue
		}
		real, index := 0, 0
		for j := range g.table.Columns {
			to := &g.table.Columns[j]
			switch g.schema.Columns[j].Kind {
			case data.Real:
				to.Numbers = append(to.Numbers, rows.Real[i*dim+real])
				real++
			case data.Category:
				to.Codes = append(to.Codes, rows.Index[i*indices+index])
				index++
			case data.Class:
				to.Codes = append(to.Codes, rows.Labels[i])
			}
		}
		g.table.Rows++
	}
	return nil
}

// Close implements data.Sink.
func (g *columns) Close() error { return nil }

// Abort implements data.Sink.
func (g *columns) Abort() error { return nil }

// Keep implements data.Sink: there is no file to keep.
func (g *columns) Keep(string) error { return nil }

// readRows is how many rows are read at once.
const readRows = 4096

// tableOf reads a source from end to end; of more than `most` rows so many, evenly spaced. 0: all.
func tableOf(ctx context.Context, s data.Source, most int) (*tabular.Table, error) {
	g, rows := newColumns(s.Schema()), s.Rows()
	if most > 0 && rows > most {
		g.keeps = func(row int) bool { return (row+1)*most/rows > row*most/rows }
	}
	var batch data.Batch
	for first := 0; first < rows; first += readRows {
		if err := s.Read(ctx, &batch, first, min(readRows, rows-first)); err != nil {
			return nil, err
		}
		if err := g.Write(&batch); err != nil {
			return nil, err
		}
	}
	return g.table, nil
}

// tableOfCells is a table of a file.
func tableOfCells(cells *table.Cells) *tabular.Table {
	t := &tabular.Table{Rows: cells.Rows}
	for i := range cells.Columns {
		c := &cells.Columns[i]
		t.Columns = append(t.Columns, tabular.Column{
			Name: c.Name, Numbers: c.Numbers, Codes: c.Codes, Categories: c.Categories, Missing: c.Missing, Unreadable: c.Unreadable,
			Malformed: &c.Malformed,
		})
	}
	return t
}
