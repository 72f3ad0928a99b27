package ops

// LearnedRange is the hybrid loss of Nichol and Dhariwal, "Improved denoising diffusion probabilistic models" (2021),
// for a net that predicts e and, per coordinate, a position v between two log-variances:
//
//	logvar = f·LogVarianceMax + (1 − f)·LogVarianceMin, f = (v + 1)/2 with v not clamped to [−1, 1]
//	bound  = ½(Constant + logvar + (PosteriorVariance + MeanScale·(Target − e)²)·exp(−logvar))
//	loss   = Σ_r (Weight·Σ_j (Target − e)² + BoundWeight·Σ_j bound)
//
// With Constant = −1 − ln PosteriorVariance the bound is the Kullback–Leibler divergence between Gaussians whose means
// differ by √MeanScale·(Target − e); with Constant = ln 2π and PosteriorVariance = 0 it is a Gaussian's negative
// log-likelihood. All operands after Target hold one number per row.
//
// It is differentiated only with respect to the prediction, and the bound treats e as a constant: the bound trains the
// variances, and the squared error trains the means.
type LearnedRange struct {
	Prediction        *Node // [2·dim]: e, then v
	Target            *Node // [dim]
	Weight            *Node // of the squared error
	BoundWeight       *Node
	LogVarianceMin    *Node // ln of the clipped posterior variance β̃
	LogVarianceMax    *Node // ln β
	PosteriorVariance *Node // β̃
	MeanScale         *Node // squared ratio of an error in the posterior's mean to an error in e
	Constant          *Node
}

// Operands implements Op.
func (l LearnedRange) Operands() []*Node {
	return []*Node{l.Prediction, l.Target,
		l.Weight, l.BoundWeight, l.LogVarianceMin, l.LogVarianceMax, l.PosteriorVariance, l.MeanScale, l.Constant}
}

// LearnedRange records the loss.
func (b *Builder) LearnedRange(layer string, l LearnedRange) *Node {
	if !b.rows(layer, role{"the prediction", l.Prediction}, role{"the target", l.Target}) {
		return nil
	}
	prediction, target := l.Prediction.shape, l.Target.shape
	if len(target) == 0 || len(prediction) == 0 || l.Prediction.Size() != 2*l.Target.Size() {
		return b.Fail("layer %q: expected a prediction [2·dim] and a target [dim], got shapes %s and %s",
			layer, text(prediction), text(target))
	}
	if !b.numbers(layer, role{"the weight", l.Weight}, role{"the bound's weight", l.BoundWeight},
		role{"the smallest log-variance", l.LogVarianceMin}, role{"the largest log-variance", l.LogVarianceMax},
		role{"the posterior variance", l.PosteriorVariance}, role{"the mean's scale", l.MeanScale}, role{"the constant", l.Constant}) {
		return nil
	}
	return b.record(layer, l, nil, false)
}
