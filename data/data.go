// Package data makes the points a model learns from and hands them out in batches.
//
// A Dataset is a flat row-major table of float32, with a label for each row where the data has classes. New
// draws the training set of a configuration; Fresh and FreshClass draw points of the same law from other
// random numbers, for evaluation; Config.NearestClass says whose curve a point lies nearest to. A Loader cuts
// the rows of a set into shuffled batches; the batch of a training step is a function of (seed, step) alone,
// so a run that is resumed needs nothing but its step.
//
// Start reading at New; scurve.go and moons.go hold the generators, loader.go the batches.
package data

import (
	"fmt"

	"euryale/rng"
)

// Dataset is a set of points, row-major [Rows, Dim].
type Dataset struct {
	Points  []float32
	Dim     int
	Labels  []int32 // [Rows], each from 0 to Classes−1; nil when the points have none
	Classes int     // 0 when they have none
}

// Rows is the number of points.
func (d *Dataset) Rows() int { return len(d.Points) / d.Dim }

// New draws the training set of a configuration. Point i and its label depend on (cfg, seed, i) only: a larger
// set begins with the points of a smaller one.
func New(cfg Config, seed uint64) (*Dataset, error) {
	return draw(cfg, rng.NewStream(seed, rng.Data), anyClass)
}

// Fresh draws n points of the same law from a stream of their own: for the same seed they share nothing with
// the training set.
func Fresh(cfg Config, seed uint64, n int) (*Dataset, error) {
	cfg.Points = n
	return draw(cfg, rng.NewStream(seed, rng.Fresh), anyClass)
}

// FreshClass draws n points of one class, distributed as those that Fresh gives its label. For the same seed
// they share no random number with the points of New and of Fresh, nor with those of another class. Point i
// depends on (cfg, seed, class, i) only.
func FreshClass(cfg Config, seed uint64, n, class int) (*Dataset, error) {
	switch classes := cfg.Classes(); {
	case classes == 0:
		return nil, fmt.Errorf("data: the points of %q have no classes, asked for class %d", cfg.Name, class)
	case class < 0 || class >= classes:
		return nil, fmt.Errorf("data: class must be from 0 to %d, got %d", classes-1, class)
	}
	cfg.Points = n
	return draw(cfg, rng.NewStream(seed, rng.Fresh), class)
}

// anyClass stands for points of all classes, each with the frequency it has.
const anyClass = -1

func draw(cfg Config, stream rng.Stream, class int) (*Dataset, error) {
	if key, err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("data: %s: %w", key, err)
	}
	d := &Dataset{Dim: cfg.Dim(), Classes: cfg.Classes()}
	switch cfg.Name {
	case "scurve":
		d.Points = sCurve(stream, cfg.Points, cfg.Noise, cfg.Scale)
	case "moons":
		d.Points, d.Labels = moons(stream, cfg.Points, cfg.Noise, cfg.Scale, class)
	}
	return d, nil
}
