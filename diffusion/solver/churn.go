package solver

import (
	"fmt"
	"math"

	"euryale/choice"
	"euryale/diffusion"
	"euryale/kernel"
)

// Churn is the noise that Algorithm 2 of Karras et al. (2022) adds before a step of the ODE, which that step removes
// again: with N steps, the level σ̂ = σ/α is first raised to σ̂ (1+γ), where
//
//	γ = min(Amount/N, √2 − 1) if Min ≤ σ̂ ≤ Max, else 0.
//
// No level is raised above that of the process's last time, beyond which networks are not trained. The zero value adds no
// noise.
type Churn struct {
	// Amount is S_churn; 0: none, and the other keys have no effect.
	Amount float64 `yaml:"amount"`
	// Min is S_min, the least σ/α at which noise is added.
	Min float64 `yaml:"min"`
	// Max is S_max, the largest σ/α at which noise is added; 0: no bound.
	Max float64 `yaml:"max"`
	// Noise is S_noise, the deviation of the new noise; slightly above 1 compensates for networks that remove too much.
	Noise float64 `yaml:"noise"`
}

// Validate returns a *choice.FieldError for a wrong key.
func (c Churn) Validate() error {
	switch {
	case !(c.Amount >= 0 && c.Amount <= maxSteps):
		return choice.Wrong("amount", "must be from 0 (none) to %d, got %v", maxSteps, c.Amount)
	case !(c.Min >= 0 && c.Min <= math.MaxFloat32):
		return choice.Wrong("min", "must be at least 0, got %v", c.Min)
	case c.Max != 0 && !(c.Max >= c.Min):
		return choice.Wrong("max", "must be at least min (%v), or 0 for no bound, got %v", c.Min, c.Max)
	case c.Amount == 0 && c.Noise == 0: // the zero value draws none
	case !(c.Noise > 0 && c.Noise <= maxChurnNoise):
		return choice.Wrong("noise", "must be above 0 (1 in theory) and at most %v, got %v", maxChurnNoise, c.Noise)
	}
	return nil
}

func (c Churn) check(diffusion.Process, []float64) error {
	switch {
	case !(c.Amount >= 0 && c.Amount <= math.MaxFloat64):
		return fmt.Errorf("the churn must be at least 0, got %v", c.Amount)
	case !(c.Min >= 0) || c.Max != 0 && !(c.Max >= c.Min):
		return fmt.Errorf("the levels of the churn must be at least 0 and in order, or the upper one 0 for no bound, got %v and %v",
			c.Min, c.Max)
	case c.Amount > 0 && !(c.Noise > 0 && c.Noise <= math.MaxFloat32):
		return fmt.Errorf("the noise of the churn must be above 0 (it is 1 in theory), got %v", c.Noise)
	}
	return nil
}

// needs returns an error if the churn draws noise and the run has none.
func (c Churn) needs(run *Run) error {
	if c.Amount == 0 {
		return nil
	}
	return run.needsNoise()
}

// raise takes x from a level to the raised one, which it returns. z is a buffer.
func (c Churn) raise(run *Run, x, z []float32, at level) level {
	sigma := at.ratio()
	if c.Amount == 0 || sigma < c.Min || c.Max != 0 && sigma > c.Max {
		return at
	}
	p := run.Model.Process()
	_, _, last := p.Span()
	gamma := min(c.Amount/float64(len(run.levels)-1), math.Sqrt2-1)
	hat := levelAt(p, p.Time(max(at.lambda-math.Log1p(gamma), p.Lambda(last))))
	added := (hat.ratio() - sigma) * (hat.ratio() + sigma)
	if !(added > 0) {
		return at
	}
	run.normal(z)
	kernel.Combine2(x, float32(hat.alpha/at.alpha), x, float32(hat.alpha*math.Sqrt(added)*c.Noise), z)
	return hat
}
