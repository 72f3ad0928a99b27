// Package toy has distributions of points that are fully known, so that a model's samples can be compared with them. Each is
// one file.
//
//   - A kind such as Moons is a section of the configuration; Distributions lists them all.
//   - Opened, it is a data.Distribution: it has the training points, draws fresh ones, also of one class, and finds the class
//     that a point lies nearest to.
//   - A point is made of counter-based random numbers. Point i of a set and its label depend on (section, seed, i) only: a
//     larger set begins with the points of a smaller one.
//
// Start reading at distribution.go, which turns a noise-free curve into a data.Distribution, then moons.go.
package toy

import (
	"math"

	"euryale/choice"
	"euryale/data"
)

// Distributions lists them.
func Distributions() choice.Set[data.Options] {
	kind := func(name, summary string, section func() data.Options) choice.Entry[data.Options] {
		return choice.Entry[data.Options]{Name: name, Summary: summary, New: section}
	}
	return choice.Set[data.Options]{
		kind("s_curve", "the letter S, of two arcs; in 3-D a sheet (scikit-learn's make_s_curve)", newSCurve),
		kind("swiss_roll", "a spiral; in 3-D a rolled sheet (scikit-learn's make_swiss_roll)", newSwissRoll),
		kind("moons", "two interleaving half circles, 2 classes (scikit-learn's make_moons)", newMoons),
		kind("circles", "a circle in a circle, 2 classes (scikit-learn's make_circles)", newCircles),
		kind("blobs", "Gaussian blobs about drawn centers, a class each (scikit-learn's make_blobs)", newBlobs),
		kind("eight_gaussians", "eight Gaussians on a circle, a class each (Metz et al. 2017)", newEightGaussians),
		kind("twenty_five_gaussians", "a 5x5 grid of Gaussians, a class each (Gulrajani et al. 2017)", newTwentyFiveGaussians),
		kind("checkerboard", "the black squares of a board, in any dimension (Grathwohl et al. 2019)", newCheckerboard),
		kind("pinwheel", "bent arms about the origin, a class each (Johnson et al. 2016)", newPinwheel),
		kind("two_spirals", "two intertwined spirals, 2 classes (Lang and Witbrock 1988)", newTwoSpirals),
		kind("rings", "circles about one center, spheres in more dimensions, a class each (Grathwohl et al. 2019)", newRings),
		kind("gaussian_mixture", "Gaussians that the configuration lists, a class each", newGaussianMixture),
	}
}

// Plain has the keys of every distribution.
type Plain struct {
	// Points is the number of rows, drawn once before training.
	Points int `yaml:"points"`
	// Scale multiplies every coordinate, from 1e-12 to 1e6.
	Scale float64 `yaml:"scale"`
}

func (p Plain) check() error {
	switch {
	case p.Points < 1:
		return choice.Wrong("points", "must be at least 1, got %d", p.Points)
	case p.Points > math.MaxInt32: // rows are numbered in int32
		return choice.Wrong("points", "must be at most %d, got %d", math.MaxInt32, p.Points)
	}
	return checkPositive("scale", p.Scale)
}

// Noisy has the keys of a distribution with noise.
type Noisy struct {
	// Points is the number of rows, drawn once before training.
	Points int `yaml:"points"`
	// Noise is the standard deviation of the Gaussian noise added to each coordinate before scaling, from 0 to 1e6.
	Noise float64 `yaml:"noise"`
	// Scale multiplies every coordinate after the noise was added, from 1e-12 to 1e6.
	Scale float64 `yaml:"scale"`
}

func (n Noisy) check() error {
	if err := (Plain{n.Points, n.Scale}).check(); err != nil {
		return err
	}
	if !(n.Noise >= 0 && n.Noise <= mostSize) {
		return choice.Wrong("noise", "must be a number from 0 to 1e6, got %v", n.Noise)
	}
	return nil
}

// defaultPoints is the size of the S-curve tutorial's data.
const defaultPoints = 10000

// Bounds of what a section may ask for: points stay far within float32, and steps of a stream apart.
const (
	leastSize      = 1e-12
	mostSize       = 1e6
	mostDimensions = 1 << 12
	mostClasses    = 1 << 12
)

func checkPositive(key string, v float64) error {
	if !(v >= leastSize && v <= mostSize) {
		return choice.Wrong(key, "must be from 1e-12 to 1e6, got %v", v)
	}
	return nil
}

func checkCount(key string, n, least, most int) error {
	if n < least || n > most {
		return choice.Wrong(key, "must be from %d to %d, got %d", least, most, n)
	}
	return nil
}

// firstError is the first that is not nil.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
