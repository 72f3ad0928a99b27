package solver

import (
	"context"
	"math"

	"euryale/diffusion"
	"euryale/kernel"
)

// DPM2Ancestral is DPM2 with the step of EulerAncestral: down to σ_down, then noise σ_up (Crowson 2022, k-diffusion):
//
//	for each time:  x̂_mid = x̂ + (σ̂_mid − σ̂) ε,   σ̂_mid = √(σ̂ σ_down)
//	                x̂ ← x̂ + (σ_down − σ̂) ε_mid + σ_up z, but a step to the data is an Euler step
//
// For Eta = 1, σ̂_mid is σ̂_next; Eta = 0 is DPM2.
type DPM2Ancestral struct {
	// Eta is η, from 0, which is deterministic, to 1.
	Eta float64 `yaml:"eta"`
}

// Name implements Solver.
func (DPM2Ancestral) Name() string { return "dpm_2_ancestral" }

// Check implements Solver.
func (s DPM2Ancestral) Check(p diffusion.Process, times []float64) error {
	return EulerAncestral(s).Check(p, times)
}

// Validate returns a *choice.FieldError for a wrong key.
func (s DPM2Ancestral) Validate() error { return validateEta(s.Eta) }

// Solve implements Solver.
func (s DPM2Ancestral) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [2][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	eps, mid := memory[0], memory[1]
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
			middle := run.between(at.lambda, -math.Log(down))
			run.epsilon(eps, x, at)
			a, b := along(at, middle)
			kernel.Combine2(mid, float32(a), x, float32(b), eps)
			run.epsilon(eps, mid, middle)
			a, b = to.alpha/at.alpha, to.alpha*(down-at.ratio())
			run.stepWithNoise(x, a, b, eps, to.alpha*up, mid)
		}
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}
