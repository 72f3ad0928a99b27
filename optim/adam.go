// Package optim moves the weights: Adam, the clipping of the gradient by its global norm, and the exponential
// moving average of the weights.
//
// Everything works on flat slices, one number for each parameter, and holds no step counter: the caller gives
// the step, so the exported slices and the step are the whole state of a resumed run. Update methods take a
// range [lo, hi) of the parameters and treat each number alone; several workers may update disjoint ranges at
// once, and any partition gives the same bits.
//
// A training step is
//
//	scale, norm := optim.ClipScale(squaredNorm, cfg.ClipNorm)
//	s := adam.Prepare(step, scale)        // step = 1, 2, ...
//	adam.Update(weights, gradient, lo, hi, s)
//	ema.Update(weights, lo, hi, step-1)
//
// Start reading at Adam.
package optim

import (
	"math"

	"euryale/kernel"
)

// Adam is the optimiser of Kingma and Ba (2015), Algorithm 1, for weights p and their gradient g at step
// t = 1, 2, ...:
//
//	m ← β1·m + (1 − β1)·g
//	v ← β2·v + (1 − β2)·g²
//	p ← p − α·m̂/(√v̂ + ε), m̂ = m/(1 − β1ᵗ), v̂ = v/(1 − β2ᵗ)
type Adam struct {
	// M and V are the first and the second moment of the gradient, zero before step 1.
	M, V []float32

	config Config
}

// New returns the optimiser of a valid configuration for size parameters, before its first step.
func New(config Config, size int) *Adam {
	return &Adam{M: make([]float32, size), V: make([]float32, size), config: config}
}

// Prepare returns the constants of a step, counted from 1, for a gradient that is to be multiplied by
// gradScale first. They are computed in float64 and rounded once; like PyTorch's, α takes in the correction
// of m, and the root that of v, so that ε keeps its meaning.
func (a *Adam) Prepare(step int64, gradScale float32) kernel.AdamStep {
	c, t := a.config, float64(step)
	return kernel.AdamStep{
		Beta1:         float32(c.Beta1),
		Beta2:         float32(c.Beta2),
		OneMinusBeta1: float32(1 - c.Beta1),
		OneMinusBeta2: float32(1 - c.Beta2),
		StepSize:      float32(c.LearningRate / (1 - math.Pow(c.Beta1, t))),
		InvSqrtBias2:  float32(1 / math.Sqrt(1-math.Pow(c.Beta2, t))),
		Epsilon:       float32(c.Epsilon),
		GradScale:     gradScale,
	}
}

// Update moves the weights p[lo:hi] by the gradient g[lo:hi], and their moments.
func (a *Adam) Update(p, g []float32, lo, hi int, s kernel.AdamStep) {
	kernel.Adam(p[lo:hi], a.M[lo:hi], a.V[lo:hi], g[lo:hi], s)
}

// Step is Prepare and Update for all weights at once.
func (a *Adam) Step(p, g []float32, step int64, gradScale float32) {
	a.Update(p, g, 0, len(p), a.Prepare(step, gradScale))
}
