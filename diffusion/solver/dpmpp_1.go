package solver

import (
	"context"

	"euryale/diffusion"
	"euryale/kernel"
)

// DPMPP1 is first-order DPM-Solver++ (Lu et al. 2022, "DPM-Solver++: fast solver for guided sampling of diffusion
// probabilistic models"): the predicted x_0 is taken as constant over a step,
//
//	x_n = (σ_n/σ_c) x_c + α_n (1 − e^{−h}) x_0(x_c, c),   h = λ_n − λ_c
//
// On a variance-preserving process this is DDIM with η = 0.
type DPMPP1 struct{}

// Name implements Solver.
func (DPMPP1) Name() string { return "dpm++_1" }

// Check implements Solver.
func (DPMPP1) Check(p diffusion.Process, times []float64) error { return check(p, times) }

// Solve implements Solver.
func (s DPMPP1) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [1][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	m := memory[0]
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		run.x0(m, x, at.t)
		step := newExponentialStep(at, to, 0)
		kernel.Combine2(x, float32(step.x), x, float32(step.x0), m)
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}
