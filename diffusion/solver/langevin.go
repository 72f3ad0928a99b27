package solver

import (
	"fmt"
	"math"

	"euryale/choice"
	"euryale/kernel"
)

// Langevin is Langevin dynamics at one noise level: the corrector of PredictorCorrector, and every step of
// AnnealedLangevin.
type Langevin struct {
	// Steps per level, at least 1.
	Steps int `yaml:"steps"`
	// SNR is the signal-to-noise ratio r of a step, from 1e-6 to below 1; from 1 on the dynamics are unstable.
	SNR float64 `yaml:"snr"`
}

// Validate returns a *choice.FieldError for a wrong key.
func (l Langevin) Validate() error {
	switch {
	case l.Steps < 1 || l.Steps > maxSteps:
		return choice.Wrong("steps", "must be from 1 to %d, got %d", maxSteps, l.Steps)
	case !(l.SNR >= 1e-6 && l.SNR < 1):
		return choice.Wrong("snr", "must be at least 1e-6 and below 1, got %v", l.SNR)
	}
	return nil
}

func checkSNR(snr float64) error {
	if !(snr > 0 && snr < 1) {
		return fmt.Errorf("the signal-to-noise ratio of a Langevin step must be above 0 and below 1, got %v", snr)
	}
	return nil
}

// langevin is x ← x + step ∇log p + √(2 step) z, with ∇log p = −ε/σ.
func langevin(x, epsilon, z []float32, at level, step float64) {
	kernel.Combine3(x, 1, x, float32(-step/at.sigma), epsilon, float32(math.Sqrt(2*step)), z)
}
