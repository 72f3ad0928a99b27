package toy

import (
	"context"
	"math"

	"euryale/data"
)

// SwissRoll is a spiral of one and a half turns:
//
//	t = 3π/2·(1 + 2u), u uniform in [0, 1)
//	(x, y) = scale·(t·(cos t, sin t) + noise·z), z ~ N(0, I)
//
// In 3-D it is scikit-learn's make_swiss_roll with its axes: x and y above are the first and the third, and the
// second is 21v, v uniform in [0, 1). There are no classes. The spiral reaches out to 9π/2 = 14.1, hence the scale.
type SwissRoll struct {
	Noisy `yaml:",inline"`
	// Dimensions is 2, or 3 for the sheet.
	Dimensions int `yaml:"dimensions"`
}

func newSwissRoll() data.Options {
	return &SwissRoll{Noisy: Noisy{Points: defaultPoints, Noise: 0.5, Scale: 0.1}, Dimensions: 2}
}

// Validate implements data.Options.
func (s *SwissRoll) Validate() error {
	return firstError(s.check(), checkCount("dimensions", s.Dimensions, 2, 3))
}

// Open implements data.Options.
func (s *SwissRoll) Open(_ context.Context, seed uint64) (data.Source, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return distribution{name: "swiss_roll", dim: s.Dimensions, points: s.Points, scale: s.Scale, noise: constant(s.Noise),
		place: sheet(func(d dice) (x, y, height float64) {
			t := 1.5 * math.Pi * (1 + 2*d.uniform(0))
			return float64(t * math.Cos(t)), float64(t * math.Sin(t)), 21
		})}.open(seed)
}
