package model

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"euryale/data"
	"euryale/data/images"
	"euryale/data/table"
)

// NewSink opens a file for rows of a model, in the format of the path's extension: .csv, .tsv, .parquet or .npy. Those of a
// table are written as the file of its data was: see table.NewSink. Points go to .csv and .npy as data.NewSink writes them.
// Images go to .npy, as bytes, or to a folder of single PNGs, a path without an extension or with a slash at its end: see
// images.NewFolder, whose files are numbered for about as many rows as there will be.
func NewSink(path string, s data.Schema, rows int) (data.Sink, error) {
	if len(s.Image) > 0 {
		if err := CheckSink(path, s); err != nil {
			return nil, err
		}
		if IsFolder(path) {
			return images.NewFolder(path, s, rows)
		}
		return data.NewNPY(path, s)
	}
	if ofPoints(s) && slices.Contains([]string{".csv", ".npy"}, strings.ToLower(filepath.Ext(path))) {
		return data.NewSink(path, s)
	}
	return table.NewSink(path, s)
}

// NewStream is NewSink of a .csv file into a stream, such as standard output: rows go out as they come. Images go out as a .npy
// file of just as many rows.
func NewStream(w io.Writer, s data.Schema, rows int) (data.Sink, error) {
	if len(s.Image) > 0 {
		return data.NewNPYStream(w, s, rows)
	}
	if ofPoints(s) {
		return data.NewCSVStream(w, s)
	}
	return table.NewStream(w, s)
}

// CheckSink returns the error of NewSink, as far as it can be known without a file.
func CheckSink(path string, s data.Schema) error {
	switch {
	case len(s.Image) == 0:
	case IsFolder(path):
		return images.CheckFolder(path, s)
	case !strings.EqualFold(filepath.Ext(path), ".npy"):
		return fmt.Errorf("model: %s: images are written as .npy, or as single PNGs to a folder, such as %s/; picture.Save makes one picture of "+
			"them", path, strings.TrimSuffix(path, filepath.Ext(path)))
	default:
		return nil
	}
	if ofPoints(s) && slices.Contains([]string{".csv", ".npy"}, strings.ToLower(filepath.Ext(path))) {
		return nil
	}
	return table.CheckSink(path, s)
}

// IsFolder reports whether images at a path are single files in a folder: it ends with a slash, or has no extension.
func IsFolder(path string) bool {
	return path != "" && (os.IsPathSeparator(path[len(path)-1]) || filepath.Ext(path) == "")
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
