package solver

import (
	"context"
	"math"

	"euryale/diffusion"
	"euryale/kernel"
)

const maxLMSOrder = 6

// LMS is the linear multistep (Adams–Bashforth) method for the probability-flow ODE dx̂/dσ̂ = ε, where x̂ = x/α and
// σ̂ = σ/α, with coefficients for any times (Crowson 2022, k-diffusion): the polynomial in σ̂ through the last Order
// values of ε is integrated exactly,
//
//	x̂ ← x̂ + Σ_j c_j ε_{i−j},   c_j = ∫ from σ̂_i to σ̂_{i+1} of Π_{k≠j} (τ − σ̂_{i−k})/(σ̂_{i−j} − σ̂_{i−k}) dτ.
//
// The first steps have order 1, 2, … for lack of values. A step to the data is like the others, so its result is not a
// single predicted x_0 and may slightly exceed a bound on it. It evaluates the network once per step.
type LMS struct {
	// Order is the number of values of ε, from 1 to 6.
	Order int `yaml:"order"`
}

// Name implements Solver.
func (LMS) Name() string { return "lms" }

// Check implements Solver.
func (s LMS) Check(p diffusion.Process, times []float64) error {
	if err := checkOrder(s.Order, maxLMSOrder); err != nil {
		return err
	}
	return check(p, times, signal)
}

// Validate returns a *choice.FieldError for a wrong key.
func (s LMS) Validate() error { return validateOrder(s.Order, maxLMSOrder) }

// Solve implements Solver.
func (s LMS) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [maxLMSOrder][]float32
	buffers := min(max(s.Order, 1), maxLMSOrder)
	if err := run.begin(s.Name(), s.Check, x, times, memory[:buffers]); err != nil {
		return err
	}
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		run.epsilon(memory[i%s.Order], x, at)
		order := min(i+1, s.Order)
		var nodes [maxLMSOrder]float64 // σ̂_i, σ̂_{i−1}, …
		for j := range order {
			nodes[j] = run.levels[i-j].ratio()
		}
		c := lagrangeIntegrals(nodes[:order], to.ratio())
		a := to.alpha / at.alpha
		for j := range order {
			kernel.Combine2(x, float32(a), x, float32(to.alpha*c[j]), memory[(i-j)%s.Order])
			a = 1
		}
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}

// lagrangeIntegrals returns the integrals from nodes[0] to `to` of the Lagrange polynomials of the nodes: c[j] is that of
// the polynomial that is 1 at nodes[j] and 0 at the others.
func lagrangeIntegrals(nodes []float64, to float64) (c [maxLMSOrder]float64) {
	middle, half := (nodes[0]+to)/2, (to-nodes[0])/2
	// The Gauss rule of three points is exact up to degree 5.
	for _, g := range [3]struct{ at, weight float64 }{{-math.Sqrt(0.6), 5. / 9}, {0, 8. / 9}, {math.Sqrt(0.6), 5. / 9}} {
		for j, node := range nodes {
			l := half * g.weight
			for k, other := range nodes {
				if k != j {
					l *= (middle + half*g.at - other) / (node - other)
				}
			}
			c[j] += l
		}
	}
	return c
}
