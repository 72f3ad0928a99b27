package optim

import "fmt"

// Config chooses the optimiser. It is the `optimizer` section of a configuration file.
type Config struct {
	// Name of the optimiser: "adam".
	Name string `yaml:"name"`
	// LearningRate is the step size α of Kingma and Ba (2015).
	LearningRate float64 `yaml:"learning_rate"`
	// Beta1 and Beta2 are the decay rates of the first and the second moment.
	Beta1 float64 `yaml:"beta1"`
	Beta2 float64 `yaml:"beta2"`
	// Epsilon is added to the root of the bias-corrected second moment.
	Epsilon float64 `yaml:"epsilon"`
	// ClipNorm bounds the global L2 norm of the gradient; 0 switches clipping off.
	ClipNorm float64 `yaml:"clip_norm"`
}

// DefaultConfig is Adam with PyTorch's defaults, the gradient clipped to norm 1.
func DefaultConfig() Config {
	return Config{Name: "adam", LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, ClipNorm: 1}
}

// Validate returns the offending key and what was expected of it, or "", nil.
func (c Config) Validate() (key string, err error) {
	switch {
	case c.Name != "adam":
		return "name", fmt.Errorf("must be adam, got %q", c.Name)
	case !(c.LearningRate > 0 && c.LearningRate < 1e3):
		return "learning_rate", fmt.Errorf("must be above 0 and below 1000, got %v", c.LearningRate)
	case !(c.Beta1 >= 0 && c.Beta1 < 1):
		return "beta1", fmt.Errorf("must be at least 0 and below 1, got %v", c.Beta1)
	case !(c.Beta2 >= 0 && c.Beta2 < 1):
		return "beta2", fmt.Errorf("must be at least 0 and below 1, got %v", c.Beta2)
	case !(c.Epsilon > 0 && c.Epsilon < 1):
		return "epsilon", fmt.Errorf("must be above 0 and below 1, got %v", c.Epsilon)
	case !(c.ClipNorm >= 0 && c.ClipNorm < 1e30):
		return "clip_norm", fmt.Errorf("must be a number of at least 0 (0: no clipping), got %v", c.ClipNorm)
	}
	return "", nil
}

// EMAConfig chooses the exponential moving average of the weights. It is the `ema` section.
type EMAConfig struct {
	// Decay is the weight d of the old average in avg ← d·avg + (1−d)·weights; 0 switches the average off.
	Decay float64 `yaml:"decay"`
	// Warmup lets the decay of update n (n = 0, 1, ...) be at most (1+n)/(10+n), so that the random
	// initial weights are soon forgotten.
	Warmup bool `yaml:"warmup"`
}

// DefaultEMAConfig is no average at all.
func DefaultEMAConfig() EMAConfig { return EMAConfig{Decay: 0, Warmup: true} }

// Validate returns the offending key and what was expected of it, or "", nil.
func (c EMAConfig) Validate() (key string, err error) {
	if !(c.Decay >= 0 && c.Decay < 1) {
		return "decay", fmt.Errorf("must be at least 0 (off) and below 1, got %v", c.Decay)
	}
	return "", nil
}
