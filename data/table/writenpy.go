package table

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strconv"

	"euryale/data"
)

// npyFormat writes a matrix (rows, columns) in NumPy's format, version 1.0: '<i8' if all columns are whole numbers that are never
// missing, otherwise '<f8', in which missing numbers are NaN. It implements data.FileFormat.
type npyFormat struct {
	columns []func(rows *data.Batch, i int) float64
	whole   bool
}

// newNPYFormat refuses columns that no number stands for.
func newNPYFormat(s data.Schema) (*npyFormat, error) {
	n := &npyFormat{whole: true}
	for j, p := range places(s) {
		c := s.Columns[j]
		what := "" // that it holds instead of numbers
		switch {
		case c.Kind == data.Real && (c.Format == nil || c.Format.Layout == ""):
			n.columns = append(n.columns, p.number)
			n.whole = n.whole && c.Format != nil && c.Format.Decimals == 0 && c.Format.Zeros == 0 && c.Missing == nil
		case c.Kind == data.Real:
			what = "dates"
		case c.Kind == data.Generated:
			what = n.generated(c.Generate)
		default:
			what = n.category(c, p, texts(s, c))
		}
		if what != "" {
			return nil, fmt.Errorf("column %q holds %s, and a .npy file only numbers: write a .csv, .tsv or .parquet file", p.name, what)
		}
	}
	return n, nil
}

// category adds a column of categories that are whole numbers, or tells what it holds instead of numbers.
func (n *npyFormat) category(c data.Column, p place, texts []string) string {
	values := make([]float64, len(texts))
	for k, text := range texts {
		whole, err := strconv.ParseInt(text, 10, 64)
		if err != nil || strconv.FormatInt(whole, 10) != text || whole > 1<<53 || whole < -1<<53 {
			return "categories"
		}
		values[k] = float64(whole)
	}
	n.whole = n.whole && c.Missing == nil
	code := p.codes(c.Kind)
	n.columns = append(n.columns, func(rows *data.Batch, i int) float64 {
		if k := code(rows, i); k >= 0 && int(k) < len(values) {
			return values[k]
		}
		return math.NaN()
	})
	return ""
}

// generated adds a column that is not learned, or tells what it holds instead of numbers.
func (n *npyFormat) generated(g *data.Generator) string {
	switch g.Name {
	case "sequence":
		n.columns = append(n.columns, func(rows *data.Batch, i int) float64 { return float64(g.Start + int64(rows.First+i)) })
		return ""
	case "constant":
		v, err := strconv.ParseFloat(g.Pattern, 64)
		if err == nil {
			n.columns = append(n.columns, func(*data.Batch, int) float64 { return v })
			n.whole = n.whole && v == math.Trunc(v) && math.Abs(v) < 1<<53
			return ""
		}
	case "empty":
		n.columns = append(n.columns, func(*data.Batch, int) float64 { return math.NaN() })
		n.whole = false
		return ""
	}
	return "texts"
}

// header is the header for a number of rows; see data.NewNPY.
func (n *npyFormat) header(rows int64) []byte {
	kind := "<f8"
	if n.whole {
		kind = "<i8"
	}
	return data.NPYHeader(kind, fmt.Sprintf("(%d, %d)", rows, len(n.columns)))
}

// Begin implements data.FileFormat.
func (n *npyFormat) Begin(out *bufio.Writer) error {
	_, err := out.Write(n.header(0))
	return err
}

// Rows implements data.FileFormat.
func (n *npyFormat) Rows(out *bufio.Writer, rows *data.Batch) error {
	for i := range rows.Rows {
		for _, column := range n.columns {
			v := column(rows, i)
			word := math.Float64bits(v)
			if n.whole {
				if !(v >= math.MinInt64 && v < math.MaxInt64) {
					return fmt.Errorf("row %d: %v is no whole number of 64 bits", rows.First+i, v)
				}
				word = uint64(int64(math.RoundToEven(v)))
			}
			if out.Available() < 8 {
				if err := out.Flush(); err != nil {
					return err
				}
			}
			if _, err := out.Write(binary.LittleEndian.AppendUint64(out.AvailableBuffer(), word)); err != nil {
				return err
			}
		}
	}
	return nil
}

// End implements data.FileFormat.
func (n *npyFormat) End(file *os.File, rows int64) error {
	_, err := file.WriteAt(n.header(rows), 0)
	return err
}
