package solver

import (
	"context"
	"fmt"

	"euryale/choice"
	"euryale/diffusion"
)

// PredictorCorrector is predictor–corrector sampling (Song et al. 2021, algorithms 2 to 5). Each step is one of
// ReverseDiffusion, the predictor, and then, if the new time t has noise, M steps of Langevin dynamics at it, the
// corrector:
//
//	x ← x + ε g + √(2ε) z,   g = ∇log p_t,   ε = 2 α (r ‖z‖/‖g‖)²
//
// where α = 1 on a variance-exploding process, and otherwise 1 − β of the forward step to t from the next time of the list,
// or from the data if there is none.
//
// The paper takes ‖z‖ and ‖g‖ as means over the batch, which makes a sample depend on the others in its batch. Here they
// are √d and √d/σ instead, for a row of d numbers, so ε = 2 α r² σ². ‖z‖ is close to √d for large d. ‖g‖ is close to √d/σ
// where x determines its noise: at high noise, or if the data fills few of the d dimensions. In general
// σ² E‖g‖² = E‖E[ε|x]‖² ≤ d, so the step is never larger than with the exact root mean square of ‖g‖. For α = 1 it is
// the step of AnnealedLangevin with the same r.
type PredictorCorrector struct {
	// Corrector is the Langevin dynamics after each step of the predictor. In the authors' code r is 0.16 for CIFAR-10.
	// (In a Go program M may be 0: the predictor only.)
	Corrector Langevin `yaml:"corrector"`
}

// Name implements Solver.
func (PredictorCorrector) Name() string { return "predictor_corrector" }

// Check implements Solver.
func (s PredictorCorrector) Check(p diffusion.Process, times []float64) error {
	if s.Corrector.Steps < 0 {
		return fmt.Errorf("the corrections at each time must be at least 0, got %d", s.Corrector.Steps)
	}
	if s.Corrector.Steps > 0 {
		if err := checkSNR(s.Corrector.SNR); err != nil {
			return err
		}
	}
	return check(p, times)
}

// Validate returns a *choice.FieldError for a wrong key.
func (s PredictorCorrector) Validate() error {
	return choice.Within("corrector", s.Corrector.Validate())
}

// Solve implements Solver.
func (s PredictorCorrector) Solve(ctx context.Context, run *Run, x []float32, times []float64) error {
	var memory [2][]float32
	if err := run.begin(s.Name(), s.Check, x, times, memory[:]); err != nil {
		return err
	}
	epsilon, z := memory[0], memory[1]
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
		run.reverseDiffusion(x, epsilon, z, at, to)
		if !to.isData() {
			kept := to.alpha // of the signal, by the forward step that comes to t
			if i+2 < len(times) {
				kept /= run.levels[i+2].alpha
			}
			for range s.Corrector.Steps {
				run.epsilon(epsilon, x, to)
				run.normal(z)
				ratio := to.sigma // ‖z‖/‖g‖
				langevin(x, epsilon, z, to, 2*kept*kept*s.Corrector.SNR*s.Corrector.SNR*ratio*ratio)
			}
		}
		if err := run.after(i+1, to.t, x); err != nil {
			return err
		}
	}
	return nil
}
