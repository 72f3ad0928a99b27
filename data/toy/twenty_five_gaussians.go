package toy

import (
	"context"

	"euryale/data"
)

// TwentyFiveGaussians is a grid of 5 by 5 Gaussians:
//
//	p = scale·((i, j) + noise·z), i, j uniform in −2 … 2, z ~ N(0, I)
//
// The label is 5(i+2) + j+2; the nearest class is that of the nearest center. It is the grid of Gulrajani et al. 2017
// (Improved training of Wasserstein GANs), whose noise is 0.05 of a spacing of 2, the default, at scale 1/√2, about the
// default.
type TwentyFiveGaussians struct {
	Noisy `yaml:",inline"`
}

func newTwentyFiveGaussians() data.Options {
	return &TwentyFiveGaussians{Noisy{Points: defaultPoints, Noise: 0.025, Scale: 0.7}}
}

// Validate implements data.Options.
func (g *TwentyFiveGaussians) Validate() error { return g.check() }

// Open implements data.Options.
func (g *TwentyFiveGaussians) Open(_ context.Context, seed uint64) (data.Source, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	var centers [][]float64
	for i := -2; i <= 2; i++ {
		for j := -2; j <= 2; j++ {
			centers = append(centers, []float64{float64(i), float64(j)})
		}
	}
	return distribution{name: "twenty_five_gaussians", dim: 2, classes: len(centers), points: g.Points, scale: g.Scale,
		noise: constant(g.Noise), place: placeAt(centers), nearest: nearestOf(centers)}.open(seed)
}
