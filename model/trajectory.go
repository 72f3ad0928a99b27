package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"euryale/diffusion"
	"euryale/parallel"
)

// Frame is the state of all samples at one time of the reverse process.
type Frame struct {
	Title string    // the time, as a user reads it
	Time  float64   // of the process
	X     []float32 // [N, Dim], in the data's units; of an inversion, as the net sees it; of images, x_t/√(α²+σ²) as pixels
	// Denoised is x̂_0 [N, Dim], the data that the net predicts behind X, guided as the samples are, in the data's units; at
	// the time of the data it is X. It is nil unless the request has Denoised.
	Denoised []float32
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
	if r.Denoised {
		if err := m.CheckDenoise(); err != nil {
			return nil, err
		}
	}
	if r.N > maxNumbers/m.Dim()/n {
		return nil, fmt.Errorf("model: %d frames of %d samples of %d numbers are more than memory can hold", n, r.N, m.Dim())
	}
	frames, times := make([]Frame, n), make([]float64, n)
	frameAt := map[float64]int{}
	for i := range frames {
		t := s.times[(i*steps*2+n-1)/(2*(n-1))] // i·steps/(n−1), rounded
		frameAt[t], times[i] = i, t
		frames[i] = Frame{Title: m.TimeTitle(t), Time: t, X: make([]float32, r.N*m.Dim())}
	}
	x := make([]float32, r.N*m.Dim())
	done, err := s.draw(ctx, x, wave{}, func(t float64, row int, x []float32) {
		if f, ok := frameAt[t]; ok { // RePaint passes a time more than once; the last pass counts
			copy(frames[f].X[row*m.Dim():], x)
		}
	})
	ended := interrupted(ctx.Err(), err, done, r.N)
	if interruption := (*InterruptedError)(nil); ended != nil && !errors.As(ended, &interruption) {
		return nil, ended
	}
	for i := range frames {
		f := &frames[i]
		f.X = f.X[:done*m.Dim()]
		if r.Denoised {
			if f.Denoised, err = s.denoised(ctx, f.X, times[i]); err != nil {
				return nil, err
			}
			if err := s.decode(f.Denoised); err != nil {
				return nil, err
			}
		}
		s.toUnitSize(f.X, times[i])
		if err := s.decode(f.X); err != nil {
			return nil, err
		}
	}
	restore(s, frames[n-1].X)
	return frames, ended
}

// denoised is what the net, guided as the samples are, predicts of the data behind the states of the first samples.
func (s *sampling) denoised(ctx context.Context, x []float32, t float64) ([]float32, error) {
	x0 := slices.Clone(x)
	if p := s.process; diffusion.SigmaRatio(p, t) == 0 || len(x) == 0 {
		return x0, nil
	}
	dim := s.model.Dim()
	pieces := s.pieces(len(x)/dim, wave{})
	var next parallel.Counter
	s.team.Run(func(worker int) {
		w := &s.workers[worker]
		for i := next.Next(); i < len(pieces) && ctx.Err() == nil; i = next.Next() {
			p := &pieces[i]
			s.setLabel(w, p.label)
			if p.listed == nil {
				w.run.Model.X0(x0[p.lo*dim:p.hi*dim], x[p.lo*dim:p.hi*dim], t)
				continue
			}
			rows, result := w.x[:p.rows()*dim], w.x0[:p.rows()*dim]
			for k, row := range p.listed {
				copy(rows[k*dim:(k+1)*dim], x[row*dim:])
			}
			w.run.Model.X0(result, rows, t)
			for k, row := range p.listed {
				copy(x0[row*dim:(row+1)*dim], result[k*dim:])
			}
		}
	})
	return x0, interrupted(ctx.Err(), ctx.Err(), 0, s.request.N)
}

// TimeTitle is a time of the process as a user reads it: of a chain the steps that remain, in continuous time t or σ.
func (m *Model) TimeTitle(t float64) string {
	p := m.process
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
