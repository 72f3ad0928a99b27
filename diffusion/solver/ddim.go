package solver

import (
	"context"
	"fmt"
	"math"

	"euryale/choice"
	"euryale/diffusion"
	"euryale/kernel"
)

// DDIM is the method of Song, Meng and Ermon (2021), "Denoising diffusion implicit models", equations 12 and 16.
// From a time t to the next time s of the list,
//
//	x_s = √ᾱ_s x̂_0 + √(1−ᾱ_s−σ²) ε̂ + σ z,   σ = η √((1−ᾱ_s)/(1−ᾱ_t)) √(1−ᾱ_t/ᾱ_s)
//
// where ε̂ = (x − √ᾱ_t x̂_0)/√(1−ᾱ_t), so that a bound on x̂_0 changes ε̂ too, and a start without any signal
// (ᾱ_t = 0) works. The step to the data is x̂_0.
type DDIM struct {
	// Eta is η, from 0, which is deterministic, to 1, which is ancestral sampling with variance β̃.
	Eta float64 `yaml:"eta"`
}

// Name implements Solver.
func (DDIM) Name() string { return "ddim" }

// Check implements Solver.
func (s DDIM) Check(p diffusion.Process, times []float64) error {
	if !(s.Eta >= 0 && s.Eta <= 1) {
		return fmt.Errorf("eta must be from 0 to 1, got %v", s.Eta)
	}
	return check(p, times, preserving)
}

// Validate returns a *choice.FieldError for a wrong key.
func (s DDIM) Validate() error { return validateEta(s.Eta) }

// Inverse implements Inverter: it is DDIMInversion, and an error unless η = 0.
func (s DDIM) Inverse() (Solver, error) {
	if s.Eta != 0 {
		return nil, choice.Wrong("eta", "must be 0 to turn data into noise: noise that ddim adds cannot be undone")
	}
	return DDIMInversion{}, nil
}

// Solve implements Solver.
func (s DDIM) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [2][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	output, z := memory[0], memory[1]
	if s.Eta > 0 && (len(times) > 2 || !run.levels[1].isData()) {
		if err := run.needsNoise(); err != nil {
			return err
		}
	}
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		sigma := s.Eta * math.Sqrt(diffusion.PosteriorOf(run.Model.Process(), at.t, to.t).Variance)
		direction := math.Sqrt(max(to.sigma*to.sigma-sigma*sigma, 0)) / at.sigma // of x − √ᾱ_t x̂_0
		a, b := run.throughX0(output, x, at.t, direction, to.alpha-direction*at.alpha)
		if sigma == 0 {
			kernel.Combine2(x, float32(a), x, float32(b), output)
		} else {
			run.normal(z)
			kernel.Combine3(x, float32(a), x, float32(b), output, float32(sigma), z)
		}
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}

// throughX0 fills output with a prediction for x, and returns c and d of a x + b x̂_0 = c x + d output. Without a
// bound output is the network's output, unconverted, so the step is one combination.
func (r *Run) throughX0(output, x []float32, t, a, b float64) (c, d float64) {
	if r.Bound != (Bound{}) {
		r.x0(output, x, t)
		return a, b
	}
	r.Model.Output(output, x, t)
	fromX, fromOutput := r.Model.FromOutput(diffusion.X0, t)
	return a + b*fromX, b * fromOutput
}
