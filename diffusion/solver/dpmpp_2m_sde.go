package solver

import (
	"cmp"
	"context"

	"euryale/diffusion"
	"euryale/kernel"
)

// DPMPP2MSDE is the SDE variant of DPM-Solver++(2M), as k-diffusion has it: with H = (1+η) h and the rest as in DPMPP2M,
//
//	x_n = (σ_n/σ_c) e^{−ηh} x_c + α_n (1 − e^{−H}) (m0 + ½ D) + σ_n √(1 − e^{−2ηh}) z                form "midpoint"
//	x_n = (σ_n/σ_c) e^{−ηh} x_c + α_n (1 − e^{−H}) m0 + α_n H φ_2(−H) D + σ_n √(1 − e^{−2ηh}) z      form "heun"
//
// η = 1 is the reverse SDE, η = 0 the probability-flow ODE and DPMPP2M. Each step's z is drawn independently; it is
// no increment of one Brownian path for all times, so the same seed with other times gives other samples.
type DPMPP2MSDE struct {
	// Eta is η, at least 0.
	Eta float64 `yaml:"eta"`
	// Form is "midpoint" or "heun"; "" is "midpoint".
	Form string `yaml:"form"`
}

// Name implements Solver.
func (DPMPP2MSDE) Name() string { return "dpm++_2m_sde" }

// Check implements Solver.
func (s DPMPP2MSDE) Check(p diffusion.Process, times []float64) error {
	if err := checkEta(s.Eta); err != nil {
		return err
	}
	if err := checkForm(s.Form, "midpoint", "heun"); err != nil {
		return err
	}
	return check(p, times)
}

// Validate returns an error that names the key that is wrong, if any is.
func (s DPMPP2MSDE) Validate() error {
	return cmp.Or(validateEta(s.Eta), validateForm(s.Form, "midpoint", "heun"))
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
			c = step.secondOrder(s.Form, (at.lambda-run.levels[i-1].lambda)/step.h)
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

// needsNoiseIf is needsNoise if a solver adds noise of a strength before the data.
func (r *Run) needsNoiseIf(eta float64) error {
	if eta == 0 || len(r.levels) == 2 && r.levels[1].isData() {
		return nil
	}
	return r.needsNoise()
}
