package optim

import "euryale/choice"

// Phase is the place of a transform in a chain.
type Phase int

// The phases in their order.
const (
	ChangesGradient Phase = iota // what is done to the gradient before the weights move
	Moves                        // the step itself: exactly one transform of a chain
	Follows                      // reads the weights after they moved
)

// String completes the sentence "the transform …".
func (p Phase) String() string {
	switch p {
	case ChangesGradient:
		return "changes the gradient before the weights move"
	case Moves:
		return "moves the weights"
	}
	return "reads the weights after they moved"
}

// TransformOptions is a kind of transform; its fields are its section of the configuration.
type TransformOptions interface {
	Validate() error
	Phase() Phase
	// New returns the transform before its first step. It may keep memory as long as the weights, and read their initial
	// values; it gets the weights themselves in Apply.
	New(weights []float32) Transform
}

// Transform is one link of a chain as one worker holds it. All workers share its arrays; what it keeps between
// Begin and Apply belongs to one worker. No method allocates except Fork and State.
type Transform interface {
	// Begin starts a step: it computes what the step's weights have in common. Every worker calls it with the same
	// numbers. A transform that scales the whole gradient multiplies s.Scale.
	Begin(s *Step)
	// Apply does the step for weights [lo, hi), reading and writing nothing outside the range.
	Apply(weights, gradient []float32, lo, hi int)
	// State is what a resumed run must restore, in place; nil if there is nothing.
	State() []Array
	// Fork returns the same transform for another worker.
	Fork() Transform
}

// Array is memory of a transform in the layout of the weights: a checkpoint holds it under the names of the parameters
// with the prefix before them.
type Array struct {
	Prefix string // "optim.adam.m."
	Data   []float32
}

// Averager is a transform that keeps an average of the weights.
type Averager interface {
	// Average has the layout of the weights.
	Average() []float32
	// DecayAt is the weight of the old average in a step, counted from 1.
	DecayAt(step int64) float64
}

// Transforms are the kinds of transforms.
func Transforms() choice.Set[TransformOptions] {
	return choice.Set[TransformOptions]{
		{Name: "clip", Summary: "scale the gradient down to an L2 norm (Pascanu et al. 2013)",
			New: func() TransformOptions { return &Clip{Norm: 1} }},
		{Name: "adam", Summary: "adaptive moments (Kingma and Ba 2015)",
			New: func() TransformOptions { return defaultAdam() }},
		{Name: "adamw", Summary: "Adam with decoupled weight decay (Loshchilov and Hutter 2019)",
			New: func() TransformOptions { return defaultAdamW() }},
		{Name: "ema", Summary: "exponential moving average of the weights, used to sample",
			New: func() TransformOptions { return &EMA{Decay: 0.999, Warmup: true} }},
	}
}
