package solver

import (
	"context"
	"math"

	"euryale/diffusion"
	"euryale/kernel"
)

// ReverseDiffusion discretizes the reverse-time SDE in the same way as the forward SDE (Song et al. 2021, appendix E).
// Where the forward step from s to t is x_t = a x_s + G z, with a = α_t/α_s and G² = σ_t² − a² σ_s², the reverse is
//
//	x_s = (2 − a) x + G² ∇log p_t + G z
//
// For α = 1 that is ancestral sampling with variance β. The step to the data is x̂_0: the same formula without its
// noise where α = 1, and equal to first order elsewhere.
type ReverseDiffusion struct{}

// Name implements Solver.
func (ReverseDiffusion) Name() string { return "reverse_diffusion" }

// Check implements Solver.
func (ReverseDiffusion) Check(p diffusion.Process, times []float64) error { return check(p, times) }

// Solve implements Solver.
func (s ReverseDiffusion) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [2][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	if len(times) > 2 || !run.levels[1].isData() {
		if err := run.needsNoise(); err != nil {
			return err
		}
	}
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		run.reverseDiffusion(x, memory[0], memory[1], at, to)
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}

// reverseDiffusion is one step. epsilon and z are buffers.
func (r *Run) reverseDiffusion(x, epsilon, z []float32, at, to level) {
	if to.isData() {
		r.x0(epsilon, x, at.t)
		copy(x, epsilon)
		return
	}
	a := at.alpha / to.alpha
	gSquared := diffusion.PosteriorOf(r.Model.Process(), at.t, to.t).Beta
	r.epsilon(epsilon, x, at) // ∇log p = −ε/σ
	r.normal(z)
	kernel.Combine3(x, float32(2-a), x, float32(-gSquared/at.sigma), epsilon, float32(math.Sqrt(gSquared)), z)
}
