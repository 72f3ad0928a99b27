package solver

import (
	"context"
	"math"

	"euryale/diffusion"
)

// DEIS is the diffusion exponential integrator sampler, an Adams–Bashforth method (Zhang and Chen 2023, "Fast sampling of
// diffusion models with exponential integrator"), with polynomials in ln ρ, where ρ = σ/α = e^{−λ}, as in diffusers. (In
// the paper tAB-DEIS has polynomials in t, and ρAB-DEIS in ρ.)
//
//	x_n/α_n = x_c/α_c + Σ_j C_j ε_j,   C_j = ∫ L_j(ln ρ) dρ from ρ_c to ρ_n
//
// with ε_0 the current prediction of the noise, ε_1 and ε_2 those of the steps before, and L_j the Lagrange polynomials.
// Order 1 is DDIM with η = 0.
//
// The order rises from 1 at the start; a step to the data has order 1.
type DEIS struct {
	// Order is the number of predictions, from 1 to 3.
	Order int `yaml:"order"`
	// LowerOrderFinal lowers the order of the last steps to …, 2, 1 if there are fewer than 15 steps. From 15 steps on it
	// has no effect. A step to the data is first-order in any case.
	LowerOrderFinal bool `yaml:"lower_order_final"`
}

// Name implements Solver.
func (DEIS) Name() string { return "deis" }

// Check implements Solver.
func (s DEIS) Check(p diffusion.Process, times []float64) error {
	if err := checkOrder(s.Order, 3); err != nil {
		return err
	}
	return check(p, times, signal)
}

// Validate returns a *choice.FieldError for a wrong key.
func (s DEIS) Validate() error { return validateOrder(s.Order, 3) }

// Solve implements Solver.
func (s DEIS) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
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
		if to.isData() { // x_c/α_c − ρ_c ε_0
			run.x0(m[0], x, at.t)
			copy(x, m[0])
		} else {
			run.epsilon(m[0], x, at)
			h := to.lambda - at.lambda
			order := past.order(finalOrder(s.Order, s.LowerOrderFinal, i, n), h)
			// α_n ∫ f dρ is −σ_n h ∫ e^{h(1−s)} f ds over the step, s from 0 to 1.
			integral := [4]float64{
				-to.sigma * math.Expm1(h),
				-to.sigma * h * phi(2, h),
				-to.sigma * h * phi(3, h) * 2,
			}
			var r [3]float64 // nodes
			for k := 1; k < order; k++ {
				r[k] = (run.levels[i-k].lambda - at.lambda) / h
			}
			var c [3]float64
			switch order {
			case 2:
				c[1] = lagrangeWeight(integral, r[1])
			case 3:
				c[1] = lagrangeWeight(integral, r[1], r[2])
				c[2] = lagrangeWeight(integral, r[2], r[1])
			}
			c[0] = integral[0] - c[1] - c[2]
			addTerms(x, to.alpha/at.alpha, c[:order], m[:order])
		}
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}
