package diffusion

import (
	"fmt"
	"math"
)

// Loss is what a row's error weighs by its t. Training minimises, over rows and coordinates, the mean of
//
//	Weight(t) · distance(target − prediction)
//
// in the network's own prediction p = c x_0 + d ε. The weights of the papers are of errors in x_0 or in ε. As x_t
// is given, an error e in x_0 is −(α/σ) e in ε and (c − dα/σ) e in p, so
//
//	weight of p = (weight of x_0)/(c − dα/σ)² = (weight of ε)/(d − cσ/α)²,   weight of x_0 = (weight of ε) SNR.
//
// This holds for squared errors; with another distance only "simple" is allowed.
type Loss struct {
	name             string
	process          Process
	parameterisation Parameterisation
	config           LossConfig
	last             float64
	span             float64 // of the times: T, or last − first in continuous time
}

// LossWeights lists what LossConfig.Weight may be.
func LossWeights() []string { return namesOf(LossWeightChoices()) }

// LossWeightChoices are the weights of a loss. With SNR = α²/σ², σ̂ = σ/α, and s the time before t in a chain:
//
//	simple          1 on the network's own prediction: L_simple of Ho et al. 2020, equation 14, for eps
//	bound           the variational bound's term at t, in nats, with the posterior's variance β̃. In a chain,
//	                KL(q(x_s | x_t, x_0) ‖ p(x_s | x_t)) = ½ (SNR(s) − SNR(t)) ‖x_0 − x̂_0‖², which in ε is
//	                β²/(2 β̃ α_t (1−ᾱ_t)) ‖ε − ε̂‖² (Ho et al. 2020, equation 12; Kingma et al. 2021, section 4).
//	                At t = 0 it is −ln N(x_0; x̂_0, β̃_1 I) but for a constant: a Gaussian decoder of the variance that
//	                stands in for β̃_0 = 0, as in PosteriorLogVariance. In continuous time it is
//	                ½ (−dSNR/dt) ‖x_0 − x̂_0‖² = ½ g² ‖score error‖², the likelihood weighting of Song, Durkan, Murray
//	                and Ermon 2021, a density over t.
//	rescaled        bound times T, or times last − first: the mean over t is then the whole bound but for its
//	                constants (RESCALED_KL in the code of Nichol and Dhariwal 2021)
//	hybrid          simple, and T/1000 times the bound with a learned variance, the mean taken as given: L_simple +
//	                λ L_vlb of Nichol and Dhariwal 2021, equation 16, with λ = .001 and L_vlb = T times the mean
//	                over t. The network has 2·dim outputs; chains only. See HybridRow. All bounds here are in nats;
//	                the authors' code counts bits, so its λ is 1.44 times as large.
//	score_matching  denoising score matching with λ(t) = σ² (Song and Ermon 2019; Song et al. 2021): 1 on ε, without
//	                the ½ of the first of them
//	edm             (σ̂² + σ_d²)/(σ̂ σ_d)² on x_0, which is 1 on F (Karras et al. 2022, table 1)
//	min_snr         min(SNR, γ) on x_0, so min(SNR, γ)/SNR on ε, and min(SNR, γ)/(SNR + 1) on v where α² + σ² = 1
//	                (Hang et al. 2023, "Efficient diffusion training via min-SNR weighting strategy")
//	p2              1/(k + SNR)^γ on ε (Choi et al. 2022, "Perception prioritized training of diffusion models",
//	                with γ 0.5 or 1 and k = 1)
//
// They are meant for t drawn uniformly, or by importance with its weights; edm for t drawn log_normal.
func LossWeightChoices() []Choice {
	return []Choice{
		{"simple", "1 on the network's own prediction (Ho et al. 2020)", nil},
		{"bound", "the variational bound's term at t (Ho et al. 2020; Song et al. 2021)", nil},
		{"rescaled", "the bound times the number of steps: its mean is the whole bound (Nichol and Dhariwal 2021)", nil},
		{"hybrid", "simple, and a little of the bound for a learned variance (Nichol and Dhariwal 2021)", nil},
		{"score_matching", "denoising score matching with λ = σ², 1 on eps (Song and Ermon 2019)", nil},
		{"edm", "1 on F, (σ̂²+σ_d²)/(σ̂σ_d)² on x_0 (Karras et al. 2022)", []string{"data_deviation"}},
		{"min_snr", "the signal-to-noise ratio on x_0, at most min_snr_gamma (Hang et al. 2023)", []string{"loss.min_snr_gamma"}},
		{"p2", "1/(p2_k + SNR)^p2_gamma on eps (Choi et al. 2022)", []string{"loss.p2_gamma", "loss.p2_k"}},
	}
}

// LossDistances lists what LossConfig.Distance may be.
func LossDistances() []string { return []string{"squared", "absolute", "huber"} }

const (
	// maxWeight bounds a weight from above, and minVariance a variance of the reverse step from below, so that
	// float32 carries what is made of them.
	maxWeight   = 1e30
	minVariance = 1e-30
	// weightsChecked is at how many times a weight of continuous time is looked at.
	weightsChecked = 1000
)

// NewLoss returns the loss of a configuration on its process. It refuses a weight that is not finite, or above
// 1e30, at a time that training may draw.
func NewLoss(c Config, p Process) (*Loss, error) {
	q, err := NewParameterisation(c)
	if err != nil {
		return nil, err
	}
	if key, err := c.checkLoss(p.Steps() > 0); err != nil {
		return nil, fmt.Errorf("%s %w", key, err)
	}
	_, first, last := p.Span()
	l := &Loss{name: c.Loss.Weight, process: p, parameterisation: q, config: c.Loss, last: last, span: last - first}
	checked := weightsChecked
	if p.Steps() > 0 {
		l.span = float64(p.Steps())
		checked = p.Steps() - 1
	}
	for i := 0; i <= checked; i++ {
		t := first + (last-first)*float64(i)/float64(max(checked, 1))
		if i == checked {
			t = last
		}
		if w := l.Weight(t); !(w >= 0 && w <= maxWeight) {
			return nil, fmt.Errorf("loss: the weight %s of prediction %v at t = %v is %v, expected a number from 0 to %v", l.name, q.Prediction, t, w, maxWeight)
		}
		if !l.Hybrid() {
			continue
		}
		if _, low, _, _, scale, _ := l.HybridRow(t); !(low >= math.Log(minVariance) && scale >= 0 && scale <= maxWeight) {
			return nil, fmt.Errorf("loss: the reverse step at t = %v has variance %v, and turns an error in prediction %v into one %v times as large: expected at least %v and at most %v",
				t, math.Exp(low), q.Prediction, math.Sqrt(scale), minVariance, math.Sqrt(maxWeight))
		}
	}
	return l, nil
}

// Weight is the weight of the squared error in the network's own prediction at t; with hybrid, that of its first
// part, which is simple.
func (l *Loss) Weight(t float64) float64 {
	if l.name == "simple" || l.name == "hybrid" {
		return 1
	}
	alpha, sigma := l.process.Marginal(t)
	factor := l.ofX0(alpha, sigma)
	return l.weightOfX0(t, alpha, sigma) / (factor * factor)
}

// mostSpan is how far the weights of simple may lie apart before Warning warns.
const mostSpan = 1e6

// Warning says so if the loss is simple in the score, −ε/σ, and σ spans so many orders of magnitude that a network will
// learn nothing where it is large; "" if all is well.
func (l *Loss) Warning() string {
	if l.parameterisation.Prediction != Score || l.name != "simple" && l.name != "hybrid" {
		return "" // the other predictions are of the size of the data or of the noise
	}
	_, first, last := l.process.Span()
	_, low := l.process.Marginal(first)
	_, high := l.process.Marginal(last)
	if span := (high / low) * (high / low); span > mostSpan { // an error e in the score is −σe in ε
		return fmt.Sprintf("with loss.weight %s an error in the score weighs %.2g times as much at the first time as at the last, so the last will not be learned; take loss.weight: score_matching", l.name, span)
	}
	return ""
}

// ofX0 is (error in p)/(error in x_0) = c − dα/σ. Unlike d − cσ/α it also stands at α = 0.
func (l *Loss) ofX0(alpha, sigma float64) float64 {
	c, d := l.parameterisation.Coefficients(alpha, sigma)
	return c - d*alpha/sigma
}

func (l *Loss) weightOfX0(t, alpha, sigma float64) float64 {
	snr := (alpha / sigma) * (alpha / sigma)
	switch l.name {
	case "bound":
		return l.boundOfX0(t, snr)
	case "rescaled":
		return l.span * l.boundOfX0(t, snr)
	case "edm":
		return 1/(l.parameterisation.DataDeviation*l.parameterisation.DataDeviation) + snr
	case "min_snr":
		return min(snr, l.config.MinSNRGamma)
	case "p2":
		return snr / math.Pow(l.config.P2K+snr, l.config.P2Gamma)
	default: // score_matching
		return snr
	}
}

// boundOfX0 is the weight "bound" on x_0.
func (l *Loss) boundOfX0(t, snr float64) float64 {
	switch {
	case l.process.Steps() == 0: // −dSNR/dt = (g/σ)² SNR
		_, g := l.process.SDE(t)
		_, sigma := l.process.Marginal(t)
		return (g / sigma) * (g / sigma) * snr / 2
	case t <= 0:
		return math.Exp(-posteriorLogVariance(l.process, t)) / 2
	default: // SNR(s) (1 − SNR(t)/SNR(s)), which does not cancel
		before := l.process.Lambda(t - 1)
		return math.Exp(2*before) * -math.Expm1(2*(l.process.Lambda(t)-before)) / 2
	}
}

// Hybrid says whether the loss trains a variance with the mean. The network then has 2·dim outputs, the prediction
// and v, and the loss of a row has a second part, from HybridRow.
func (l *Loss) Hybrid() bool { return l.name == "hybrid" }

// HybridRow returns the numbers of the second part of a hybrid loss at step t of a chain, which is boundWeight times
// the sum over coordinates of
//
//	½ (constant + logvar + (posteriorVariance + meanScale (target − prediction)²) exp(−logvar))
//	logvar = f logVarianceMax + (1−f) logVarianceMin,   f = (v+1)/2
//
// (Nichol and Dhariwal 2021, equations 15 and 16), with gradients through logvar alone. It is the divergence
// KL(q(x_s | x_t, x_0) ‖ N(μ̂, e^logvar)) for s = t−1: logvar lies between ln β̃, clipped at t = 0 as in
// PosteriorLogVariance, and ln β; an error in the prediction times √meanScale is one in the mean μ̂. At t = 0 it is
// the negative log-likelihood of x_0 under the Gaussian decoder N(μ̂, e^logvar), with constant ln 2π and
// posteriorVariance 0. boundWeight is T/1000.
func (l *Loss) HybridRow(t float64) (boundWeight, logVarianceMin, logVarianceMax, posteriorVariance, meanScale, constant float64) {
	q := PosteriorOf(l.process, t, t-1)
	mean := q.X0 / l.ofX0(l.process.Marginal(t))
	constant = math.Log(2 * math.Pi)
	if t > 0 {
		constant = -1 - math.Log(q.Variance)
	}
	return l.span / 1000, posteriorLogVariance(l.process, t), math.Log(q.Beta), q.Variance, mean * mean, constant
}
