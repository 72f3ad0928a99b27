package solver

import (
	"cmp"
	"context"

	"euryale/diffusion"
)

// UniPC is the unified predictor–corrector of Zhao et al. (2023), "UniPC: a unified predictor-corrector framework for
// fast sampling of diffusion models", multistep, in x_0. With m0 the prediction of x_0 now, m1 and m2 those at nodes r1
// and r2 (in units of h, so below 0), and T_k = α_n h k! φ_{k+1}(−h), the integral of s^k over the step,
//
//	UniP-p   x_n = (σ_n/σ_c) x_c + T_0 m0 + Σ_{k<p} q_k (m_k − m0)/r_k,   Σ q_k r_k^{j−1} = T_j for j = 1 … p−1
//	UniC-p   the same with one node more, r = 1, where m is the prediction at UniP's x_n
//
// B(h) matters only where one unknown is left, in UniP-2 and UniC-1: there q = α_n B(h)/2, with B(h) = h in form "bh1"
// and 1 − e^{−h} in "bh2". Elsewhere it cancels, and q follow from Lagrange's polynomials.
//
// The prediction that the corrector needs serves the next step as well, so a step asks the network once. A hook sees
// x_n as predicted; its correction comes after the hook, as a difference that leaves what the hook did to x. The last
// x is not corrected. The order of accuracy is p+1.
//
// Orders rise from 1 at the start; a step to the data, or from where no signal is, is of order 1 and not corrected.
type UniPC struct {
	// Order is p, from 1 to 3.
	Order int `yaml:"order"`
	// Form is "bh1" or "bh2"; "" is "bh2".
	Form string `yaml:"form"`
	// LowerOrderFinal makes the last steps of order …, 2, 1.
	LowerOrderFinal bool `yaml:"lower_order_final"`
}

// Name implements Solver.
func (UniPC) Name() string { return "unipc" }

// Check implements Solver.
func (s UniPC) Check(p diffusion.Process, times []float64) error {
	if err := checkOrder(s.Order, 3); err != nil {
		return err
	}
	if err := checkForm(s.Form, "bh1", "bh2"); err != nil {
		return err
	}
	return check(p, times)
}

// Validate returns an error that names the key that is wrong, if any is.
func (s UniPC) Validate() error {
	return cmp.Or(validateOrder(s.Order, 3), validateForm(s.Form, "bh2", "bh1"))
}

// Solve implements Solver.
func (s UniPC) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var m [4][]float32 // predictions, newest first
	if err := run.begin(s.Name(), s.Check, x, times, m[:]); err != nil {
		return err
	}
	var past history
	var corrector [4]float64 // of the last step: UniC's coefficients less UniP's
	terms := 0               // how many they are
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
			if s.Form == "bh1" {
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
