package diffusion

import (
	"math"

	"euryale/choice"
)

// Hybrid has the coefficients of the hybrid loss of Nichol and Dhariwal 2021, equation 16: L_simple + λ L_vlb, with
// λ = 0.001 and L_vlb = T times the mean over t of the bound with a learned variance, with a stopped gradient for the mean.
// The network has twice as many outputs, the prediction and v. It is for chains only. The bound is in nats; the authors'
// code counts bits, so its λ is 1.44 times as large.
//
// It is a Weight, that of its first part, so it can be given to CheckWeight, WeightWarning and CheckTimesteps.
type Hybrid struct{}

// minVariance is the least variance of a reverse step: what follows from it then stays in the range of float32.
const minVariance = 1e-30

func (*Hybrid) String() string { return "hybrid" }

// Weight implements Weight: 1, as SimpleWeight.
func (*Hybrid) Weight(Parameterization, Process, float64) float64 { return 1 }

// Warning warns as SimpleWeight does.
func (*Hybrid) Warning(q Parameterization, p Process) string {
	return unevenScore("the objective hybrid", q, p)
}

// NeedsUniformTimes gives the reason for CheckTimesteps.
func (*Hybrid) NeedsUniformTimes() string { return boundIsAMean }

// Check returns an error for continuous time, and for chains with a reverse step whose coefficients leave the range of
// float32. It is a *choice.FieldError with the key "", for the whole section.
func (h *Hybrid) Check(q Parameterization, p Process) error {
	if !Discrete(p) {
		return choice.Wrong("", "must not be hybrid on a process of continuous time: "+
			"it learns the variance of a chain's reverse step, and continuous time has no steps")
	}
	for t := range checkedTimes(p) {
		if _, low, _, _, scale, _ := h.HybridRow(q, p, t); !(low >= math.Log(minVariance) && scale >= 0 && scale <= maxWeight) {
			return choice.Wrong("", "cannot be hybrid: the reverse step at t = %v has variance %v and multiplies an error "+
				"in the prediction %v by %v: expected at least %v and at most %v",
				t, math.Exp(low), q.Prediction, math.Sqrt(scale), minVariance, math.Sqrt(maxWeight))
		}
	}
	return nil
}

// HybridRow returns the coefficients of the second part of the loss at step t of a chain, which is boundWeight times the
// sum over coordinates of
//
//	½ (constant + logvar + (posteriorVariance + meanScale (target − prediction)²) exp(−logvar))
//	logvar = f logVarianceMax + (1−f) logVarianceMin,   f = (v+1)/2
//
// (Nichol and Dhariwal 2021, equations 15 and 16), with gradients through logvar only. It is the divergence
// KL(q(x_s | x_t, x_0) ‖ N(μ̂, e^logvar)) for s = t−1: logvar lies between ln β̃, clipped at t = 0 as in
// PosteriorLogVariance, and ln β; an error in the prediction times √meanScale is one in the mean μ̂. At t = 0 it is
// the negative log-likelihood of x_0 under the Gaussian decoder N(μ̂, e^logvar), with constant ln 2π and
// posteriorVariance 0. boundWeight is T/1000.
func (*Hybrid) HybridRow(q Parameterization, p Process, t float64) (
	boundWeight, logVarianceMin, logVarianceMax, posteriorVariance, meanScale, constant float64,
) {
	posterior := PosteriorOf(p, t, t-1)
	mean := posterior.X0 / q.ofX0(p.Marginal(t))
	constant = math.Log(2 * math.Pi)
	if t > 0 {
		constant = -1 - math.Log(posterior.Variance)
	}
	return timeSpan(p) / 1000, posteriorLogVariance(p, t), math.Log(posterior.Beta), posterior.Variance, mean * mean, constant
}
