package diffusion

import (
	"math"

	"euryale/choice"
)

// VP is the variance-preserving process of continuous time, the limit of DDPM's linear chain (Song et al.
// 2021, equation 11): β(t) = BetaMin + t (BetaMax − BetaMin) for t from 0 to 1,
//
//	f = −½ β(t),   g = √β(t),   α = exp(−½ ∫β),   σ = √(1−α²).
type VP struct {
	// BetaMin is β at t = 0, above 0.
	BetaMin float64 `yaml:"beta_min"`
	// BetaMax is β at t = 1, at least BetaMin and at most 200.
	BetaMax float64 `yaml:"beta_max"`
	// Epsilon is the smallest time of training and sampling, above 0 and below 1.
	Epsilon float64 `yaml:"first_time"`
}

// maxContinuousBeta bounds β(t).
const maxContinuousBeta = 200.0

// NewVP returns a VP process, or an error if a number is out of its range.
func NewVP(betaMin, betaMax, epsilon float64) (VP, error) {
	p := VP{betaMin, betaMax, epsilon}
	return p, p.Validate()
}

// Validate implements ProcessOptions.
func (p VP) Validate() error {
	if err := p.checkBetas(); err != nil {
		return err
	}
	return p.checkShares(p)
}

// checkBetas checks the range of each number.
func (p VP) checkBetas() error {
	switch {
	case !(p.BetaMin > 0 && p.BetaMin <= maxContinuousBeta):
		return choice.Wrong("beta_min", "must be above 0 and at most %v, got %v", maxContinuousBeta, p.BetaMin)
	case !(p.BetaMax >= p.BetaMin && p.BetaMax <= maxContinuousBeta):
		return choice.Wrong("beta_max", "must be at least beta_min (%v) and at most %v, got %v",
			p.BetaMin, maxContinuousBeta, p.BetaMax)
	case !(p.Epsilon > 0 && p.Epsilon < 1):
		return choice.Wrong(firstTimeKey, "must be above 0 and below 1, got %v", p.Epsilon)
	}
	return nil
}

// checkShares checks that process, which has these numbers, keeps enough signal and noise at its ends.
func (p VP) checkShares(process Process) error {
	if alpha, _ := process.Marginal(1); alpha*alpha < minShare {
		return choice.Wrong("beta_max", "is too large: the signal is gone at the end (alpha-bar is %v, below %v)",
			alpha*alpha, minShare)
	}
	return checkNoise(process)
}

// New implements ProcessOptions: the section is the process itself.
func (p VP) New() (Process, error) { return valid(p) }

// logAlpha is −½ ∫β from 0 to t.
func (p VP) logAlpha(t float64) float64 {
	return -t * (p.BetaMin + t*(p.BetaMax-p.BetaMin)/2) / 2
}

// timeOf is the inverse of logAlpha, clamped to the span.
func (p VP) timeOf(logAlpha float64) float64 {
	if logAlpha <= p.logAlpha(1) {
		return 1
	}
	// ¼(b₁−b₀) t² + ½ b₀ t + logAlpha = 0, by the form of the quadratic formula that does not cancel.
	t := -4 * logAlpha / (p.BetaMin + math.Sqrt(p.BetaMin*p.BetaMin-4*(p.BetaMax-p.BetaMin)*logAlpha))
	return min(max(t, 0), 1)
}

func (p VP) beta(t float64) float64 { return p.BetaMin + t*(p.BetaMax-p.BetaMin) }

// Span implements Process: 0, Epsilon and 1.
func (p VP) Span() (data, first, last float64) { return 0, p.Epsilon, 1 }

// Steps implements Process.
func (VP) Steps() int { return 0 }

// Marginal implements Process.
func (p VP) Marginal(t float64) (alpha, sigma float64) {
	inSpan(t, 0, 1)
	l := p.logAlpha(t)
	return math.Exp(l), math.Sqrt(-math.Expm1(2 * l))
}

// Lambda implements Process.
func (p VP) Lambda(t float64) float64 {
	inSpan(t, 0, 1)
	l := p.logAlpha(t)
	return l - math.Log(-math.Expm1(2*l))/2
}

// Time implements Process.
func (p VP) Time(lambda float64) float64 {
	if lambda < 0 { // ln α = λ − ½ ln(1 + e^{2λ})
		return p.timeOf(lambda - math.Log1p(math.Exp(2*lambda))/2)
	}
	return p.timeOf(-math.Log1p(math.Exp(-2*lambda)) / 2)
}

// SDE implements Process.
func (p VP) SDE(t float64) (drift, diffusion float64) {
	inSpan(t, 0, 1)
	return -p.beta(t) / 2, math.Sqrt(p.beta(t))
}

// PriorDeviation implements Process.
func (VP) PriorDeviation() float64 { return 1 }

// NetworkTime implements Process: 999 t, as for networks made for the 1000 steps of DDPM (Song et al. 2021).
func (VP) NetworkTime(t float64) float64 { return 999 * t }
