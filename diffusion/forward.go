package diffusion

import (
	"fmt"
	"math"

	"euryale/kernel"
)

// MaxTerminalKL is the KL divergence per dimension, in nats, above which TerminalWarning warns.
const MaxTerminalKL = 1e-3

// largeMoment is the mean square above which TerminalWarning blames the scale of the data, not the process.
const largeMoment = 100

// AddNoise sets xt to a sample of q(x_t | x_0), given its noise eps, for a batch with one t per row:
//
//	xt = α_t x0 + σ_t eps
//
// xt, x0 and eps are [len(t), dim]; xt may be x0 or eps. Rows are independent.
func AddNoise(p Process, xt, x0, eps []float32, t []float64, dim int) {
	for r, tr := range t {
		alpha, sigma := p.Marginal(tr)
		lo, hi := r*dim, (r+1)*dim
		kernel.Combine2(xt[lo:hi], float32(alpha), x0[lo:hi], float32(sigma), eps[lo:hi])
	}
}

// Posterior is q(x_s | x_t, x_0) = N(X0·x_0 + Xt·x_t, Variance·I) for s < t.
type Posterior struct {
	X0, Xt   float64
	Variance float64 // β̃
	// Beta is the variance of the forward step from s to t: β_t for a single step of a chain. Beta and Variance
	// are the usual choices for the variance of the reverse step, the upper and the lower bound of the optimal one
	// (Ho et al. 2020, section 3.2).
	Beta float64
}

// PosteriorOf returns q(x_s | x_t, x_0) for s < t. Of the forward step from s to t, x_t = a x_s + √β z with
// a = α_t/α_s and β = σ_t² − a² σ_s², it is
//
//	mean = α_s β/σ_t² x_0 + a σ_s²/σ_t² x_t,   variance β̃ = β σ_s²/σ_t²
//
// (Ho et al. 2020, equations 6 and 7, for a variance-preserving chain and s = t−1). If s is the time of the data, it
// is x_0 itself.
func PosteriorOf(p Process, t, s float64) Posterior {
	alpha, sigma := p.Marginal(t)
	alphaS, sigmaS := p.Marginal(s)
	// 1 − a² σ_s²/σ_t², the share of x_t's noise that the step adds.
	added := -math.Expm1(2 * (p.Lambda(t) - p.Lambda(s)))
	if sigmaS == 0 {
		return Posterior{X0: alphaS, Beta: sigma * sigma}
	}
	return Posterior{
		X0:       alphaS * added,
		Xt:       alpha / alphaS * (sigmaS / sigma) * (sigmaS / sigma),
		Variance: sigmaS * sigmaS * added,
		Beta:     sigma * sigma * added,
	}
}

// PosteriorLogVariance is ln β̃_t of the step t = 0 … T−1 of a chain, clipped at t = 0: β̃_0 = 0 has no
// logarithm, so β̃_1 replaces it (Nichol and Dhariwal 2021, section 3.1), or β_0 if T = 1.
func (c *Chain) PosteriorLogVariance(t int) float64 { return posteriorLogVariance(c, float64(t)) }

// posteriorLogVariance is PosteriorLogVariance for any discrete process, such as a rescaled chain.
func posteriorLogVariance(p Process, t float64) float64 {
	if p.Steps() == 1 {
		_, sigma := p.Marginal(0)
		return 2 * math.Log(sigma)
	}
	t = max(t, 1)
	return math.Log(PosteriorOf(p, t, t-1).Variance)
}

// TerminalKL is the prior term of the variational bound, in nats per dimension: KL(q(x_T | x_0) ‖ N(0, σ_prior² I)) averaged
// over the data (Ho et al. 2020, L_T of equation 5),
//
//	½ ((α² m + σ²)/σ_prior² − 1 − ln(σ²/σ_prior²))   at the last time,
//
// where m = secondMoment is the mean square of the coordinates of x_0, 1 for standardized data, and σ_prior is
// PriorDeviation.
//
// It is a mean over x_0, not the divergence of the marginal q(x_T) with its first two moments alone: that would be 0
// for standardized data under any variance-preserving schedule, even if x_T still equaled x_0.
func TerminalKL(p Process, secondMoment float64) float64 {
	_, _, last := p.Span()
	alpha, sigma := p.Marginal(last)
	prior := p.PriorDeviation()
	alpha, sigma = alpha/prior, sigma/prior
	return (alpha*alpha*secondMoment + (sigma*sigma - 1) - 2*math.Log(sigma)) / 2
}

// TerminalWarning returns a warning, with a remedy, if the process does not reach noise, that is, if TerminalKL is above
// MaxTerminalKL. Otherwise it returns "".
func TerminalWarning(p Process, secondMoment float64) string {
	kl := TerminalKL(p, secondMoment)
	if kl <= MaxTerminalKL {
		return ""
	}
	_, _, last := p.Span()
	alpha, sigma := p.Marginal(last)
	cure := "use more steps, larger betas or a larger sigma, or draw samples with start: marginal"
	if secondMoment > largeMoment {
		cure = fmt.Sprintf("the mean square of the data is %.3g, which data.standardize: true makes 1", secondMoment)
	}
	return fmt.Sprintf("the prior's KL per dimension is %.3g nats, above %g: "+
		"the process does not reach noise (at its end x is %.3g of the data and %.3g of noise); %s",
		kl, float64(MaxTerminalKL), alpha, sigma, cure)
}
