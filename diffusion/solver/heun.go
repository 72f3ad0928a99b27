package solver

import (
	"context"

	"euryale/choice"
	"euryale/diffusion"
	"euryale/kernel"
)

// Heun is Algorithm 2 of Karras et al. (2022), for the probability-flow ODE dx̂/dσ̂ = ε, where x̂ = x/α and
// σ̂ = σ/α:
//
//	for each time:  raise x̂ and σ̂ by the churn
//	                x̂_next = x̂ + (σ̂_next − σ̂) ε
//	                x̂ ← x̂ + (σ̂_next − σ̂) (ε + ε_next)/2, but at the data x̂ ← x̂_next
//
// It has order 2 and evaluates the network twice per step, but once in a step to the data: 2N − 1 times in N steps.
type Heun struct {
	// Churn adds noise before each step.
	Churn Churn `yaml:"churn"`
}

// Name implements Solver.
func (Heun) Name() string { return "heun" }

// Check implements Solver.
func (s Heun) Check(p diffusion.Process, times []float64) error {
	return check(p, times, signal, s.Churn.check)
}

// Validate returns a *choice.FieldError for a wrong key.
func (s Heun) Validate() error { return choice.Within("churn", s.Churn.Validate()) }

// Solve implements Solver.
func (s Heun) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [3][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	eps, next, epsNext := memory[0], memory[1], memory[2]
	if err := s.Churn.needs(run); err != nil {
		return err
	}
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		hat := s.Churn.raise(run, x, next, at)
		if to.isData() {
			run.denoise(x, eps, hat)
		} else {
			a, b := along(hat, to)
			run.epsilon(eps, x, hat)
			kernel.Combine2(next, float32(a), x, float32(b), eps)
			run.epsilon(epsNext, next, to)
			kernel.Combine3(x, float32(a), x, float32(b/2), eps, float32(b/2), epsNext)
		}
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}
