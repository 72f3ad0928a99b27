package toy

import (
	"context"
	"math"

	"euryale/data"
)

// Moons is two interleaving half circles: the curves of scikit-learn's make_moons, moved so that the center (½, ¼) is
// the origin. For the upper moon, label 0, and the lower, label 1,
//
//	u = π·(uniform in [0, 1))
//	(x, y) = scale·(±(cos u − ½, sin u − ¼) + noise·z), + for label 0, − for 1, z ~ N(0, I)
//
// for (1 − cos u, ½ − sin u) − (½, ¼), the lower moon as it is commonly written, is the upper one's negative.
//
// The nearest class is the one whose curve without noise passes nearest. The moons stay ½·scale apart, so a point that
// noise carried from one to the other's side moved by at least a quarter of the scale.
type Moons struct {
	Noisy `yaml:",inline"`
}

func newMoons() data.Options {
	return &Moons{Noisy{Points: defaultPoints, Noise: 0.1, Scale: 0.1}}
}

// The center of the two moons: the mean of their points, about which one is the other turned by 180°.
const moonsX, moonsY = 0.5, 0.25

// Validate implements data.Options.
func (m *Moons) Validate() error { return m.check() }

// Open implements data.Options.
func (m *Moons) Open(_ context.Context, seed uint64) (data.Source, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	return distribution{name: "moons", dim: 2, classes: 2, points: m.Points, scale: m.Scale, noise: constant(m.Noise),
		place: func(p []float64, d dice, class int) {
			u := math.Pi * d.uniform(0)
			p[0], p[1] = math.Cos(u)-moonsX, math.Sin(u)-moonsY
			if class == 1 {
				p[0], p[1] = -p[0], -p[1]
			}
		},
		nearest: func(p []float64) int {
			if upperMoon(p[0], p[1]) <= upperMoon(-p[0], -p[1]) {
				return 0
			}
			return 1
		}}.open(seed)
}

// upperMoon is the distance of a point to the upper moon, both at scale 1 and about the origin.
func upperMoon(x, y float64) float64 {
	x, y = x+moonsX, y+moonsY // from the center of its circle
	if y >= 0 {
		return math.Abs(math.Hypot(x, y) - 1)
	}
	return math.Hypot(math.Abs(x)-1, y) // to the nearer end
}
