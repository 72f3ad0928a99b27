package solver

import (
	"math"

	"euryale/choice"
)

// Options chooses how samples are drawn: the solver, and its times.
type Options struct {
	// Solver turns noise into data.
	Solver choice.One[Solver] `yaml:"solver"`
	// Steps is the number of reverse steps; 0: as many as the chain has. In continuous time it must be set.
	Steps int `yaml:"steps"`
	// Spacing places the times of the steps over the process.
	Spacing choice.One[Spacing] `yaml:"spacing"`
	// Times lists the times themselves, from noise to data, such as [99, 50, 10, 0]. If it is not empty, Steps and Spacing
	// are ignored.
	Times []float64 `yaml:"times"`
	// Final is where the last step goes: to the "data", or to the network's "first" time, with the noise that is left
	// there.
	Final Final `yaml:"final"`
	// Start is the origin of the first x: the "prior", or "marginal", noised rows of the data set, which is right when
	// the process does not reach noise.
	Start Start `yaml:"start"`
	// Rescale runs the solver on the same process at another scale of x: "preserving" (α² + σ² = 1), "exploding" (α = 1),
	// or "none".
	Rescale Rescale `yaml:"rescale"`
	// ClipX0 bounds each coordinate of the predicted x_0, at least 1e-12; 0: no bound. Left out, it is 0, and of data that are
	// images 1: their pixels are encoded from -1 to 1.
	ClipX0 float64 `yaml:"clip_x0"`
	// ThresholdPercentile makes the bound ClipX0 dynamic: a sample is clipped to ±s, where s is this percentile (from 0 to
	// 1) of its absolute coordinates, but at least ClipX0, and then multiplied by ClipX0/s. 0: the bound is fixed.
	ThresholdPercentile float64 `yaml:"threshold_percentile"`
}

// DefaultOptions is ancestral sampling with variance β_t, from the prior, over every step.
func DefaultOptions() Options {
	return Options{
		Solver: Solvers().Choose("ancestral"), Spacing: Spacings().Choose("respaced"),
		Final: FinalData, Start: StartPrior, Rescale: RescaleNone,
	}
}

// Bound is the bound on the predicted x_0.
func (o Options) Bound() Bound { return Bound{Limit: o.ClipX0, Percentile: o.ThresholdPercentile} }

// Validate returns a *choice.FieldError for a wrong key of the options, the solver or the spacing, as far as it shows
// without a process. Prepare checks the rest.
func (o Options) Validate() error {
	if err := o.validateKinds(); err != nil {
		return err
	}
	if err := o.validateNames(); err != nil {
		return err
	}
	switch {
	case o.Steps < 0 || o.Steps > maxSteps:
		return choice.Wrong("steps", "must be from 1 to %d, or 0 for as many as the process has, got %d", maxSteps, o.Steps)
	case o.ClipX0 != 0 && !(o.ClipX0 >= 1e-12 && o.ClipX0 <= math.MaxFloat32):
		return choice.Wrong("clip_x0", "must be 0 (no bound) or at least 1e-12, got %v", o.ClipX0)
	case !(o.ThresholdPercentile >= 0 && o.ThresholdPercentile <= 1):
		return choice.Wrong("threshold_percentile", "must be from 0 (off) to 1, got %v", o.ThresholdPercentile)
	case o.ThresholdPercentile > 0 && o.ClipX0 == 0:
		return choice.Wrong("threshold_percentile", "is %v, but it needs a bound: clip_x0 above 0", o.ThresholdPercentile)
	}
	return validateTimes(o.Times)
}

// validateKinds validates the fields of the solver and of the spacing.
func (o Options) validateKinds() error {
	switch {
	case o.Solver.Kind == nil:
		return oneOf("solver", "", Solvers().Names()...)
	case o.Spacing.Kind == nil:
		return oneOf("spacing", "", Spacings().Names()...)
	}
	if err := validateKind("solver", o.Solver.Kind); err != nil {
		return err
	}
	return validateKind("spacing", o.Spacing.Kind)
}

// validateKind validates a kind that has a Validate.
func validateKind(key string, kind any) error {
	v, ok := kind.(interface{ Validate() error })
	if !ok {
		return nil
	}
	err := v.Validate()
	if _, ok := err.(*choice.FieldError); !ok && err != nil { // from a kind of another program
		return choice.Wrong(key, "%w", err)
	}
	return choice.Within(key, err)
}

func (o Options) validateNames() error {
	if err := named("final", o.Final, finals()); err != nil {
		return err
	}
	if err := named("start", o.Start, starts()); err != nil {
		return err
	}
	return named("rescale", o.Rescale, rescales())
}

// validateTimes checks that times are finite and decrease.
func validateTimes(times []float64) error {
	for i, t := range times {
		switch {
		case math.IsNaN(t) || math.IsInf(t, 0):
			return choice.Wrong("times", "must be finite, but entry %d is %v", i+1, t)
		case i > 0 && t >= times[i-1]:
			return choice.Wrong("times", "must decrease, but entry %d is %v after %v", i+1, t, times[i-1])
		}
	}
	return nil
}
