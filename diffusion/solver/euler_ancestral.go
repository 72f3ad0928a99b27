package solver

import (
	"context"
	"fmt"
	"math"

	"euryale/diffusion"
	"euryale/kernel"
)

// EulerAncestral takes an Euler step of the probability-flow ODE to less noise than that of the next time, and adds the
// noise that is then missing (Crowson 2022, k-diffusion). With x̂ = x/α and σ̂ = σ/α,
//
//	for each time:  σ_up² = η² σ̂_next² (σ̂² − σ̂_next²)/σ̂²,   σ_down² = σ̂_next² − σ_up²
//	                x̂ ← x̂ + (σ_down − σ̂) ε + σ_up z
//
// For η = 1, σ_up is the deviation of the posterior q(x_next | x, x_0). η = 0 is Euler. A step to the data adds no noise.
type EulerAncestral struct {
	// Eta is η, from 0, which is deterministic, to 1.
	Eta float64 `yaml:"eta"`
}

// Name implements Solver.
func (EulerAncestral) Name() string { return "euler_ancestral" }

// Check implements Solver.
func (s EulerAncestral) Check(p diffusion.Process, times []float64) error {
	if err := check(p, times, signal); err != nil {
		return err
	}
	if !(s.Eta >= 0 && s.Eta <= 1) {
		return fmt.Errorf("eta must be from 0 to 1, got %v", s.Eta)
	}
	return nil
}

// Validate returns a *choice.FieldError for a wrong key.
func (s EulerAncestral) Validate() error { return validateEta(s.Eta) }

// Solve implements Solver.
func (s EulerAncestral) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [2][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	eps, z := memory[0], memory[1]
	if err := needsEta(run, s.Eta); err != nil {
		return err
	}
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		if to.isData() {
			run.denoise(x, eps, at)
		} else {
			down, up := splitNoise(at.ratio(), to.ratio(), s.Eta)
			run.epsilon(eps, x, at)
			a, b := to.alpha/at.alpha, to.alpha*(down-at.ratio())
			run.stepWithNoise(x, a, b, eps, to.alpha*up, z)
		}
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}

// needsEta returns an error if a step with that eta draws noise and the run has none.
func needsEta(run *Run, eta float64) error {
	if eta == 0 || len(run.levels) == 2 && run.levels[1].isData() {
		return nil
	}
	return run.needsNoise()
}

// stepWithNoise sets x to a x + b ε + c z with new noise z; if c = 0, none is drawn. z is a buffer.
func (r *Run) stepWithNoise(x []float32, a, b float64, eps []float32, c float64, z []float32) {
	if c == 0 {
		kernel.Combine2(x, float32(a), x, float32(b), eps)
		return
	}
	r.normal(z)
	kernel.Combine3(x, float32(a), x, float32(b), eps, float32(c), z)
}

// splitNoise splits the level to reach, `to`, into the noise after the deterministic step, down, and new noise, up:
// down² + up² = to².
func splitNoise(from, to, eta float64) (down, up float64) {
	ratio := to / from
	share := eta * math.Sqrt((1-ratio)*(1+ratio)) // of the noise at `to` that is new
	return to * math.Sqrt((1-share)*(1+share)), to * share
}
