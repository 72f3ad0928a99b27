// Package multinomial is the mathematics of multinomial diffusion, which noises a category by now and then replacing it by
// one of the K categories at random (Hoogeboom et al. 2021, "Argmax flows and multinomial diffusion"; Kotelnikov et al. 2023,
// "TabDDPM"). With ᾱ of a variance-preserving chain, and x one-hot,
//
//		q(x_t | x_0) = Cat(ᾱ_t x_0 + (1−ᾱ_t)/K)
//
//	  - Step (this file) is the way between two times of the chain, and LogPosterior the distribution of the step back.
//	  - draw.go draws categories: Noisy from q(x_t | x_0), Draw from any distribution.
//	  - logs.go has sums and softmaxes of logarithms.
//
// Probabilities are logarithms in float64. A category is an index from 0 to K−1.
package multinomial

import (
	"math"

	"euryale/diffusion"
)

// Group is the coordinates First … First+Categories−1 of a row, which hold a category one-hot.
type Group struct{ First, Categories int }

// Step is the step of a chain from a time s to a later time t, of which q(x_t | x_s) = Cat(α x_s + (1−α)/K), as logarithms.
type Step struct {
	Keep, Mix  float64 // ln ᾱ_s and ln(1−ᾱ_s): 0 and −Inf if s is the data
	Stay, Move float64 // ln α and ln(1−α), with α = ᾱ_t/ᾱ_s
}

// StepOf is the step between two times s < t of a variance-preserving process.
func StepOf(p diffusion.Process, t, s float64) Step {
	keep, mix := logShares(p, s)
	later, _ := logShares(p, t)
	return Step{Keep: keep, Mix: mix, Stay: later - keep, Move: math.Log(-math.Expm1(later - keep))}
}

// logShares are ln ᾱ and ln(1−ᾱ), from λ, so that neither cancels: ᾱ = 1/(1+e^{−2λ}).
func logShares(p diffusion.Process, t float64) (keep, mix float64) {
	lambda := p.Lambda(t)
	return -LogAddExp(0, -2*lambda), -LogAddExp(0, 2*lambda)
}

// LogPosterior turns ln x̂_0, the logarithm of a distribution of x_0, into
//
//	ln π_k = ln(ᾱ_s x̂_0,k + (1−ᾱ_s)/K) + ln(α [x_t = k] + (1−α)/K) − ln Z
//
// in place. If x̂_0 is one-hot, it is q(x_s | x_t, x_0) (Hoogeboom et al. 2021, equations 13 and 14); if it is what a net
// predicts, it is the reverse step of the model.
func (s Step) LogPosterior(logX0 []float64, xt int) {
	k := math.Log(float64(len(logX0)))
	other := s.Move - k
	same := LogAddExp(s.Stay, other)
	for i, v := range logX0 {
		logX0[i] = LogAddExp(v+s.Keep, s.Mix-k) + other
	}
	logX0[xt] += same - other
	z := LogSumExp(logX0)
	for i := range logX0 {
		logX0[i] -= z
	}
}

// PriorKL is the prior term of the bound, KL(q(x_T | x_0) ‖ 1/K), in nats: the same for every x_0.
func PriorKL(p diffusion.Process, categories int) float64 {
	_, _, last := p.Span()
	keep, mix := logShares(p, last)
	k := float64(categories)
	other := mix - math.Log(k)
	same := LogAddExp(keep, other)
	kl := math.Exp(same) * (same + math.Log(k))
	if categories > 1 {
		kl += (k - 1) * math.Exp(other) * mix // ln(other·K) = mix
	}
	return max(kl, 0)
}
