package model

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"euryale/data"
)

const (
	// trialRows is the most samples of a trial, trialWave how many are drawn at once, and enoughHits how many that satisfy
	// Where end it.
	trialRows, trialWave = 1 << 14, 1 << 12
	enoughHits           = 1 << 10
	// nearestRows are the samples whose classes are dealt out where fewer satisfy Where.
	nearestRows = 1 << 8
)

// Trial is how often samples that are drawn without regard to Where satisfy it.
type Trial struct {
	Rows, Hits int // samples drawn, and those of them that satisfy Where
	// Labels are the classes of the hits, for Request.Labels: rows that have the cells of Where have other classes than rows
	// in general. Where hits are few, they are those of the samples that are nearest to them. nil where the request has
	// labels, or needs none.
	Labels []int32
}

// Err is a *RareError if too few samples satisfy Where for Request.Reject.
func (t *Trial) Err() error {
	if float64(t.Hits) < leastShare*float64(t.Rows) {
		return &RareError{t.Rows, t.Hits}
	}
	return nil
}

// Try draws samples without regard to Where, as many as it takes to know how many satisfy it. With Reject they are drawn as the
// request has them, and otherwise as the configuration of the run does.
func (m *Model) Try(ctx context.Context, r Request) (*Trial, error) {
	asked, err := m.plan(r)
	if err != nil {
		return nil, err
	}
	if len(asked.fixed) == 0 {
		return nil, errors.New("model: there are no cells of Where to try, besides that of the class")
	}
	of := asked.request
	of.N, of.Where, of.Reject, of.Known, of.From, of.Rows, of.Progress = trialRows, nil, false, nil, nil, nil, nil
	of.Labels = r.Labels
	if !r.Reject {
		guided := of.Sampling.Guidance
		of.Sampling = m.Config.Sample
		of.Sampling.Guidance = guided
	}
	s, err := m.newSampling(ctx, of)
	if err != nil {
		return nil, err
	}
	defer s.team.Close()
	t, nearest := &Trial{}, []neighbor(nil)
	memory := make([]float32, trialWave*m.Dim())
	var rows data.Batch
	for t.Rows < trialRows && t.Hits < enoughHits {
		if _, err := s.draw(ctx, memory, wave{first: t.Rows, silent: true}, nil); err != nil {
			return nil, interrupted(ctx.Err(), err, 0, r.N)
		}
		if err := s.decodeRows(&rows, memory, t.Rows); err != nil {
			return nil, fmt.Errorf("%w: in a trial of Where", err)
		}
		for i := range rows.Rows {
			near := neighbor{}
			if asked.satisfies(&rows, i) {
				t.Hits++
			} else if asked.dealWhere {
				near.distance = 1e-30 + asked.distance(memory[i*m.Dim():(i+1)*m.Dim()])
			}
			if asked.dealWhere {
				near.label = rows.Labels[i]
				nearest = append(nearest, near)
			}
		}
		t.Rows += rows.Rows
	}
	if asked.dealWhere {
		t.Labels = m.labelsOf(nearest, max(t.Hits, nearestRows), r.N)
	}
	return t, nil
}

// neighbor is a sample of a trial: its class, and how far it is from the known coordinates, 0 if it satisfies Where.
type neighbor struct {
	distance float64
	label    int32
}

// labelsOf deals out labels by the classes of the k nearest samples.
func (m *Model) labelsOf(samples []neighbor, k, n int) []int32 {
	slices.SortStableFunc(samples, func(a, b neighbor) int { return cmp.Compare(a.distance, b.distance) })
	counts := make([]int64, len(m.Schema.Classes))
	for _, s := range samples[:min(k, len(samples))] {
		counts[s.label]++
	}
	return Apportion(counts, n)
}

// distance is the square of how far an encoded row is from the known coordinates.
func (s *sampling) distance(x []float32) float64 {
	sum := 0.0
	for i, known := range s.known.Mask {
		if known {
			d := float64(x[i]) - float64(s.known.Values[i])
			sum += d * d
		}
	}
	return sum
}
