package diffusion

import (
	"math"

	"euryale/choice"
)

// VE is the variance-exploding process, the limit of NCSN's chain (Song et al. 2021, equation 9), for t from 0
// to 1:
//
//	α = 1,   σ = SigmaMin (SigmaMax/SigmaMin)^t,   f = 0,   g = σ √(2 ln(SigmaMax/SigmaMin)).
//
// At t = 0 it still has noise SigmaMin. The data is one more step away, at time −1 of its span: between the two,
// σ = (1+t) SigmaMin.
type VE struct {
	// SigmaMin is the noise at the first time, at least 1e-12.
	SigmaMin float64 `yaml:"sigma_min"`
	// SigmaMax is the noise at the last time, above SigmaMin and at most 1e12.
	SigmaMax float64 `yaml:"sigma_max"`
}

// minSigma and maxSigma bound the noise so that its square and its inverse fit float32.
const minSigma, maxSigma = 1e-12, 1e12

// NewVE returns a VE process, or an error if a number is out of its range.
func NewVE(sigmaMin, sigmaMax float64) (VE, error) {
	p := VE{sigmaMin, sigmaMax}
	return p, p.Validate()
}

// Validate implements ProcessOptions.
func (p VE) Validate() error { return checkSigmas(p.SigmaMin, p.SigmaMax) }

// New implements ProcessOptions: the section is the process itself.
func (p VE) New() (Process, error) { return valid(p) }

// checkSigmas checks the keys of the processes that are given by σ.
func checkSigmas(low, high float64) error {
	switch {
	case !(low >= minSigma && low < maxSigma):
		return choice.Wrong("sigma_min", "must be at least %v and below %v, got %v", minSigma, maxSigma, low)
	case !(high > low && high <= maxSigma):
		return choice.Wrong("sigma_max", "must be above sigma_min (%v) and at most %v, got %v", low, maxSigma, high)
	}
	return nil
}

// Span implements Process: −1, 0 and 1.
func (p VE) Span() (data, first, last float64) { return -1, 0, 1 }

// Steps implements Process.
func (VE) Steps() int { return 0 }

// Marginal implements Process.
func (p VE) Marginal(t float64) (alpha, sigma float64) {
	inSpan(t, -1, 1)
	if t < 0 {
		return 1, (1 + t) * p.SigmaMin
	}
	return 1, p.SigmaMin * math.Pow(p.SigmaMax/p.SigmaMin, t)
}

// Lambda implements Process.
func (p VE) Lambda(t float64) float64 {
	inSpan(t, -1, 1)
	if t < 0 {
		return -math.Log(p.SigmaMin) - math.Log1p(t)
	}
	return -math.Log(p.SigmaMin) - t*math.Log(p.SigmaMax/p.SigmaMin)
}

// Time implements Process.
func (p VE) Time(lambda float64) float64 {
	above := -lambda - math.Log(p.SigmaMin) // ln(σ/SigmaMin)
	if above < 0 {
		return math.Expm1(above)
	}
	return min(above/math.Log(p.SigmaMax/p.SigmaMin), 1)
}

// SDE implements Process.
func (p VE) SDE(t float64) (drift, diffusion float64) {
	_, sigma := p.Marginal(t)
	if t < 0 {
		return 0, math.Sqrt(2 * sigma * p.SigmaMin)
	}
	return 0, sigma * math.Sqrt(2*math.Log(p.SigmaMax/p.SigmaMin))
}

// PriorDeviation implements Process.
func (p VE) PriorDeviation() float64 { return p.SigmaMax }

// NetworkTime implements Process: ln σ (Song et al. 2021, appendix on architectures).
func (p VE) NetworkTime(t float64) float64 { return -p.Lambda(t) }
