package data

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Config chooses a data set. It is the `data` section of a configuration file.
type Config struct {
	// Name of the generator: "scurve", or "moons", whose points have a label.
	Name string `yaml:"name"`
	// Points is the number of rows drawn once, before training.
	Points int `yaml:"points"`
	// Noise is the standard deviation of the Gaussian noise added to each coordinate, before scaling.
	Noise float64 `yaml:"noise"`
	// Scale multiplies every coordinate after the noise was added.
	Scale float64 `yaml:"scale"`
}

// DefaultConfig is the data of the S-curve tutorial: 10,000 points, noise 0.1, a tenth of the unit curve.
func DefaultConfig() Config {
	return Config{Name: "scurve", Points: 10000, Noise: 0.1, Scale: 0.1}
}

// Names lists the generators that Config.Name may choose.
func Names() []string { return []string{"scurve", "moons"} }

// Dim is the number of coordinates of a point.
func (c Config) Dim() int { return 2 }

// Classes is the number of classes that the points are labelled with, from 0 on; 0 where they have no label.
func (c Config) Classes() int {
	if c.Name == "moons" {
		return 2
	}
	return 0
}

// Validate returns the offending key and what was expected of it, or "", nil.
func (c Config) Validate() (key string, err error) {
	switch {
	case !slices.Contains(Names(), c.Name):
		return "name", fmt.Errorf("must be one of %s, got %q", strings.Join(Names(), ", "), c.Name)
	case c.Points < 1:
		return "points", fmt.Errorf("must be at least 1, got %d", c.Points)
	case c.Points > math.MaxInt32: // rows are numbered in int32
		return "points", fmt.Errorf("must be at most %d, got %d", math.MaxInt32, c.Points)
	case !(c.Noise >= 0 && c.Noise <= 1e6):
		return "noise", fmt.Errorf("must be a number from 0 to 1e6, got %v", c.Noise)
	case !(c.Scale > 0 && c.Scale <= 1e6):
		return "scale", fmt.Errorf("must be above 0 and at most 1e6, got %v", c.Scale)
	}
	return "", nil
}
