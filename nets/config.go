package nets

import "fmt"

// Config chooses a denoiser architecture. It is the `net` section of a configuration file.
type Config struct {
	// Name of the architecture: "mlp".
	Name string `yaml:"name"`
	// Width is the number of units in each hidden layer.
	Width int `yaml:"width"`
	// Depth is the number of hidden layers, each with its own timestep embedding.
	Depth int `yaml:"depth"`
}

// DefaultConfig is the net of the S-curve tutorial: three hidden layers of 128 units.
func DefaultConfig() Config { return Config{Name: "mlp", Width: 128, Depth: 3} }

// Validate returns the offending key and what was expected of it, or "", nil.
func (c Config) Validate() (key string, err error) {
	switch {
	case c.Name != "mlp":
		return "name", fmt.Errorf("must be mlp, got %q", c.Name)
	case c.Width < 1 || c.Width > 1<<16:
		return "width", fmt.Errorf("must be from 1 to 65536, got %d", c.Width)
	case c.Depth < 1 || c.Depth > 256:
		return "depth", fmt.Errorf("must be from 1 to 256, got %d", c.Depth)
	}
	return "", nil
}
