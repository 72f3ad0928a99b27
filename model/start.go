package model

import (
	"context"
	"math"

	"euryale/data"
	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/rng"
)

// readStart reads the rows that samples start from, if they do not start from drawn noise.
func (s *sampling) readStart(ctx context.Context) (err error) {
	m, r := s.model, s.request
	switch {
	case r.Between != nil:
		return s.readBetween(ctx)
	case r.From != nil:
		s.points = r.From
	case r.Invert && r.Rows != nil:
		s.points, err = m.encodeRows(r.Rows)
	case r.Invert:
		s.points, err = m.freshEncoded(ctx, r)
	case r.Sampling.Start == solver.StartMarginal && r.Rows != nil:
		x, err := m.encodeRows(r.Rows)
		s.noised = func(i int) []float32 { return x[i*m.Dim():] }
		return err
	case r.Sampling.Start == solver.StartMarginal:
		var set *data.Dataset
		if set, err = m.TrainingSet(ctx); err != nil {
			return err
		}
		pick := rng.NewStream(r.Seed, rng.Start)
		// Step 0 of the stream is the noise of the start; step 1 picks the row.
		s.noised = func(i int) []float32 { return set.Points[pick.IntN(1, uint64(i), set.Rows())*m.Dim():] }
	}
	return err
}

// start fills x with the samples first, first+1, … where the reverse process begins. Their random numbers are those of the rows
// from address on.
func (s *sampling) start(w *samplingWorker, x []float32, first int, address uint64) {
	dim, seed := s.model.Dim(), s.request.Seed
	switch {
	case s.points != nil:
		copy(x, s.points[first*dim:])
		return
	case s.between != nil:
		for r := range len(x) / dim {
			s.between(x[r*dim:(r+1)*dim], float64(first+r)/float64(s.request.N-1))
		}
		return
	case s.noised != nil:
		x0 := w.x0[:len(x)]
		for r := range len(x) / dim {
			copy(x0[r*dim:(r+1)*dim], s.noised(first+r))
		}
		diffusion.StartFromMarginal(s.process, x, x0, s.times[0], seed, address, dim)
		return
	}
	diffusion.StartFromPrior(s.process, x, seed, address, dim)
	if _, _, last := s.process.Span(); s.times[0] < last {
		// The prior is that of the last time; a later start has the size of x there.
		size := func(t float64) float64 { return math.Hypot(s.process.Marginal(t)) }
		scale := float32(size(s.times[0]) / size(last))
		for i := range x {
			x[i] *= scale
		}
	}
}
