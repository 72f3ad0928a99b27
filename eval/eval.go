// Package eval measures how good a model is: how far its samples are from rows that it was not trained on, and how that
// depends on the solver. Every distance stands beside its floor, the distance of two such sets of rows.
//
//   - Evaluate (this file) compares samples with fresh rows of a law, or with held-out rows.
//   - CompareSolvers (compare.go) does so for every solver and several budgets of evaluations of the net.
//   - Likelihood (likelihood.go) measures how probable those rows are to the model.
//
// Distances are those of rows as the net sees them, encoded; means and deviations are in the data's units. Classifiers of
// noisy data are measured by model.Accuracies.
//
// Start reading at Evaluate.
package eval

import (
	"context"
	"fmt"
	"runtime"

	"euryale/data"
	"euryale/metrics"
	"euryale/model"
)

// Evaluation compares samples with rows that the net was not trained on.
type Evaluation struct {
	Step      int64     `json:"step"`
	Samples   int       `json:"samples"`
	NFE       float64   `json:"nfe"`       // evaluations of the net per sample
	Loss      float64   `json:"loss"`      // mean over the last epochs of training, where the caller knows it
	SlicedW1  float64   `json:"sliced_w1"` // samples to fresh rows, as the net sees them: standardized where the run is
	Floor     float64   `json:"floor"`     // two fresh sets of that size to each other: the mean of floorPairs
	Mean      []float64 `json:"mean"`      // of the samples, per coordinate
	FreshMean []float64 `json:"fresh_mean"`
	Std       []float64 `json:"std"`
	FreshStd  []float64 `json:"fresh_std"`
	// Of samples with a label, all is compared with fresh rows of that class, and ClassAccuracy is the share of samples that the law
	// takes for that class.
	Label         *int     `json:"label,omitempty"`
	ClassAccuracy *float64 `json:"class_accuracy,omitempty"`
}

// floorPairs are the pairs of fresh sets that the floor is the mean of: a single one varies by half of itself.
const floorPairs = 4

// Evaluate draws the samples of a request and compares them with as many fresh rows. Of a run whose data is no law, the
// held-out rows are the fresh ones: the samples are as many, and the floor is the distance of their halves to each other.
func Evaluate(ctx context.Context, m *model.Model, r model.Request) (*Evaluation, error) {
	if r.Workers < 1 {
		r.Workers = runtime.GOMAXPROCS(0)
	}
	if err := m.Check(r); err != nil {
		return nil, err
	}
	fresh, err := freshSets(ctx, m, &r, 2*floorPairs)
	if err != nil {
		return nil, err
	}
	if err := fresh.check(m); err != nil {
		return nil, err
	}
	samples, calls, err := m.Points(ctx, r)
	if err != nil {
		return nil, err
	}
	e := &Evaluation{Step: m.Step, Samples: r.N, NFE: calls}
	dim := m.Schema.Dim()
	distance := distanceOf(m, r)
	if e.SlicedW1, err = distance(samples, fresh.sets[0]); err != nil {
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
	if of, err = metrics.Summarize(fresh.sets[0], dim); err != nil {
		return nil, err
	}
	e.FreshMean, e.FreshStd = of.Mean, of.Std
	if label := r.Sampling.Guidance.Label; label >= 0 && fresh.law != nil {
		share := ownShare(fresh.law, samples, dim, label)
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

// ownShare is the share of samples that a law takes for a class.
func ownShare(law data.Distribution, samples []float32, dim, class int) float64 {
	own, row := 0, make([]float64, dim)
	for lo := 0; lo < len(samples); lo += dim {
		for j, v := range samples[lo : lo+dim] {
			row[j] = float64(v)
		}
		if law.NearestClass(row) == class {
			own++
		}
	}
	return float64(own) / float64(len(samples)/dim)
}

// freshRows are rows that the net was not trained on, in sets of as many as there are samples.
type freshRows struct {
	law  data.Distribution // nil if the data is none
	sets [][]float32
	dim  int
}

// freshSets draws sets of rows of the distribution that the samples should have. Held-out rows are one set; of these the
// request gets as many samples as there are rows at most.
func freshSets(ctx context.Context, m *model.Model, r *model.Request, sets int) (*freshRows, error) {
	class := data.AnyClass
	if label := r.Sampling.Guidance.Label; label >= 0 {
		class = label
	}
	train, _, err := m.Source(ctx)
	if err != nil {
		return nil, err
	}
	f := &freshRows{dim: m.Schema.Dim()}
	f.law, _ = train.(data.Distribution)
	n := r.N
	if f.law != nil {
		n *= sets
	}
	source, err := m.Fresh(ctx, r.Seed, n, class)
	if err != nil {
		return nil, err
	}
	rows, err := points(ctx, source)
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	r.N = min(r.N, source.Rows())
	for lo := 0; lo+r.N*f.dim <= len(rows); lo += r.N * f.dim {
		f.sets = append(f.sets, rows[lo:lo+r.N*f.dim])
	}
	return f, nil
}

// check reports why the sets have no floor: it takes two rows.
func (f *freshRows) check(m *model.Model) error {
	if n := len(f.sets[0]) / f.dim; f.law == nil && n < 2 { // no halves to compare
		return fmt.Errorf("eval: there is only %d held-out row of %s to compare with, and a distance needs at least 2: "+
			"ask for more, or train with a larger data.held_out", n, m.Config.Name)
	}
	return nil
}

// floor is the distance of two sets of fresh rows, or of the halves of the only one.
func (f *freshRows) floor(distance func(a, b []float32) (float64, error)) (float64, error) {
	if len(f.sets) == 1 {
		half := len(f.sets[0]) / f.dim / 2 * f.dim
		return distance(f.sets[0][:half], f.sets[0][half:2*half])
	}
	sum := 0.0
	for i := 0; i+1 < len(f.sets); i += 2 {
		w, err := distance(f.sets[i], f.sets[i+1])
		if err != nil {
			return 0, err
		}
		sum += w / float64(len(f.sets)/2)
	}
	return sum, nil
}

// points reads all rows of a source, [rows, dim].
func points(ctx context.Context, s data.Source) ([]float32, error) {
	encoder := data.NewChain(new(data.Float32))
	if err := encoder.Fit(ctx, s); err != nil {
		return nil, err
	}
	d, err := data.Encode(ctx, s, encoder)
	if err != nil {
		return nil, err
	}
	return d.Points, nil
}
