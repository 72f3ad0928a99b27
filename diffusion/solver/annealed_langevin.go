package solver

import (
	"context"
	"fmt"
	"math"

	"euryale/diffusion"
	"euryale/kernel"
)

// AnnealedLangevin is Algorithm 1 of Song and Ermon (2019), "Generative modeling by estimating gradients of the data
// distribution": at each level of noise σ_1 > … > σ_L, the times of the list and also its first, T steps of Langevin
// dynamics,
//
//	x ← x + α_i/2 ∇log p(x, σ_i) + √α_i z,   α_i = ε σ_i²/σ_L²
//
// Its step size is given here by the signal-to-noise ratio r of a step that the paper keeps constant (section 4.3),
// r = ‖α_i/2 ∇log p‖/‖√α_i z‖ = √α_i/(2σ_i), which means the same for any data and levels: α_i = 4 r² σ_i², that is,
// ε = 4 r² σ_L². The paper's ε = 2·10⁻⁵ at σ_L = .01 is r = .22, with T = 100 and ten levels. An r small for its T
// does not reach a level's law; a large one overshoots it: where the data adds nothing to σ_i², the variance comes out
// 1/(1−r²) times too large. Song and Ermon (2020, technique 4) weigh the one against the other.
//
// If the last time is the data, the end is x + σ_L² ∇log p = x̂_0, the denoising step of Jolicoeur-Martineau et al.
// (2021), without which samples keep the noise σ_L.
type AnnealedLangevin struct {
	StepsPerLevel int     // T, at least 1
	SNR           float64 // r, between 0 and 1; from 1 on the dynamics is unstable
}

// Name implements Solver.
func (AnnealedLangevin) Name() string { return "annealed_langevin" }

// Check implements Solver.
func (s AnnealedLangevin) Check(p diffusion.Process, times []float64) error {
	if s.StepsPerLevel < 1 {
		return fmt.Errorf("the steps at each level must be at least 1, got %d", s.StepsPerLevel)
	}
	if err := checkSNR(s.SNR); err != nil {
		return err
	}
	return check(p, times, exploding)
}

func checkSNR(snr float64) error {
	if !(snr > 0 && snr < 1) {
		return fmt.Errorf("the signal-to-noise ratio of a Langevin step must be above 0 and below 1, got %v", snr)
	}
	return nil
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
		for range s.StepsPerLevel {
			run.epsilon(epsilon, x, at)
			run.normal(z)
			langevin(x, epsilon, z, at, 2*s.SNR*s.SNR*at.sigma*at.sigma)
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

// langevin is x ← x + step ∇log p + √(2 step) z, with ∇log p = −ε/σ.
func langevin(x, epsilon, z []float32, at level, step float64) {
	kernel.Combine3(x, 1, x, float32(-step/at.sigma), epsilon, float32(math.Sqrt(2*step)), z)
}
