package mixed

import (
	"fmt"
	"math"

	"euryale/data"
)

// LogVolume implements data.Codec: the sum of ln dz/dv over the numbers. Only rows of numbers that are scaled linearly have
// one; LogVolumes also serves the scale log, where it depends on the row.
func (c *Codec) LogVolume(s data.Schema) (float64, error) {
	if err := c.density(); err != nil {
		return 0, err
	}
	sum := 0.0
	for k := range c.numbers {
		n := &c.numbers[k]
		if _, ok := n.scale.(*logarithm); ok {
			return 0, fmt.Errorf("mixed: column %s: the volume on the scale log depends on the row", c.columns[n.column].Name)
		}
		v, err := n.scale.logVolume(0)
		if err != nil {
			return 0, fmt.Errorf("mixed: column %s: %w", c.columns[n.column].Name, err)
		}
		sum += v
	}
	return sum, nil
}

// LogVolumes fills dst [rows.Rows] with the logarithm of the factor by which Encode changes volumes at each row: the
// log-density of the encoded row plus it is that of the row in the units of the data.
func (c *Codec) LogVolumes(dst []float64, rows *data.Batch) error {
	if err := c.density(); err != nil {
		return err
	}
	if err := c.checkBatch(rows); err != nil {
		return fmt.Errorf("mixed: %w", err)
	}
	if len(dst) != rows.Rows {
		return fmt.Errorf("mixed: %d rows, got room for %d volumes", rows.Rows, len(dst))
	}
	for i := range dst {
		dst[i] = 0
		for k := range c.numbers {
			n := &c.numbers[k]
			v, err := c.numberOf(n, rows, i)
			if err == nil {
				v, err = n.scale.logVolume(v)
			}
			if err != nil {
				return fmt.Errorf("mixed: %w", &data.CellError{Row: rows.First + i, Column: c.columns[n.column].Name, Err: err})
			}
			dst[i] += v
		}
	}
	return nil
}

// density is an error that explains why rows have none, if they have none because of what the columns are.
func (c *Codec) density() error {
	if c.plan == nil {
		return errNotFitted
	}
	wrong := func(column int, why string) error {
		return fmt.Errorf("mixed: column %s: %s, so that rows have no density", c.columns[column].Name, why)
	}
	if len(c.groups) > 0 {
		if g := &c.groups[0]; g.kind != absence {
			return wrong(g.columns[0], "categories are no numbers")
		}
		return wrong(c.groups[0].columns[0], "numbers may be missing")
	}
	for r := range c.reals {
		if len(c.reals[r].terms) > 0 {
			return wrong(c.reals[r].column, "is computed from others")
		}
	}
	for k := range c.numbers {
		n := &c.numbers[k]
		switch {
		case n.scale == nil && math.IsNaN(n.constant):
			return wrong(n.column, "is always missing")
		case n.scale == nil:
			return wrong(n.column, "is constant")
		case n.part != whole:
			return wrong(n.column, "dates are whole numbers of days and times")
		}
	}
	return nil
}
