package solver

import (
	"context"
	"math"

	"euryale/diffusion"
	"euryale/kernel"
)

// EulerMaruyama integrates the reverse-time SDE (Song et al. 2021, "Score-based generative modeling through stochastic
// differential equations", equation 6) by the Euler–Maruyama method,
//
//	x_s = x − (f x − g² ∇log p_t) Δ + g √Δ z,   Δ = t − s
//
// for which the paper takes equally spaced times, from the last to the network's first.
//
// The paper omits the noise of its last step, so that the result has no noise. Here every step to a time with noise adds
// noise, so x has the distribution of that time, and the step to the data removes the rest: it returns x̂_0 as predicted
// at the time before, the mean of x_0 given x.
type EulerMaruyama struct{}

// Name implements Solver.
func (EulerMaruyama) Name() string { return "euler_maruyama" }

// Check implements Solver. Where no signal is left f and g are infinite.
func (EulerMaruyama) Check(p diffusion.Process, times []float64) error {
	return check(p, times, signal)
}

// Solve implements Solver.
func (s EulerMaruyama) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [2][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	epsilon, z := memory[0], memory[1]
	if len(times) > 2 || !run.levels[1].isData() {
		if err := run.needsNoise(); err != nil {
			return err
		}
	}
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		if to.isData() {
			run.x0(epsilon, x, at.t)
			copy(x, epsilon)
		} else {
			delta := at.t - to.t
			reverse := diffusion.ReverseSDE(run.Model.Process(), at.t)
			run.epsilon(epsilon, x, at) // ∇log p = −ε/σ
			run.normal(z)
			a, b, c := 1-reverse.X*delta, reverse.Score*delta/at.sigma, reverse.Noise*math.Sqrt(delta)
			kernel.Combine3(x, float32(a), x, float32(b), epsilon, float32(c), z)
		}
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}
