package solver

import "euryale/diffusion"

// Prepare makes all that a configuration says of sampling from p: the solver, the process it runs on, which is p or
// another scale of it, and the times. Its error names the key and says why this cannot be.
//
// c.Steps 0 means every step of a chain. A process in continuous time has no steps, so there they must be given.
func Prepare(p diffusion.Process, c Config) (Solver, diffusion.Process, []float64, error) {
	if err := c.validate(); err != nil {
		return nil, nil, nil, err
	}
	s, err := New(c)
	if err != nil {
		return nil, nil, nil, err
	}
	if c.Rescale != "none" && c.Variance == "learned" {
		return nil, nil, nil, wrong("rescale", "must be none with variance: learned, which is learned for the process as it is, got %s", c.Rescale)
	}
	switch c.Rescale {
	case "preserving":
		p = diffusion.Preserving(p)
	case "exploding":
		if p, err = diffusion.Exploding(p); err != nil {
			return nil, nil, nil, wrong("rescale", "cannot be exploding: %w", err)
		}
	}
	if c.Steps == 0 && c.Times == "" {
		c.Steps = p.Steps()
		if c.Final == "first" {
			c.Steps--
		}
		if p.Steps() == 0 {
			return nil, nil, nil, wrong("steps", "must be from 1 to %d for a process in continuous time, got 0", maxSteps)
		}
	}
	times, err := Times(p, c)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := s.Check(p, times); err != nil {
		return nil, nil, nil, wrong("sampler", "%s cannot run so: %w", c.Sampler, err)
	}
	return s, p, times, nil
}
