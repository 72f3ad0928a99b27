package data

import (
	"context"
	"slices"
	"testing"

	"euryale/choice"
	"euryale/rng"
)

// rowsOf is points in memory.
func rowsOf(t testing.TB, points [][]float64, labels []int32) Source {
	t.Helper()
	s, err := Rows(points, labels)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fit fits an encoder of one codec to a source.
func fit(t testing.TB, s Source, first Codec, more ...Codec) *Chain {
	t.Helper()
	c := NewChain(first, more...)
	if err := c.Fit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return c
}

// table is a source of any schema, whose numbers may be anything.
type table struct {
	schema Schema
	rows   Batch
}

func (s *table) Schema() Schema { return s.schema }

func (s *table) Rows() int { return s.rows.Rows }

func (s *table) Read(ctx context.Context, dst *Batch, first, n int) error {
	if err := checkRange(s, first, n); err != nil {
		return err
	}
	dst.Resize(s.schema, first, n)
	copy(dst.Real, s.rows.Real[first*s.schema.Dim():])
	copy(dst.Index, s.rows.Index[first*s.schema.Indices():])
	if len(s.rows.Labels) > 0 {
		copy(dst.Labels, s.rows.Labels[first:])
	}
	return ctx.Err()
}

// count is a distribution of one number and two classes: row i of the set is i, of the fresh ones 1000 + i, and its class
// is i mod 2.
type count struct{ rows int }

func (c count) Schema() Schema { return Numbers(1, 2) }

func (c count) Rows() int { return c.rows }

func (c count) fill(dst *Batch, first, n, from int) {
	dst.Resize(c.Schema(), first, n)
	for i := range n {
		dst.Real[i], dst.Labels[i] = float64(from+first+i), int32((first+i)%2)
	}
}

func (c count) Read(_ context.Context, dst *Batch, first, n int) error {
	c.fill(dst, first, n, 0)
	return nil
}

func (c count) Fresh(dst *Batch, _ rng.Stream, first, n, class int) error {
	if class > 1 {
		return choice.Wrong("class", "must be 0 or 1")
	}
	c.fill(dst, first, n, 1000)
	return nil
}

func (c count) NearestClass(row []float64) int { return int(row[0]) % 2 }

// numbersOf reads the numbers of a whole source.
func numbersOf(t testing.TB, s Source) []float64 {
	t.Helper()
	var b Batch
	if err := s.Read(t.Context(), &b, 0, s.Rows()); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(b.Real)
}
