package cli

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"euryale/data"
	"euryale/data/npy"
)

// labelColumn is the name of the column of labels, as package data writes it.
const labelColumn = "label"

// readRows reads points of a schema from a .csv or .npy file, or from standard input as CSV, and their labels, if there are
// any. CSV has labels in its last column, called label, as names of classes or their numbers; points.npy has
// them in points_labels.npy. flag is what named the file, for errors.
func readRows(flag, path string, s data.Schema) (*data.Batch, error) {
	var rows []float64
	var labels []int32
	var err error
	switch extension := strings.ToLower(filepath.Ext(path)); {
	case extension == ".npy":
		rows, labels, err = readNPY(path, s)
	case extension == ".csv" || path == standardStream:
		rows, labels, err = readCSV(path, s)
	default:
		return nil, usagef("%s: expected a .csv or .npy file, or - for CSV on standard input, got %q", flag, path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return &data.Batch{Rows: len(rows) / s.Dim(), Real: rows, Labels: labels}, nil
}

func readNPY(path string, s data.Schema) ([]float64, []int32, error) {
	files := npy.Files{File: path}
	if second := labelsBeside(path); exists(second) && len(s.Classes) > 0 {
		files.Labels = second
	}
	source, err := files.Open(context.Background(), 0)
	if err != nil { // without the keys of a configuration, which are not there
		keys := strings.NewReplacer("npy: data.file: ", "", "npy: data.labels: ", "", "; set data.name=npy_images for images", "")
		return nil, nil, errors.New(keys.Replace(err.Error()))
	}
	if got := source.Schema().Dim(); got != s.Dim() {
		return nil, nil, fmt.Errorf("%s: rows of %d numbers, expected %d", path, got, s.Dim())
	}
	if got := len(source.Schema().Classes); got > len(s.Classes) {
		return nil, nil, fmt.Errorf("%s: a label is %d, expected labels from 0 to %d", files.Labels, got-1, len(s.Classes)-1)
	}
	var batch data.Batch
	if err := source.Read(context.Background(), &batch, 0, source.Rows()); err != nil {
		return nil, nil, err
	}
	for i, v := range batch.Real {
		if math.Abs(v) > math.MaxFloat32 {
			return nil, nil, fmt.Errorf("%s: row %d: %v is too large for float32", path, i/s.Dim(), v)
		}
		batch.Real[i] = float64(float32(v))
	}
	return batch.Real, batch.Labels, nil
}

func readCSV(path string, s data.Schema) ([]float64, []int32, error) {
	file, name := os.Stdin, "standard input"
	if path != standardStream {
		var err error
		if file, err = os.Open(path); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, reason(err))
		}
		defer file.Close()
		name = path
	}
	t := &table{schema: s, name: name}
	lines := csv.NewReader(file)
	lines.ReuseRecord, lines.FieldsPerRecord, lines.TrimLeadingSpace = true, -1, true
	for {
		cells, err := lines.Read()
		switch {
		case errors.Is(err, io.EOF) && len(t.rows) == 0:
			return nil, nil, fmt.Errorf("%s: there are no rows", name)
		case errors.Is(err, io.EOF):
			return t.rows, t.labels, nil
		case err != nil:
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		t.line, _ = lines.FieldPos(0)
		if err := t.add(cells); err != nil {
			return nil, nil, err
		}
	}
}

// table is a CSV file that is being read.
type table struct {
	schema  data.Schema
	name    string
	line    int
	started bool
	labeled bool // whether the last column is that of the labels
	rows    []float64
	labels  []int32
}

// add reads a line.
func (t *table) add(cells []string) error {
	dim := t.schema.Dim()
	if !t.started {
		t.started = true
		if _, err := strconv.ParseFloat(cells[0], 64); err != nil {
			return t.header(cells)
		}
	}
	want := dim
	if t.labeled {
		want++
	}
	if len(cells) != want {
		return t.errorf("expected %d cells, got %d", want, len(cells))
	}
	for j, cell := range cells[:dim] {
		v, err := strconv.ParseFloat(cell, 64)
		if err != nil || math.IsNaN(v) || math.Abs(v) > math.MaxFloat32 {
			return t.errorf("column %s: expected a number that float32 can hold, got %q", t.schema.ColumnName(j), cell)
		}
		t.rows = append(t.rows, float64(float32(v)))
	}
	if !t.labeled {
		return nil
	}
	label := slices.Index(t.schema.Classes, cells[dim])
	if n, err := strconv.Atoi(cells[dim]); label < 0 && err == nil && n >= 0 && n < len(t.schema.Classes) {
		label = n
	}
	if label < 0 {
		return t.errorf("expected a label, one of %d classes, got %q", len(t.schema.Classes), cells[dim])
	}
	t.labels = append(t.labels, int32(label))
	return nil
}

// header reads the names of the columns.
func (t *table) header(cells []string) error {
	dim := t.schema.Dim()
	t.labeled = len(cells) == dim+1 && cells[dim] == labelColumn
	if len(cells) != dim && !t.labeled {
		return t.errorf("expected %d columns, and perhaps one called %s, got %d", dim, labelColumn, len(cells))
	}
	if t.labeled && len(t.schema.Classes) == 0 {
		return t.errorf("the column %s has no meaning here: the data of this run has no labels; remove the column", labelColumn)
	}
	for j, cell := range cells[:dim] {
		for k := range dim {
			if k != j && cell == t.schema.ColumnName(k) {
				return t.errorf("column %d is called %q, expected %q", j, cell, t.schema.ColumnName(j))
			}
		}
	}
	return nil
}

func (t *table) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", t.name, t.line, fmt.Sprintf(format, args...))
}
