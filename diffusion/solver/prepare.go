package solver

import (
	"slices"

	"euryale/choice"
	"euryale/diffusion"
)

// Prepare makes what the options choose for sampling from p: the solver, the process it runs on, which is p or a rescaled
// p, and the times. Its error is a *choice.FieldError with the key and the reason.
//
// Steps 0 means every step of a chain. A process in continuous time has no steps, so there Steps must be set.
func (o Options) Prepare(p diffusion.Process) (Solver, diffusion.Process, []float64, error) {
	if err := o.Validate(); err != nil {
		return nil, nil, nil, err
	}
	s := o.Solver.Kind
	p, err := o.rescale(p)
	if err != nil {
		return nil, nil, nil, err
	}
	if o.Steps == 0 && len(o.Times) == 0 {
		if !diffusion.Discrete(p) {
			return nil, nil, nil, choice.Wrong("steps", "must be from 1 to %d for a process in continuous time, got 0", maxSteps)
		}
		o.Steps = p.Steps()
		if o.Final == FinalFirst {
			o.Steps--
		}
	}
	times, err := Times(p, o)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := s.Check(p, times); err != nil {
		return nil, nil, nil, cannotRun(s, err)
	}
	return s, p, times, nil
}

// PrepareInverse is Prepare for the way from data to noise: it returns the inverse of the solver, and increasing times.
func (o Options) PrepareInverse(p diffusion.Process) (Solver, diffusion.Process, []float64, error) {
	forward, p, times, err := o.Prepare(p)
	if err != nil {
		return nil, nil, nil, err
	}
	s, err := Inverse(forward)
	if err != nil {
		return nil, nil, nil, choice.Within("solver", err)
	}
	slices.Reverse(times)
	if err := s.Check(p, times); err != nil {
		return nil, nil, nil, cannotRun(s, err)
	}
	return s, p, times, nil
}

// rescale returns the process at the scale of x that the options choose.
func (o Options) rescale(p diffusion.Process) (diffusion.Process, error) {
	if o.Rescale != RescaleNone && LearnsVariance(o.Solver.Kind) {
		return nil, choice.Wrong("rescale", "must be none with variance: learned, which holds for the process as it was trained, got %s",
			o.Rescale)
	}
	switch o.Rescale {
	case RescalePreserving:
		return diffusion.Preserving(p), nil
	case RescaleExploding:
		exploding, err := diffusion.Exploding(p)
		if err != nil {
			return nil, choice.Wrong("rescale", "cannot be exploding: %w", err)
		}
		return exploding, nil
	}
	return p, nil
}

func cannotRun(s Solver, err error) error {
	return choice.Wrong("solver", "%s cannot run with these settings: %w", s.Name(), err)
}
