package diffusion

import (
	"fmt"
	"math"
)

// VP is the variance-preserving process of continuous time, the limit of DDPM's linear chain (Song et al.
// 2021, equation 11): β(t) = BetaMin + t (BetaMax − BetaMin) for t from 0 to 1,
//
//	f = −½ β(t),   g = √β(t),   α = exp(−½ ∫β),   σ = √(1−α²).
type VP struct{ BetaMin, BetaMax, Epsilon float64 }

// SubVP is the sub-variance-preserving process (Song et al. 2021, equation 12): drift and α of VP, and
//
//	g² = β(t) (1 − α⁴),   σ = 1 − α².
type SubVP struct{ BetaMin, BetaMax, Epsilon float64 }

// VE is the variance-exploding process, the limit of NCSN's chain (Song et al. 2021, equation 9), for t from 0
// to 1:
//
//	α = 1,   σ = SigmaMin (SigmaMax/SigmaMin)^t,   f = 0,   g = σ √(2 ln(SigmaMax/SigmaMin)).
//
// At t = 0 it still has noise SigmaMin; the data is behind a last step, which its span calls time −1: between
// the two, σ = (1+t) SigmaMin.
type VE struct{ SigmaMin, SigmaMax float64 }

// EDM is the process of Karras et al. (2022), "Elucidating the design space of diffusion-based generative
// models": time is the noise itself, α = 1, σ = t, f = 0, g = √(2t). Networks are asked from SigmaMin to
// SigmaMax.
type EDM struct{ SigmaMin, SigmaMax float64 }

// NewVP checks the numbers of a VP process: 0 < betaMin ≤ betaMax, and 0 < epsilon < 1, the first time at
// which a network is asked.
func NewVP(betaMin, betaMax, epsilon float64) (VP, error) {
	p := VP{betaMin, betaMax, epsilon}
	if err := p.check(); err != nil {
		return p, err
	}
	return p, checkShares(p)
}

// NewSubVP checks the numbers of a SubVP process as NewVP does.
func NewSubVP(betaMin, betaMax, epsilon float64) (SubVP, error) {
	p := SubVP{betaMin, betaMax, epsilon}
	if err := p.vp().check(); err != nil {
		return p, err
	}
	return p, checkShares(p)
}

// checkShares holds a process to the bounds of a chain.
func checkShares(p Process) error {
	_, first, last := p.Span()
	if _, sigma := p.Marginal(first); sigma*sigma < minShare {
		return fmt.Errorf("the noise at the first time, t = %v, has variance %v, below %v: use a later time or larger betas", first, sigma*sigma, minShare)
	}
	if alpha, _ := p.Marginal(last); alpha*alpha < minShare {
		return fmt.Errorf("the signal is gone at the end (alpha-bar is %v, below %v): use smaller betas", alpha*alpha, minShare)
	}
	return nil
}

func (p VP) check() error {
	if !(p.BetaMin > 0 && p.BetaMax >= p.BetaMin && p.BetaMax <= maxContinuousBeta) {
		return fmt.Errorf("betas must be above 0, in order, and at most %v, got %v and %v", maxContinuousBeta, p.BetaMin, p.BetaMax)
	}
	if !(p.Epsilon > 0 && p.Epsilon < 1) {
		return fmt.Errorf("the first time must be above 0 and below 1, got %v", p.Epsilon)
	}
	return nil
}

// NewVE checks the numbers of a VE process: 0 < sigmaMin < sigmaMax.
func NewVE(sigmaMin, sigmaMax float64) (VE, error) {
	return VE{sigmaMin, sigmaMax}, checkSigmas(sigmaMin, sigmaMax)
}

// NewEDM checks the numbers of an EDM process: 0 < sigmaMin < sigmaMax.
func NewEDM(sigmaMin, sigmaMax float64) (EDM, error) {
	return EDM{sigmaMin, sigmaMax}, checkSigmas(sigmaMin, sigmaMax)
}

func checkSigmas(low, high float64) error {
	if !(low >= minSigma && high > low && high <= maxSigma) {
		return fmt.Errorf("sigmas must rise from at least %v to at most %v, got %v and %v", minSigma, maxSigma, low, high)
	}
	return nil
}

// maxContinuousBeta bounds β(t).
const maxContinuousBeta = 200.0

// minSigma and maxSigma bound the noise so that its square and its inverse fit float32.
const minSigma, maxSigma = 1e-12, 1e12

// logAlpha is −½ ∫β from 0 to t.
func (p VP) logAlpha(t float64) float64 {
	return -t * (p.BetaMin + t*(p.BetaMax-p.BetaMin)/2) / 2
}

// timeOf is the inverse of logAlpha, brought into the span.
func (p VP) timeOf(logAlpha float64) float64 {
	if logAlpha <= p.logAlpha(1) {
		return 1
	}
	// ¼(b₁−b₀) t² + ½ b₀ t + logAlpha = 0, by the root formula that does not cancel.
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

// NetworkTime implements Process: 999 t, so that networks made for DDPM's 1000 steps suit (Song et al. 2021).
func (VP) NetworkTime(t float64) float64 { return 999 * t }

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

// inSpan panics, as an index does, for a time outside a process.
func inSpan(t, low, high float64) {
	if !(t >= low && t <= high) {
		panic(fmt.Sprintf("diffusion: time %v is outside the process, from %v to %v", t, low, high))
	}
}
