package toy

import (
	"context"
	"math"

	"euryale/choice"
	"euryale/data"
)

// Circles is a circle in a circle, as in scikit-learn's make_circles, but with random angles:
//
//	(x, y) = scale·(r·(cos 2πu, sin 2πu) + noise·z), u uniform in [0, 1), z ~ N(0, I)
//
// with r = 1 for the outer circle, label 0, and r = factor for the inner, label 1. The nearest class is that of the
// nearest circle.
type Circles struct {
	Noisy `yaml:",inline"`
	// Factor is the radius of the inner circle, above 0 and below 1; the outer one has radius 1.
	Factor float64 `yaml:"factor"`
}

func newCircles() data.Options {
	return &Circles{Noisy{Points: defaultPoints, Noise: 0.03, Scale: 1}, 0.8}
}

// Validate implements data.Options.
func (c *Circles) Validate() error {
	if err := c.check(); err != nil {
		return err
	}
	if !(c.Factor > 0 && c.Factor < 1) {
		return choice.Wrong("factor", "must be above 0 and below 1, got %v", c.Factor)
	}
	return nil
}

// Open implements data.Options.
func (c *Circles) Open(_ context.Context, seed uint64) (data.Source, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	radii := []float64{1, c.Factor}
	return distribution{name: "circles", dim: 2, classes: 2, points: c.Points, scale: c.Scale, noise: constant(c.Noise),
		place: func(p []float64, d dice, class int) {
			sin, cos := math.Sincos(2 * math.Pi * d.uniform(0))
			p[0], p[1] = float64(radii[class]*cos), float64(radii[class]*sin)
		},
		nearest: nearestRadius(radii)}.open(seed)
}

// nearestRadius is the number of the sphere about the origin that is nearest to p, of two equally near the lower.
func nearestRadius(radii []float64) func(p []float64) int {
	return func(p []float64) int {
		r, best, least := length(p), 0, math.Inf(1)
		for k, radius := range radii {
			if d := math.Abs(r - radius); d < least {
				best, least = k, d
			}
		}
		return best
	}
}

// length is the Euclidean norm, without overflow.
func length(p []float64) float64 {
	r := 0.0
	for _, v := range p {
		r = math.Hypot(r, v)
	}
	return r
}
