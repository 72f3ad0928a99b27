package toy

import (
	"context"
	"fmt"
	"math"

	"euryale/choice"
	"euryale/data"
)

// GaussianMixture is the isotropic Gaussians listed in the configuration. Component k, the label, has the probability
// w_k / Σ w, and
//
//	p = scale·(mean_k + deviation_k·z), z ~ N(0, I)
//
// The nearest class is the most probable one, Bayes' rule: the k with the largest w_k N(p; mean_k, deviation_k² I).
type GaussianMixture struct {
	Plain `yaml:",inline"`
	// Components are the Gaussians. All means have the same number of coordinates.
	Components Components `yaml:"components"`
}

// Components are the Gaussians of a mixture.
type Components []Component

// Element is what a component starts from: of the usual weight, without a mean or a deviation, which a file must give.
func (Components) Element() any { return Component{Weight: 1} }

// Component is one Gaussian of a mixture.
type Component struct {
	// Weight is how often its points occur, in proportion to the other weights; 1 unless given.
	Weight float64 `yaml:"weight"`
	// Mean is its center; it must be given.
	Mean []float64 `yaml:"mean"`
	// Deviation is its standard deviation in each coordinate, above 0; it must be given.
	Deviation float64 `yaml:"deviation"`
}

func newGaussianMixture() data.Options {
	return &GaussianMixture{Plain{defaultPoints, 1}, []Component{
		{Weight: 1, Mean: []float64{0, 0.8}, Deviation: 0.2},
		{Weight: 1, Mean: []float64{-0.7, -0.4}, Deviation: 0.2},
		{Weight: 1, Mean: []float64{0.7, -0.4}, Deviation: 0.2},
	}}
}

// Validate implements data.Options.
func (g *GaussianMixture) Validate() error {
	if err := g.check(); err != nil {
		return err
	}
	if n := len(g.Components); n < 1 || n > mostClasses {
		return choice.Wrong("components", "must be from 1 to %d, got %d", mostClasses, n)
	}
	dim := len(g.Components[0].Mean)
	for k, c := range g.Components {
		if err := c.check(dim); err != nil {
			return choice.Within(fmt.Sprintf("components.%d", k), err)
		}
	}
	return nil
}

func (c Component) check(dim int) error {
	switch {
	case checkPositive("weight", c.Weight) != nil:
		return checkPositive("weight", c.Weight)
	case checkPositive("deviation", c.Deviation) != nil:
		return checkPositive("deviation", c.Deviation)
	case len(c.Mean) < 1 || len(c.Mean) > mostDimensions:
		return choice.Wrong("mean", "must have from 1 to %d coordinates, got %d", mostDimensions, len(c.Mean))
	case len(c.Mean) != dim:
		return choice.Wrong("mean", "must have as many coordinates as that of number 0, %d, got %d", dim, len(c.Mean))
	}
	for _, v := range c.Mean {
		if !(math.Abs(v) <= mostSize) {
			return choice.Wrong("mean", "must be numbers from -1e6 to 1e6, got %v", v)
		}
	}
	return nil
}

// Open implements data.Options.
func (g *GaussianMixture) Open(_ context.Context, seed uint64) (data.Source, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	components := g.Components
	centers, below := make([][]float64, len(components)), make([]float64, len(components))
	total := 0.0
	for k, c := range components {
		total += c.Weight
		centers[k], below[k] = c.Mean, total
	}
	return distribution{name: "gaussian_mixture", dim: len(centers[0]), classes: len(centers), points: g.Points, scale: g.Scale,
		noise: func(class int) float64 { return components[class].Deviation },
		place: placeAt(centers),
		pick: func(d dice) int {
			u := d.class() * total
			for k := range below {
				if u < below[k] {
					return k
				}
			}
			return len(below) - 1 // the product rounded up to the total
		},
		nearest: func(p []float64) int { return mostProbable(components, p) }}.open(seed)
}

// mostProbable is the component with the largest posterior probability at p, of two equal ones the lower.
func mostProbable(components []Component, p []float64) int {
	best, most := 0, math.Inf(-1)
	for k, c := range components {
		log := math.Log(c.Weight) - float64(len(p))*math.Log(c.Deviation) - distance2(p, c.Mean)/(2*c.Deviation*c.Deviation)
		if log > most {
			best, most = k, log
		}
	}
	return best
}
