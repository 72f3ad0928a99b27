package solver

import (
	"math"

	"euryale/choice"
)

// Options chooses how samples are drawn: by which solver, and through which times.
type Options struct {
	// Solver turns noise into data.
	Solver choice.One[Solver] `yaml:"solver"`
	// Steps is the number of reverse steps; 0: as many as the chain has. In continuous time it must be given.
	Steps int `yaml:"steps"`
	// Spacing places the times of the steps over the process.
	Spacing choice.One[Spacing] `yaml:"spacing"`
	// Times, if there are any, are the times themselves, from noise towards data, such as [99, 50, 10, 0]: Steps and
	// Spacing are then ignored.
	Times []float64 `yaml:"times"`
	// Final is where the last step goes: to the "data", or to the network's "first" time, with what noise is left there.
	Final Final `yaml:"final"`
	// Start is where the first x comes from: the "prior", or "marginal": noised points of the data set, which is right
	// when the process does not reach noise.
	Start Start `yaml:"start"`
	// Rescale runs the solver on another scale of the same process: "none", "preserving" (α² + σ² = 1) or "exploding"
	// (α = 1).
	Rescale Rescale `yaml:"rescale"`
	// ClipX0 bounds each coordinate of the predicted x_0; 0: no bound.
	ClipX0 float64 `yaml:"clip_x0"`
	// ThresholdPercentile makes the bound ClipX0 dynamic: a sample is clipped to ±s, with s this percentile (from 0 to 1) of
	// its absolute coordinates but at least ClipX0, and multiplied by ClipX0/s. 0: the bound is fixed.
	ThresholdPercentile float64 `yaml:"threshold_percentile"`
}

// DefaultOptions is ancestral sampling with variance β_t from N(0, I), over every step.
func DefaultOptions() Options {
	return Options{
		Solver: Solvers().Choose("ancestral"), Spacing: Spacings().Choose("respaced"),
		Final: FinalData, Start: StartPrior, Rescale: RescaleNone,
	}
}

// Bound is the bound on the predicted x_0.
func (o Options) Bound() Bound { return Bound{Limit: o.ClipX0, Percentile: o.ThresholdPercentile} }

// Validate returns a *choice.FieldError for the key that is wrong, if any is, of the options, the solver and the spacing,
// as far as that is known without a process. Prepare checks the rest.
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
	case !(o.ClipX0 >= 0 && o.ClipX0 <= math.MaxFloat32):
		return choice.Wrong("clip_x0", "must be at least 0 (no bound), got %v", o.ClipX0)
	case !(o.ThresholdPercentile >= 0 && o.ThresholdPercentile <= 1):
		return choice.Wrong("threshold_percentile", "must be from 0 (off) to 1, got %v", o.ThresholdPercentile)
	case o.ThresholdPercentile > 0 && o.ClipX0 == 0:
		return choice.Wrong("threshold_percentile", "is %v, but needs a bound, clip_x0, above 0", o.ThresholdPercentile)
	}
	return validateTimes(o.Times)
}

// validateKinds lets the solver and the spacing validate their own fields.
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

// validateKind asks a kind that can validate itself.
func validateKind(key string, kind any) error {
	v, ok := kind.(interface{ Validate() error })
	if !ok {
		return nil
	}
	err := v.Validate()
	if _, ok := err.(*choice.FieldError); !ok && err != nil { // of a program's own kind
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

// validateTimes holds a list of times to its order.
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
