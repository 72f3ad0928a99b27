package data

import "slices"

// Batch is raw rows, in the units of the data: rows First, First+1, … of their source.
type Batch struct {
	First  int       // for errors, and for encoders that draw numbers by the row
	Rows   int       // how many
	Real   []float64 // [Rows, Schema.Dim()] the columns of kind Real, or pixels; a missing number is NaN
	Index  []int32   // [Rows, Schema.Indices()] the columns of kind Category; a missing one is −1
	Labels []int32   // [Rows] from 0 to len(Schema.Classes)−1; nil where rows have no label
}

// Resize makes room for rows of a schema, in the memory that the batch has if that is enough. The numbers are whatever
// was there before.
func (b *Batch) Resize(s Schema, first, rows int) {
	b.First, b.Rows = first, rows
	b.Real = resized(b.Real, rows*s.Dim())
	b.Index = resized(b.Index, rows*s.Indices())
	if len(s.Classes) == 0 {
		b.Labels = nil
	} else {
		b.Labels = resized(b.Labels, rows)
	}
}

func resized[T any](slice []T, n int) []T { return slices.Grow(slice[:0], n)[:n] }

// take appends row i of another batch of the schema.
func (b *Batch) take(s Schema, from *Batch, i int) {
	dim, indices := s.Dim(), s.Indices()
	b.Rows++
	b.Real = append(b.Real, from.Real[i*dim:(i+1)*dim]...)
	b.Index = append(b.Index, from.Index[i*indices:(i+1)*indices]...)
	if from.Labels != nil {
		b.Labels = append(b.Labels, from.Labels[i])
	}
}
