package solver

import (
	"context"
	"math"

	"euryale/diffusion"
	"euryale/kernel"
)

// Ancestral is Algorithm 2 of Ho et al. (2020):
//
//	for t = T−1 … 0:  z ~ N(0, I), or 0 at the last step
//	                  x_{t−1} = √ᾱ_{t−1} β_t/(1−ᾱ_t) x̂_0 + √α_t (1−ᾱ_{t−1})/(1−ᾱ_t) x_t + σ_t z
//
// where x̂_0 is the model's prediction of x_0. With x̂_0 from ε this is the paper's
// 1/√α_t (x_t − β_t/√(1−ᾱ_t) ε) + σ_t z. With fewer times, "t−1" is the next of them and β_t is that of the
// whole step. On a variance-exploding chain it is the ancestral sampling of Song et al. 2021, appendix F.
type Ancestral struct {
	// Variance of a step: "beta" (fixed large), "beta_tilde" (fixed small) or "learned".
	Variance Variance `yaml:"variance"`
}

// Name implements Solver.
func (Ancestral) Name() string { return "ancestral" }

// Check implements Solver.
func (Ancestral) Check(p diffusion.Process, times []float64) error { return check(p, times) }

// Validate returns a *choice.FieldError for a wrong key.
func (s Ancestral) Validate() error { return s.Variance.validate("variance") }

// StepVariance implements VarianceChooser.
func (s Ancestral) StepVariance() Variance { return s.Variance }

// Solve implements Solver.
func (s Ancestral) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [3][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	output, z, v := memory[0], memory[1], memory[2]
	if len(times) > 2 || !run.levels[1].isData() {
		if err := run.needsNoise(); err != nil {
			return err
		}
	}
	if err := s.Variance.CheckModel(run.Model); err != nil {
		return run.failed("%w", err)
	}
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		q := diffusion.PosteriorOf(run.Model.Process(), at.t, to.t)

		// mean = a x + b output
		a, b := q.Xt, q.X0
		switch {
		case s.Variance == VarianceLearned:
			run.Model.PredictVariance(output, v, x, at.t, diffusion.X0)
			run.bound(output)
		case run.Bound != (Bound{}):
			run.x0(output, x, at.t)
		default: // one combination of x and the network's output
			run.Model.Output(output, x, at.t)
			fromX, fromOutput := run.Model.FromOutput(diffusion.X0, at.t)
			a, b = q.Xt+q.X0*fromX, q.X0*fromOutput
		}

		switch {
		case to.isData():
			kernel.Combine2(x, float32(a), x, float32(b), output)
		case s.Variance == VarianceLearned:
			run.normal(z)
			low, high := math.Log(q.Variance), math.Log(q.Beta)
			for j := range z {
				share := (float64(v[j]) + 1) / 2
				z[j] *= float32(math.Exp((share*high + (1-share)*low) / 2))
			}
			kernel.Combine3(x, float32(a), x, float32(b), output, 1, z)
		default:
			variance := q.Beta
			if s.Variance == VarianceBetaTilde {
				variance = q.Variance
			}
			run.normal(z)
			kernel.Combine3(x, float32(a), x, float32(b), output, float32(math.Sqrt(variance)), z)
		}
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}
