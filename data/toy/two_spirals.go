package toy

import (
	"context"
	"math"

	"euryale/data"
)

// TwoSpirals is two spirals of one and a half turns from the origin to radius 1, each the negative of the other:
//
//	θ = 3π√u, u uniform in [0, 1)
//	(x, y) = scale·(±θ/3π·(−cos θ, sin θ) + noise·z), + for label 0, − for 1, z ~ N(0, I)
//
// The task is from Lang and Witbrock 1988; the spirals are those of Grathwohl et al. 2019 (FFJORD), there at scale π with
// noise 0.03, the default, and a second, uniform noise, which is left out.
//
// The nearest class is the one whose curve without noise passes nearest, up to 10⁻⁵·scale.
type TwoSpirals struct {
	Noisy `yaml:",inline"`
}

func newTwoSpirals() data.Options {
	return &TwoSpirals{Noisy{Points: defaultPoints, Noise: 0.03, Scale: 1}}
}

// spiralEnd is the angle at which a spiral ends, at radius 1.
const spiralEnd = 3 * math.Pi

func spiral(theta float64) (x, y float64) {
	sin, cos := math.Sincos(theta)
	return float64(-theta / spiralEnd * cos), float64(theta / spiralEnd * sin)
}

// Validate implements data.Options.
func (s *TwoSpirals) Validate() error { return s.check() }

// Open implements data.Options.
func (s *TwoSpirals) Open(_ context.Context, seed uint64) (data.Source, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	line := spiralLine()
	return distribution{name: "two_spirals", dim: 2, classes: 2, points: s.Points, scale: s.Scale, noise: constant(s.Noise),
		place: func(p []float64, d dice, class int) {
			p[0], p[1] = spiral(spiralEnd * math.Sqrt(d.uniform(0)))
			if class == 1 {
				p[0], p[1] = -p[0], -p[1]
			}
		},
		nearest: func(p []float64) int {
			if toLine(line, p[0], p[1]) <= toLine(line, -p[0], -p[1]) {
				return 0
			}
			return 1
		}}.open(seed)
}

// spiralLine is the corners of a line along the first spiral, evenly spaced in θ. A side of length L cuts off L²/8 times
// the curvature: most at the end, (3π/2048)²/8 = 3·10⁻⁶; near the origin the spiral bends more, but sides are short.
func spiralLine() [][2]float64 {
	const sides = 2048
	line := make([][2]float64, sides+1)
	for k := range line {
		line[k][0], line[k][1] = spiral(spiralEnd * float64(k) / sides)
	}
	return line
}

func squared(x, y float64) float64 { return float64(x*x) + float64(y*y) }

// toLine is the square of the distance of a point to a line of corners.
func toLine(line [][2]float64, x, y float64) float64 {
	least := math.Inf(1)
	for k := range line[1:] {
		a, b := line[k], line[k+1]
		dx, dy := b[0]-a[0], b[1]-a[1]
		along := (float64((x-a[0])*dx) + float64((y-a[1])*dy)) / squared(dx, dy)
		along = min(max(along, 0), 1)
		least = min(least, squared(x-a[0]-float64(along*dx), y-a[1]-float64(along*dy)))
	}
	return least
}
