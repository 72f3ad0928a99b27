package model

import (
	"context"
	"errors"
	"fmt"
	"math"

	"euryale/choice"
	"euryale/diffusion"
)

// checkBetween checks a request for samples that lead from one row to another, and shortens the times to those that it takes.
func (s *sampling) checkBetween() error {
	m, r := s.model, s.request
	if r.Between == nil {
		if r.BetweenFrom != nil {
			return errors.New("a time to interpolate at (BetweenFrom) needs rows to interpolate between (Between)")
		}
		return nil
	}
	switch b := r.Between; {
	case b.Rows != 2 || len(b.Real) != 2*m.Schema.Dim() || len(b.Index) != 2*m.Schema.Indices():
		return fmt.Errorf("samples lead from one row to another: want 2 rows of %d numbers, got %d rows and %d numbers", m.Schema.Dim(),
			b.Rows, len(b.Real))
	case r.N < 2:
		return fmt.Errorf("samples that lead from one row to another are at least 2, got %d", r.N)
	case m.Table() != nil:
		return errors.New("samples can lead from one row to another if rows are images or points, not those of a table")
	case r.Invert || r.From != nil || r.Rows != nil || s.noised != nil:
		return errors.New("samples that lead from one row to another start between these rows, not from others")
	case s.known.Mask != nil:
		return errors.New("samples that lead from one row to another have no known coordinates")
	case len(r.Labels) > 1:
		return errors.New("samples that lead from one row to another have one label, or none")
	}
	if r.BetweenFrom == nil {
		_, _, _, err := r.Sampling.PrepareInverse(m.process)
		return choice.Within("sample", err)
	}
	t := *r.BetweenFrom
	if _, _, last := s.process.Span(); t > last {
		return fmt.Errorf("the time to interpolate at must be at most the last of the process, %v, got %v", last, t)
	}
	first := 0
	for first < len(s.times) && s.times[first] > t {
		first++
	}
	if len(s.times)-first < 2 || math.IsNaN(t) {
		return fmt.Errorf("the time to interpolate at must leave a step: above %v, got %v; the times of the run go from %v to %v",
			s.times[len(s.times)-1], t, s.times[0], s.times[len(s.times)-1])
	}
	s.times = s.times[first:]
	return nil
}

// readBetween prepares the starts between two rows.
//
// Without a time, both rows are turned into their noise x_T by the solver backward, and sample i starts at the spherical
// interpolation of Shoemake (1985) between them, as in Song, Meng and Ermon (2021), appendix D.5:
//
//	x_T = sin((1−λ)θ)/sin θ x_T^a + sin(λθ)/sin θ x_T^b,   λ = i/(N−1),   cos θ = x_T^a·x_T^b / (|x_T^a| |x_T^b|)
//
// which keeps the length that noise has. The first and the last sample reproduce the rows, up to the error of the steps.
//
// With a time t, sample i starts at x_t ~ q(x_t | x_0) of the mixture x_0 = (1−λ) a + λ b, as Ho et al. (2020), section 5, with
// the same noise for all: x_t = α x_0 + σ z. The later t, the more is drawn anew, and the ends are only like the rows.
func (s *sampling) readBetween(ctx context.Context) error {
	m, r := s.model, s.request
	if r.BetweenFrom != nil {
		x, err := m.encodeRows(r.Between)
		if err != nil {
			return err
		}
		s.between = func(dst []float32, share float64) {
			mixed := make([]float32, len(dst))
			combine(mixed, x, 1-share, share)
			diffusion.StartFromMarginal(s.process, dst, mixed, s.times[0], r.Seed, 0, m.Dim())
		}
		return nil
	}
	inversion := Request{N: 2, Seed: r.Seed, Sampling: r.Sampling, Workers: r.Workers, Labels: r.Labels, Classifier: r.Classifier,
		Invert: true, Rows: r.Between}
	ends, _, err := m.Points(ctx, inversion)
	if err != nil {
		return err
	}
	s.between = func(dst []float32, share float64) {
		a, b := slerp(ends[:len(dst)], ends[len(dst):], share)
		combine(dst, ends, a, b)
	}
	return nil
}

// combine is a times the first half of two rows and b times the second.
func combine(dst, rows []float32, a, b float64) {
	for i := range dst {
		dst[i] = float32(a*float64(rows[i]) + b*float64(rows[len(dst)+i]))
	}
}

// slerp returns the weights of two vectors in their spherical interpolation. Those of vectors in one direction are linear.
func slerp(u, v []float32, share float64) (a, b float64) {
	var uv, uu, vv float64
	for i := range u {
		x, y := float64(u[i]), float64(v[i])
		uv, uu, vv = uv+x*y, uu+x*x, vv+y*y
	}
	theta := math.Acos(min(max(uv/math.Sqrt(uu*vv), -1), 1))
	if sine := math.Sin(theta); sine > 1e-6 {
		return math.Sin((1-share)*theta) / sine, math.Sin(share*theta) / sine
	}
	return 1 - share, share
}
