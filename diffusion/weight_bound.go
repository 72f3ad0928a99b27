package diffusion

import "math"

// BoundWeight is the variational bound's term at t, in nats, with the posterior's variance β̃. For a chain it is
//
//	KL(q(x_s | x_t, x_0) ‖ p(x_s | x_t)) = ½ (SNR(s) − SNR(t)) ‖x_0 − x̂_0‖²
//
// which in ε is β²/(2 β̃ α_t (1−ᾱ_t)) ‖ε − ε̂‖² (Ho et al. 2020, equation 12; Kingma et al. 2021, section 4). At t = 0 it
// is −ln N(x_0; x̂_0, β̃_1 I) up to a constant: a Gaussian decoder with the variance that replaces β̃_0 = 0, as in
// PosteriorLogVariance. In continuous time it is
//
//	½ (−dSNR/dt) ‖x_0 − x̂_0‖² = ½ g² ‖score error‖²,
//
// the likelihood weighting of Song, Durkan, Murray and Ermon 2021, per unit of t.
type BoundWeight struct{}

// Weight implements Weight.
func (*BoundWeight) Weight(q Parameterization, p Process, t float64) float64 {
	alpha, sigma := p.Marginal(t)
	return onX0(q, alpha, sigma, boundOfX0(p, t, snrOf(alpha, sigma)))
}

// NeedsUniformTimes gives the reason.
func (*BoundWeight) NeedsUniformTimes() string { return boundIsAMean }

const boundIsAMean = "the bound is a mean over uniform times"

// RescaledWeight is BoundWeight times T, or times last − first in continuous time: the mean over t is then the whole bound,
// up to constants (RESCALED_KL in the code of Nichol and Dhariwal 2021).
type RescaledWeight struct{}

// Weight implements Weight.
func (*RescaledWeight) Weight(q Parameterization, p Process, t float64) float64 {
	alpha, sigma := p.Marginal(t)
	return onX0(q, alpha, sigma, timeSpan(p)*boundOfX0(p, t, snrOf(alpha, sigma)))
}

// NeedsUniformTimes gives the reason.
func (*RescaledWeight) NeedsUniformTimes() string { return boundIsAMean }

// timeSpan is T, or last − first in continuous time.
func timeSpan(p Process) float64 {
	if Discrete(p) {
		return float64(p.Steps())
	}
	_, first, last := p.Span()
	return last - first
}

// boundOfX0 is BoundWeight on x_0.
func boundOfX0(p Process, t, snr float64) float64 {
	switch {
	case !Discrete(p): // −dSNR/dt = (g/σ)² SNR
		_, g := p.SDE(t)
		_, sigma := p.Marginal(t)
		return (g / sigma) * (g / sigma) * snr / 2
	case t <= 0:
		return math.Exp(-posteriorLogVariance(p, t)) / 2
	default: // SNR(s) (1 − SNR(t)/SNR(s)), which does not cancel
		before := p.Lambda(t - 1)
		return math.Exp(2*before) * -math.Expm1(2*(p.Lambda(t)-before)) / 2
	}
}
