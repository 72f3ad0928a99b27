package model

import (
	"io"
	"path/filepath"
	"slices"
	"strings"

	"euryale/data"
	"euryale/data/table"
)

// NewSink opens a file for rows of a model, in the format of the path's extension: .csv, .tsv, .parquet or .npy. Those of a
// table are written as the file of its data was: see table.NewSink. Points go to .csv and .npy as data.NewSink writes them.
func NewSink(path string, s data.Schema) (data.Sink, error) {
	if ofPoints(s) && slices.Contains([]string{".csv", ".npy"}, strings.ToLower(filepath.Ext(path))) {
		return data.NewSink(path, s)
	}
	return table.NewSink(path, s)
}

// NewStream is NewSink of a .csv file into a stream, such as standard output: rows go out as they come.
func NewStream(w io.Writer, s data.Schema) (data.Sink, error) {
	if ofPoints(s) {
		return data.NewCSVStream(w, s)
	}
	return table.NewStream(w, s)
}

// CheckSink returns the error of NewSink, as far as it can be known without a file.
func CheckSink(path string, s data.Schema) error {
	if ofPoints(s) && slices.Contains([]string{".csv", ".npy"}, strings.ToLower(filepath.Ext(path))) {
		return nil
	}
	return table.CheckSink(path, s)
}

// ofPoints reports whether rows are numbers alone, and not those of a table's file.
func ofPoints(s data.Schema) bool {
	return s.File == nil && !slices.ContainsFunc(s.Columns, func(c data.Column) bool { return c.Kind != data.Real || c.Format != nil })
}

// Clipping is a column whose numbers did not stay in the range of the training rows.
type Clipping struct {
	Column string
	Share  float64 // of the samples whose number was moved to the end of the range
}

// Columns of which more than mostClipped of the numbers were moved into their range are worth a report, if these are not just a
// few.
const (
	mostClipped = 0.01
	fewClipped  = 20
)

// Clipped are the columns of a table of which more than one in a hundred numbers were moved into the range of the training
// rows, or into the bounds of a constraint, since the model was opened: no training row is moved. A net that was trained
// longer has fewer.
func (m *Model) Clipped() []Clipping {
	table, decoded := m.Table(), float64(m.decoded.Load())
	if table == nil {
		return nil
	}
	var list []Clipping
	for j, n := range table.Clipped() {
		if n >= fewClipped && float64(n) > mostClipped*decoded {
			list = append(list, Clipping{m.Schema.ColumnName(j), float64(n) / decoded})
		}
	}
	return list
}
