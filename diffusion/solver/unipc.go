package solver

import (
	"cmp"
	"context"

	"euryale/diffusion"
)

// UniPC is the unified predictor–corrector of Zhao et al. (2023), "UniPC: a unified predictor-corrector framework for
// fast sampling of diffusion models", multistep, in x_0. With m0 the current prediction of x_0, m1 and m2 those at nodes
// r1 and r2 (in units of h, so below 0), and T_k = α_n h k! φ_{k+1}(−h), the integral of s^k over the step,
//
//	UniP-p   x_n = (σ_n/σ_c) x_c + T_0 m0 + Σ_{k<p} q_k (m_k − m0)/r_k,   Σ q_k r_k^{j−1} = T_j for j = 1 … p−1
//	UniC-p   the same with one more node, r = 1, where m is the prediction at UniP's x_n
//
// B(h) matters only where there is one unknown, in UniP-2 and UniC-1: there q = α_n B(h)/2, with B(h) = h in variant "bh1"
// and 1 − e^{−h} in "bh2". Elsewhere it cancels, and the q_k follow from Lagrange polynomials.
//
// The prediction that the corrector needs is also used by the next step, so a step evaluates the network once. A hook sees
// x_n as predicted; the correction is added after the hook, so changes that the hook makes to x remain. The last x is not
// corrected. The order of accuracy is p+1.
//
// The order rises from 1 at the start; a step to the data, or from a time without signal, has order 1 and no correction.
type UniPC struct {
	// Order is p, from 1 to 3.
	Order int `yaml:"order"`
	// Variant is "bh1" or "bh2"; "" is "bh2".
	Variant string `yaml:"variant" was:"form"`
	// LowerOrderFinal lowers the order of the last steps to …, 2, 1, however many steps there are, as in the authors' code.
	// A step to the data is first-order in any case.
	LowerOrderFinal bool `yaml:"lower_order_final"`
}

// Name implements Solver.
func (UniPC) Name() string { return "unipc" }

// Check implements Solver.
func (s UniPC) Check(p diffusion.Process, times []float64) error {
	if err := checkOrder(s.Order, 3); err != nil {
		return err
	}
	if err := checkVariant(s.Variant, "bh1", "bh2"); err != nil {
		return err
	}
	return check(p, times)
}

// Validate returns a *choice.FieldError for a wrong key.
func (s UniPC) Validate() error {
	return cmp.Or(validateOrder(s.Order, 3), validateVariant(s.Variant, "bh2", "bh1"))
}

// Solve implements Solver.
func (s UniPC) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var m [4][]float32 // predictions, newest first
	if err := run.begin(s.Name(), s.Check, x, times, m[:]); err != nil {
		return err
	}
	var past history
	var corrector [4]float64 // of the last step: UniC's coefficients minus UniP's
	terms := 0               // how many of them are used
	n := len(times) - 1
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		m[0], m[1], m[2], m[3] = m[3], m[0], m[1], m[2]
		run.x0(m[0], x, at.t)
		if terms > 0 {
			addTerms(x, 1, corrector[:terms], m[:terms])
		}

		step := newExponentialStep(at, to, 0)
		want := s.Order
		if s.LowerOrderFinal {
			want = min(want, n-i)
		}
		p := past.order(want, step.h)
		var r [3]float64 // nodes
		for k := 1; k < p; k++ {
			r[k] = (run.levels[i-k].lambda - at.lambda) / step.h
		}
		var predictor, corrected [3]float64 // weights of m_k − m0
		var weight float64                  // of m_n − m0
		if terms = 0; ordinary(step.h) {
			terms = p + 1
			integral := step.moments()
			one := step.x0 / 2
			if s.Variant == "bh1" {
				one = step.alpha * step.h / 2
			}
			switch p {
			case 1:
				weight = one
			case 2:
				predictor[1] = one / r[1]
				corrected[1] = lagrangeWeight(integral, r[1], 1)
				weight = lagrangeWeight(integral, 1, r[1])
			case 3:
				predictor[1] = lagrangeWeight(integral, r[1], r[2])
				predictor[2] = lagrangeWeight(integral, r[2], r[1])
				corrected[1] = lagrangeWeight(integral, r[1], r[2], 1)
				corrected[2] = lagrangeWeight(integral, r[2], r[1], 1)
				weight = lagrangeWeight(integral, 1, r[1], r[2])
			}
		}
		c := [3]float64{step.x0 - predictor[1] - predictor[2], predictor[1], predictor[2]}
		addTerms(x, step.x, c[:p], m[:p])
		corrector = [4]float64{weight, 0, corrected[1] - predictor[1], corrected[2] - predictor[2]}
		corrector[1] = -weight - corrector[2] - corrector[3]
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}
