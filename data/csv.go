package data

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
)

// labelColumn is the header of the column of labels.
const labelColumn = "label"

// NewCSV opens a CSV file: one header line with the names of the columns (x0, x1, … where they have none), then one
// line per row, ended by '\n'. Every number is the shortest decimal that parses back to the same float32, or to the same
// float64 where no float32 is equal to it. Where the schema has classes, the last column, "label", is the name of the
// row's class; it is empty for the label −1.
func NewCSV(path string, s Schema) (Sink, error) {
	e, err := newCSVEncoding(path, s)
	if err != nil {
		return nil, err
	}
	w, err := newWriter(path, s, e)
	if err != nil {
		return nil, err
	}
	return w, nil
}

// newCSVEncoding names the columns of a schema; path is for errors.
func newCSVEncoding(path string, s Schema) (csvEncoding, error) {
	e := csvEncoding{columns: make([]string, s.Dim())}
	if err := allReal(s); err != nil {
		return e, fmt.Errorf("data: %s: %w", path, err)
	}
	for j := range e.columns {
		e.columns[j] = s.ColumnName(j)
	}
	if len(s.Classes) > 0 {
		if slices.Contains(e.columns, labelColumn) {
			return e, fmt.Errorf("data: %s: a column is called %q, as that of the labels must be", path, labelColumn)
		}
		e.columns = append(e.columns, labelColumn)
		for _, name := range s.Classes {
			e.classes = append(e.classes, quoted(name))
		}
	}
	return e, nil
}

// quoted is a cell as csv.Writer writes it.
func quoted(cell string) []byte {
	var line bytes.Buffer
	w := csv.NewWriter(&line)
	w.Write([]string{"", cell}) // to a buffer: no error. A line of one empty cell would be quoted.
	w.Flush()
	return bytes.TrimSuffix(line.Bytes()[1:], []byte{'\n'})
}

type csvEncoding struct {
	columns []string
	classes [][]byte // as cells
}

func (e csvEncoding) Begin(out *bufio.Writer) error {
	header := csv.NewWriter(out) // quotes a name that needs it
	if err := header.Write(e.columns); err != nil {
		return err
	}
	header.Flush()
	return header.Error()
}

func (e csvEncoding) Rows(out *bufio.Writer, rows *Batch) error {
	column, row := 0, 0
	for _, value := range rows.Real {
		// A number and its separator take at most 25 bytes; with that much room the append below stays in the
		// memory of out.
		if out.Available() < 32 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
		bits := 64
		if float64(float32(value)) == value {
			bits = 32
		}
		number := strconv.AppendFloat(out.AvailableBuffer(), value, 'g', -1, bits)
		column++
		if column == len(e.columns) {
			number, column = append(number, '\n'), 0
		} else {
			number = append(number, ',')
		}
		if _, err := out.Write(number); err != nil {
			return err
		}
		if len(e.classes) > 0 && column == len(e.columns)-1 {
			if err := e.label(out, rows.Labels[row]); err != nil {
				return fmt.Errorf("row %d: %w", rows.First+row, err)
			}
			column, row = 0, row+1
		}
	}
	return nil
}

// label ends a line with the name of a class.
func (e csvEncoding) label(out *bufio.Writer, label int32) error {
	if err := checkLabel(label, len(e.classes)); err != nil {
		return err
	}
	if label >= 0 {
		if _, err := out.Write(e.classes[label]); err != nil {
			return err
		}
	}
	return out.WriteByte('\n')
}

func checkLabel(label int32, classes int) error {
	if label < -1 || int(label) >= classes {
		return fmt.Errorf("label must be from -1 to %d, got %d", classes-1, label)
	}
	return nil
}

func (csvEncoding) End(*os.File, int64) error { return nil }
