package mixed

import (
	"errors"
	"fmt"
	"math"

	"euryale/data"
)

var errNotFitted = errors.New("mixed: the encoder was not fitted")

// Encode implements data.Codec. A value that occurs several times is encoded at a place in its interval that depends on the
// number of the row, and a missing number as 0.
func (c *Codec) Encode(dst []float32, rows *data.Batch) error {
	if c.plan == nil {
		return errNotFitted
	}
	if err := c.checkBatch(rows); err != nil {
		return fmt.Errorf("mixed: %w", err)
	}
	dim := c.layout.Dim
	if len(dst) != rows.Rows*dim {
		return fmt.Errorf("mixed: %d rows of %d numbers do not fit in %d", rows.Rows, dim, len(dst))
	}
	clear(dst)
	uniform := make([]float32, c.layout.Numbers)
	for i := range rows.Rows {
		row := dst[i*dim : (i+1)*dim]
		c.stream.Uniform(uniform, spreadStep, uint64(rows.First+i), max(1, len(uniform)))
		if err := c.encodeRow(row, uniform, rows, i); err != nil {
			return fmt.Errorf("mixed: %w", err)
		}
	}
	return nil
}

func (c *Codec) encodeRow(dst, uniform []float32, rows *data.Batch, i int) error {
	reals := len(c.reals)
	for k := range c.numbers {
		n := &c.numbers[k]
		v, err := c.numberOf(n, rows, i)
		if err != nil {
			return &data.CellError{Row: rows.First + i, Column: c.columns[n.column].Name, Err: err}
		}
		if n.coordinate < 0 || math.IsNaN(v) {
			continue
		}
		knot, z := n.scale.place(v)
		if knot < 0 {
			dst[n.coordinate] = float32(z)
		} else {
			dst[n.coordinate] = n.scale.(*quantile).encoded(knot, float64(uniform[n.coordinate]))
		}
	}
	for k := range c.groups {
		g := &c.groups[k]
		v, err := g.value(rows, i, reals, len(c.indices))
		if err != nil {
			return &data.CellError{Row: rows.First + i, Column: c.columns[g.columns[0]].Name, Err: err}
		}
		if g.slot >= 0 {
			g.put(dst[g.first:g.first+g.width], g.code[v])
		}
	}
	return nil
}

// numberOf is a number of row i; NaN if it is missing and may be.
func (c *Codec) numberOf(n *number, rows *data.Batch, i int) (float64, error) {
	reals := len(c.reals)
	real := rows.Real[i*reals : (i+1)*reals]
	v := n.of(real, c.plan)
	switch raw := real[n.real]; {
	case math.IsInf(raw, 0):
		return 0, fmt.Errorf("must be a finite number, got %v", raw)
	case !math.IsNaN(v):
		if n.scale != nil && !finite(v) {
			return 0, fmt.Errorf("is too large, got %v", raw)
		}
		return v, nil
	case !math.IsNaN(raw) || c.reals[n.real].absence >= 0 || c.alwaysMissing(n):
		return v, nil
	}
	return 0, errMissing
}

// alwaysMissing reports whether every training row lacks the number.
func (c *Codec) alwaysMissing(n *number) bool { return n.scale == nil && math.IsNaN(n.constant) }
