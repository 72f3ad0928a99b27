package data

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"euryale/checkpoint"
)

// Standardize is the codec that gives every column mean 0 and deviation 1 over the rows it was fitted to:
//
//	x = (row − mean) / deviation, deviation² = 1/n Σ (row − mean)²
//
// in float64, rounded to float32 once. A column that is constant has deviation 0: it is encoded as 0, whatever a row
// holds there, and decoded as its one value. Decoded numbers fit in float32.
type Standardize struct {
	shape           []int
	mean, deviation []float64 // [dim]
}

// Name implements Codec.
func (*Standardize) Name() string { return "standardize" }

// Fit computes mean and deviation of every column, in the order of the rows: chunks do not matter.
func (c *Standardize) Fit(ctx context.Context, s Source) error {
	shape, err := rowShape(s)
	if err != nil {
		return err
	}
	n, dim := float64(s.Rows()), product(shape)
	mean, deviation := make([]float64, dim), make([]float64, dim)
	var shift []float64 // the first row: sums of what is left are small, and 0 for a constant column
	if err := eachChunk(ctx, s, func(rows *Batch) error {
		if err := allFinite(s.Schema(), rows); err != nil {
			return err
		}
		if shift == nil {
			shift = slices.Clone(rows.Real[:dim])
		}
		for i, v := range rows.Real {
			mean[i%dim] += v - shift[i%dim]
		}
		return nil
	}); err != nil {
		return err
	}
	for j := range mean {
		mean[j] = shift[j] + mean[j]/n
	}
	if err := eachChunk(ctx, s, func(rows *Batch) error {
		for i, v := range rows.Real {
			d := v - mean[i%dim]
			deviation[i%dim] += float64(d * d)
		}
		return nil
	}); err != nil {
		return err
	}
	for j, sum := range deviation {
		deviation[j] = math.Sqrt(sum / n)
		if !finite(mean[j]) || !finite(deviation[j]) {
			return fmt.Errorf("data: standardize: the numbers of column %s are too large", s.Schema().ColumnName(j))
		}
	}
	*c = Standardize{shape, mean, deviation}
	return nil
}

// allFinite is an error that names the first number which is not finite.
func allFinite(s Schema, rows *Batch) error {
	dim := s.Dim()
	for i, v := range rows.Real {
		if !finite(v) {
			return &CellError{Row: rows.First + i/dim, Column: s.ColumnName(i % dim), Err: notFinite(v)}
		}
	}
	return nil
}

// Constant lists the columns, counted from 0, that hold one value only.
func (c *Standardize) Constant() []int {
	var columns []int
	for j, d := range c.deviation {
		if d == 0 {
			columns = append(columns, j)
		}
	}
	return columns
}

// Mean and Deviation are those of the rows it was fitted to, by column. They are not copies.
func (c *Standardize) Mean() []float64 { return c.mean }

// Deviation is 0 for a constant column.
func (c *Standardize) Deviation() []float64 { return c.deviation }

// Shape implements Codec.
func (c *Standardize) Shape() []int { return slices.Clone(c.shape) }

// Encode implements Codec.
func (c *Standardize) Encode(dst []float32, rows *Batch) error {
	dim := len(c.mean)
	if err := checkRows(dst, rows, dim); err != nil {
		return err
	}
	for i, v := range rows.Real {
		j, x := i%dim, float32(0)
		if d := c.deviation[j]; d != 0 || !finite(v) {
			x = float32((v - c.mean[j]) / d)
		}
		if !finite(float64(x)) {
			return &CellError{Row: rows.First + i/dim, Column: numbered(j), Err: notFinite(v)}
		}
		dst[i] = x
	}
	return nil
}

// Decode implements Codec.
func (c *Standardize) Decode(dst *Batch, x []float32) error {
	dim := len(c.mean)
	if err := checkWhole(x, dim); err != nil {
		return err
	}
	dst.Rows, dst.Index = len(x)/dim, nil
	dst.Real = resized(dst.Real, len(x))
	for i, v := range x {
		j := i % dim
		if d := c.deviation[j]; d == 0 {
			dst.Real[i] = nearestFloat32(c.mean[j])
		} else {
			// The conversion keeps a compiler from fusing product and sum, which would round differently.
			dst.Real[i] = float64(float32(c.mean[j] + float64(d*float64(v))))
		}
	}
	return nil
}

// LogVolume implements Codec: −Σ ln deviation. Rows of a constant column have no density.
func (c *Standardize) LogVolume(s Schema) (float64, error) {
	sum := 0.0
	for j, d := range c.deviation {
		if d == 0 {
			return 0, fmt.Errorf("data: column %s is constant, so rows have no density", s.ColumnName(j))
		}
		sum -= math.Log(d)
	}
	return sum, nil
}

type standardizeState struct {
	Shape     []int     `json:"shape"`
	Mean      []float64 `json:"mean"`
	Deviation []float64 `json:"deviation"`
}

// MarshalJSON implements Codec. The numbers keep all their bits.
func (c *Standardize) MarshalJSON() ([]byte, error) {
	return json.Marshal(standardizeState{c.shape, c.mean, c.deviation})
}

// UnmarshalJSON implements Codec.
func (c *Standardize) UnmarshalJSON(text []byte) error {
	var state standardizeState
	if err := checkpoint.StrictJSON(text, &state); err != nil {
		return err
	}
	if err := checkShape(state.Shape); err != nil {
		return err
	}
	if dim := product(state.Shape); len(state.Mean) != dim || len(state.Deviation) != dim {
		return fmt.Errorf("rows of shape %v have %d numbers, got %d means and %d deviations",
			state.Shape, dim, len(state.Mean), len(state.Deviation))
	}
	for _, d := range state.Deviation {
		if d < 0 { // JSON holds no NaN
			return errors.New("a deviation is below 0")
		}
	}
	*c = Standardize{state.Shape, state.Mean, state.Deviation}
	return nil
}
