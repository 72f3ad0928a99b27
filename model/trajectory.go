package model

import (
	"context"
	"fmt"

	"euryale/diffusion"
)

// Frame is the state of all samples at one time of the reverse process.
type Frame struct {
	Title string    // the time, as a user reads it
	X     []float32 // [N, Dim], in the data's units
}

// Trajectory draws the samples and returns their states in the given number of frames, from noise to data, evenly spaced
// over the steps. Its memory is N·Dim·frames numbers.
func (m *Model) Trajectory(ctx context.Context, r Request, n int) ([]Frame, error) {
	s, err := m.newSampling(ctx, r)
	if err != nil {
		return nil, err
	}
	defer s.team.Close()
	steps := len(s.times) - 1
	n = min(max(2, n), steps+1)
	if r.N > maxNumbers/m.Dim()/n {
		return nil, fmt.Errorf("model: %d frames of %d samples of %d numbers are more than memory can hold", n, r.N, m.Dim())
	}
	frames := make([]Frame, n)
	frameAt := map[float64]int{}
	for i := range frames {
		t := s.times[(i*steps*2+n-1)/(2*(n-1))] // i·steps/(n−1), rounded
		frameAt[t] = i
		frames[i] = Frame{Title: s.title(t), X: make([]float32, r.N*m.Dim())}
	}
	x := make([]float32, r.N*m.Dim())
	err = s.draw(ctx, x, 0, func(t float64, row int, x []float32) {
		if f, ok := frameAt[t]; ok { // RePaint passes a time more than once; the last pass counts
			copy(frames[f].X[row*m.Dim():], x)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, f := range frames {
		if err := m.decode(f.X); err != nil {
			return nil, err
		}
	}
	return frames, nil
}

// title names a time: the noising steps left of a chain, t or σ in continuous time.
func (s *sampling) title(t float64) string {
	p := s.model.process
	if p.Steps() > 0 {
		return fmt.Sprintf("t = %.4g", t+1)
	}
	if _, _, last := p.Span(); diffusion.SigmaRatio(p, last) == p.PriorDeviation() {
		return fmt.Sprintf("σ = %.3g", diffusion.SigmaRatio(p, t)) // α = 1: x is data and this much noise
	}
	return fmt.Sprintf("t = %.3g", t)
}
