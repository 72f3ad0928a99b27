package solver

import (
	"context"

	"euryale/diffusion"
	"euryale/kernel"
)

// DPM2 is the midpoint method for the probability-flow ODE dx̂/dσ̂ = ε, with the midpoint at the middle of λ, the
// geometric mean of σ̂ (x̂ = x/α, σ̂ = σ/α): DPM-Solver-2 of Lu et al. (2022), "DPM-Solver: a fast ODE solver for
// diffusion probabilistic model sampling in around 10 steps", as written by Karras et al. (2022):
//
//	for each time:  x̂_mid = x̂ + (σ̂_mid − σ̂) ε,   σ̂_mid = √(σ̂ σ̂_next)
//	                x̂ ← x̂ + (σ̂_next − σ̂) ε_mid, but a step to the data is an Euler step
//
// It has order 2 and evaluates the network twice per step.
type DPM2 struct{}

// Name implements Solver.
func (DPM2) Name() string { return "dpm_2" }

// Check implements Solver.
func (DPM2) Check(p diffusion.Process, times []float64) error { return check(p, times, signal) }

// Solve implements Solver.
func (s DPM2) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [2][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	eps, mid := memory[0], memory[1]
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		if to.isData() {
			run.denoise(x, eps, at)
		} else {
			middle := run.between(at.lambda, to.lambda)
			run.epsilon(eps, x, at)
			a, b := along(at, middle)
			kernel.Combine2(mid, float32(a), x, float32(b), eps)
			run.epsilon(eps, mid, middle)
			a, b = along(at, to)
			kernel.Combine2(x, float32(a), x, float32(b), eps)
		}
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}

// between is the level halfway between two λ.
func (r *Run) between(lambda, next float64) level {
	p := r.Model.Process()
	return levelAt(p, p.Time((lambda+next)/2))
}
