package toy

import (
	"context"
	"math"

	"euryale/data"
)

// Rings is circles about the origin, or spheres in more dimensions:
//
//	p = scale·((k+1)/rings·e + noise·z), k uniform in 0 … rings−1, e uniform on the unit sphere, z ~ N(0, I)
//
// The label k counts them from the innermost on; the nearest class is that of the nearest sphere. Four rings in 2-D are
// those of Grathwohl et al. 2019 (FFJORD), there at scale 3 with noise 0.08/3, about the default.
//
// The direction e is g/‖g‖, g ~ N(0, I), from step 2²⁴ of the stream (Muller 1959).
type Rings struct {
	Noisy `yaml:",inline"`
	// Dimensions is the number of coordinates, from 1 to 4096.
	Dimensions int `yaml:"dimensions"`
	// Rings is the number of circles, or spheres, from 1 to 4096.
	Rings int `yaml:"rings"`
}

func newRings() data.Options {
	return &Rings{Noisy: Noisy{Points: defaultPoints, Noise: 0.03, Scale: 1}, Dimensions: 2, Rings: 4}
}

// Validate implements data.Options.
func (r *Rings) Validate() error {
	return firstError(r.check(),
		checkCount("dimensions", r.Dimensions, 1, mostDimensions),
		checkCount("rings", r.Rings, 1, mostClasses))
}

// Open implements data.Options.
func (r *Rings) Open(_ context.Context, seed uint64) (data.Source, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	radii := make([]float64, r.Rings)
	for k := range radii {
		radii[k] = float64(k+1) / float64(r.Rings)
	}
	return distribution{name: "rings", dim: r.Dimensions, classes: r.Rings, points: r.Points, scale: r.Scale, noise: constant(r.Noise),
		place: func(p []float64, d dice, class int) {
			g := make([]float32, len(p))
			d.normal(g, 1)
			sum := 0.0
			for _, v := range g {
				sum += float64(float64(v) * float64(v))
			}
			if sum == 0 { // as likely as never
				g[0], sum = 1, 1
			}
			for j, v := range g {
				p[j] = radii[class] * float64(v) / math.Sqrt(sum)
			}
		},
		nearest: nearestRadius(radii)}.open(seed)
}
