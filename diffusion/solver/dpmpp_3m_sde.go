package solver

import (
	"cmp"
	"context"

	"euryale/diffusion"
	"euryale/kernel"
)

// DPMPP3MSDE is the SDE variant of DPM-Solver++(3M), as in k-diffusion: with H = (1+η) h and the rest as in DPMPP3M,
//
//	x_n = (σ_n/σ_c) e^{−ηh} x_c + α_n (1 − e^{−H}) m0 + α_n H φ_2(−H) (D0 + r0 E) + w α_n H φ_3(−H) E
//	      + σ_n √(1 − e^{−2ηh}) z
//
// with w = 1 in the variant "published" and w = 2 in "quadratic": see DPMPP3M. Its second step is that of DPMPP2MSDE in
// the variant "heun". As there, each step draws an independent z.
type DPMPP3MSDE struct {
	// Eta is η, at least 0: 1 is the reverse SDE, 0 the probability-flow ODE.
	Eta float64 `yaml:"eta"`
	// Variant is "published" or "quadratic"; "" is "published".
	Variant string `yaml:"variant" was:"form"`
}

// Name implements Solver.
func (DPMPP3MSDE) Name() string { return "dpm++_3m_sde" }

// Check implements Solver.
func (s DPMPP3MSDE) Check(p diffusion.Process, times []float64) error {
	if err := checkEta(s.Eta); err != nil {
		return err
	}
	if err := checkVariant(s.Variant, "published", "quadratic"); err != nil {
		return err
	}
	return check(p, times)
}

// Validate returns a *choice.FieldError for a wrong key.
func (s DPMPP3MSDE) Validate() error {
	return cmp.Or(validateEta(s.Eta), validateVariant(s.Variant, "published", "quadratic"))
}

// Solve implements Solver.
func (s DPMPP3MSDE) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [4][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	m, z := memory[:3], memory[3]
	if err := run.needsNoiseIf(s.Eta); err != nil {
		return err
	}
	var past history
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		m[0], m[1], m[2] = m[2], m[0], m[1]
		run.x0(m[0], x, at.t)
		step := newExponentialStep(at, to, s.Eta)
		var c [3]float64
		order := past.order(3, step.h)
		switch order {
		case 1:
			c[0] = step.x0
		case 2:
			r := (at.lambda - run.levels[i-1].lambda) / step.h
			second := step.secondOrder("heun", r)
			copy(c[:], second[:])
		default:
			r0 := (at.lambda - run.levels[i-1].lambda) / step.h
			r1 := (run.levels[i-1].lambda - run.levels[i-2].lambda) / step.h
			c = step.thirdOrder(s.Variant, r0, r1)
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
