// Package data makes the points a model learns from and hands them out in batches.
//
// A Dataset is a flat row-major table of float32. New draws the training set of a configuration, Fresh draws
// points of the same law from another random stream, for evaluation. A Loader cuts the rows of a set into
// shuffled batches; the batch of a training step is a function of (seed, step) alone, so a run that is
// resumed needs nothing but its step.
//
// Start reading at New; scurve.go holds the generator, loader.go the batches.
package data

import (
	"fmt"

	"euryale/rng"
)

// Dataset is a set of points, row-major [Rows, Dim].
type Dataset struct {
	Points []float32
	Dim    int
}

// Rows is the number of points.
func (d *Dataset) Rows() int { return len(d.Points) / d.Dim }

// New draws the training set of a configuration. Point i depends on (cfg, seed, i) only: a larger set
// begins with the points of a smaller one.
func New(cfg Config, seed uint64) (*Dataset, error) {
	return draw(cfg, rng.NewStream(seed, rng.Data))
}

// Fresh draws n points of the same law from a stream of their own: for the same seed they share nothing with
// the training set.
func Fresh(cfg Config, seed uint64, n int) (*Dataset, error) {
	cfg.Points = n
	return draw(cfg, rng.NewStream(seed, rng.Fresh))
}

func draw(cfg Config, stream rng.Stream) (*Dataset, error) {
	if key, err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("data: %s: %w", key, err)
	}
	return &Dataset{Points: sCurve(stream, cfg.Points, cfg.Noise, cfg.Scale), Dim: cfg.Dim()}, nil
}
