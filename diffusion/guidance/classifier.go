package guidance

import (
	"fmt"
	"slices"

	"euryale/diffusion"
	"euryale/kernel"
)

// Classifier classifies noised data.
type Classifier interface {
	// LogProbabilityGradient fills dst with ∇ log p(label | x_t), the gradient with respect to x, both [rows, dim]. x is
	// x_t in the coordinates of the process that it was trained on. dst and x do not overlap.
	LogProbabilityGradient(dst, x []float32, t float64, label int)
}

// classifierGuided adds s ∇log p(y | x_t) to the score.
type classifierGuided struct {
	base       diffusion.Denoiser
	classifier Classifier
	process    diffusion.Process
	diffusion.Parameterization
	scale  float64
	label  int
	memory []float32
}

// NewClassifierGuided returns the denoiser of classifier guidance (Dhariwal and Nichol 2021, "Diffusion models beat GANs on
// image synthesis", section 4): base with scale·∇ log p(label | x_t) added to its score. In ε that is their
// algorithm 2,
//
//	ε̂ = ε − σ s ∇ log p(y | x_t)
//
// and for a base that predicts c x_0 + d ε it adds s σ (c σ/α − d) ∇ log p(y | x_t). Ancestral sampling with it moves the
// mean of a step by β_t/√α_t s ∇ log p(y | x_t), which is their algorithm 1 up to 1/√α_t.
//
// With an exact classifier and scale = 1, an unconditional denoiser becomes the conditional one; a larger scale moves
// samples toward what distinguishes the label. With a conditional base, scale is w of classifier-free guidance.
//
// process and q are those of base, and the classifier was trained on the same process. The process must keep some
// signal at its end: otherwise x_t there does not depend on the label. The result predicts the variance if base does. It is
// not Differentiable, which would need the classifier's second derivative. It has buffers: each goroutine makes its own.
func NewClassifierGuided(
	base diffusion.Denoiser, classifier Classifier, process diffusion.Process, q diffusion.Parameterization, scale float64, label int,
) (diffusion.Denoiser, error) {
	if classifier == nil {
		return nil, fmt.Errorf("classifier guidance needs a classifier")
	}
	if _, err := diffusion.NewModel(base, process, q); err != nil {
		return nil, fmt.Errorf("classifier guidance: %w", err)
	}
	if err := checkWeight(scale); err != nil {
		return nil, fmt.Errorf("classifier guidance: %w", err)
	}
	_, _, last := process.Span()
	if alpha, _ := process.Marginal(last); alpha == 0 {
		return nil, fmt.Errorf("classifier guidance: the process has no signal at its end (alpha-bar = 0), " +
			"where a classifier of x_t cannot depend on x_0")
	}
	g := &classifierGuided{base: base, classifier: classifier, process: process, Parameterization: q, scale: scale, label: label}
	if predictsVariance(base) {
		return variances{g}, nil
	}
	return g, nil
}

// Predict implements diffusion.Denoiser.
func (g *classifierGuided) Predict(dst, x []float32, t float64) {
	g.base.Predict(dst, x, t)
	g.guide(dst, x, t)
}

// guide turns the base's prediction in dst into the guided one. x is the base's input, c_in x_t.
func (g *classifierGuided) guide(dst, x []float32, t float64) {
	if g.scale == 0 {
		return
	}
	n := len(x)
	g.memory = slices.Grow(g.memory[:0], 2*n)[:2*n]
	gradient, xt := g.memory[:n], g.memory[n:]
	alpha, sigma := g.process.Marginal(t)
	if in := g.InputScale(alpha, sigma); in == 1 {
		xt = x
	} else {
		for i, v := range x {
			xt[i] = float32(float64(v) / in)
		}
	}
	g.classifier.LogProbabilityGradient(gradient, xt, t, g.label)
	c, d := g.Coefficients(alpha, sigma)
	kernel.Combine2(dst, 1, dst, float32(g.scale*sigma*(c*sigma/alpha-d)), gradient)
}

// predictVariance is Predict with the base's variance.
func (g *classifierGuided) predictVariance(dst, v, x []float32, t float64) {
	g.base.(diffusion.VariancePredictor).PredictVariance(dst, v, x, t)
	g.guide(dst, x, t)
}
