package solver

import (
	"context"

	"euryale/diffusion"
)

// ODEInversion takes data to its noise, x_0 to x_T, by the probability-flow ODE that RK45 integrates in the other direction
// (Song et al. 2021, section 4.3, "uniquely identifiable encoding"). Its times increase; two, such as the data and the
// last, are enough.
//
// At the data there is no noise to predict. So the data is taken as x at the network's first time, as the paper's
// likelihoods do too: for data of deviation d that is a relative error of about (σ/d)²/2, with σ at the first time. With
// flow matching the signal there is 1 − σ, and the error would be σ: so the data is first multiplied by α.
type ODEInversion struct {
	// Tolerance is that of RK45.
	Tolerance Tolerance
}

// Name implements Solver.
func (ODEInversion) Name() string { return "ode_inversion" }

// Check implements Solver. Only the first time may be below the network's first.
func (s ODEInversion) Check(p diffusion.Process, times []float64) error {
	if err := checkIncreasing(p, times); err != nil {
		return err
	}
	if err := signal(p, times); err != nil {
		return err
	}
	return s.Tolerance.check()
}

// isBlend reports whether x at a level is a weighted mean of data and noise, α + σ = 1, as in flow matching. On all other
// processes the sum is larger, unless σ is within rounding of 0.
func (l level) isBlend() bool { return l.alpha+l.sigma < 1+1e-9 }

// Solve implements Solver.
func (s ODEInversion) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [3][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	_, first, _ := run.Model.Process().Span()
	flow := newFlow(run, s.Tolerance, memory)
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		if at.isData() {
			at = levelAt(run.Model.Process(), first)
			if at.isBlend() {
				for j := range x {
					x[j] *= float32(at.alpha)
				}
			}
		}
		if err := flow.follow(ctx, x, at, to); err != nil {
			return err
		}
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}
