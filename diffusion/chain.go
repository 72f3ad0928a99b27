package diffusion

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// maxSteps bounds the steps of a chain.
const maxSteps = 1_000_000

// Chain is a process of T discrete steps, t = 0 … T−1, and t = −1 for the data. It is either the
// variance-preserving chain of DDPM (Ho, Jain and Abbeel 2020, "Denoising diffusion probabilistic models",
// equations 2 and 4),
//
//	q(x_t | x_{t−1}) = N(√(1−β_t) x_{t−1}, β_t I),   q(x_t | x_0) = N(√ᾱ_t x_0, (1−ᾱ_t) I),
//
// or the variance-exploding chain of NCSN (Song and Ermon 2019), q(x_t | x_0) = N(x_0, σ_t² I). They are
// discretizations of VP and VE.
//
// Between the steps λ is interpolated linearly, and from the data to t = 0 σ/α is, so a network trained on a chain
// also runs under the solvers of continuous time.
//
// Its tables are float64. It never changes, so goroutines may share it. Methods that take an int take t from
// −1 to T−1 unless noted otherwise.
type Chain struct {
	beta      []float64 // of the variance-preserving chain; nil for the other
	preserves bool
	prior     float64
	// Entry t+1 of these tables belongs to time t.
	lambda []float64 // +Inf at t = −1
	alpha  []float64
	sigma  []float64
}

// FromBetas returns the variance-preserving chain with the given β_0 … β_{T−1}, each above 0 and below 1; the
// last may be 1, and then no signal is left at T−1 (zero terminal SNR). It returns an error if ᾱ falls below 1e-60
// before the end, or if the first step adds noise of variance below 1e-60: the coefficients would leave the range
// of float32.
func FromBetas(betas []float64) (*Chain, error) {
	if len(betas) == 0 {
		return nil, fmt.Errorf("a schedule needs at least one beta")
	}
	c := newChain(len(betas))
	c.beta, c.preserves = slices.Clone(betas), true
	c.prior = 1
	l := 0.0 // ln ᾱ, from which ᾱ and 1−ᾱ follow without cancellation
	for t, beta := range betas {
		if !(beta > 0 && beta < 1 || beta == 1 && t == len(betas)-1) {
			return nil, fmt.Errorf("beta at t = %d must be above 0 and below 1, got %v", t, beta)
		}
		l += math.Log1p(-beta)
		noise := -math.Expm1(l)
		if t == 0 && noise < minShare {
			return nil, fmt.Errorf("beta at t = 0 must be at least %v, got %v", minShare, noise)
		}
		if l < math.Log(minShare) && beta != 1 {
			return nil, fmt.Errorf("the signal is gone at t = %d of %d (alpha-bar is below %v): use fewer steps or smaller betas",
				t, len(betas), minShare)
		}
		c.lambda[t+1] = (l - math.Log(noise)) / 2
		c.alpha[t+1] = math.Exp(l / 2)
		c.sigma[t+1] = math.Sqrt(noise)
	}
	return c, nil
}

// FromSigmas returns the variance-exploding chain with the given σ_0 < … < σ_{T−1}. Its prior is
// N(0, σ_{T−1}² I).
func FromSigmas(sigmas []float64) (*Chain, error) {
	if len(sigmas) == 0 {
		return nil, fmt.Errorf("a chain needs at least one sigma")
	}
	c := newChain(len(sigmas))
	c.prior = sigmas[len(sigmas)-1]
	before := 0.0
	for t, sigma := range sigmas {
		if !(sigma > before && sigma >= minSigma && sigma <= maxSigma) {
			return nil, fmt.Errorf("sigma at t = %d must be above %v and from %v to %v, got %v", t, before, minSigma, maxSigma, sigma)
		}
		c.lambda[t+1], c.alpha[t+1], c.sigma[t+1] = -math.Log(sigma), 1, sigma
		before = sigma
	}
	return c, nil
}

func newChain(steps int) *Chain {
	n := steps + 1
	c := &Chain{lambda: make([]float64, n), alpha: make([]float64, n), sigma: make([]float64, n)}
	c.lambda[0], c.alpha[0] = math.Inf(1), 1
	return c
}

// Steps implements Process.
func (c *Chain) Steps() int { return len(c.alpha) - 1 }

// Beta is β_t of the variance-preserving chain, t = 0 … T−1. For a chain of σ it is 0.
func (c *Chain) Beta(t int) float64 {
	if c.beta == nil {
		return 0
	}
	return c.beta[t]
}

// AlphaBar is ᾱ_t = α².
func (c *Chain) AlphaBar(t int) float64 { return c.alpha[t+1] * c.alpha[t+1] }

// SNR is the signal-to-noise ratio α²/σ²; +Inf at t = −1.
func (c *Chain) SNR(t int) float64 { return math.Exp(2 * c.lambda[t+1]) }

// Preserving reports whether α² + σ² = 1, as in DDPM.
func (c *Chain) Preserving() bool { return c.preserves }

// Span implements Process: −1, 0 and T−1.
func (c *Chain) Span() (data, first, last float64) { return -1, 0, float64(c.Steps() - 1) }

// PriorDeviation implements Process: 1, or σ_{T−1} for a chain of σ.
func (c *Chain) PriorDeviation() float64 { return c.prior }

// NetworkTime implements Process: t.
func (c *Chain) NetworkTime(t float64) float64 { return t }

// Marginal implements Process.
func (c *Chain) Marginal(t float64) (alpha, sigma float64) {
	i, w := c.place(t)
	switch {
	case w == 0:
		return c.alpha[i], c.sigma[i]
	case math.IsInf(c.lambda[i+1], -1):
		alpha = c.alpha[i] * (1 - w)
		return alpha, math.Sqrt(1 - alpha*alpha)
	case c.preserves:
		return PreservingMarginal(c.between(i, w))
	default:
		return 1, math.Exp(-c.between(i, w))
	}
}

// Lambda implements Process.
func (c *Chain) Lambda(t float64) float64 {
	i, w := c.place(t)
	switch {
	case w == 0:
		return c.lambda[i]
	case math.IsInf(c.lambda[i+1], -1): // λ has no line to its end at −Inf; α has
		alpha := c.alpha[i] * (1 - w)
		return math.Log(alpha) - math.Log1p(-alpha*alpha)/2
	default:
		return c.between(i, w)
	}
}

// place returns the last table entry at or below t, and how far t is beyond it.
func (c *Chain) place(t float64) (entry int, rest float64) {
	inSpan(t, -1, float64(c.Steps()-1))
	floor := math.Floor(t)
	return int(floor) + 1, t - floor
}

// between interpolates λ between two entries.
func (c *Chain) between(i int, w float64) float64 {
	if i == 0 {
		return c.lambda[1] - math.Log(w)
	}
	return c.lambda[i] + w*(c.lambda[i+1]-c.lambda[i])
}

// Time implements Process.
func (c *Chain) Time(lambda float64) float64 {
	// The first entry whose λ is at most the one wanted.
	i := sort.Search(len(c.lambda), func(i int) bool { return c.lambda[i] <= lambda })
	switch {
	case i == 0:
		return -1
	case i == len(c.lambda):
		return float64(c.Steps() - 1)
	case c.lambda[i] == lambda:
		return float64(i - 1)
	case math.IsInf(c.lambda[i], -1):
		alpha, _ := PreservingMarginal(lambda)
		return float64(i-1) - alpha/c.alpha[i-1]
	case i == 1:
		return math.Expm1(c.lambda[1] - lambda)
	default:
		return float64(i-2) + (lambda-c.lambda[i-1])/(c.lambda[i]-c.lambda[i-1])
	}
}

// SDE implements Process, for the interpolation between the steps. With λ̇ the slope of λ, g² = −2σ²λ̇, and f = σ²λ̇,
// or 0 for a chain of σ.
func (c *Chain) SDE(t float64) (drift, diffusion float64) {
	i, w := c.place(t)
	_, sigma := c.Marginal(t)
	if w == 0 && i > 0 && (i > 1 || c.Steps() == 1) {
		i, w = i-1, 1 // the interval below, except at the first time
	}
	var slope float64
	switch {
	case math.IsInf(c.lambda[i+1], -1): // there α falls in a line
		return -1 / (1 - w), math.Sqrt(2 / (1 - w))
	case i == 0 && w == 0:
		return 0, 0
	case i == 0:
		slope = -1 / w
	default:
		slope = c.lambda[i+1] - c.lambda[i]
	}
	if c.preserves {
		drift = sigma * sigma * slope
	}
	return drift, sigma * math.Sqrt(-2*slope)
}
