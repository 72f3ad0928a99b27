package table

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"euryale/data"
)

// Extensions are those of the files that NewSink writes.
func Extensions() []string { return []string{".csv", ".tsv", ".parquet", ".npy"} }

// NewSink opens a file for rows of any schema, in the format that path's extension names:
//
//   - .csv is written as the schema's File describes: delimiter, decimal comma, header, byte order mark, ends of lines, quotes,
//     encoding. Without one, or if that was no file of text, it has a header, commas and points.
//   - .tsv is the same with a tab for a delimiter.
//   - .parquet has a type per column: whole numbers, numbers, dates, times, truth values, texts; see parquetColumn.
//   - .npy has whole numbers or numbers alone (see npyFormat); other columns are an error.
//
// Numbers are written as their Format has them, missing cells as Missing has them, the class of the row at the place of its
// column; a schema with classes and no such column gets one at the end, called label. Generated cells are those of the row's
// number, Batch.First and on. As with every data.Sink, the file appears when it is closed.
//
// data.NewSink is for schemas of numbers alone, whose .npy files are float32.
func NewSink(path string, s data.Schema) (data.Sink, error) {
	format, err := formatFor(path, s)
	if err != nil {
		return nil, err
	}
	return data.NewFile(path, s, format)
}

// NewStream is NewSink of a .csv file into a stream, such as standard output: rows go out as they come.
func NewStream(w io.Writer, s data.Schema) (data.Sink, error) {
	format, err := formatFor("the stream.csv", s)
	if err != nil {
		return nil, err
	}
	return data.NewStream(w, s, format)
}

// CheckSink returns the error of NewSink, as far as it can be known without a file.
func CheckSink(path string, s data.Schema) error {
	_, err := formatFor(path, s)
	return err
}

// formatFor is the format of a path for a schema.
func formatFor(path string, s data.Schema) (data.FileFormat, error) {
	wrap := func(format data.FileFormat, err error) (data.FileFormat, error) {
		if err != nil {
			return nil, fmt.Errorf("table: cannot write %s: %w", path, err)
		}
		return format, nil
	}
	if err := s.Validate(); err != nil {
		return wrap(nil, err)
	}
	if len(s.Image) > 0 || len(s.Columns) == 0 {
		return wrap(nil, errors.New("the rows are no table"))
	}
	s, err := withLabels(s)
	if err != nil {
		return wrap(nil, err)
	}
	switch extension := strings.ToLower(filepath.Ext(path)); extension {
	case ".csv":
		return wrap(newTextFormat(s, ""))
	case ".tsv":
		return wrap(newTextFormat(s, "\t"))
	case ".parquet":
		return wrap(newParquetFormat(s))
	case ".npy":
		return wrap(newNPYFormat(s))
	case "":
		return nil, fmt.Errorf("table: %q has no extension that names its format, want %s", path, extensions())
	default:
		return nil, fmt.Errorf("table: unknown extension %q in %q, want %s for rows", extension, path, extensions())
	}
}

func extensions() string {
	all := Extensions()
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " or " + all[last]
}

// labelColumn is the name of the column of labels that belong to no column.
const labelColumn = "label"

// withLabels is the schema with a column for the class of a row, if there are classes.
func withLabels(s data.Schema) (data.Schema, error) {
	if len(s.Classes) == 0 {
		return s, nil
	}
	for j, c := range s.Columns {
		if c.Kind == data.Class {
			return s, nil
		}
		if s.ColumnName(j) == labelColumn {
			return s, fmt.Errorf("a column is called %q, as that of the labels must be", labelColumn)
		}
	}
	s.Columns = append(s.Columns[:len(s.Columns):len(s.Columns)], data.Column{Name: labelColumn, Kind: data.Class})
	return s, nil
}

// place is where a column's values stand in a row of a batch.
type place struct {
	column  int // of the schema
	name    string
	offset  int // of a Real column in a row of Batch.Real, of a Category in a row of Batch.Index
	dim     int // Batch.Real per row
	indices int // Batch.Index per row
}

// places are those of a schema's columns.
func places(s data.Schema) []place {
	list := make([]place, len(s.Columns))
	dim, indices := 0, 0
	for j, c := range s.Columns {
		list[j] = place{column: j, name: s.ColumnName(j), dim: s.Dim(), indices: s.Indices()}
		switch c.Kind {
		case data.Real:
			list[j].offset = dim
			dim++
		case data.Category:
			list[j].offset = indices
			indices++
		}
	}
	return list
}

// number is a Real column's number in row i.
func (p place) number(rows *data.Batch, i int) float64 { return rows.Real[i*p.dim+p.offset] }

// code is a Category column's index in row i.
func (p place) code(rows *data.Batch, i int) int32 { return rows.Index[i*p.indices+p.offset] }

// codes reads the category or the class of a row; −1 is missing.
func (p place) codes(kind data.Kind) func(rows *data.Batch, i int) int32 {
	if kind == data.Class {
		return func(rows *data.Batch, i int) int32 { return rows.Labels[i] }
	}
	return p.code
}

// texts are what the codes of a column stand for.
func texts(s data.Schema, c data.Column) []string {
	if c.Kind == data.Class {
		return s.Classes
	}
	return c.Categories
}

// checkCode returns an error unless a code is −1 or one of count.
func checkCode(code int32, count int) error {
	if code < -1 || int(code) >= count {
		return fmt.Errorf("category must be from -1 to %d, got %d", count-1, code)
	}
	return nil
}

// wrong names the place of a value that cannot be written.
func (p place) wrong(rows *data.Batch, i int, err error) error {
	return fmt.Errorf("row %d: column %q: %w", rows.First+i, p.name, err)
}
