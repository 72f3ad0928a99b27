package eval

import (
	"context"

	"euryale/data"
	"euryale/metrics"
	"euryale/model"
)

// Nearest is how near samples lie to the rows that the net was trained on, compared with fresh rows: a net that repeats its
// rows draws samples that are nearer to these than to any fresh ones. Distances are those of rows as the net sees them.
type Nearest struct {
	// Samples and Fresh are the median distances of a sample and of a fresh row to their nearest training row.
	Samples float64 `json:"samples"`
	Fresh   float64 `json:"fresh"`
	// Points is the number of samples, and of fresh rows, that were measured: the first ones, if all would take too long.
	// TrainingRows and FreshRows are the numbers of rows that they were compared with, of the class of the samples if they
	// have one. Of very many training rows a part is taken, evenly spaced.
	Points       int `json:"points"`
	TrainingRows int `json:"training_rows"`
	FreshRows    int `json:"fresh_rows"`
	// NearerToTraining is the share of samples with a training row nearer than any fresh one; Expected and StandardError are
	// its mean and standard error for independent samples (metrics.Copying).
	NearerToTraining float64 `json:"nearer_to_training"`
	Expected         float64 `json:"expected"`
	StandardError    float64 `json:"standard_error"`
	// Copied estimates the share of samples that are copies of training rows.
	Copied float64 `json:"copied"`
	// Memorizing reports whether Copied is at least a fifth, and not by chance.
	Memorizing bool `json:"memorizing"`
}

// The bounds on the cost of Nearest: at most nearestWork numbers are compared, some seconds of one processor. So with many
// rows fewer points are measured, and of more than mostRows only a part; leastFresh rows are enough for few training rows.
const (
	nearestWork = 1 << 32
	leastPoints = 256
	leastFresh  = 20
)

// mostRows is the most training rows, and the most fresh ones, that leastPoints are compared with: the points with both, and
// as many fresh rows with the training rows.
func mostRows(dim int) int { return max(1, nearestWork/(3*leastPoints*dim)) }

// training reads the training rows of the samples' class, [rows, dim] in the data's units; of very many a part.
func (f *freshRows) training(ctx context.Context, m *model.Model) ([]float32, error) {
	const chunk = 4096
	var rows []float32
	var batch data.Batch
	for first := 0; first < f.train.Rows(); first += chunk {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := f.train.Read(ctx, &batch, first, min(chunk, f.train.Rows()-first)); err != nil {
			return nil, err
		}
		for i := range batch.Rows {
			if f.class != data.AnyClass && (batch.Labels == nil || int(batch.Labels[i]) != f.class) {
				continue
			}
			for _, v := range batch.Real[i*f.dim : (i+1)*f.dim] {
				rows = append(rows, float32(v))
			}
		}
	}
	return thinned(rows, f.dim, mostRows(m.Dim())), nil
}

// thinned is at most so many of rows [.., dim], evenly spaced, in their memory.
func thinned(rows []float32, dim, most int) []float32 {
	n := len(rows) / dim
	if n <= most {
		return rows
	}
	for i := range most {
		from := i * n / most
		copy(rows[i*dim:(i+1)*dim], rows[from*dim:(from+1)*dim])
	}
	return rows[:most*dim]
}

// nearest compares samples, rows of training and fresh rows, all in the data's units; nil without rows of training.
func nearest(m *model.Model, samples, training, fresh []float32, workers int) (*Nearest, error) {
	if len(training) == 0 {
		return nil, nil
	}
	dim, wide := m.Schema.Dim(), m.Dim()
	trained := len(training) / dim
	others := min(len(fresh)/dim, max(trained, leastFresh))
	points := min(len(samples)/dim, max(leastPoints, nearestWork/((2*trained+others)*wide)))
	var encoded [4][]float32
	for i, rows := range [][]float32{samples[:points*dim], training, fresh[:others*dim], fresh[:points*dim]} {
		var err error
		if encoded[i], err = m.Encode(rows); err != nil {
			return nil, err
		}
	}
	of, err := metrics.MeasureCopying(encoded[0], encoded[1], encoded[2], wide, workers)
	if err != nil {
		return nil, err
	}
	neighbors, err := metrics.Nearest(encoded[3], encoded[1], wide, workers)
	if err != nil {
		return nil, err
	}
	return &Nearest{
		Samples: of.Distance, Fresh: metrics.MedianDistance(neighbors), Points: points, TrainingRows: trained, FreshRows: others,
		NearerToTraining: of.Nearer, Expected: of.Expected, StandardError: of.StandardError,
		Copied: of.Copied(), Memorizing: of.Memorizing(),
	}, nil
}
