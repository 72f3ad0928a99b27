package solver

import (
	"slices"

	"euryale/choice"
	"euryale/diffusion"
)

// Prepare makes all that the options say of sampling from p: the solver, the process it runs on, which is p or another
// scale of it, and the times. Its error is a *choice.FieldError, which names the key and says why this cannot be.
//
// Steps 0 means every step of a chain. A process in continuous time has no steps, so there they must be given.
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
		o.Steps = p.Steps()
		if o.Final == FinalFirst {
			o.Steps--
		}
		if p.Steps() == 0 {
			return nil, nil, nil, choice.Wrong("steps", "must be from 1 to %d for a process in continuous time, got 0", maxSteps)
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

// PrepareInverse is Prepare for the way from data to noise: with the inverse of the solver, and times that increase.
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

// rescale is the process on the scale of x that is asked for.
func (o Options) rescale(p diffusion.Process) (diffusion.Process, error) {
	if o.Rescale != RescaleNone && LearnsVariance(o.Solver.Kind) {
		return nil, choice.Wrong("rescale", "must be none with variance: learned, which is learned for the process as it is, got %s",
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
