package solver

import (
	"context"
	"fmt"

	"euryale/diffusion"
	"euryale/kernel"
)

// DDIMInversion takes data to the noise from which DDIM with η = 0 reconstructs it, up to the discretization error:
// the same update with increasing times (Song, Meng and Ermon 2021, section 4.3). From s to the later t,
//
//	x_t = √ᾱ_t x̂_0 + √(1−ᾱ_t) ε̂,   x̂_0 and ε̂ predicted from x_s at s.
//
// At the data there is no noise to predict. There the network is evaluated at its first time, the nearest it was trained
// on, as if x belonged to that time, and x̂_0 is x.
type DDIMInversion struct{}

// Name implements Solver.
func (DDIMInversion) Name() string { return "ddim_inversion" }

// Check implements Solver. Only the first time may be below the network's first.
func (DDIMInversion) Check(p diffusion.Process, times []float64) error {
	if err := checkIncreasing(p, times); err != nil {
		return err
	}
	return preserving(p, times)
}

// checkIncreasing is check for the solvers that turn data into noise.
func checkIncreasing(p diffusion.Process, times []float64) error {
	data, first, last := p.Span()
	if len(times) < 2 {
		return fmt.Errorf("a solver needs at least two times, the first and the last, got %v", times)
	}
	for i, t := range times {
		switch {
		case !(t >= data && t <= last):
			return fmt.Errorf("times must lie from %v to %v, but entry %d is %v", data, last, i, t)
		case i > 0 && t <= times[i-1]:
			return fmt.Errorf("times must increase from data to noise, but entry %d is %v after %v", i, t, times[i-1])
		case i > 0 && t < first:
			return fmt.Errorf("only the first of increasing times may be below %v, the network's first, but entry %d is %v", first, i, t)
		}
	}
	return nil
}

// Solve implements Solver.
func (s DDIMInversion) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [1][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	output := memory[0]
	_, first, _ := run.Model.Process().Span()
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		a, b := to.alpha, to.sigma
		if at.isData() {
			run.Model.Epsilon(output, x, first)
		} else {
			direction := to.sigma / at.sigma
			a, b = run.throughX0(output, x, at.t, direction, to.alpha-direction*at.alpha)
		}
		kernel.Combine2(x, float32(a), x, float32(b), output)
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}
