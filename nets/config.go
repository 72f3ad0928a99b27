package nets

import (
	"fmt"
	"math"
)

// Config chooses an architecture. It is the `net` section of a configuration file.
type Config struct {
	// Name of the architecture: "mlp", a denoiser, or "classifier", the same net with a logit for each class.
	Name string `yaml:"name"`
	// Width is the number of units in each hidden layer.
	Width int `yaml:"width"`
	// Depth is the number of hidden layers, each conditioned on the time.
	Depth int `yaml:"depth"`
	// Time says how a hidden layer learns of the time: "embedding" adds a trained row for each discrete timestep; with
	// "sinusoidal" and "fourier" a layer over fixed features of the time is trained, and each hidden layer adds a
	// projection of it. "sinusoidal" has the wavelengths of Vaswani et al. (2017) as DDPM uses them, 2π to 20000π, and
	// so suits timesteps counted in steps; "fourier" random frequencies (Tancik et al. 2020), which suit times of about
	// unit range, such as a continuous process's t or the logarithm of σ.
	Time string `yaml:"time"`
	// TimeFeatures is the number of features of the time, half sines, half cosines.
	TimeFeatures int `yaml:"time_features"`
	// FourierScale is the standard deviation of the random frequencies, in periods for each unit of time. 16 is what
	// Song et al. (2021) give their net.
	FourierScale float64 `yaml:"fourier_scale"`
	// Labels says that the denoiser is conditioned on a class label, by a trained row for each class and one for "no
	// label" in each hidden layer.
	Labels bool `yaml:"labels"`
}

// The values of Name and Time.
const (
	denoiser   = "mlp"
	classifier = "classifier"

	embedding  = "embedding"
	sinusoidal = "sinusoidal"
	fourier    = "fourier"
)

// DefaultConfig is the net of the S-curve tutorial: three hidden layers of 128 units with an embedding each.
func DefaultConfig() Config {
	return Config{Name: denoiser, Width: 128, Depth: 3, Time: embedding, TimeFeatures: 64, FourierScale: 16}
}

// Validate returns the offending key and what was expected of it, or "", nil.
func (c Config) Validate() (key string, err error) {
	switch {
	case c.Name != denoiser && c.Name != classifier:
		return "name", fmt.Errorf("must be mlp or classifier, got %q", c.Name)
	case c.Width < 1 || c.Width > 1<<16:
		return "width", fmt.Errorf("must be from 1 to 65536, got %d", c.Width)
	case c.Depth < 1 || c.Depth > 256:
		return "depth", fmt.Errorf("must be from 1 to 256, got %d", c.Depth)
	case c.Time != embedding && c.Time != sinusoidal && c.Time != fourier:
		return "time", fmt.Errorf("must be embedding, sinusoidal or fourier, got %q", c.Time)
	case c.TimeFeatures < 2 || c.TimeFeatures > 1<<16 || c.TimeFeatures%2 != 0:
		return "time_features", fmt.Errorf("must be even and from 2 to 65536, got %d", c.TimeFeatures)
	case !(c.FourierScale > 0) || math.IsInf(c.FourierScale, 0):
		return "fourier_scale", fmt.Errorf("must be positive and finite, got %v", c.FourierScale)
	case c.Labels && c.Name == classifier:
		return "labels", fmt.Errorf("must be false for a classifier, which is to find the label")
	}
	return "", nil
}
