package mixed

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"euryale/data"
)

var (
	errMissing = errors.New("is missing: set missing to drop, impute or model")
	errNothing = errors.New("mixed: there is nothing to learn: every column is constant")
)

// chunkNumbers is how many cells are read at once.
const chunkNumbers = 1 << 16

// eachChunk reads a source from end to end and hands over its rows, in order. The batch is good until the next.
func eachChunk(ctx context.Context, s data.Source, do func(*data.Batch) error) error {
	schema, rows := s.Schema(), s.Rows()
	if rows < 1 {
		return errors.New("there are no rows")
	}
	chunk := max(1, chunkNumbers/max(1, schema.Dim()+schema.Indices()))
	var batch data.Batch
	for first := 0; first < rows; first += chunk {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.Read(ctx, &batch, first, min(chunk, rows-first)); err != nil {
			return err
		}
		if err := do(&batch); err != nil {
			return err
		}
	}
	return nil
}

// scan is what one look at all rows shows.
type scan struct {
	*plan
	missing [][]uint64 // [reals][⌈rows/64⌉] which rows lack the number; nil where none does
	counts  [][]int64  // [groups][values]
	lacking []int64    // [indices] rows without a category
	rows    int
	inexact []bool // [reals] whether a number is no float32
	related []string
}

// newScan reads the rows, counts, and checks what every training row must satisfy.
func newScan(ctx context.Context, s data.Source, p *plan) (*scan, error) {
	sc := &scan{plan: p, rows: s.Rows(), missing: make([][]uint64, len(p.reals)), counts: make([][]int64, len(p.groups)),
		lacking: make([]int64, len(p.indices)), inexact: make([]bool, len(p.reals)), related: p.related()}
	for i := range p.groups {
		if g := &p.groups[i]; g.kind == category {
			sc.counts[i] = make([]int64, g.values())
		}
	}
	checks := newChecks(p)
	err := eachChunk(ctx, s, func(rows *data.Batch) error {
		if err := p.checkBatch(rows); err != nil {
			return err
		}
		if err := sc.countReals(rows); err != nil {
			return err
		}
		if err := sc.countCategories(rows); err != nil {
			return err
		}
		return checks.rows(rows)
	})
	return sc, err
}

// checkBatch is an error unless a batch has rows of the plan.
func (p *plan) checkBatch(rows *data.Batch) error {
	if len(rows.Real) != rows.Rows*len(p.reals) || len(rows.Index) != rows.Rows*len(p.indices) {
		return fmt.Errorf("want %d rows of %d numbers and %d categories, got %d and %d in all", rows.Rows, len(p.reals), len(p.indices),
			len(rows.Real), len(rows.Index))
	}
	return nil
}

// related is, per column, the constraint that relates its cells to those of others; "" for none.
func (p *plan) related() []string {
	related := make([]string, len(p.columns))
	for _, c := range p.constraints {
		if c.kind == ordered || c.kind == sum || c.kind == fixed {
			for _, j := range c.columns {
				related[j] = c.text
			}
		}
	}
	return related
}

// mayLack is an error if the cells of a column must not be missing.
func (s *scan) mayLack(c *column, related string) error {
	switch {
	case c.Missing == Refuse:
		return errMissing
	case c.Missing == Impute && related != "":
		return fmt.Errorf("is missing, and cannot be imputed because of the constraint %q: set missing to drop or model", related)
	}
	return nil
}

func (s *scan) countReals(rows *data.Batch) error {
	reals := len(s.reals)
	for i, v := range rows.Real {
		r := i % reals
		if finite(v) {
			if float64(float32(v)) != v {
				s.inexact[r] = true
			}
			continue
		}
		row, j := rows.First+i/reals, s.reals[r].column
		err := s.mayLack(&s.columns[j], s.related[j])
		if !math.IsNaN(v) {
			err = fmt.Errorf("must be a finite number, got %v", v)
		}
		if err != nil {
			return &data.CellError{Row: row, Column: s.columns[j].Name, Err: err}
		}
		if s.missing[r] == nil {
			s.missing[r] = make([]uint64, (s.rows+63)/64)
		}
		s.missing[r][row/64] |= 1 << (row % 64)
	}
	return nil
}

func (s *scan) countCategories(rows *data.Batch) error {
	indices := len(s.indices)
	for i, v := range rows.Index {
		c := &s.columns[s.indices[i%indices]]
		err := error(nil)
		switch {
		case v == -1:
			err = s.mayLack(c, s.related[s.indices[i%indices]])
			s.lacking[i%indices]++
		case v < 0 || int(v) >= c.Categories:
			err = fmt.Errorf("has category %d, want 0 to %d", v, c.Categories-1)
		}
		if err != nil {
			return &data.CellError{Row: rows.First + i/indices, Column: c.Name, Err: err}
		}
	}
	for k := range s.groups {
		switch g := &s.groups[k]; g.kind {
		case category:
			for i := g.places[0]; i < len(rows.Index); i += indices {
				v := int(rows.Index[i])
				if v < 0 && !g.nullable {
					continue // to be imputed
				}
				if v < 0 {
					v = g.categories
				}
				s.counts[k][v]++
			}
		case combination:
			for i := range rows.Rows {
				v := g.tuples.add(g, rows, i, len(s.reals), indices)
				if v == len(s.counts[k]) {
					s.counts[k] = append(s.counts[k], 0)
				}
				s.counts[k][v]++
			}
		}
	}
	return nil
}

// resolve settles categories and patterns of missing numbers.
func (s *scan) resolve() error {
	for k := range s.groups {
		g := &s.groups[k]
		g.counts = s.counts[k]
		if g.kind == category && s.lacking[g.places[0]] > 0 && !g.nullable {
			if err := s.imputeCategory(g); err != nil {
				return err
			}
		}
		if err := g.assign(); err != nil {
			return err
		}
	}
	var patterns []int // a real of each
	before := len(s.groups)
	for r := range s.reals {
		c := &s.columns[s.reals[r].column]
		lacks := s.missing[r] != nil || c.Nullable
		if all := popCount(s.missing[r]) == int64(s.rows); c.Missing != Model || !lacks || all || len(s.reals[r].numbers) == 0 {
			continue
		}
		at := slices.IndexFunc(patterns, func(other int) bool { return slices.Equal(s.missing[other], s.missing[r]) })
		if at < 0 {
			at = len(patterns)
			patterns = append(patterns, r)
		}
		c.Pattern = at + 1
	}
	s.addAbsences()
	for i, r := range patterns {
		n := popCount(s.missing[r])
		g := &s.groups[before+i]
		g.counts = []int64{int64(s.rows) - n, n}
		if err := g.assign(); err != nil {
			return err
		}
	}
	return nil
}

// imputeCategory counts missing cells as the most frequent category, of several the first.
func (s *scan) imputeCategory(g *group) error {
	best := 0
	for v, n := range g.counts {
		if n > g.counts[best] {
			best = v
		}
	}
	c := &s.columns[g.columns[0]]
	if g.counts[best] == 0 {
		return fmt.Errorf("column %s: all cells are missing, so there is nothing to impute", c.Name)
	}
	g.counts[best] += s.lacking[g.places[0]]
	v := float64(best)
	c.Imputed, g.imputed = &v, &v
	return nil
}
