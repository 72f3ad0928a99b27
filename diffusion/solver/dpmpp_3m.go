package solver

import (
	"context"

	"euryale/diffusion"
)

// DPMPP3M is DPM-Solver++(3M), multistep with three predictions of x_0: m0 now, m1 and m2 one and two steps ago
// (Lu et al. 2022, "DPM-Solver++"; the update is only in the authors' code). With r0 and r1 the lengths of the last
// two steps, in units of h,
//
//	D0 = (m0 − m1)/r0,   D1 = (m1 − m2)/r1,   E = (D0 − D1)/(r0 + r1)
//	x_n = (σ_n/σ_c) x_c + α_n (1 − e^{−h}) m0 + α_n h φ_2(−h) (D0 + r0 E) + w α_n h φ_3(−h) E
//
// The parabola through the three predictions is m0 + (D0 + r0 E) s + E s², s from 0 to 1 over the step, so its integral
// has w = 2: variant "quadratic", of third order. The published code and its derivatives have w = 1: variant
// "published". It gives the same numbers as other implementations; with few steps both variants have similar errors, but
// it has only second order.
//
// The first step and a step to the data are first-order; the second step is that of DPMPP2M.
type DPMPP3M struct {
	// Variant is "published" or "quadratic"; "" is "published".
	Variant string `yaml:"variant" was:"form"`
	// LowerOrderFinal makes the last two steps second- and first-order if there are fewer than 15 steps. From 15 steps on it
	// has no effect. A step to the data is first-order in any case.
	LowerOrderFinal bool `yaml:"lower_order_final"`
}

// Name implements Solver.
func (DPMPP3M) Name() string { return "dpm++_3m" }

// Check implements Solver.
func (s DPMPP3M) Check(p diffusion.Process, times []float64) error {
	if err := checkVariant(s.Variant, "published", "quadratic"); err != nil {
		return err
	}
	return check(p, times)
}

// Validate returns a *choice.FieldError for a wrong key.
func (s DPMPP3M) Validate() error { return validateVariant(s.Variant, "published", "quadratic") }

// Solve implements Solver.
func (s DPMPP3M) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var m [3][]float32
	if err := run.begin(s.Name(), s.Check, x, times, m[:]); err != nil {
		return err
	}
	var past history
	n := len(times) - 1
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		m[0], m[1], m[2] = m[2], m[0], m[1]
		run.x0(m[0], x, at.t)
		step := newExponentialStep(at, to, 0)
		var c [3]float64
		order := past.order(finalOrder(3, s.LowerOrderFinal, i, n), step.h)
		switch order {
		case 1:
			c[0] = step.x0
		case 2:
			r := (at.lambda - run.levels[i-1].lambda) / step.h
			second := step.secondOrder("midpoint", r)
			copy(c[:], second[:])
		default:
			r0 := (at.lambda - run.levels[i-1].lambda) / step.h
			r1 := (run.levels[i-1].lambda - run.levels[i-2].lambda) / step.h
			c = step.thirdOrder(s.Variant, r0, r1)
		}
		addTerms(x, step.x, c[:order], m[:order])
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}

// thirdOrder is the coefficients of m0, m1 and m2.
func (e exponentialStep) thirdOrder(variant string, r0, r1 float64) [3]float64 {
	integral := e.moments()
	square := integral[2] / 2
	if variant == "quadratic" {
		square = integral[2]
	}
	ofE := (integral[1]*r0 + square) / (r0 + r1)
	ofD0, ofD1 := (integral[1]+ofE)/r0, -ofE/r1
	return [3]float64{e.x0 + ofD0, ofD1 - ofD0, -ofD1}
}
