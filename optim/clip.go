package optim

import (
	"math"

	"euryale/choice"
)

// Clip scales the whole gradient down so that its L2 norm is at most Norm (Pascanu, Mikolov and Bengio 2013). Its
// direction stays. A chain without it clips nothing.
type Clip struct {
	// Norm is the largest L2 norm of the gradient over all weights together, above which it is scaled down; at least 1e-12.
	Norm float64 `yaml:"norm"`
}

// Validate returns the offending key.
func (c *Clip) Validate() error {
	if !(c.Norm >= 1e-12 && c.Norm < 1e30) {
		return choice.Wrong("norm", "must be at least 1e-12 and below 1e30 (leave clip out to clip nothing), got %v", c.Norm)
	}
	return nil
}

// Phase reports that the gradient is clipped before the weights move.
func (c *Clip) Phase() Phase { return ChangesGradient }

// New returns the transform, which has no memory.
func (c *Clip) New([]float32) Transform { return clip{c.Norm} }

// clip has the norm alone. The transform that moves the weights multiplies the gradient by Step.Scale as it reads it.
type clip struct{ norm float64 }

func (c clip) Begin(s *Step)                    { s.Scale *= ClipScale(s.Norm, c.norm) }
func (c clip) Apply(_, _ []float32, lo, hi int) {}
func (c clip) State() []Array                   { return nil }
func (c clip) Fork() Transform                  { return c }

// ClipScale returns the factor by which a gradient of L2 norm `norm` is multiplied so that its norm is at most clipNorm:
//
//	scale = min(1, clipNorm/(norm + 1e-6)), as in PyTorch's clip_grad_norm_
//
// For a norm that is not finite it is NaN, whatever clipNorm: a step taken all the same cannot pass for a good one.
func ClipScale(norm, clipNorm float64) float32 {
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return float32(math.NaN())
	}
	return float32(min(1, clipNorm/(norm+1e-6)))
}
