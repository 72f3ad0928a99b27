package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"

	"euryale/data"
	"euryale/metrics"
)

// Evaluation compares samples with fresh points of the data's law.
type Evaluation struct {
	Step      int64     `json:"step"`
	Samples   int       `json:"samples"`
	Calls     float64   `json:"calls"`     // of the net, for each sample
	Loss      float64   `json:"loss"`      // mean over the last epochs of training; see LastLoss
	SlicedW1  float64   `json:"sliced_w1"` // samples to fresh points
	Floor     float64   `json:"floor"`     // two fresh sets of that size to each other: the mean of floorPairs
	Mean      []float64 `json:"mean"`      // of the samples, per coordinate
	FreshMean []float64 `json:"fresh_mean"`
	Std       []float64 `json:"std"`
	FreshStd  []float64 `json:"fresh_std"`
	// Of samples with a label, all is compared with fresh points of that class, and Own is the share of samples that lie
	// nearer to its curve than to another's.
	Label *int     `json:"label,omitempty"`
	Own   *float64 `json:"own,omitempty"`
}

// floorPairs are the pairs of fresh sets that the floor is the mean of: a single one varies by half of itself.
const floorPairs = 4

// Evaluate draws samples and as many fresh points.
func (m *Model) Evaluate(ctx context.Context, o SampleOptions) (*Evaluation, error) {
	if o.Workers < 1 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	samples, calls, err := m.collect(ctx, o)
	if err != nil {
		return nil, err
	}
	fresh, err := m.fresh(o, 2*floorPairs)
	if err != nil {
		return nil, err
	}
	e := &Evaluation{Step: m.Step, Samples: o.N, Calls: calls}
	dim := m.Dim()
	if e.SlicedW1, err = metrics.SlicedWasserstein(samples, fresh[0], dim, metrics.DefaultDirections, o.Seed, o.Workers); err != nil {
		return nil, err
	}
	for i := 0; i < len(fresh); i += 2 {
		w, err := metrics.SlicedWasserstein(fresh[i], fresh[i+1], dim, metrics.DefaultDirections, o.Seed, o.Workers)
		if err != nil {
			return nil, err
		}
		e.Floor += w / floorPairs
	}
	of, err := metrics.Summarise(samples, dim)
	if err != nil {
		return nil, err
	}
	e.Mean, e.Std = of.Mean, of.Std
	if of, err = metrics.Summarise(fresh[0], dim); err != nil {
		return nil, err
	}
	e.FreshMean, e.FreshStd = of.Mean, of.Std
	if label := o.Sampling.Label; label >= 0 {
		own := 0
		for i := range o.N {
			if m.Config.Data.NearestClass(samples[i*dim:(i+1)*dim]) == label {
				own++
			}
		}
		share := float64(own) / float64(o.N)
		e.Label, e.Own = &label, &share
	}
	return e, nil
}

// collect draws all samples into memory, and counts how often the net was asked for each.
func (m *Model) collect(ctx context.Context, o SampleOptions) (samples []float32, calls float64, err error) {
	s, err := m.newSampling(o)
	if err != nil {
		return nil, 0, err
	}
	defer s.team.Close()
	samples = make([]float32, o.N*m.Dim())
	if err := s.draw(ctx, samples, 0, nil); err != nil {
		return nil, 0, err
	}
	rows := int64(0)
	for i := range s.workers {
		rows += s.workers[i].rows
	}
	return samples, float64(rows) / float64(o.N), nil
}

// fresh draws sets of points of the law that the samples should have, as many points each as there are samples.
func (m *Model) fresh(o SampleOptions, sets int) ([][]float32, error) {
	var all *data.Dataset
	var err error
	if label := o.Sampling.Label; label >= 0 {
		all, err = data.FreshClass(m.Config.Data, o.Seed, sets*o.N, label)
	} else {
		all, err = data.Fresh(m.Config.Data, o.Seed, sets*o.N)
	}
	if err != nil {
		return nil, err
	}
	return slices.Collect(slices.Chunk(all.Points, o.N*all.Dim)), nil
}

// LastLoss is the mean loss over the log points of a run's last epochs; 0 if the run has no metrics.
func (f Folder) LastLoss(epochs float64) (float64, error) {
	points, err := ReadMetrics(f.metricsPath())
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(points) == 0 {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("train: the loss of %s: %w", f, err)
	}
	last := points[len(points)-1].Epoch
	sum, n := 0.0, 0
	for i := len(points) - 1; i >= 0 && points[i].Epoch > last-epochs; i-- {
		sum += points[i].Loss
		n++
	}
	return sum / float64(n), nil
}
