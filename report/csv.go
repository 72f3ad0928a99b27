package report

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
)

// NewCSV opens a CSV file: one header line with the names of the columns (x0, x1, ... if none are given),
// then one line per row, ended by '\n'. Every number is the shortest decimal that parses back to the same
// float32.
func NewCSV(path string, dim int, columns ...string) (Writer, error) {
	if len(columns) == 0 {
		for j := range dim {
			columns = append(columns, "x"+strconv.Itoa(j))
		}
	}
	if len(columns) != dim && dim > 0 {
		return nil, fmt.Errorf("report: %s: want one column name for each of %d dimensions, got %d names", path, dim, len(columns))
	}
	return newPointWriter(path, dim, csvEncoding{columns})
}

type csvEncoding struct{ columns []string }

func (e csvEncoding) begin(out *bufio.Writer) error {
	header := csv.NewWriter(out) // quotes a name that needs it
	if err := header.Write(e.columns); err != nil {
		return err
	}
	header.Flush()
	return header.Error()
}

func (e csvEncoding) rows(out *bufio.Writer, rows []float32) error {
	column, last := 0, len(e.columns)-1
	for _, value := range rows {
		// A number and its separator take at most 16 bytes; with that much room the append below stays in
		// out's own memory.
		if out.Available() < 16 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
		number := strconv.AppendFloat(out.AvailableBuffer(), float64(value), 'g', -1, 32)
		if column == last {
			number, column = append(number, '\n'), 0
		} else {
			number, column = append(number, ','), column+1
		}
		if _, err := out.Write(number); err != nil {
			return err
		}
	}
	return nil
}

func (csvEncoding) end(*os.File, int64) error { return nil }
