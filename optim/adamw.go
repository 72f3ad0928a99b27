package optim

import (
	"euryale/choice"
	"euryale/kernel"
)

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter 2019, Algorithm 2) as in PyTorch's AdamW,
// which multiplies the decay λ by the scheduled learning rate α of the step:
//
//	p ← p − α·λ·p, then the step of Adam
//
// Unlike an L2 penalty, the decay is not part of the gradient and its moments.
type AdamW struct {
	// Beta1 is the decay rate of the first moment, from 0 to 0.9999999.
	Beta1 float64 `yaml:"beta1"`
	// Beta2 is the decay rate of the second moment, from 0 to 0.9999999.
	Beta2 float64 `yaml:"beta2"`
	// Epsilon is added to the root of the bias-corrected second moment, from 1e-20 to below 1.
	Epsilon float64 `yaml:"epsilon"`
	// WeightDecay is λ: a step at learning rate α takes the share α·λ away from every weight. A share below about 6e-8 is
	// less than float32 can show, and so has no effect. 0: none.
	WeightDecay float64 `yaml:"weight_decay"`
}

// defaultAdamW has PyTorch's defaults.
func defaultAdamW() *AdamW { return &AdamW{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 0.01} }

func (a *AdamW) adam() *Adam { return &Adam{Beta1: a.Beta1, Beta2: a.Beta2, Epsilon: a.Epsilon} }

// Validate returns the offending key.
func (a *AdamW) Validate() error {
	if a.WeightDecay != 0 && !(a.WeightDecay >= 1e-12 && a.WeightDecay < 1e3) {
		return choice.Wrong("weight_decay", "must be 0 (none), or at least 1e-12 and below 1000, got %v", a.WeightDecay)
	}
	return a.adam().Validate()
}

// Phase reports that AdamW moves the weights.
func (a *AdamW) Phase() Phase { return Moves }

// New returns the transform with both moments zero.
func (a *AdamW) New(weights []float32) Transform {
	return &adamW{adam: newAdam(*a.adam(), "optim.adamw.", len(weights)), weightDecay: a.WeightDecay}
}

// adamW is AdamW at work.
type adamW struct {
	*adam
	weightDecay float64
	decay       float32 // α·λ of the step
}

func (a *adamW) Begin(s *Step) {
	a.adam.Begin(s)
	a.decay = float32(s.Rate * a.weightDecay)
}

// Apply subtracts α·λ·p and does not multiply by 1 − α·λ: rounded to float32, that factor misses the decay by up to 3 % at
// α·λ = 1e-6, in every step and always in the same direction. The difference is p·(1 − α·λ) rounded to float32, but for an
// error of 2⁻²³ of the decay before the rounding. An infinite weight becomes NaN; a run that has one has diverged.
func (a *adamW) Apply(weights, gradient []float32, lo, hi int) {
	p := weights[lo:hi]
	kernel.Combine2(p, 1, p, -a.decay, p)
	a.adam.Apply(weights, gradient, lo, hi)
}

func (a *adamW) Fork() Transform {
	fork := *a
	fork.adam = a.adam.Fork().(*adam)
	return &fork
}
