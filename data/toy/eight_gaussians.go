package toy

import (
	"context"
	"math"

	"euryale/data"
)

// EightGaussians is eight Gaussians on a circle:
//
//	p = scale·((cos kπ/4, sin kπ/4) + noise·z), k uniform in 0 … 7, z ~ N(0, I)
//
// Label k counts them from (1, 0) on, counterclockwise; the nearest class is that of the nearest center. It is the ring
// on which GANs lose modes (Metz et al. 2017: noise 0.01 of the radius) and flows are shown (Grathwohl et al. 2019,
// FFJORD: noise 0.125, the default, at scale 4/√2).
type EightGaussians struct {
	Noisy `yaml:",inline"`
}

func newEightGaussians() data.Options {
	return &EightGaussians{Noisy{Points: defaultPoints, Noise: 0.125, Scale: 1}}
}

// Validate implements data.Options.
func (g *EightGaussians) Validate() error { return g.check() }

// Open implements data.Options.
func (g *EightGaussians) Open(_ context.Context, seed uint64) (data.Source, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	centers := make([][]float64, 8)
	for k := range centers {
		sin, cos := math.Sincos(float64(k) * math.Pi / 4)
		centers[k] = []float64{cos, sin}
	}
	return distribution{name: "eight_gaussians", dim: 2, classes: len(centers), points: g.Points, scale: g.Scale,
		noise: constant(g.Noise), place: placeAt(centers), nearest: nearestOf(centers)}.open(seed)
}
