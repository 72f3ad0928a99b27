package diffusion

import (
	"fmt"
	"slices"
	"strings"
)

// Config chooses the forward process and what the network is trained to predict. It is the `diffusion`
// section of a configuration file.
type Config struct {
	// Steps is T, the number of noising steps.
	Steps int `yaml:"steps"`
	// Schedule gives β_t for t = 0 … T−1.
	Schedule ScheduleConfig `yaml:"schedule"`
	// Prediction is what the network's output means: "eps", "x0" or "v".
	Prediction string `yaml:"prediction"`
	// Timesteps chooses how training draws t: "paired" (t and T−1−t) or "uniform".
	Timesteps string `yaml:"timesteps"`
}

// ScheduleConfig chooses a noise schedule by name.
type ScheduleConfig struct {
	// Name: "linear", "cosine", "sigmoid" (sigmoid on β) or "sigmoid_alphabar" (sigmoid on ᾱ).
	Name string `yaml:"name"`
	// BetaStart and BetaEnd bound β for "linear" and "sigmoid"; the others do not use them.
	BetaStart float64 `yaml:"beta_start"`
	BetaEnd   float64 `yaml:"beta_end"`
}

// SamplingConfig chooses how samples are drawn. It is the `sample` section of a configuration file.
type SamplingConfig struct {
	// Sampler is the reverse solver: "ancestral".
	Sampler string `yaml:"sampler"`
	// Variance of the ancestral step: "beta" (β_t) or "beta_tilde" (the posterior's β̃_t).
	Variance string `yaml:"variance"`
	// Start says where x_T comes from: "prior", N(0, I), or "marginal", q(x_T | x_0) of points of the data
	// set, which is right when the schedule does not reach noise.
	Start string `yaml:"start"`
}

// DefaultConfig is the process of the S-curve tutorial: 100 steps, a sigmoid schedule, eps-prediction, paired
// timesteps.
func DefaultConfig() Config {
	return Config{
		Steps:      100,
		Schedule:   ScheduleConfig{Name: "sigmoid", BetaStart: 1e-5, BetaEnd: 0.5e-2},
		Prediction: "eps",
		Timesteps:  "paired",
	}
}

// DefaultSamplingConfig is ancestral sampling with variance β_t from N(0, I).
func DefaultSamplingConfig() SamplingConfig {
	return SamplingConfig{Sampler: "ancestral", Variance: "beta", Start: "prior"}
}

func oneOf(got string, names ...string) error {
	if slices.Contains(names, got) {
		return nil
	}
	return fmt.Errorf("must be one of %s, got %q", strings.Join(names, ", "), got)
}

// Validate returns the offending key and what was expected of it, or "", nil.
func (c Config) Validate() (key string, err error) {
	if c.Steps < 1 || c.Steps > maxSteps {
		return "steps", fmt.Errorf("must be from 1 to %d, got %d", maxSteps, c.Steps)
	}
	if err := oneOf(c.Schedule.Name, "linear", "cosine", "sigmoid", "sigmoid_alphabar"); err != nil {
		return "schedule.name", err
	}
	if c.Schedule.Name == "linear" || c.Schedule.Name == "sigmoid" {
		if !(c.Schedule.BetaStart > 0 && c.Schedule.BetaStart < 1) {
			return "schedule.beta_start", fmt.Errorf("must be above 0 and below 1, got %v", c.Schedule.BetaStart)
		}
		if !(c.Schedule.BetaEnd >= c.Schedule.BetaStart && c.Schedule.BetaEnd < 1) {
			return "schedule.beta_end", fmt.Errorf("must be at least beta_start (%v) and below 1, got %v", c.Schedule.BetaStart, c.Schedule.BetaEnd)
		}
	}
	if err := oneOf(c.Prediction, "eps", "x0", "v"); err != nil {
		return "prediction", err
	}
	if err := oneOf(c.Timesteps, "paired", "uniform"); err != nil {
		return "timesteps", err
	}
	// Each key may be right and the whole not: so many steps of such betas that no signal is left.
	if _, err := NewSchedule(c.Schedule, c.Steps); err != nil {
		return "schedule", err
	}
	return "", nil
}

// Validate returns the offending key and what was expected of it, or "", nil.
func (c SamplingConfig) Validate() (key string, err error) {
	if err := oneOf(c.Sampler, "ancestral"); err != nil {
		return "sampler", err
	}
	if err := oneOf(c.Variance, "beta", "beta_tilde"); err != nil {
		return "variance", err
	}
	if err := oneOf(c.Start, "prior", "marginal"); err != nil {
		return "start", err
	}
	return "", nil
}
