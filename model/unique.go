package model

import (
	"context"
	"fmt"
	"slices"

	"euryale/data"
	"euryale/data/mixed"
)

const (
	// uniqueRows are checked together. Which samples are drawn again depends on this number, and not on the workers.
	uniqueRows = 4096
	// redrawLimit is how often a sample is drawn again.
	redrawLimit = 100
)

// unique is the checker of a table's constraints unique(…); nil where there are none. Noise satisfies no constraints.
func (s *sampling) unique() *mixed.Unique {
	table := s.model.Table()
	if table == nil || s.request.Invert {
		return nil
	}
	return table.Unique()
}

// DuplicateError means that samples violate a constraint unique(…), however often they are drawn.
type DuplicateError struct {
	Constraint string
	Sample     int
	given      bool // samples start from given rows
}

func (e *DuplicateError) Error() string {
	if e.given {
		return fmt.Sprintf("model: sample %d repeats an earlier one, against the constraint %q; it starts from a given row, so that it "+
			"cannot be drawn again", e.Sample, e.Constraint)
	}
	return fmt.Sprintf("model: sample %d repeats an earlier one, against the constraint %q, and so did %d others in its place: "+
		"draw fewer samples, or train without the constraint", e.Sample, e.Constraint, redrawLimit)
}

// sampleUnique is Sample for rows of which some columns must differ. A sample that repeats one before is drawn again with other
// random numbers.
func (s *sampling) sampleUnique(ctx context.Context, unique *mixed.Unique, to data.Sink) error {
	dim, n := s.model.Dim(), s.request.N
	memory := make([]float32, min(n, uniqueRows)*dim)
	var rows data.Batch
	for first := 0; first < n; first += uniqueRows {
		x := memory[:min(uniqueRows, n-first)*dim]
		done, failed := s.draw(ctx, x, wave{first: first}, nil)
		if err := s.decodeRows(&rows, x[:done*dim], first); err != nil {
			return err
		}
		var repeated []int // rows
		for i := range done {
			if constraint, ok := unique.Add(&rows, i); !ok {
				if s.points != nil {
					return &DuplicateError{constraint, first + i, true}
				}
				repeated = append(repeated, i)
			}
		}
		if failed == nil {
			repeated, failed = s.redraw(ctx, &rows, repeated, unique)
		}
		if len(repeated) > 0 { // not drawn again, because of an error
			s.truncate(&rows, repeated[0])
		}
		if rows.Rows > 0 {
			if err := to.Write(&rows); err != nil {
				return err
			}
		}
		if failed != nil {
			return interrupted(ctx.Err(), failed, first+rows.Rows, n)
		}
	}
	return nil
}

// redraw draws some rows of a batch again until they repeat none. It returns those that are left when it fails.
func (s *sampling) redraw(ctx context.Context, rows *data.Batch, repeated []int, unique *mixed.Unique) ([]int, error) {
	dim := s.model.Dim()
	memory := make([]float32, min(len(repeated), sampleRows)*dim)
	for ; len(repeated) > 0; repeated = repeated[min(sampleRows, len(repeated)):] {
		left := slices.Clone(repeated[:min(sampleRows, len(repeated))])
		var constraint string
		for attempt := uint64(1); len(left) > 0; attempt++ {
			if attempt > redrawLimit {
				return repeated, &DuplicateError{Constraint: constraint, Sample: rows.First + left[0]}
			}
			again := wave{attempt: attempt, silent: true}
			for _, i := range left {
				again.numbers = append(again.numbers, rows.First+i)
			}
			x := memory[:len(left)*dim]
			if _, err := s.draw(ctx, x, again, nil); err != nil {
				return repeated, err
			}
			failed := left[:0]
			for k, i := range left {
				if err := s.replaceRow(rows, i, x[k*dim:(k+1)*dim], again.address(k)); err != nil {
					return repeated, err
				}
				text, ok := unique.Add(rows, i)
				if !ok {
					constraint, failed = text, append(failed, i)
				}
			}
			left = failed
		}
	}
	return nil, nil
}

// replaceRow decodes an encoded sample into row i, whose label stays. The encoder draws pooled values by the address.
func (s *sampling) replaceRow(rows *data.Batch, i int, x []float32, address uint64) error {
	one := data.Batch{First: int(address), Rows: 1}
	if err := s.model.Encoder.Decode(&one, x); err != nil {
		return fmt.Errorf("model: %w", err)
	}
	s.model.decoded.Add(1)
	s.putFixed(&one)
	copy(rows.Real[i*len(one.Real):], one.Real)
	copy(rows.Index[i*len(one.Index):], one.Index)
	return nil
}

// truncate leaves the first rows of a batch.
func (s *sampling) truncate(rows *data.Batch, n int) {
	rows.Rows = n
	rows.Real, rows.Index = rows.Real[:n*s.model.Schema.Dim()], rows.Index[:n*s.model.Schema.Indices()]
	if rows.Labels != nil {
		rows.Labels = rows.Labels[:n]
	}
}
