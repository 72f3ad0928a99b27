package diffusion

import "math"

// EDM is the process of Karras et al. (2022), "Elucidating the design space of diffusion-based generative
// models": time is the noise level itself, α = 1, σ = t, f = 0, g = √(2t). Networks are evaluated from SigmaMin to
// SigmaMax.
type EDM struct {
	// SigmaMin is the noise at the first time, at least 1e-12.
	SigmaMin float64 `yaml:"sigma_min"`
	// SigmaMax is the noise at the last time, above SigmaMin and at most 1e12.
	SigmaMax float64 `yaml:"sigma_max"`
}

// NewEDM returns an EDM process, or an error if a number is out of its range.
func NewEDM(sigmaMin, sigmaMax float64) (EDM, error) {
	p := EDM{sigmaMin, sigmaMax}
	return p, p.Validate()
}

// Validate implements ProcessOptions.
func (p EDM) Validate() error { return checkSigmas(p.SigmaMin, p.SigmaMax) }

// New implements ProcessOptions: the section is the process itself.
func (p EDM) New() (Process, error) { return valid(p) }

// Span implements Process: 0, SigmaMin and SigmaMax.
func (p EDM) Span() (data, first, last float64) { return 0, p.SigmaMin, p.SigmaMax }

// Steps implements Process.
func (EDM) Steps() int { return 0 }

// Marginal implements Process.
func (EDM) Marginal(t float64) (alpha, sigma float64) {
	inSpan(t, 0, math.Inf(1))
	return 1, t
}

// Lambda implements Process.
func (EDM) Lambda(t float64) float64 {
	inSpan(t, 0, math.Inf(1))
	return -math.Log(t)
}

// Time implements Process.
func (p EDM) Time(lambda float64) float64 { return min(math.Exp(-lambda), p.SigmaMax) }

// SDE implements Process.
func (EDM) SDE(t float64) (drift, diffusion float64) {
	inSpan(t, 0, math.Inf(1))
	return 0, math.Sqrt(2 * t)
}

// PriorDeviation implements Process.
func (p EDM) PriorDeviation() float64 { return p.SigmaMax }

// NetworkTime implements Process: c_noise = ¼ ln σ.
func (EDM) NetworkTime(t float64) float64 { return math.Log(t) / 4 }
