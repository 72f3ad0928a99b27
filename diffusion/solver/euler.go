package solver

import (
	"context"

	"euryale/choice"
	"euryale/diffusion"
	"euryale/kernel"
)

// Euler is the explicit Euler method for the probability-flow ODE dx̂/dσ̂ = ε (Karras et al. 2022, Algorithm 2
// without its correction), where x̂ = x/α and σ̂ = σ/α:
//
//	for each time:  raise x̂ and σ̂ by the churn
//	                x̂ ← x̂ + (σ̂_next − σ̂) ε
//
// It has order 1; without churn it is DDIM with η = 0.
type Euler struct {
	// Churn adds noise before each step.
	Churn Churn `yaml:"churn"`
}

// Name implements Solver.
func (Euler) Name() string { return "euler" }

// Check implements Solver.
func (s Euler) Check(p diffusion.Process, times []float64) error {
	return check(p, times, signal, s.Churn.check)
}

// Validate returns a *choice.FieldError for a wrong key.
func (s Euler) Validate() error { return choice.Within("churn", s.Churn.Validate()) }

// Solve implements Solver.
func (s Euler) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [2][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	eps, z := memory[0], memory[1]
	if err := s.Churn.needs(run); err != nil {
		return err
	}
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		hat := s.Churn.raise(run, x, z, at)
		if to.isData() {
			run.denoise(x, eps, hat)
		} else {
			run.epsilon(eps, x, hat)
			a, b := along(hat, to)
			kernel.Combine2(x, float32(a), x, float32(b), eps)
		}
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}

// along returns a and b of x_to = a x + b ε, which is x̂_to = x̂ + (σ̂_to − σ̂) ε.
func along(from, to level) (a, b float64) {
	return to.alpha / from.alpha, to.alpha * (to.ratio() - from.ratio())
}

// denoise sets x to the predicted x_0: a step along ε to the data.
func (r *Run) denoise(x, buffer []float32, at level) {
	r.x0(buffer, x, at.t)
	copy(x, buffer)
}
