package mixed

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"euryale/data"
)

// Decode implements data.Codec. A pooled value is drawn from its pool by the number of the row, dst.First and on. Numbers are
// rounded to the format of their column.
func (c *Codec) Decode(dst *data.Batch, x []float32) error {
	if c.plan == nil {
		return errNotFitted
	}
	dim := c.layout.Dim
	if len(x)%dim != 0 {
		return fmt.Errorf("mixed: want whole rows of %d numbers, got %d numbers", dim, len(x))
	}
	dst.Rows = len(x) / dim
	dst.Real = slices.Grow(dst.Real[:0], dst.Rows*len(c.reals))[:dst.Rows*len(c.reals)]
	dst.Index = slices.Grow(dst.Index[:0], dst.Rows*len(c.indices))[:dst.Rows*len(c.indices)]
	clips := make([]int64, len(c.columns))
	for i := range dst.Rows {
		row := x[i*dim : (i+1)*dim]
		for j, v := range row {
			if v-v != 0 {
				return fmt.Errorf("mixed: %w", &data.CellError{Row: dst.First + i, Column: c.coordinateName(j), Err: errNotFinite})
			}
		}
		c.decodeGroups(dst, row, i)
		for _, r := range c.order {
			c.decodeReal(dst.Real[i*len(c.reals):(i+1)*len(c.reals)], row, r, clips)
		}
	}
	for j, n := range clips {
		if n > 0 {
			c.clipped[j].Add(n)
		}
	}
	return nil
}

var errNotFinite = errors.New("a coordinate of it is not finite: the model diverged")

// coordinateName is the column of a coordinate.
func (c *Codec) coordinateName(at int) string {
	for _, n := range c.numbers {
		if n.coordinate == at {
			return c.columns[n.column].Name
		}
	}
	for _, g := range c.groups {
		if at >= g.first && at < g.first+g.width {
			return c.columns[g.columns[0]].Name
		}
	}
	return ""
}

// decodeGroups writes the cells of categories and combinations.
func (c *Codec) decodeGroups(dst *data.Batch, x []float32, i int) {
	for k := range c.groups {
		g := &c.groups[k]
		if g.kind == absence {
			continue
		}
		code := 0
		if g.slot >= 0 {
			code = g.best(x[g.first : g.first+g.width])
		}
		v := g.draw(code, func() float64 { return c.stream.Float64(pooledStep+uint64(k), uint64(dst.First+i)) })
		if g.kind == category {
			if g.nullable && v == g.categories {
				v = -1
			}
			dst.Index[i*len(c.indices)+g.places[0]] = int32(v)
			continue
		}
		for cell, v := range g.tuples.cells[v*len(g.places) : (v+1)*len(g.places)] {
			if g.real[cell] {
				dst.Real[i*len(c.reals)+g.places[cell]] = v
			} else {
				dst.Index[i*len(c.indices)+g.places[cell]] = int32(v)
			}
		}
	}
}

// decodeReal writes the cell of a real, which may depend on cells of the row that are there already.
func (c *Codec) decodeReal(row []float64, x []float32, r int, clips []int64) {
	rc := &c.reals[r]
	f := c.columns[rc.column].Format
	switch {
	case len(rc.terms) > 0:
		total := 0.0
		for _, t := range rc.terms {
			total += row[t]
		}
		row[r] = rounded(total, f)
		return
	case len(rc.numbers) == 0: // a combination
		return
	case rc.absence >= 0:
		if g := &c.groups[rc.absence]; g.best(x[g.first:g.first+g.width]) == 1 {
			row[r] = math.NaN()
			return
		}
	}
	v, exact, clipped := 0.0, true, false
	for _, k := range rc.numbers {
		part, e, cl := c.decodeNumber(&c.numbers[k], x)
		v, exact, clipped = v+part, exact && e, clipped || cl
	}
	switch {
	case rc.base >= 0:
		base := row[rc.base]
		moved := max(v, 0)
		v, clipped = finiteNumber(rounded(base+moved, f)), clipped || moved != v
		if v < base || v == base && rc.strict {
			v = upward(base, f, rc.strict)
		}
	case !exact:
		if v = rounded(v, f); c.columns[rc.column].Single {
			v = float64(float32(min(max(v, -math.MaxFloat32), math.MaxFloat32)))
		}
	}
	if v < rc.low || v > rc.high {
		v, clipped = min(max(v, rc.low), rc.high), true
	}
	if row[r] = v + 0; clipped {
		clips[rc.column]++
	}
}

// decodeNumber is one number of a row. A day and a clock are whole numbers of their units.
func (c *Codec) decodeNumber(n *number, x []float32) (v float64, exact, clipped bool) {
	if n.coordinate < 0 {
		v, exact = n.constant, true
	} else {
		v, exact, clipped = n.scale.value(x[n.coordinate])
	}
	switch n.part {
	case day:
		v = math.Round(v) * n.perDay
	case clock:
		rest := min(max(math.Round(v), 0), n.perDay-1)
		v, clipped = rest, clipped || math.Abs(v-rest) > 0.5
	case whole:
		if n.base >= 0 {
			v = c.distance(n, v)
		}
	}
	return v, exact, clipped
}
