package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"

	"euryale/data"
	"euryale/metrics"
)

// Evaluation compares samples with fresh points of the data's law.
type Evaluation struct {
	Step      int64     `json:"step"`
	Samples   int       `json:"samples"`
	Loss      float64   `json:"loss"`      // mean over the last epochs of training; see LastLoss
	SlicedW1  float64   `json:"sliced_w1"` // samples to fresh points
	Floor     float64   `json:"floor"`     // two fresh sets of that size to each other
	Mean      []float64 `json:"mean"`      // of the samples, per coordinate
	FreshMean []float64 `json:"fresh_mean"`
	Std       []float64 `json:"std"`
	FreshStd  []float64 `json:"fresh_std"`
}

// Evaluate draws samples and as many fresh points.
func (m *Model) Evaluate(ctx context.Context, o SampleOptions) (*Evaluation, error) {
	if o.Workers < 1 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	samples := make([]float32, 0, o.N*m.Dim())
	if err := m.Sample(ctx, o, func(rows []float32) error {
		samples = append(samples, rows...)
		return nil
	}); err != nil {
		return nil, err
	}
	both, err := data.Fresh(m.Config.Data, o.Seed, 2*o.N)
	if err != nil {
		return nil, err
	}
	fresh, other := both.Points[:len(samples)], both.Points[len(samples):]
	e := &Evaluation{Step: m.Step, Samples: o.N}
	if e.SlicedW1, err = metrics.SlicedWasserstein(samples, fresh, both.Dim, metrics.DefaultDirections, o.Seed, o.Workers); err != nil {
		return nil, err
	}
	if e.Floor, err = metrics.SlicedWasserstein(other, fresh, both.Dim, metrics.DefaultDirections, o.Seed, o.Workers); err != nil {
		return nil, err
	}
	of, err := metrics.Summarise(samples, both.Dim)
	if err != nil {
		return nil, err
	}
	e.Mean, e.Std = of.Mean, of.Std
	if of, err = metrics.Summarise(fresh, both.Dim); err != nil {
		return nil, err
	}
	e.FreshMean, e.FreshStd = of.Mean, of.Std
	return e, nil
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
