// Package eval measures how good a model is: how far its samples are from rows that it was not trained on, and how that
// depends on the solver. Every distance is given with its floor, the distance of two sets of such rows.
//
//   - Evaluate (this file) compares samples with fresh rows of a distribution, or with held-out rows; fresh.go draws them.
//   - Nearest (nearest.go) is its test for memorizing: whether samples are copies of training rows.
//   - CompareSolvers (compare.go) evaluates every solver within several budgets of network evaluations.
//   - Likelihood (likelihood.go) measures how probable those rows are to the model.
//   - EvaluateTable (table.go) compares samples of a table with its rows, by the figures of package tabular. Judge (judge.go)
//     does so for files, also of another program. columns.go gathers rows for it.
//   - EvaluateImages (images.go) compares samples of images, also of another program, with images that the net was not trained
//     on: imagefeatures.go on the features of a classifier, imagenearest.go with training images. imagerows.go reads images.
//     Scale (imagescale.go) tells what such distances mean.
//   - CodeLength and FlowLength (codelength.go) measure how many bits images cost.
//
// Distances are those of rows as the net sees them, encoded; means and deviations are in the data's units. Classifiers of
// noisy data are measured by model.Accuracies.
//
// Start reading at Evaluate.
package eval

import (
	"context"
	"runtime"

	"euryale/data"
	"euryale/metrics"
	"euryale/model"
)

// Evaluation compares samples with rows that the net was not trained on.
type Evaluation struct {
	Step    int64   `json:"step"`
	Samples int     `json:"samples"`        // and as many rows that they are compared with
	NFE     float64 `json:"nfe"`            // evaluations of the net per sample
	Loss    float64 `json:"loss,omitempty"` // mean over the last epochs of training; 0: the model came without its log
	// Reference is what the samples are compared with, and what the fields Fresh… are of.
	Reference Reference `json:"reference"`
	SlicedW1  float64   `json:"sliced_w1"` // samples to fresh rows, as the net sees them: standardized where the run is
	// Floor is the distance of two fresh sets of that size to each other, the mean of four pairs; of held-out rows it is the
	// distance of their halves, which are smaller sets and therefore farther apart.
	Floor     float64   `json:"floor"`
	Mean      []float64 `json:"mean"` // of the samples, per coordinate
	FreshMean []float64 `json:"fresh_mean"`
	Std       []float64 `json:"std"`
	FreshStd  []float64 `json:"fresh_std"`
	// Nearest is whether the samples are copies of training rows; nil if no such row is of the samples' class.
	Nearest *Nearest `json:"nearest,omitempty"`
	// Samples with a label are compared with fresh rows of that class, and ClassAccuracy is the share of them that the
	// distribution assigns to that class.
	Label         *int     `json:"label,omitempty"`
	ClassAccuracy *float64 `json:"class_accuracy,omitempty"`
}

// floorPairs are the pairs of fresh sets that the floor is the mean of: a single one varies by half of itself.
const floorPairs = 4

// Evaluate draws the samples of a request and compares them with as many fresh rows. If the distribution of the data is not
// known, these are the held-out rows: there are at most as many samples, and the floor is the distance of their halves.
// Without held-out rows, the error is model.ErrNoFreshRows.
func Evaluate(ctx context.Context, m *model.Model, r model.Request) (*Evaluation, error) {
	if r.Workers < 1 {
		r.Workers = runtime.GOMAXPROCS(0)
	}
	if err := m.Check(r); err != nil {
		return nil, err
	}
	fresh, err := drawFresh(ctx, m, &r, 2*floorPairs, true)
	if err != nil {
		return nil, err
	}
	if err := fresh.check(m); err != nil {
		return nil, err
	}
	training, err := fresh.training(ctx, m)
	if err != nil {
		return nil, err
	}
	samples, nfe, err := m.Points(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e := &Evaluation{Step: m.Step, Samples: r.N, NFE: nfe, Loss: m.TrainingLoss, Reference: fresh.reference()}
	dim := m.Schema.Dim()
	distance := distanceOf(m, r)
	if e.SlicedW1, err = distance(samples, fresh.set(0)); err != nil {
		return nil, err
	}
	if e.Floor, err = fresh.floor(distance); err != nil {
		return nil, err
	}
	of, err := metrics.Summarize(samples, dim)
	if err != nil {
		return nil, err
	}
	e.Mean, e.Std = of.Mean, of.Std
	if of, err = metrics.Summarize(fresh.set(0), dim); err != nil {
		return nil, err
	}
	e.FreshMean, e.FreshStd = of.Mean, of.Std
	if e.Nearest, err = nearest(m, samples, training, fresh.rows, r.Workers); err != nil {
		return nil, err
	}
	if label := r.Sampling.Guidance.Label; label >= 0 && fresh.distribution != nil {
		share := classShare(fresh.distribution, samples, dim, label)
		e.Label, e.ClassAccuracy = &label, &share
	}
	return e, nil
}

// distanceOf is the sliced Wasserstein-1 distance of two sets of rows in the data's units, measured on the rows as the net
// sees them: standardized columns count alike, whatever their units.
func distanceOf(m *model.Model, r model.Request) func(a, b []float32) (float64, error) {
	return func(a, b []float32) (float64, error) {
		x, err := m.Encode(a)
		if err != nil {
			return 0, err
		}
		y, err := m.Encode(b)
		if err != nil {
			return 0, err
		}
		return metrics.SlicedWasserstein(x, y, m.Dim(), metrics.DefaultDirections, r.Seed, r.Workers)
	}
}

// classShare is the share of samples that a distribution takes for a class.
func classShare(of data.Distribution, samples []float32, dim, class int) float64 {
	hits, row := 0, make([]float64, dim)
	for lo := 0; lo < len(samples); lo += dim {
		for j, v := range samples[lo : lo+dim] {
			row[j] = float64(v)
		}
		if of.NearestClass(row) == class {
			hits++
		}
	}
	return float64(hits) / float64(len(samples)/dim)
}
