package diffusion

import "math"

// SubVP is the sub-variance-preserving process (Song et al. 2021, equation 12): drift and α of VP, and
//
//	g² = β(t) (1 − α⁴),   σ = 1 − α².
type SubVP struct {
	// BetaMin is β at t = 0, above 0.
	BetaMin float64 `yaml:"beta_min"`
	// BetaMax is β at t = 1, at least BetaMin and at most 200.
	BetaMax float64 `yaml:"beta_max"`
	// Epsilon is the smallest time of training and sampling, above 0 and below 1.
	Epsilon float64 `yaml:"first_time"`
}

// NewSubVP returns a SubVP process, or an error if a number is out of its range.
func NewSubVP(betaMin, betaMax, epsilon float64) (SubVP, error) {
	p := SubVP{betaMin, betaMax, epsilon}
	return p, p.Validate()
}

// Validate implements ProcessOptions.
func (p SubVP) Validate() error {
	if err := p.vp().checkBetas(); err != nil {
		return err
	}
	return p.vp().checkShares(p)
}

// New implements ProcessOptions: the section is the process itself.
func (p SubVP) New() (Process, error) { return valid(p) }

func (p SubVP) vp() VP { return VP(p) }

// Span implements Process: 0, Epsilon and 1.
func (p SubVP) Span() (data, first, last float64) { return 0, p.Epsilon, 1 }

// Steps implements Process.
func (SubVP) Steps() int { return 0 }

// Marginal implements Process.
func (p SubVP) Marginal(t float64) (alpha, sigma float64) {
	inSpan(t, 0, 1)
	l := p.vp().logAlpha(t)
	return math.Exp(l), -math.Expm1(2 * l)
}

// Lambda implements Process.
func (p SubVP) Lambda(t float64) float64 {
	inSpan(t, 0, 1)
	l := p.vp().logAlpha(t)
	return l - math.Log(-math.Expm1(2*l))
}

// Time implements Process.
func (p SubVP) Time(lambda float64) float64 {
	// α² + s α − 1 = 0 with s = σ/α; so α = e^{−a}, sinh a = s/2.
	return p.vp().timeOf(-math.Asinh(math.Exp(-lambda) / 2))
}

// SDE implements Process.
func (p SubVP) SDE(t float64) (drift, diffusion float64) {
	inSpan(t, 0, 1)
	beta := p.vp().beta(t)
	return -beta / 2, math.Sqrt(-beta * math.Expm1(4*p.vp().logAlpha(t)))
}

// PriorDeviation implements Process.
func (SubVP) PriorDeviation() float64 { return 1 }

// NetworkTime implements Process: 999 t, as for VP.
func (SubVP) NetworkTime(t float64) float64 { return 999 * t }
