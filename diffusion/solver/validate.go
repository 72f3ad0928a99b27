package solver

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"euryale/diffusion"
)

const (
	maxGuidance   = 1e6
	maxChurnNoise = 100.0
	minTolerance  = 1e-8
)

// Validate returns the offending key and what was expected of it, or "", nil. It says all that can be said without
// a process; Prepare says the rest.
func (c Config) Validate() (key string, err error) { return KeyOf(c.validate()) }

func (c Config) validate() error {
	if _, err := New(c); err != nil {
		return err
	}
	for _, choice := range []struct {
		key, value string
		names      []string
	}{
		{"spacing", c.Spacing, SpacingNames()},
		{"final", c.Final, []string{"data", "first"}},
		{"start", c.Start, []string{"prior", "marginal"}},
		{"rescale", c.Rescale, []string{"none", "preserving", "exploding"}},
	} {
		if err := diffusion.OneOf(choice.value, choice.names...); err != nil {
			return wrong(choice.key, "%w", err)
		}
	}
	switch {
	case c.Steps < 0 || c.Steps > maxSteps:
		return wrong("steps", "must be from 1 to %d, or 0 for as many as the process has, got %d", maxSteps, c.Steps)
	case !(c.Rho > 0 && c.Rho <= maxRho):
		return wrong("rho", "must be above 0 and at most %v, got %v", float64(maxRho), c.Rho)
	case c.Rho != DefaultConfig().Rho && c.Spacing != "karras":
		return wrong("rho", "is %v, but the spacing %s does not use it", c.Rho, c.Spacing)
	case !(c.ClipX0 >= 0 && c.ClipX0 <= math.MaxFloat32):
		return wrong("clip_x0", "must be at least 0 (no bound), got %v", c.ClipX0)
	case !(c.ThresholdPercentile >= 0 && c.ThresholdPercentile <= 1):
		return wrong("threshold_percentile", "must be from 0 (off) to 1, got %v", c.ThresholdPercentile)
	case c.ThresholdPercentile > 0 && c.ClipX0 == 0:
		return wrong("threshold_percentile", "is %v, but needs a bound, clip_x0, above 0", c.ThresholdPercentile)
	case c.RePaint.JumpLength < 1 || c.RePaint.JumpLength > maxSteps:
		return wrong("repaint.jump_length", "must be from 1 to %d, got %d", maxSteps, c.RePaint.JumpLength)
	case c.RePaint.Resample < 1 || c.RePaint.Resample > maxSteps:
		return wrong("repaint.resample", "must be from 1 to %d, got %d", maxSteps, c.RePaint.Resample)
	case !(math.Abs(c.Guidance) <= maxGuidance):
		return wrong("guidance", "must be from %v to %v, got %v", -maxGuidance, maxGuidance, c.Guidance)
	case !(c.GuidanceMin >= 0 && c.GuidanceMin <= math.MaxFloat32):
		return wrong("guidance_min", "must be at least 0, got %v", c.GuidanceMin)
	case c.GuidanceMax != 0 && !(c.GuidanceMax > c.GuidanceMin):
		return wrong("guidance_max", "must be above guidance_min (%v), or 0 for no bound, got %v", c.GuidanceMin, c.GuidanceMax)
	case c.Label < -1:
		return wrong("label", "must be at least 0, or -1 for none, got %d", c.Label)
	}
	if c.Times != "" {
		_, err := parseTimes(c.Times)
		return err
	}
	return nil
}

// The following read one key each, or a section, for the solvers that share it. own is the solver's own value.

// AncestralVariance is the variance of an ancestral step.
func (c Config) AncestralVariance() (Variance, error) {
	names := []string{VarianceBeta: "beta", VarianceBetaTilde: "beta_tilde", VarianceLearned: "learned"}
	if err := diffusion.OneOf(c.Variance, names...); err != nil {
		return 0, wrong("variance", "%w", err)
	}
	return Variance(slices.Index(names, c.Variance)), nil
}

func (c Config) eta(own float64) (float64, error) {
	switch {
	case c.Eta == -1:
		return own, nil
	case !(c.Eta >= 0 && c.Eta <= 1):
		return 0, wrong("eta", "must be from 0 to 1, or -1 for the solver's own, got %v", c.Eta)
	}
	return c.Eta, nil
}

func (c Config) order(own, most int) (int, error) {
	switch {
	case c.Order == 0:
		return own, nil
	case c.Order < 1 || c.Order > most:
		return 0, wrong("order", "must be from 1 to %d for %s, or 0 for its own, got %d", most, c.Sampler, c.Order)
	}
	return c.Order, nil
}

// form returns one of the names, the first of which is the solver's own.
func (c Config) form(names ...string) (string, error) {
	if c.Form == "" {
		return names[0], nil
	}
	if err := diffusion.OneOf(c.Form, names...); err != nil {
		return "", wrong("form", "%w", err)
	}
	return c.Form, nil
}

func (c Config) churn() (Churn, error) {
	churn := Churn(c.Churn)
	switch {
	case !(churn.Amount >= 0 && churn.Amount <= maxSteps):
		return churn, wrong("churn.amount", "must be from 0 (none) to %d, got %v", maxSteps, churn.Amount)
	case !(churn.Min >= 0 && churn.Min <= math.MaxFloat32):
		return churn, wrong("churn.min", "must be at least 0, got %v", churn.Min)
	case churn.Max != 0 && !(churn.Max >= churn.Min):
		return churn, wrong("churn.max", "must be at least churn.min (%v), or 0 for no bound, got %v", churn.Min, churn.Max)
	case !(churn.Noise > 0 && churn.Noise <= maxChurnNoise):
		return churn, wrong("churn.noise", "must be above 0 (1 in theory) and at most %v, got %v", maxChurnNoise, churn.Noise)
	}
	return churn, nil
}

func (c Config) etaForm(own float64, forms ...string) (float64, string, error) {
	eta, err := c.eta(own)
	form, formErr := c.form(forms...)
	return eta, form, cmp.Or(err, formErr)
}

func (c Config) orderForm(own, most int, forms ...string) (int, string, error) {
	order, err := c.order(own, most)
	form, formErr := c.form(forms...)
	return order, form, cmp.Or(err, formErr)
}

// corrector returns the number of Langevin steps and their signal-to-noise ratio.
func (c Config) corrector(ownSteps int, ownSNR float64) (int, float64, error) {
	steps, snr := c.Corrector.Steps, c.Corrector.SNR
	if steps == 0 {
		steps = ownSteps
	}
	if snr == 0 {
		snr = ownSNR
	}
	switch {
	case steps < 1 || steps > maxSteps:
		return 0, 0, wrong("corrector.steps", "must be from 1 to %d, or 0 for the solver's own, got %d", maxSteps, steps)
	case !(snr > 0 && snr < 1):
		return 0, 0, wrong("corrector.snr", "must be above 0 and below 1, or 0 for the solver's own, got %v", snr)
	}
	return steps, snr, nil
}

func (c Config) tolerance() (relative, absolute float64, err error) {
	relative, absolute = c.Tolerance.Relative, c.Tolerance.Absolute
	switch {
	case !(relative >= 0 && relative < 1):
		err = wrong("tolerance.relative", "must be at least 0 and below 1, got %v", relative)
	case !(absolute >= minTolerance && absolute <= math.MaxFloat32):
		err = wrong("tolerance.absolute", "must be at least %v, as float32 has it, got %v", minTolerance, absolute)
	}
	return relative, absolute, err
}

// configError says which key of a configuration is wrong. It reads as "sample.eta must be …".
type configError struct {
	key string
	err error
}

func (e *configError) Error() string { return "sample." + e.key + " " + e.err.Error() }
func (e *configError) Unwrap() error { return e.err }

func wrong(key, format string, args ...any) error {
	return &configError{key, fmt.Errorf(format, args...)}
}

// KeyOf splits an error of this package's configuration into the key and what was expected of it.
func KeyOf(err error) (key string, expected error) {
	var of *configError
	if errors.As(err, &of) {
		return of.key, of.err
	}
	return "", err
}
