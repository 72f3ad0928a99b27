package solver

import (
	"context"

	"euryale/diffusion"
)

// ODEInversion takes data to its noise, x_0 to x_T, by the probability-flow ODE that RK45 follows the other way (Song
// et al. 2021, section 4.3, "uniquely identifiable encoding"). Its times increase; two, such as the data and the
// last, are enough.
//
// At the data there is no noise to predict. So data counts as x at the network's first time, which the paper's
// likelihoods do too: for data of deviation d that is a relative error of about (σ/d)²/2, with σ at the first time.
type ODEInversion struct {
	// Relative and Absolute are the tolerances, as those of RK45.
	Relative, Absolute float64
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
	return (&DormandPrince{Relative: s.Relative, Absolute: s.Absolute}).Check()
}

// Solve implements Solver.
func (s ODEInversion) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [3][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	_, first, _ := run.Model.Process().Span()
	flow := newFlow(run, s.Relative, s.Absolute, memory)
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		if at.isData() {
			at = levelAt(run.Model.Process(), first)
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
