package diffusion

import (
	"math"

	"euryale/choice"
)

// Hybrid has the numbers of the loss of Nichol and Dhariwal 2021, equation 16: L_simple + λ L_vlb with λ = 0.001 and
// L_vlb = T times the mean over t of the bound with a learned variance, the mean taken as given. The network has twice as
// many outputs, the prediction and v. It is for chains only. The bound is in nats; the authors' code counts bits, so its λ
// is 1.44 times as large.
//
// It is a Weight, that of its first part, so CheckWeight, WeightWarning and CheckTimesteps take it.
type Hybrid struct{}

// minVariance bounds a variance of the reverse step from below, so that float32 carries what is made of it.
const minVariance = 1e-30

func (*Hybrid) String() string { return "hybrid" }

// Weight implements Weight: 1, as SimpleWeight.
func (*Hybrid) Weight(Parameterization, Process, float64) float64 { return 1 }

// Warning warns as SimpleWeight does.
func (*Hybrid) Warning(q Parameterization, p Process) string {
	return unevenScore("the objective hybrid", q, p)
}

// NeedsUniformTimes gives the reason.
func (*Hybrid) NeedsUniformTimes() string { return boundIsAMean }

// Check refuses continuous time, and chains with a reverse step whose numbers float32 cannot carry. Its
// *choice.FieldError is about the whole section, with the key "".
func (h *Hybrid) Check(q Parameterization, p Process) error {
	if p.Steps() == 0 {
		return choice.Wrong("", "must not be hybrid on a process of continuous time: "+
			"it learns the variance of a chain's reverse step, and continuous time has no steps")
	}
	for t := range checkedTimes(p) {
		if _, low, _, _, scale, _ := h.HybridRow(q, p, t); !(low >= math.Log(minVariance) && scale >= 0 && scale <= maxWeight) {
			return choice.Wrong("", "cannot be hybrid: the reverse step at t = %v has variance %v, and turns an error in prediction %v "+
				"into one %v times as large: expected at least %v and at most %v",
				t, math.Exp(low), q.Prediction, math.Sqrt(scale), minVariance, math.Sqrt(maxWeight))
		}
	}
	return nil
}

// HybridRow returns the numbers of the second part of the loss at step t of a chain, which is boundWeight times the sum
// over coordinates of
//
//	½ (constant + logvar + (posteriorVariance + meanScale (target − prediction)²) exp(−logvar))
//	logvar = f logVarianceMax + (1−f) logVarianceMin,   f = (v+1)/2
//
// (Nichol and Dhariwal 2021, equations 15 and 16), with gradients through logvar alone. It is the divergence
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
