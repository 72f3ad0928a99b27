package diffusion

import (
	"fmt"
	"math"

	"euryale/kernel"
)

// MaxTerminalKL is the KL divergence per dimension, in nats, from which TerminalWarning warns.
const MaxTerminalKL = 1e-3

// Diffuse draws x_t ~ q(x_t | x_0) for a batch with a t for each row:
//
//	xt = √ᾱ_t x0 + √(1−ᾱ_t) eps
//
// xt, x0 and eps are [len(t), dim]; xt may be x0 or eps. Rows are independent, so a batch may be cut
// anywhere.
func (s *Schedule) Diffuse(xt, x0, eps []float32, t []int32, dim int) {
	for r, tr := range t {
		alpha, sigma := float32(s.alpha[tr+1]), float32(s.sigma[tr+1])
		lo, hi := r*dim, (r+1)*dim
		kernel.Combine2(xt[lo:hi], alpha, x0[lo:hi], sigma, eps[lo:hi])
	}
}

// Posterior is q(x_s | x_t, x_0) = N(X0·x_0 + Xt·x_t, Variance·I) for s < t.
type Posterior struct {
	X0, Xt   float64
	Variance float64 // β̃
	// Beta is β = 1 − ᾱ_t/ᾱ_s, the variance of the forward step from s to t. Beta and Variance are the
	// two choices for the variance of the reverse step, upper and lower bound of what is optimal
	// (Ho et al. 2020, section 3.2).
	Beta float64
}

// Posterior returns q(x_s | x_t, x_0) for −1 ≤ s < t (Ho et al. 2020, equations 6 and 7, which have
// s = t−1; for any other s the same holds with β = 1 − ᾱ_t/ᾱ_s and α = 1−β). At s = −1 it is x_0 itself:
// X0 = 1, Xt = 0 and Variance = 0.
func (s *Schedule) Posterior(t, previous int) Posterior {
	logAlpha := s.logAlphaBar[t+1] - s.logAlphaBar[previous+1]
	beta := -math.Expm1(logAlpha)
	if previous == t-1 {
		beta = s.beta[t] // exactly, where the difference above may cancel
	}
	if previous == -1 {
		return Posterior{X0: 1, Beta: beta}
	}
	noise := s.sigma[t+1] * s.sigma[t+1]                       // 1−ᾱ_t
	noisePrevious := s.sigma[previous+1] * s.sigma[previous+1] // 1−ᾱ_s
	return Posterior{
		X0:       s.alpha[previous+1] * beta / noise,
		Xt:       math.Exp(logAlpha/2) * noisePrevious / noise,
		Variance: noisePrevious / noise * beta,
		Beta:     beta,
	}
}

// PosteriorLogVariance is ln β̃_t for t = 0 … T−1, clipped at the start: β̃_0 = 0 has no logarithm, so β̃_1
// stands in for it (Nichol and Dhariwal 2021, section 3.1), or β_0 if there is no t = 1.
func (s *Schedule) PosteriorLogVariance(t int) float64 {
	if s.Steps() == 1 {
		return math.Log(s.beta[t])
	}
	t = max(t, 1)
	return math.Log(s.Posterior(t, t-1).Variance)
}

// TerminalKL is the bound's prior term for each dimension, in nats: KL(q(x_T | x_0) ‖ N(0, I)) averaged over
// the data (Ho et al. 2020, L_T of equation 5),
//
//	½ (ᾱ (m−1) − ln(1−ᾱ)),   ᾱ = ᾱ_{T−1},
//
// where m = secondMoment is the mean square of x_0 for each dimension, 1 for standardised data.
//
// The mean over x_0 is meant, not the divergence of the mixture q(x_T) from its two moments: that one is 0
// for standardised data whatever the schedule, even if x_T still equals x_0.
func (s *Schedule) TerminalKL(secondMoment float64) float64 {
	l := s.logAlphaBar[len(s.logAlphaBar)-1]
	return (math.Exp(l)*(secondMoment-1) - math.Log(-math.Expm1(l))) / 2
}

// TerminalWarning says so if the schedule does not reach noise, that is if TerminalKL is above
// MaxTerminalKL, and what can be done about it; "" if all is well.
func (s *Schedule) TerminalWarning(secondMoment float64) string {
	kl := s.TerminalKL(secondMoment)
	if kl <= MaxTerminalKL {
		return ""
	}
	return fmt.Sprintf("the prior's KL per dimension is %.3g nats, above %g: the schedule does not reach noise (the last alpha-bar is %.3g); "+
		"use more steps or larger betas, or draw samples with start: marginal", kl, float64(MaxTerminalKL), s.AlphaBar(s.Steps()-1))
}
