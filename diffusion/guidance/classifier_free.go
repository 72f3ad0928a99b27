package guidance

import (
	"fmt"
	"math"
	"slices"

	"euryale/diffusion"
	"euryale/kernel"
)

// classifierFree is (1+w) conditional − w unconditional.
type classifierFree struct {
	conditional, unconditional diffusion.Denoiser
	weight                     float64
	within                     Interval
	memory                     []float32
}

// Interval is the part of a process where the noise σ/α is from Least to Most. Most = 0 is no upper bound, and the zero
// value is all of any process.
type Interval struct {
	Process     diffusion.Process
	Least, Most float64
}

// holds reports whether a time lies in the interval.
func (i Interval) holds(t float64) bool {
	if i == (Interval{}) {
		return true
	}
	noise := diffusion.SigmaRatio(i.Process, t)
	return noise >= i.Least && (i.Most == 0 || noise <= i.Most)
}

// NewClassifierFree returns the denoiser of classifier-free guidance (Ho and Salimans 2022, "Classifier-free diffusion
// guidance", equation 6),
//
//	ε̃ = (1+w) ε(x_t, label) − w ε(x_t)
//
// with weight = w: 0 is the conditional denoiser, −1 the unconditional one, and w > 0 moves samples toward what
// distinguishes the label. In the other common notation, ε(x_t) + s (ε(x_t, label) − ε(x_t)), the "guidance scale" is
// s = 1 + w.
//
// Outside the interval w is 0 (Kynkäänniemi et al. 2024, "Applying guidance in a limited interval improves sample and
// distribution quality in diffusion models"): at high noise, guidance reduces the diversity of the samples, and at
// low noise it only costs a network evaluation.
//
// conditional has a label, or one per row, and unconditional is the same network without a label; they must share the
// parameterization. It can be any: given x_t, each prediction is an affine function of every other, and the weights 1+w and
// −w add up to 1, so it makes no difference which one is combined.
//
// The result is Differentiable if both are. If conditional predicts the variance of a reverse step, so does the result, with
// the same variance. It has buffers: each goroutine makes its own.
func NewClassifierFree(conditional, unconditional diffusion.Denoiser, weight float64, within Interval) (diffusion.Denoiser, error) {
	if conditional == nil || unconditional == nil {
		return nil, fmt.Errorf("classifier-free guidance needs a conditional and an unconditional denoiser")
	}
	if err := checkWeight(weight); err != nil {
		return nil, fmt.Errorf("classifier-free guidance: %w", err)
	}
	if within != (Interval{}) && (within.Process == nil || !(within.Least >= 0) || !(within.Most == 0 || within.Most > within.Least)) {
		return nil, fmt.Errorf("classifier-free guidance: the interval needs a process and bounds from 0 on, in order, got %v to %v",
			within.Least, within.Most)
	}
	g := &classifierFree{conditional: conditional, unconditional: unconditional, weight: weight, within: within}
	tangent, variance := differentiates(conditional) && differentiates(unconditional), predictsVariance(conditional)
	switch {
	case tangent && variance:
		return both{g}, nil
	case tangent:
		return tangents{g}, nil
	case variance:
		return variances{g}, nil
	}
	return g, nil
}

func checkWeight(w float64) error {
	if !(math.Abs(w) <= maxWeight) {
		return fmt.Errorf("the weight must be a number from -1e6 to 1e6, got %v", w)
	}
	return nil
}

// Predict implements diffusion.Denoiser.
func (g *classifierFree) Predict(dst, x []float32, t float64) {
	if g.weight == -1 && g.within.holds(t) {
		g.unconditional.Predict(dst, x, t)
		return
	}
	g.conditional.Predict(dst, x, t)
	g.combine(dst, x, t)
}

// combine turns the conditional prediction in dst into the guided one.
func (g *classifierFree) combine(dst, x []float32, t float64) {
	if g.weight == 0 || !g.within.holds(t) {
		return
	}
	other := g.buffer(len(x))
	g.unconditional.Predict(other, x, t)
	kernel.Combine2(dst, float32(1+g.weight), dst, float32(-g.weight), other)
}

// predictTangent is Predict with the derivative, which is combined in the same way.
func (g *classifierFree) predictTangent(dst, tangent, x, v []float32, t float64) {
	g.conditional.(diffusion.Differentiable).PredictTangent(dst, tangent, x, v, t)
	if g.weight == 0 || !g.within.holds(t) {
		return
	}
	n := len(x)
	memory := g.buffer(2 * n)
	other, otherTangent := memory[:n], memory[n:]
	g.unconditional.(diffusion.Differentiable).PredictTangent(other, otherTangent, x, v, t)
	kernel.Combine2(dst, float32(1+g.weight), dst, float32(-g.weight), other)
	kernel.Combine2(tangent, float32(1+g.weight), tangent, float32(-g.weight), otherTangent)
}

// predictVariance is Predict with the conditional denoiser's variance.
func (g *classifierFree) predictVariance(dst, v, x []float32, t float64) {
	g.conditional.(diffusion.VariancePredictor).PredictVariance(dst, v, x, t)
	g.combine(dst, x, t)
}

func (g *classifierFree) buffer(n int) []float32 {
	g.memory = slices.Grow(g.memory[:0], n)[:n]
	return g.memory
}
