package solver

import (
	"context"

	"euryale/diffusion"
)

// DPMPP2M is DPM-Solver++(2M), second-order multistep, Algorithm 2 of Lu et al. (2022, "DPM-Solver++"): with m0 and
// m1 the predictions of x_0 now and one step ago, r = h_last/h and D = (m0 − m1)/r,
//
//	x_n = (σ_n/σ_c) x_c + α_n (1 − e^{−h}) (m0 + ½ D)               variant "midpoint"
//	x_n = (σ_n/σ_c) x_c + α_n (1 − e^{−h}) m0 + α_n h φ_2(−h) D     variant "heun"
//
// "heun" integrates the line through m0 and m1 exactly. The first step and a step to the data are first-order.
type DPMPP2M struct {
	// Variant is "midpoint" or "heun"; "" is "midpoint".
	Variant string `yaml:"variant" was:"form"`
	// LowerOrderFinal makes the last step first-order if there are fewer than 15 steps. From 15 steps on it has no effect, nor
	// where the last step goes to the data, which is first-order in any case.
	LowerOrderFinal bool `yaml:"lower_order_final"`
}

// Name implements Solver.
func (DPMPP2M) Name() string { return "dpm++_2m" }

// Check implements Solver.
func (s DPMPP2M) Check(p diffusion.Process, times []float64) error {
	if err := checkVariant(s.Variant, "midpoint", "heun"); err != nil {
		return err
	}
	return check(p, times)
}

// Validate returns a *choice.FieldError for a wrong key.
func (s DPMPP2M) Validate() error { return validateVariant(s.Variant, "midpoint", "heun") }

// Solve implements Solver.
func (s DPMPP2M) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var m [2][]float32
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
		m[0], m[1] = m[1], m[0]
		run.x0(m[0], x, at.t)
		step := newExponentialStep(at, to, 0)
		var c [2]float64
		order := past.order(finalOrder(2, s.LowerOrderFinal, i, n), step.h)
		switch order {
		case 1:
			c[0] = step.x0
		default:
			c = step.secondOrder(s.Variant, (at.lambda-run.levels[i-1].lambda)/step.h)
		}
		addTerms(x, step.x, c[:order], m[:order])
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}

// secondOrder is the coefficients of m0 and m1.
func (e exponentialStep) secondOrder(variant string, r float64) [2]float64 {
	d := e.x0 / 2
	if variant == "heun" {
		d = e.moments()[1]
	}
	return [2]float64{e.x0 + d/r, -d / r}
}
