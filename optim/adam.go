package optim

import (
	"math"

	"euryale/choice"
	"euryale/kernel"
)

// Adam is the optimizer of Kingma and Ba (2015), Algorithm 1, for weights p and their gradient g at step t = 1, 2, …,
// with the learning rate α of the step:
//
//	m ← β1·m + (1 − β1)·g
//	v ← β2·v + (1 − β2)·g²
//	p ← p − α·m̂/(√v̂ + ε), m̂ = m/(1 − β1ᵗ), v̂ = v/(1 − β2ᵗ)
type Adam struct {
	// Beta1 is the decay rate of the first moment, from 0 to 0.9999999.
	Beta1 float64 `yaml:"beta1"`
	// Beta2 is the decay rate of the second moment, from 0 to 0.9999999.
	Beta2 float64 `yaml:"beta2"`
	// Epsilon is added to the root of the bias-corrected second moment, from 1e-20 to below 1.
	Epsilon float64 `yaml:"epsilon"`
}

// defaultAdam has PyTorch's defaults.
func defaultAdam() *Adam { return &Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8} }

// Bounds of what float32 can hold. It rounds a decay above mostDecay up to 1, so that nothing would be forgotten. Where a
// gradient is so small that its square underflows, an epsilon below leastEpsilon no longer keeps the step small.
const (
	mostDecay    = 0.9999999
	leastEpsilon = 1e-20
)

// Validate returns the offending key.
func (a *Adam) Validate() error {
	switch {
	case !(a.Beta1 >= 0 && a.Beta1 <= mostDecay):
		return choice.Wrong("beta1", "must be from 0 to %v, got %v", mostDecay, a.Beta1)
	case !(a.Beta2 >= 0 && a.Beta2 <= mostDecay):
		return choice.Wrong("beta2", "must be from 0 to %v, got %v", mostDecay, a.Beta2)
	case !(a.Epsilon >= leastEpsilon && a.Epsilon < 1):
		return choice.Wrong("epsilon", "must be at least %v and below 1, got %v", leastEpsilon, a.Epsilon)
	}
	return nil
}

// Phase reports that Adam moves the weights.
func (a *Adam) Phase() Phase { return Moves }

// New returns the transform with both moments zero.
func (a *Adam) New(weights []float32) Transform { return newAdam(*a, "optim.adam.", len(weights)) }

func newAdam(options Adam, prefix string, size int) *adam {
	return &adam{Adam: options, prefix: prefix, m: make([]float32, size), v: make([]float32, size)}
}

// adam is Adam at work.
type adam struct {
	Adam
	prefix string
	m, v   []float32 // the first and the second moment of the gradient
	step   kernel.AdamStep
}

// Begin computes the constants in float64 and rounds them once; like PyTorch's, α takes in the correction of m, and the
// root that of v, so that ε keeps its meaning.
func (a *adam) Begin(s *Step) {
	t := float64(s.Number)
	a.step = kernel.AdamStep{
		Beta1:         float32(a.Beta1),
		Beta2:         float32(a.Beta2),
		OneMinusBeta1: float32(1 - a.Beta1),
		OneMinusBeta2: float32(1 - a.Beta2),
		StepSize:      float32(s.Rate / (1 - math.Pow(a.Beta1, t))),
		InvSqrtBias2:  float32(1 / math.Sqrt(1-math.Pow(a.Beta2, t))),
		Epsilon:       float32(a.Epsilon),
		GradScale:     s.Scale,
	}
}

func (a *adam) Apply(weights, gradient []float32, lo, hi int) {
	kernel.Adam(weights[lo:hi], a.m[lo:hi], a.v[lo:hi], gradient[lo:hi], a.step)
}

func (a *adam) State() []Array { return []Array{{a.prefix + "m.", a.m}, {a.prefix + "v.", a.v}} }

func (a *adam) Fork() Transform {
	fork := *a
	return &fork
}
