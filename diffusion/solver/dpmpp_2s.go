package solver

import (
	"context"

	"euryale/diffusion"
	"euryale/kernel"
)

// DPMPP2S is DPM-Solver++(2S), second-order singlestep, Algorithm 1 of Lu et al. (2022, "DPM-Solver++"): with s
// where λ is halfway, so r = ½,
//
//	u   = (σ_s/σ_c) x_c + α_s (1 − e^{−rh}) x_0(x_c, c)
//	D   = (1 − 1/2r) x_0(x_c, c) + 1/2r x_0(u, s)
//	x_n = (σ_n/σ_c) x_c + α_n (1 − e^{−h}) D
//
// It evaluates the network twice per step. A step to the data, or from a time without signal, has no middle: it is
// first-order and evaluates the network once.
type DPMPP2S struct{}

// Name implements Solver.
func (DPMPP2S) Name() string { return "dpm++_2s" }

// Check implements Solver.
func (DPMPP2S) Check(p diffusion.Process, times []float64) error { return check(p, times) }

// Solve implements Solver.
func (solver DPMPP2S) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [3][]float32
	if err := run.begin(solver.Name(), solver.Check, x, times, memory[:]); err != nil {
		return err
	}
	m, middle, u := memory[0], memory[1], memory[2]
	p := run.Model.Process()
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		run.x0(m, x, at.t)
		step := newExponentialStep(at, to, 0)
		if ordinary(step.h) {
			s := levelAt(p, p.Time((at.lambda+to.lambda)/2))
			// r is ½ up to rounding, unless the step is so short that s is its beginning.
			if r := (s.lambda - at.lambda) / step.h; r > 0.01 {
				half := newExponentialStep(at, s, 0)
				kernel.Combine2(u, float32(half.x), x, float32(half.x0), m)
				run.x0(middle, u, s.t)
				w := 1 / (2 * r)
				kernel.Combine2(m, float32(1-w), m, float32(w), middle) // D
			}
		}
		kernel.Combine2(x, float32(step.x), x, float32(step.x0), m)
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}
