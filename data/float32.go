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

// Float32 is the codec that rounds numbers to float32 and does nothing else: numbers that are float32 already keep
// their bits.
type Float32 struct {
	shape []int
}

// Name implements Codec.
func (*Float32) Name() string { return "float32" }

// Fit learns the shape of a row.
func (c *Float32) Fit(ctx context.Context, s Source) error {
	shape, err := rowShape(s)
	c.shape = shape
	return errors.Join(err, ctx.Err())
}

// rowShape is the shape of a source's rows of numbers; a column that holds none is an error.
func rowShape(s Source) ([]int, error) {
	schema := s.Schema()
	if err := schema.Validate(); err != nil {
		return nil, err
	}
	if err := allReal(schema); err != nil {
		return nil, fmt.Errorf("data: encoding numbers: %w", err)
	}
	if len(schema.Image) > 0 {
		return slices.Clone(schema.Image), nil
	}
	return []int{schema.Dim()}, nil
}

// allReal is an error that names the first column which holds no numbers.
func allReal(s Schema) error {
	for j, c := range s.Columns {
		if c.Kind != Real {
			return fmt.Errorf("column %q is of kind %v, want only numbers", s.ColumnName(j), c.Kind)
		}
	}
	return nil
}

// Shape implements Codec.
func (c *Float32) Shape() []int { return slices.Clone(c.shape) }

// Encode implements Codec.
func (c *Float32) Encode(dst []float32, rows *Batch) error {
	dim := product(c.shape)
	if err := checkRows(dst, rows, dim); err != nil {
		return err
	}
	return round(dst, rows, dim)
}

// Decode implements Codec.
func (c *Float32) Decode(dst *Batch, x []float32) error {
	dim := product(c.shape)
	if err := checkWhole(x, dim); err != nil {
		return err
	}
	dst.Rows, dst.Index = len(x)/dim, nil
	dst.Real = widened(dst.Real, x)
	return nil
}

// LogVolume implements Codec: the numbers keep their scale.
func (c *Float32) LogVolume(Schema) (float64, error) { return 0, nil }

type float32State struct {
	Shape []int `json:"shape"`
}

// MarshalJSON implements Codec.
func (c *Float32) MarshalJSON() ([]byte, error) { return json.Marshal(float32State{c.shape}) }

// UnmarshalJSON implements Codec.
func (c *Float32) UnmarshalJSON(text []byte) error {
	var state float32State
	if err := checkpoint.StrictJSON(text, &state); err != nil {
		return err
	}
	if err := checkShape(state.Shape); err != nil {
		return err
	}
	c.shape = state.Shape
	return nil
}

// checkShape refuses what is no shape of a row.
func checkShape(shape []int) error {
	size := 1
	for _, n := range shape {
		if n < 1 || n > maxDim/size {
			return fmt.Errorf("there are no rows of shape %v", shape)
		}
		size *= n
	}
	if len(shape) != 1 && len(shape) != 3 {
		return fmt.Errorf("there are no rows of shape %v", shape)
	}
	return nil
}

// checkRows is an error unless the batch has rows of dim numbers and dst has room for as many.
func checkRows(dst []float32, rows *Batch, dim int) error {
	if len(rows.Real) != rows.Rows*dim || len(dst) != len(rows.Real) {
		return fmt.Errorf("data: want %d rows of %d numbers, got %d numbers and room for %d", rows.Rows, dim, len(rows.Real), len(dst))
	}
	return nil
}

// checkWhole is an error unless x is rows of dim numbers.
func checkWhole(x []float32, dim int) error {
	if dim < 1 || len(x)%dim != 0 {
		return fmt.Errorf("data: want whole rows of %d numbers, got %d numbers", dim, len(x))
	}
	return nil
}

// round rounds the numbers of a batch to float32. One that is not finite, or beyond float32, is an error.
func round(dst []float32, rows *Batch, dim int) error {
	for i, v := range rows.Real {
		x := float32(v)
		if !finite(float64(x)) {
			return &CellError{Row: rows.First + i/dim, Column: numbered(i % dim), Err: notFinite(v)}
		}
		dst[i] = x
	}
	return nil
}

// CellError names a number of the data that cannot be used. Rows are counted from 0.
type CellError struct {
	Row    int
	Column string
	Err    error
}

func (e *CellError) Error() string {
	return fmt.Sprintf("row %d, column %s: %v", e.Row, e.Column, e.Err)
}

func (e *CellError) Unwrap() error { return e.Err }

func notFinite(v float64) error {
	if finite(v) {
		return fmt.Errorf("must be a number that float32 can hold, got %v", v)
	}
	return fmt.Errorf("must be a finite number, got %v", v)
}

func finite(v float64) bool { return v-v == 0 }

// widened is x in float64, in the memory of dst where that is enough.
func widened(dst []float64, x []float32) []float64 {
	dst = resized(dst, len(x))
	for i, v := range x {
		dst[i] = float64(v)
	}
	return dst
}

// nearestFloat32 is v as float32 can hold it, in float64.
func nearestFloat32(v float64) float64 {
	return float64(float32(min(max(v, -math.MaxFloat32), math.MaxFloat32)))
}
