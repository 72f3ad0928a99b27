package model

import (
	"context"
	"errors"
	"fmt"
	"math"

	"euryale/data"
	"euryale/objective"
	"euryale/rng"
)

const (
	// trialRows is the samples of a trial, trialWave how many are drawn at once.
	trialRows, trialWave = 1 << 14, 1 << 12
	// leastShare is the share of samples that must satisfy Where for Reject to wait for them.
	leastShare = 1e-3
	// keptShare is the share of candidates that are kept as near enough to Where, and leastKept what it may fall to lest they
	// be farther away than farWidth: beyond it, candidates of other categories are as near.
	keptShare, leastKept, farWidth = 0.02, 0.005, 0.25
)

// Trial is how often samples that are drawn without regard to Where satisfy it.
type Trial struct {
	Rows, Hits int // samples drawn, and those of them that satisfy Where
	// Width is how near to the cells of Where candidates are that are kept, as a standard deviation of encoded numbers, which
	// have 0.5: see sampling.kept. 0: only those are kept that satisfy Where.
	Width float64
	// Labels are the classes of the candidates that are kept, dealt out for N samples; nil where the request has labels, or
	// needs none.
	Labels []int32
}

// RareError means that too few samples satisfy Where to wait for them.
type RareError struct {
	Tried, Hits int    // samples drawn, and those of them that satisfy Where
	Class       string // of the samples; "": of any
}

func (e *RareError) Error() string {
	of := ""
	if e.Class != "" {
		of = fmt.Sprintf(" of the class %q", e.Class)
	}
	return fmt.Sprintf("model: %d of %d samples%s satisfy Where: too few to wait for, which takes %g%%", e.Hits, e.Tried, of, 100*leastShare)
}

// Try draws samples without regard to Where and finds out how many satisfy it. With a request that cannot do with so few, the
// error is a *RareError.
func (m *Model) Try(ctx context.Context, r Request) (*Trial, error) {
	asked, err := m.plan(r)
	if err != nil {
		return nil, err
	}
	if len(asked.fixed) == 0 {
		return nil, errors.New("model: there are no cells of Where to try, besides that of the class")
	}
	of := asked.request
	of.N, of.Where, of.Reject, of.Known, of.From, of.Rows, of.Trial, of.Progress = trialRows, nil, false, nil, nil, nil, nil, nil
	of.Labels = r.Labels
	if asked.repaints() { // whose steps are for inpainting
		guided := of.Sampling.Guidance
		of.Sampling = m.Config.Sample
		of.Sampling.Guidance = guided
	}
	s, err := m.newSampling(ctx, of)
	if err != nil {
		return nil, err
	}
	defer s.team.Close()
	t := &Trial{Rows: trialRows}
	distances, labels := make([]float64, 0, trialRows), make([]int32, 0, trialRows)
	memory := make([]float32, trialWave*m.Dim())
	var rows data.Batch
	for first := 0; first < trialRows; first += trialWave {
		if _, err := s.draw(ctx, memory, wave{first: first, silent: true}, nil); err != nil {
			return nil, interrupted(ctx.Err(), err, 0, r.N)
		}
		if err := s.decodeRows(&rows, memory, first); err != nil {
			return nil, err
		}
		labels = append(labels, rows.Labels...)
		for i := range rows.Rows {
			d := asked.distance(&rows, i, memory[i*m.Dim():(i+1)*m.Dim()])
			distances = append(distances, d)
			if d == 0 {
				t.Hits++
			}
		}
	}
	if asked.exactly() && float64(t.Hits) < leastShare*trialRows {
		return nil, &RareError{Tried: trialRows, Hits: t.Hits}
	}
	if !asked.exactly() {
		t.Width = width(distances)
	}
	if asked.dealWhere {
		counts := make([]int64, len(m.Schema.Classes))
		for i, d := range distances {
			if asked.kept(d, t.Width, uint64(i)) {
				counts[labels[i]]++
			}
		}
		t.Labels = Apportion(counts, r.N)
	}
	return t, nil
}

// trial is that of the request.
func (s *sampling) trial(ctx context.Context) (*Trial, error) {
	if s.original.Trial != nil {
		return s.original.Trial, nil
	}
	return s.model.Try(ctx, s.original)
}

// exactly reports whether only candidates are kept that satisfy Where.
func (s *sampling) exactly() bool {
	_, own := s.model.objective.(objective.Stepper) // whose steps nothing can be inpainted by
	return s.request.Reject || own
}

// distance is the square of how far a decoded row i, encoded as x, is from the cells of Where; 0 if it has them, and infinite
// where that is not known of a cell that it does not have.
func (s *sampling) distance(rows *data.Batch, i int, x []float32) float64 {
	sum := 0.0
	for _, f := range s.fixed {
		switch {
		case f.is(rows, i):
			continue
		case len(f.coordinates) == 0:
			return math.Inf(1)
		}
		far := 0.0
		for k, at := range f.coordinates {
			d := float64(x[at]) - float64(f.values[k])
			far += d * d
		}
		sum += max(far, math.SmallestNonzeroFloat64)
	}
	return sum
}

// kept reports whether a candidate at the square of a distance is kept: with the probability exp(−distance²/2 width²), decided
// by the candidate's number.
func (s *sampling) kept(square, width float64, candidate uint64) bool {
	switch {
	case square == 0:
		return true
	case width == 0:
		return false
	}
	return rng.NewStream(s.request.Seed, rng.Start).Float64(keepStep, candidate) < math.Exp(-square/(2*width*width))
}

// keepStep is the step of the stream rng.Start that decides which candidates are kept.
const keepStep = 2

// width is that at which the wanted share of candidates at these distances is kept.
func width(squares []float64) float64 {
	w := widthFor(squares, keptShare)
	if w <= farWidth {
		return w
	}
	return max(farWidth, widthFor(squares, leastKept))
}

func widthFor(squares []float64, share float64) float64 {
	kept := func(width float64) float64 {
		sum := 0.0
		for _, d := range squares {
			if d == 0 {
				sum++
			} else if width > 0 {
				sum += math.Exp(-d / (2 * width * width))
			}
		}
		return sum / float64(len(squares))
	}
	if kept(0) >= share {
		return 0
	}
	const most = 16 // beyond it, known coordinates do not matter
	low, high := 0.0, float64(most)
	for range 40 {
		if middle := (low + high) / 2; kept(middle) < share {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}
