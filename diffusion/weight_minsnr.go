package diffusion

import "euryale/choice"

// MinSNRWeight is min(SNR, γ) on x_0, so min(SNR, γ)/SNR on ε, and min(SNR, γ)/(SNR + 1) on v where α² + σ² = 1 (Hang et
// al. 2023, "Efficient diffusion training via min-SNR weighting strategy").
type MinSNRWeight struct {
	// Gamma is the largest weight on x_0.
	Gamma float64 `yaml:"gamma"`
}

// Weight implements Weight.
func (w *MinSNRWeight) Weight(q Parameterization, p Process, t float64) float64 {
	alpha, sigma := p.Marginal(t)
	return onX0(q, alpha, sigma, min(snrOf(alpha, sigma), w.Gamma))
}

// Validate checks the section.
func (w *MinSNRWeight) Validate() error { return checkWeightNumber("gamma", w.Gamma) }

// checkWeightNumber checks a key of a weight.
func checkWeightNumber(key string, v float64) error {
	if !(v >= 1/maxWeightNumber && v <= maxWeightNumber) {
		return choice.Wrong(key, "must be from 1e-6 to 1e6, got %v", v)
	}
	return nil
}
