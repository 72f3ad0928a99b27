package model

import (
	"context"
	"fmt"

	"euryale/data"
)

// rowsOfClass is the first n rows of a class in a source of a table's rows.
func (m *Model) rowsOfClass(ctx context.Context, s data.Source, n, class int) (data.Source, error) {
	var all data.Batch
	if err := s.Read(ctx, &all, 0, s.Rows()); err != nil {
		return nil, err
	}
	found := &gathered{schema: m.Schema}
	for i := 0; i < all.Rows && found.rows.Rows < n; i++ {
		if class == data.AnyClass || len(all.Labels) > 0 && int(all.Labels[i]) == class {
			m.take(&found.rows, &all, i)
		}
	}
	if found.rows.Rows == 0 {
		return nil, fmt.Errorf("model: no held-out row has the label %d", class)
	}
	return found, nil
}

// gathered is rows in memory, as a source.
type gathered struct {
	schema data.Schema
	rows   data.Batch
}

// Schema implements data.Source.
func (g *gathered) Schema() data.Schema { return g.schema }

// Rows implements data.Source.
func (g *gathered) Rows() int { return g.rows.Rows }

// Read implements data.Source.
func (g *gathered) Read(ctx context.Context, dst *data.Batch, first, n int) error {
	if first < 0 || n < 0 || first > g.rows.Rows-n {
		return fmt.Errorf("model: want %d rows from %d on, there are %d", n, first, g.rows.Rows)
	}
	dst.Resize(g.schema, first, n)
	copy(dst.Real, g.rows.Real[first*g.schema.Dim():])
	copy(dst.Index, g.rows.Index[first*g.schema.Indices():])
	if len(g.rows.Labels) > 0 {
		copy(dst.Labels, g.rows.Labels[first:])
	}
	return ctx.Err()
}
