package solver

import (
	"context"
	"fmt"

	"euryale/choice"
	"euryale/diffusion"
)

// AnnealedLangevin is Algorithm 1 of Song and Ermon (2019), "Generative modeling by estimating gradients of the data
// distribution": at each noise level σ_1 > … > σ_L, those of the times including the first, T steps of Langevin dynamics,
//
//	x ← x + α_i/2 ∇log p(x, σ_i) + √α_i z,   α_i = ε σ_i²/σ_L²
//
// The step size follows from the signal-to-noise ratio r of a step, which the paper keeps constant (section 4.3),
// r = ‖α_i/2 ∇log p‖/‖√α_i z‖ = √α_i/(2σ_i), and which means the same for any data and levels: α_i = 4 r² σ_i², that is,
// ε = 4 r² σ_L². The paper's ε = 2·10⁻⁵ at σ_L = 0.01 is r = 0.22, with T = 100 and ten levels. With an r too
// small for T, x does not reach the distribution of a level; with a large r it overshoots: where the data adds nothing
// to σ_i², the variance is 1/(1−r²) times too large. Song and Ermon (2020, technique 4) trade one off against the other.
//
// If the last time is the data, the end is x + σ_L² ∇log p = x̂_0, the denoising step of Jolicoeur-Martineau et al.
// (2021), without which samples keep the noise σ_L.
type AnnealedLangevin struct {
	// Corrector is the Langevin dynamics at each noise level.
	Corrector Langevin `yaml:"corrector"`
}

// Name implements Solver.
func (AnnealedLangevin) Name() string { return "annealed_langevin" }

// Check implements Solver.
func (s AnnealedLangevin) Check(p diffusion.Process, times []float64) error {
	if s.Corrector.Steps < 1 {
		return fmt.Errorf("the steps at each level must be at least 1, got %d", s.Corrector.Steps)
	}
	if err := checkSNR(s.Corrector.SNR); err != nil {
		return err
	}
	return check(p, times, exploding)
}

// Validate returns a *choice.FieldError for a wrong key.
func (s AnnealedLangevin) Validate() error {
	return choice.Within("corrector", s.Corrector.Validate())
}

// Solve implements Solver.
func (s AnnealedLangevin) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [2][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	if err := run.needsNoise(); err != nil {
		return err
	}
	epsilon, z := memory[0], memory[1]
	anneal := func(at level) {
		for range s.Corrector.Steps {
			run.epsilon(epsilon, x, at)
			run.normal(z)
			langevin(x, epsilon, z, at, 2*s.Corrector.SNR*s.Corrector.SNR*at.sigma*at.sigma)
		}
	}
	for i, to := range run.levels[1:] {
		at := run.levels[i]
		if err := run.before(ctx, at.t); err != nil {
			return err
		}
		if i == 0 {
			anneal(at)
		}
		if to.isData() {
			run.x0(epsilon, x, at.t)
			copy(x, epsilon)
		} else {
			anneal(to)
		}
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}
