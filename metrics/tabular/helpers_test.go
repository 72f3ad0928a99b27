package tabular

import (
	"bytes"
	"encoding/csv"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"euryale/rng"
)

// testNumbers returns rows of dim numbers that another language computes to the same bits, [n, dim].
func testNumbers(n, dim, salt int) []float64 {
	x := make([]float64, 0, n*dim)
	for i := range n {
		for k := range dim {
			x = append(x, float64((i*7919+k*104729+salt*1299709+i*i*k*31)%1009)/1009)
		}
	}
	return x
}

func floats(x []float64) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = float32(v)
	}
	return out
}

// near fails the test unless got is within tolerance of want.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %v, want %v ± %v", what, got, want, tolerance)
	}
}

// mixedTable is a table of two related numbers, one with missing cells, a third, and two categories, one related to them.
func mixedTable(rows, salt int) *Table {
	u := make([]float32, rows*6)
	rng.NewStream(uint64(salt), rng.Fresh).Uniform(u, 0, 0, 6)
	a, b, c := make([]float64, rows), make([]float64, rows), make([]float64, rows)
	color, size := make([]int32, rows), make([]int32, rows)
	for i := range rows {
		var r [6]float64
		for k, v := range u[i*6 : i*6+6] {
			r[k] = float64(v)
		}
		a[i] = math.Round(1000*r[0]) / 100
		b[i] = math.Round(100*(r[0]+r[1]/4)) / 100
		c[i] = math.Floor(8 * r[2] * r[2])
		if r[3] < 0.1 {
			b[i] = math.NaN()
		}
		color[i] = int32(3*r[4]*r[4]) - int32(math.Floor(1.02*r[5])) // sometimes missing
		color[i] = max(-1, color[i])
		size[i] = int32(min(1, math.Floor(a[i]/6)))
	}
	return &Table{Rows: rows, Columns: []Column{
		{Name: "a", Numbers: a}, {Name: "color", Codes: color, Categories: []string{"red", "green", "blue"}},
		{Name: "b", Numbers: b}, {Name: "c", Numbers: c}, {Name: "size", Codes: size, Categories: []string{"small", "large"}},
		{Name: "note", Missing: rows / 10},
	}}
}

// parse reads a small CSV; columns of which every cell is a number or empty are numbers.
func parse(t *testing.T, path string) *Table {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	table := &Table{Rows: len(lines) - 1}
	for j, name := range lines[0] {
		column := Column{Name: name, Numbers: make([]float64, table.Rows)}
		for i, line := range lines[1:] {
			v, err := strconv.ParseFloat(line[j], 64)
			if line[j] == "" {
				v = math.NaN()
			} else if err != nil {
				column.Numbers = nil
				break
			}
			column.Numbers[i] = v
		}
		if column.Numbers == nil {
			for _, line := range lines[1:] {
				code := slices.Index(column.Categories, line[j])
				if line[j] != "" && code < 0 {
					code = len(column.Categories)
					column.Categories = append(column.Categories, line[j])
				}
				column.Codes = append(column.Codes, int32(code))
			}
		}
		table.Columns = append(table.Columns, column)
	}
	return table
}
