package mixedtable

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Measure finds the figures of Truth in a table that has the columns and formats of Write. A cell that is written in another
// way is an error with its row and column.
func Measure(r io.Reader) ([]Figure, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("mixedtable: %w", err)
	}
	if len(rows) < 2 || strings.Join(rows[0], ",") != Header {
		return nil, fmt.Errorf("mixedtable: expected rows below the header %s", Header)
	}
	var by [3]count
	var weights, sizes, amounts mean
	product, zeros, late, determined := 0.0, 0.0, 0.0, 0.0
	for i, row := range rows[1:] {
		c, err := parse(row)
		if err != nil {
			return nil, fmt.Errorf("mixedtable: row %d: %w", i+1, err)
		}
		of := &by[c.kind]
		of.size.add(c.size)
		if !math.IsNaN(c.rating) {
			of.rating.add(c.rating)
		}
		of.returned += indicator(c.returned)
		of.late += indicator(c.late)
		late += indicator(c.late)
		determined += indicator(c.boxes == boxes[c.kind])
		zeros += indicator(c.amount == 0)
		if c.amount != 0 {
			amounts.add(c.amount)
		}
		sizes.add(c.size)
		weights.add(c.weight)
		product += c.size * c.weight
	}
	n := sizes.n
	var values []float64
	for _, of := range by {
		values = append(values, of.size.n/n, of.size.mean(), of.size.deviation(), 1-of.rating.n/of.size.n, of.rating.mean(),
			of.returned/of.size.n)
	}
	rho := (product/n - sizes.mean()*weights.mean()) / (sizes.deviation() * weights.deviation())
	values = append(values, rho, zeros/n, amounts.mean(), late/n, by[2].late/by[2].size.n, determined/n)
	all := Truth()
	for i := range all {
		all[i].Value = values[i]
	}
	return all, nil
}

type count struct {
	size, rating   mean
	returned, late float64
}

// mean sums numbers and their squares.
type mean struct{ n, sum, squares float64 }

func (m *mean) add(x float64) { m.n, m.sum, m.squares = m.n+1, m.sum+x, m.squares+x*x }

func (m *mean) mean() float64 { return m.sum / m.n }

func (m *mean) deviation() float64 { return math.Sqrt(m.squares/m.n - m.mean()*m.mean()) }

func indicator(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// cells are those of a row.
type cells struct {
	kind, boxes                  int
	size, weight, amount, rating float64 // no rating: NaN
	late, returned               bool
}

// parse reads a row and checks how its cells are written.
func parse(row []string) (cells, error) {
	c := cells{kind: slices.Index(kinds[:], row[1]), rating: math.NaN(), returned: row[8] == "yes"}
	if c.kind < 0 || !c.returned && row[8] != "no" {
		return c, fmt.Errorf("there is no kind %q or no answer %q", row[1], row[8])
	}
	if _, err := strconv.Atoi(row[0]); err != nil {
		return c, fmt.Errorf("id: %w", err)
	}
	for _, number := range []struct {
		name     string
		place    int
		decimals int
		to       *float64
	}{{"size", 2, 2, &c.size}, {"weight", 3, 1, &c.weight}, {"amount", 5, 2, &c.amount}, {"rating", 6, 0, &c.rating}} {
		text := row[number.place]
		if text == "" && number.name == "rating" {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || strconv.FormatFloat(v, 'f', number.decimals, 64) != text {
			return c, fmt.Errorf("%s: expected a number of %d decimals, got %q", number.name, number.decimals, text)
		}
		*number.to = v
	}
	var err error
	if c.boxes, err = strconv.Atoi(row[4]); err != nil {
		return c, fmt.Errorf("boxes: %w", err)
	}
	day, err := time.Parse(time.DateOnly, row[7])
	if err != nil {
		return c, fmt.Errorf("sold: %w", err)
	}
	c.late = day.YearDay() > 183
	return c, nil
}
