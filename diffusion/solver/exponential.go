package solver

import (
	"math"

	"euryale/kernel"
)

// exponentialStep has the coefficients that the exponential integrators in x_0 (dpmpp_*.go and unipc.go) share, for a step
// between two levels, "c" and "n" for current and next. They integrate the linear part exactly: with h = λ_n − λ_c,
// s from 0 to 1 over the step, noise of strength η, and H = (1+η) h,
//
//	x_n = (σ_n/σ_c) e^{−ηh} x_c + α_n H ∫ e^{−H(1−s)} x_0(s) ds + σ_n √(1−e^{−2ηh}) z
//
// (Lu et al. 2022, "DPM-Solver++", proposition 4.1 for η = 0). They differ in their approximation of x_0(s).
type exponentialStep struct {
	h     float64 // +Inf to the data, or from a time without signal
	x     float64 // coefficient of x_c
	x0    float64 // coefficient of an x_0 that is constant over the step, α_n (1 − e^{−H})
	noise float64 // coefficient of z

	alpha, decay float64 // α_n and H
}

func newExponentialStep(at, to level, eta float64) exponentialStep {
	e := exponentialStep{h: to.lambda - at.lambda, alpha: to.alpha, x: to.sigma / at.sigma}
	e.decay = e.h
	if eta > 0 { // else 0·∞
		e.decay = (1 + eta) * e.h
		e.x *= math.Exp(-eta * e.h)
		e.noise = to.sigma * math.Sqrt(-math.Expm1(-2*eta*e.h))
	}
	e.x0 = -to.alpha * math.Expm1(-e.decay)
	return e
}

// moments are the coefficients of an x_0 that varies over the step as 1, s, s², s³: α_n H k! φ_{k+1}(−H). h must be
// finite.
func (e exponentialStep) moments() [4]float64 {
	return [4]float64{
		e.x0,
		e.alpha * e.decay * phi(2, -e.decay),
		e.alpha * e.decay * phi(3, -e.decay) * 2,
		e.alpha * e.decay * phi(4, -e.decay) * 6,
	}
}

// phi is the function φ_k of exponential integrators, k from 1 to 4: φ_1(z) = (e^z − 1)/z, φ_{k+1}(z) = (φ_k(z) − 1/k!)/z,
// which is ∫ e^{(1−s)z} s^{k−1}/(k−1)! ds for s from 0 to 1.
func phi(k int, z float64) float64 {
	inverse := 1.0 // 1/k!
	if math.Abs(z) < 1 {
		for j := 2; j <= k; j++ {
			inverse /= float64(j)
		}
		sum := 0.0
		for j, term := 1, inverse; math.Abs(term) > 1e-18*inverse; j++ { // Σ z^j/(j+k)!
			sum += term
			term *= z / float64(j+k)
		}
		return sum
	}
	v := math.Expm1(z) / z
	for j := 1; j < k; j++ {
		inverse /= float64(j)
		v = (v - inverse) / z
	}
	return v
}

// lagrangeWeight is the weight of the value at node r in the integral of the polynomial through the values at 0, r and
// up to two other nodes. moments are the integrals of 1, s, s² and s³.
func lagrangeWeight(moments [4]float64, r float64, others ...float64) float64 {
	switch len(others) {
	case 0:
		return moments[1] / r
	case 1:
		a := others[0]
		return (moments[2] - a*moments[1]) / (r * (r - a))
	default:
		a, b := others[0], others[1]
		return (moments[3] - (a+b)*moments[2] + a*b*moments[1]) / (r * (r - a) * (r - b))
	}
}

// history limits the order of a multistep solver: each order above 1 needs one more earlier prediction, and finite steps
// between them.
type history struct{ steps int }

// order returns the order of a step of length h in λ, at most the wanted one.
func (past *history) order(want int, h float64) int {
	if !ordinary(h) {
		past.steps = 0
		return 1
	}
	past.steps++
	return min(want, past.steps)
}

// ordinary reports whether a length in λ is finite and not 0. It is 0 if λ of the two times rounds to the same number.
func ordinary(h float64) bool { return h > 0 && !math.IsInf(h, 1) }

// finalOrder is the order wanted for step i of n, counted from 0. If lower is set and there are fewer than 15 steps, the
// last ones have lower order, …, 2, 1, for stability (Lu et al. 2022).
func finalOrder(order int, lower bool, i, n int) int {
	if lower && n < 15 {
		return min(order, n-i)
	}
	return order
}

// addTerms is x = a x + Σ c_k m_k, with one to four terms.
func addTerms(x []float32, a float64, c []float64, m [][]float32) {
	switch len(c) {
	case 1:
		kernel.Combine2(x, float32(a), x, float32(c[0]), m[0])
	case 2:
		kernel.Combine3(x, float32(a), x, float32(c[0]), m[0], float32(c[1]), m[1])
	default:
		addTerms(x, a, c[:2], m[:2])
		addTerms(x, 1, c[2:], m[2:])
	}
}
