package solver

import (
	"context"

	"euryale/diffusion"
	"euryale/kernel"
)

// PNDM is F-PNDM of Liu, Ren, Lin and Zhao (2022), "Pseudo numerical methods for diffusion models on manifolds": a
// classical method for the ODE combines several ε into ε', and the transfer of equation 11,
//
//	φ(x, ε', t, s) = α_s/α_t x + (σ_s − α_s σ_t/α_t) ε'
//
// (here for any process) moves x along it. The first three steps are pseudo Runge–Kutta, with four evaluations of the
// network each, and m = (t+s)/2, which on a chain may lie between two of its steps:
//
//	e₁ = ε(x, t)                e₂ = ε(φ(x, e₁, t, m), m)
//	e₃ = ε(φ(x, e₂, t, m), m)   e₄ = ε(φ(x, e₃, t, s), s)   ε' = (e₁ + 2e₂ + 2e₃ + e₄)/6
//
// and the others pseudo linear multistep, with one evaluation each: ε' = (55 e_t − 59 e_{t+δ} + 37 e_{t+2δ} − 9 e_{t+3δ})/24
// for equally spaced times, and otherwise with the coefficients of the same method for the given times. The step to the
// data is x̂_0. With fewer than five steps, all but that one are Runge–Kutta.
type PNDM struct{}

// Name implements Solver.
func (PNDM) Name() string { return "pndm" }

// Check implements Solver.
func (PNDM) Check(p diffusion.Process, times []float64) error { return check(p, times, signal) }

// Solve implements Solver.
func (s PNDM) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	const warmUp = 3 // steps of Runge–Kutta
	var memory [7][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	history := memory[:4] // ε at the last four times: that of times[j] is history[j%4]
	combined, stage, e := memory[4], memory[5], memory[6]
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		if to.isData() {
			run.x0(e, x, at.t)
			copy(x, e)
			if err := run.after(i+1, to.t, x); err != nil {
				return err
			}
			break
		}
		now := history[i%4]
		run.epsilon(now, x, at)
		if i < warmUp {
			middle := levelAt(run.Model.Process(), (at.t+to.t)/2)
			transfer(stage, x, now, at, middle)
			run.epsilon(e, stage, middle)
			kernel.Combine2(combined, 1./6, now, 1./3, e)
			transfer(stage, x, e, at, middle)
			run.epsilon(e, stage, middle)
			kernel.Combine2(combined, 1, combined, 1./3, e)
			transfer(stage, x, e, at, to)
			run.epsilon(e, stage, to)
			kernel.Combine2(combined, 1, combined, 1./6, e)
		} else {
			nodes := [4]float64{at.t, times[i-1], times[i-2], times[i-3]}
			c := lagrangeIntegrals(nodes[:], to.t)
			for j := range nodes {
				c[j] /= to.t - at.t
			}
			kernel.Combine3(combined, float32(c[0]), now, float32(c[1]), history[(i-1)%4], float32(c[2]), history[(i-2)%4])
			kernel.Combine2(combined, 1, combined, float32(c[3]), history[(i-3)%4])
		}
		transfer(x, x, combined, at, to)
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}

// transfer is φ: dst = α_s/α_t x + (σ_s − α_s σ_t/α_t) ε. dst may be x.
func transfer(dst, x, epsilon []float32, at, to level) {
	a := to.alpha / at.alpha
	kernel.Combine2(dst, float32(a), x, float32(to.sigma-a*at.sigma), epsilon)
}
