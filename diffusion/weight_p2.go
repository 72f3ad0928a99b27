package diffusion

import "math"

// P2Weight is 1/(k + SNR)^γ on ε (Choi et al. 2022, "Perception prioritized training of diffusion models", with γ 0.5 or 1
// and k = 1).
type P2Weight struct {
	// Gamma is the exponent: the larger it is, the less weight errors at low noise have.
	Gamma float64 `yaml:"gamma"`
	// K is added to the signal-to-noise ratio.
	K float64 `yaml:"k"`
}

// Weight implements Weight.
func (w *P2Weight) Weight(q Parameterization, p Process, t float64) float64 {
	alpha, sigma := p.Marginal(t)
	snr := snrOf(alpha, sigma)
	return onX0(q, alpha, sigma, snr/math.Pow(w.K+snr, w.Gamma))
}

// Validate checks the section.
func (w *P2Weight) Validate() error {
	if err := checkWeightNumber("gamma", w.Gamma); err != nil {
		return err
	}
	return checkWeightNumber("k", w.K)
}
