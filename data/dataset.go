package data

import (
	"context"
	"errors"
	"fmt"
)

// Dataset is encoded rows: what training reads. Either Points holds them, or Cells draws them.
type Dataset struct {
	Points  []float32 // [Rows, Dim], row-major
	Cells   Cells     // nil where there are Points
	Dim     int
	Labels  []int32 // [Rows], each from 0 to Classes−1; nil when the rows have none
	Classes int     // 0 when they have none
}

// Rows is the number of rows.
func (d *Dataset) Rows() int {
	if d.Cells != nil {
		return d.Cells.Rows()
	}
	return len(d.Points) / d.Dim
}

// maxNumbers is the most that a Dataset holds, 4 TiB: beyond it Go itself could not ask for memory.
const maxNumbers = 1 << 40

// Load reads a source from end to end into what training draws from: cells where the encoder has them, and otherwise encoded
// rows.
func Load(ctx context.Context, s Source, e Encoder) (*Dataset, error) {
	codec, ok := onlyCodec(e).(Compacting)
	if !ok {
		return Encode(ctx, s, e)
	}
	cells, err := codec.Compact(ctx, s)
	if err != nil {
		return nil, err
	}
	d := &Dataset{Cells: cells, Dim: product(e.Shape()), Classes: len(s.Schema().Classes)}
	if d.Classes == 0 {
		return d, nil
	}
	d.Labels = make([]int32, s.Rows())
	if err := eachChunk(ctx, s, d.takeLabels); err != nil {
		return nil, err
	}
	return d, nil
}

// Encode reads a source from end to end and encodes its rows, a chunk at a time.
func Encode(ctx context.Context, s Source, e Encoder) (*Dataset, error) {
	schema, dim := s.Schema(), product(e.Shape())
	if dim < 1 {
		return nil, errors.New("data: the encoder was not fitted")
	}
	if s.Rows() > maxNumbers/dim {
		return nil, fmt.Errorf("data: %d rows of %d numbers are more than memory can hold", s.Rows(), dim)
	}
	d := &Dataset{Points: make([]float32, s.Rows()*dim), Dim: dim, Classes: len(schema.Classes)}
	if d.Classes > 0 {
		d.Labels = make([]int32, s.Rows())
	}
	err := eachChunk(ctx, s, func(rows *Batch) error {
		if err := e.Encode(d.Points[rows.First*dim:(rows.First+rows.Rows)*dim], rows); err != nil {
			return err
		}
		return d.takeLabels(rows)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// takeLabels takes the labels of some rows.
func (d *Dataset) takeLabels(rows *Batch) error {
	for i, label := range rows.Labels {
		if label < 0 || int(label) >= d.Classes {
			return fmt.Errorf("row %d: label must be from 0 to %d, got %d", rows.First+i, d.Classes-1, label)
		}
	}
	if d.Labels != nil && copy(d.Labels[rows.First:], rows.Labels) != rows.Rows {
		return fmt.Errorf("rows from %d on: %d labels for %d rows", rows.First, len(rows.Labels), rows.Rows)
	}
	return nil
}

// ClassCounts are the rows per class; nil where there are none.
func (d *Dataset) ClassCounts() []int64 {
	if d.Classes == 0 {
		return nil
	}
	counts := make([]int64, d.Classes)
	for _, label := range d.Labels {
		counts[label]++
	}
	return counts
}

// chunkNumbers is how many numbers are read at once: half a megabyte of them.
const chunkNumbers = 1 << 16

// eachChunk reads a source from end to end and hands over its rows, in order. The batch is good until the next.
func eachChunk(ctx context.Context, s Source, do func(*Batch) error) error {
	schema, rows := s.Schema(), s.Rows()
	if rows < 1 {
		return errors.New("data: there are no rows")
	}
	chunk := max(1, chunkNumbers/max(1, schema.Dim()+schema.Indices()))
	var batch Batch
	for first := 0; first < rows; first += chunk {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.Read(ctx, &batch, first, min(chunk, rows-first)); err != nil {
			return err
		}
		if err := do(&batch); err != nil {
			return fmt.Errorf("data: %w", err)
		}
	}
	return nil
}
