package toy

import (
	"context"
	"math"

	"euryale/data"
)

// SCurve is two arcs of three quarters of a circle each that meet at the origin, seen as the letter S turned over:
//
//	t = 3π(u − ½), u uniform in [0, 1)
//	(x, y) = scale·((sin t, sign(t)(cos t − 1)) + noise·z), z ~ N(0, I)
//
// In 3-D it is scikit-learn's make_s_curve with its axes: x and y above are the first and the third, and the second
// is 2v, v uniform in [0, 1). There are no classes.
type SCurve struct {
	Noisy `yaml:",inline"`
	// Dimensions is 2, or 3 for the sheet.
	Dimensions int `yaml:"dimensions"`
}

// newSCurve has the data of the S-curve tutorial: noise 0.1, a tenth of the unit curve.
func newSCurve() data.Options {
	return &SCurve{Noisy: Noisy{Points: defaultPoints, Noise: 0.1, Scale: 0.1}, Dimensions: 2}
}

// Validate implements data.Options.
func (s *SCurve) Validate() error {
	return firstError(s.check(), checkCount("dimensions", s.Dimensions, 2, 3))
}

// Open implements data.Options.
func (s *SCurve) Open(_ context.Context, seed uint64) (data.Source, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return distribution{name: "s_curve", dim: s.Dimensions, points: s.Points, scale: s.Scale, noise: constant(s.Noise),
		place: sheet(func(d dice) (x, y, height float64) {
			t := 3 * math.Pi * (d.uniform(0) - 0.5)
			return math.Sin(t), math.Copysign(math.Cos(t)-1, -t), 2
		})}.open(seed)
}

// sheet places points on a curve (x, y), or in 3-D on the sheet (x, height·v, y) that stands on it, v uniform.
func sheet(curve func(d dice) (x, y, height float64)) func(p []float64, d dice, class int) {
	return func(p []float64, d dice, _ int) {
		x, y, height := curve(d)
		p[0], p[len(p)-1] = x, y
		if len(p) == 3 {
			p[1] = float64(height * d.uniform(1))
		}
	}
}
