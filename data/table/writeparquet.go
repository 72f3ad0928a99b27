package table

import (
	"bufio"
	"fmt"
	"os"
	"reflect"

	"github.com/parquet-go/parquet-go"

	"euryale/data"
)

// parquetFormat writes Parquet files (https://parquet.apache.org/docs/file-format/): pages in Snappy compression, the texts of
// categories in dictionaries. It implements data.FileFormat.
type parquetFormat struct {
	columns []parquetColumn
	config  *parquet.WriterConfig
	group   int // rows of a row group: memory does not grow beyond one
	out     *bufio.Writer
	writer  *parquet.GenericWriter[any]
	values  [][]parquet.Value // of rows that are gathered, by column
	rows    int               // of the row group, gathered ones included
}

// parquetColumn is a column's type, and how its values come from a batch: the zero Value is null.
type parquetColumn struct {
	place
	node  parquet.Node
	value func(rows *data.Batch, i int) (parquet.Value, error)
}

const (
	gathered   = 1024    // rows, so that what is written does not depend on the batches that rows came in
	groupRows  = 1 << 17 // at most
	groupCells = 1 << 22 // about
)

func newParquetFormat(s data.Schema) (*parquetFormat, error) {
	p := &parquetFormat{values: make([][]parquet.Value, len(s.Columns))}
	p.group = gathered * max(1, min(groupRows, groupCells/len(s.Columns))/gathered)
	root := &orderedGroup{}
	for j, at := range places(s) {
		column, err := newParquetColumn(s, s.Columns[j], at)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", at.name, err)
		}
		p.columns = append(p.columns, column)
		root.fields = append(root.fields, parquetField{column.node, at.name})
	}
	var err error
	p.config, err = parquet.NewWriterConfig(parquet.NewSchema("table", root), parquet.Compression(&parquet.Snappy))
	return p, err
}

// Begin implements data.FileFormat.
func (p *parquetFormat) Begin(out *bufio.Writer) error {
	p.out = out
	p.writer = parquet.NewGenericWriter[any](out, p.config)
	return nil
}

// Rows implements data.FileFormat.
func (p *parquetFormat) Rows(_ *bufio.Writer, rows *data.Batch) error {
	for first := 0; first < rows.Rows; {
		n := min(rows.Rows-first, gathered-p.rows%gathered)
		for j := range p.columns {
			if err := p.gather(j, rows, first, n); err != nil {
				return err
			}
		}
		first, p.rows = first+n, p.rows+n
		if p.rows%gathered == 0 {
			if err := p.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// gather adds the values of a column in n rows.
func (p *parquetFormat) gather(j int, rows *data.Batch, first, n int) error {
	c, values := p.columns[j], p.values[j]
	present := 0
	if c.node.Optional() {
		present = 1
	}
	for i := first; i < first+n; i++ {
		v, err := c.value(rows, i)
		if err != nil {
			return c.wrong(rows, i, err)
		}
		level := present
		if v.IsNull() {
			level = 0
		}
		values = append(values, v.Level(0, level, j))
	}
	p.values[j] = values
	return nil
}

// flush hands over the rows that are gathered, and ends the row group if it is full.
func (p *parquetFormat) flush() error {
	for j, column := range p.writer.ColumnWriters() {
		if len(p.values[j]) == 0 {
			continue
		}
		if _, err := column.WriteRowValues(p.values[j]); err != nil {
			return fmt.Errorf("column %q: %w", p.columns[j].name, err)
		}
		clear(p.values[j]) // which may hold texts
		p.values[j] = p.values[j][:0]
	}
	if p.rows < p.group {
		return nil
	}
	p.rows = 0
	return p.writer.Flush()
}

// End implements data.FileFormat.
func (p *parquetFormat) End(*os.File, int64) error {
	if err := p.flush(); err != nil {
		return err
	}
	if err := p.writer.Close(); err != nil {
		return err
	}
	return p.out.Flush()
}

// orderedGroup is a group of columns in the order of the table; parquet.Group sorts them.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

func (g *orderedGroup) Fields() []parquet.Field { return g.fields }

// GoType is any that is no struct: rows are written by column, and names need not be those of Go.
func (g *orderedGroup) GoType() reflect.Type { return reflect.TypeFor[map[string]any]() }

// parquetField is a column of an orderedGroup.
type parquetField struct {
	parquet.Node
	name string
}

func (f parquetField) Name() string { return f.name }

// Value would read the field of a Go value, of which there are none.
func (f parquetField) Value(reflect.Value) reflect.Value { return reflect.Value{} }
