package solver

import (
	"cmp"
	"context"

	"euryale/diffusion"
	"euryale/kernel"
)

// DPMPP2MSDE is the SDE variant of DPM-Solver++(2M), as in k-diffusion: with H = (1+η) h and the rest as in DPMPP2M,
//
//	x_n = (σ_n/σ_c) e^{−ηh} x_c + α_n (1 − e^{−H}) (m0 + ½ D) + σ_n √(1 − e^{−2ηh}) z                variant "midpoint"
//	x_n = (σ_n/σ_c) e^{−ηh} x_c + α_n (1 − e^{−H}) m0 + α_n H φ_2(−H) D + σ_n √(1 − e^{−2ηh}) z      variant "heun"
//
// η = 1 is the reverse SDE, η = 0 the probability-flow ODE and DPMPP2M. Each step draws an independent z, not the increment
// of one Brownian path, so the same seed with different times gives different samples.
type DPMPP2MSDE struct {
	// Eta is η, at least 0.
	Eta float64 `yaml:"eta"`
	// Variant is "midpoint" or "heun"; "" is "midpoint".
	Variant string `yaml:"variant" was:"form"`
}

// Name implements Solver.
func (DPMPP2MSDE) Name() string { return "dpm++_2m_sde" }

// Check implements Solver.
func (s DPMPP2MSDE) Check(p diffusion.Process, times []float64) error {
	if err := checkEta(s.Eta); err != nil {
		return err
	}
	if err := checkVariant(s.Variant, "midpoint", "heun"); err != nil {
		return err
	}
	return check(p, times)
}

// Validate returns a *choice.FieldError for a wrong key.
func (s DPMPP2MSDE) Validate() error {
	return cmp.Or(validateEta(s.Eta), validateVariant(s.Variant, "midpoint", "heun"))
}

// Solve implements Solver.
func (s DPMPP2MSDE) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [3][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	m, z := memory[:2], memory[2]
	if err := run.needsNoiseIf(s.Eta); err != nil {
		return err
	}
	var past history
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		m[0], m[1] = m[1], m[0]
		run.x0(m[0], x, at.t)
		step := newExponentialStep(at, to, s.Eta)
		var c [2]float64
		order := past.order(2, step.h)
		switch order {
		case 1:
			c[0] = step.x0
		default:
			c = step.secondOrder(s.Variant, (at.lambda-run.levels[i-1].lambda)/step.h)
		}
		addTerms(x, step.x, c[:order], m[:order])
		if step.noise > 0 {
			run.normal(z)
			kernel.Combine2(x, 1, x, float32(step.noise), z)
		}
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}

// needsNoiseIf is needsNoise for a solver that adds noise of strength eta in every step except one to the data.
func (r *Run) needsNoiseIf(eta float64) error {
	if eta == 0 || len(r.levels) == 2 && r.levels[1].isData() {
		return nil
	}
	return r.needsNoise()
}
