package model

import (
	"context"
	"fmt"

	"euryale/data"
	"euryale/data/mixed"
)

// leastShare is the share of samples that must satisfy Where for them to be chosen among others.
const leastShare = 1e-3

// RareError means that too few samples satisfy Where for Reject to wait for them.
type RareError struct {
	Tried, Hits int // samples drawn, and those of them that satisfy Where
}

func (e *RareError) Error() string {
	return fmt.Sprintf("model: of %d samples %s Where: too few to choose samples by it (Reject), which takes %g%%; without Reject "+
		"the cells are inpainted", e.Tried, satisfy(e.Hits), 100*leastShare)
}

func satisfy(hits int) string {
	switch hits {
	case 0:
		return "none satisfies"
	case 1:
		return "1 satisfies"
	}
	return fmt.Sprintf("%d satisfy", hits)
}

// choose is Sample for samples that are drawn without regard to Where: sample i is the one that satisfies it as number i.
func (s *sampling) choose(ctx context.Context, unique *mixed.Unique, to data.Sink) error {
	m, n := s.model, s.request.N
	memory := make([]float32, trialWave*m.Dim())
	var candidates, chosen data.Batch
	tried, hits, repeats := 0, 0, 0
	for first := 0; chosen.First < n; first += trialWave {
		if first > maxRows-trialWave {
			return &RareError{tried, hits}
		}
		done, failed := s.draw(ctx, memory, wave{first: first, silent: true}, nil)
		if err := s.decodeRows(&candidates, memory[:done*m.Dim()], first); err != nil {
			return err
		}
		for i := 0; i < done && chosen.First+chosen.Rows < n; i++ {
			tried++
			if !s.satisfies(&candidates, i) {
				continue
			}
			hits++
			if unique != nil {
				if constraint, ok := unique.Add(&candidates, i); !ok {
					if repeats++; repeats > redrawLimit {
						return &DuplicateError{Constraint: constraint, Sample: chosen.First + chosen.Rows}
					}
					continue
				}
				repeats = 0
			}
			m.take(&chosen, &candidates, i)
		}
		if err := s.writeChosen(&chosen, to); err != nil {
			return err
		}
		switch {
		case failed != nil:
			return interrupted(ctx.Err(), failed, chosen.First, n)
		case tried >= trialRows && float64(hits) < leastShare*float64(tried):
			return &RareError{tried, hits}
		}
	}
	return nil
}

// writeChosen writes the rows of a batch, and empties it.
func (s *sampling) writeChosen(rows *data.Batch, to data.Sink) error {
	if rows.Rows == 0 {
		return nil
	}
	if err := to.Write(rows); err != nil {
		return err
	}
	s.drawn.add(&s.request, rows.Rows)
	*rows = data.Batch{First: rows.First + rows.Rows, Real: rows.Real[:0], Index: rows.Index[:0], Labels: rows.Labels[:0]}
	return nil
}

// take appends row i of another batch.
func (m *Model) take(rows, from *data.Batch, i int) {
	dim, indices := m.Schema.Dim(), m.Schema.Indices()
	rows.Rows++
	rows.Real = append(rows.Real, from.Real[i*dim:(i+1)*dim]...)
	rows.Index = append(rows.Index, from.Index[i*indices:(i+1)*indices]...)
	if len(from.Labels) > 0 {
		rows.Labels = append(rows.Labels, from.Labels[i])
	}
}
