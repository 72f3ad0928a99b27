package model

import (
	"context"
	"errors"
	"fmt"
	"math"

	"euryale/diffusion"
)

// Frame is the state of all samples at one time of the reverse process.
type Frame struct {
	Title string    // the time, as a user reads it
	X     []float32 // [N, Dim], in the data's units; of an inversion, as the net sees it; of images, x_t/√(α²+σ²) as pixels
}

// Trajectory draws the samples and returns their states in n frames, from noise to data, evenly spaced over the steps: at
// least 2, at most one more than there are steps. Its memory is N·Dim·n numbers.
//
// When ctx ends, the frames show the samples that are done, and the error is an *InterruptedError.
func (m *Model) Trajectory(ctx context.Context, r Request, n int) ([]Frame, error) {
	s, err := m.newUnchosen(ctx, r)
	if err != nil {
		return nil, err
	}
	defer s.team.Close()
	steps := len(s.times) - 1
	n = min(max(2, n), steps+1)
	if r.N > maxNumbers/m.Dim()/n {
		return nil, fmt.Errorf("model: %d frames of %d samples of %d numbers are more than memory can hold", n, r.N, m.Dim())
	}
	frames, times := make([]Frame, n), make([]float64, n)
	frameAt := map[float64]int{}
	for i := range frames {
		t := s.times[(i*steps*2+n-1)/(2*(n-1))] // i·steps/(n−1), rounded
		frameAt[t], times[i] = i, t
		frames[i] = Frame{Title: s.title(t), X: make([]float32, r.N*m.Dim())}
	}
	x := make([]float32, r.N*m.Dim())
	done, err := s.draw(ctx, x, wave{}, func(t float64, row int, x []float32) {
		if f, ok := frameAt[t]; ok { // RePaint passes a time more than once; the last pass counts
			copy(frames[f].X[row*m.Dim():], x)
		}
	})
	if err = interrupted(ctx.Err(), err, done, r.N); err != nil {
		var ended *InterruptedError
		if !errors.As(err, &ended) {
			return nil, err
		}
	}
	for i := range frames {
		f := &frames[i]
		f.X = f.X[:done*m.Dim()]
		s.toUnitSize(f.X, times[i])
		if err := s.decode(f.X); err != nil {
			return nil, err
		}
	}
	restore(s, frames[n-1].X)
	return frames, err
}

// title names a time: for a chain the steps that remain, in continuous time t or σ.
func (s *sampling) title(t float64) string {
	p := s.model.process
	if p.Steps() > 0 {
		return fmt.Sprintf("t = %.4g", t+1)
	}
	_, _, last := p.Span()
	prior := p.PriorDeviation()
	if noise := diffusion.SigmaRatio(p, last); math.Abs(noise-prior) < 1e-6*prior { // α = 1: x is data and this much noise
		return fmt.Sprintf("σ = %.3g", diffusion.SigmaRatio(p, t))
	}
	return fmt.Sprintf("t = %.3g", t)
}
