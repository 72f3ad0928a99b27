package solver

import (
	"context"

	"euryale/diffusion"
	"euryale/kernel"
)

// FlowEuler integrates the probability-flow ODE (Song et al. 2021, equation 13) in t by Euler's method,
//
//	x_s = x − (f x − ½ g² ∇log p_t) Δ,   Δ = t − s
//
// and its step to the data is x̂_0. It is the simplest solver of the ODE and the baseline of the others: DDIM and
// Euler take the same kind of step in a variable in which the path is straighter. On EDM's process, where t is σ, it
// is Euler.
type FlowEuler struct{}

// Name implements Solver.
func (FlowEuler) Name() string { return "flow_euler" }

// Check implements Solver. Where no signal is left f and g are infinite.
func (FlowEuler) Check(p diffusion.Process, times []float64) error { return check(p, times, signal) }

// Solve implements Solver.
func (s FlowEuler) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [1][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	epsilon := memory[0]
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
			flow := diffusion.ProbabilityFlowODE(run.Model.Process(), at.t)
			run.epsilon(epsilon, x, at) // ∇log p = −ε/σ
			kernel.Combine2(x, float32(1-flow.X*delta), x, float32(flow.Score*delta/at.sigma), epsilon)
		}
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}
