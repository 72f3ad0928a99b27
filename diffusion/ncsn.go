package diffusion

import (
	"math"

	"euryale/choice"
)

// NCSN makes the variance-exploding chain whose σ_t are a geometric sequence (Song and Ermon 2019, "Generative modeling by
// estimating gradients of the data distribution").
type NCSN struct {
	// Steps is T, the number of noise levels, at least 2.
	Steps int `yaml:"steps"`
	// SigmaMin is the noise of the first level, at least 1e-12.
	SigmaMin float64 `yaml:"sigma_min"`
	// SigmaMax is the noise of the last level, above SigmaMin and at most 1e12.
	SigmaMax float64 `yaml:"sigma_max"`
}

// Validate implements ProcessOptions.
func (o *NCSN) Validate() error {
	_, err := o.New()
	return err
}

// New implements ProcessOptions.
func (o *NCSN) New() (Process, error) {
	const least = 2 // the two ends
	if o.Steps < least || o.Steps > maxSteps {
		return nil, choice.Wrong("steps", "must be from %d to %d, got %d", least, maxSteps, o.Steps)
	}
	if err := checkSigmas(o.SigmaMin, o.SigmaMax); err != nil {
		return nil, err
	}
	sigmas := linspace(math.Log(o.SigmaMin), math.Log(o.SigmaMax), o.Steps)
	for i, l := range sigmas {
		sigmas[i] = math.Exp(l)
	}
	sigmas[0], sigmas[o.Steps-1] = o.SigmaMin, o.SigmaMax // free of rounding
	c, err := FromSigmas(sigmas)
	if err != nil {
		return nil, choice.Wrong("sigma_max", "is too close to sigma_min for %d steps: %w", o.Steps, err)
	}
	return c, nil
}
