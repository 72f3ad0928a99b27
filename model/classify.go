package model

import (
	"context"
	"fmt"
	"math"

	"euryale/data"
	"euryale/diffusion"
	"euryale/rng"
)

// Accuracy is how often a classifier of noisy data is right at one time of the process.
type Accuracy struct {
	Time    float64  `json:"time"`
	Noise   *float64 `json:"noise"`   // σ/α at that time; nil where no signal is left
	Correct float64  `json:"correct"` // fraction of the rows
}

// Accuracies classifies n fresh rows at the given number of evenly spaced times, from the first to the last.
func (m *Model) Accuracies(ctx context.Context, n int, seed uint64, times int) ([]Accuracy, error) {
	if m.Denoises() {
		return nil, fmt.Errorf("model: the run %s holds a denoiser, expected a classifier", m.Config.Name)
	}
	if times < 1 {
		return nil, fmt.Errorf("model: the number of times must be at least 1, got %d", times)
	}
	source, err := m.Fresh(ctx, seed, n, data.AnyClass)
	if err != nil {
		return nil, err
	}
	fresh, err := m.encodeAll(ctx, source)
	if err != nil {
		return nil, err
	}
	by, err := m.newClassifier()
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	n = fresh.Rows()
	dim, classes, q := fresh.Dim, len(m.Schema.Classes), m.objective.Parameterization()
	eps, x := make([]float32, n*dim), make([]float32, n*dim)
	rng.NewStream(seed, rng.Evaluation).Normal(eps, 0, 0, dim)
	at, answer := make([]float64, n), make([]float32, n*classes)
	_, first, last := m.process.Span()
	result := make([]Accuracy, times)
	for i := range result {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t := first + (last-first)*float64(i)/float64(max(times-1, 1))
		if diffusion.Discrete(m.process) {
			t = float64(int(t)) // a step of the chain
		}
		for r := range at {
			at[r] = t
		}
		diffusion.AddNoise(m.process, x, fresh.Points, eps, at, dim)
		q.ScaleInputs(m.process, x, at, dim)
		var noise *float64
		if v := diffusion.SigmaRatio(m.process, t); !math.IsInf(v, 1) {
			noise = &v
		}
		by.LogProbabilities(answer, x, t)
		result[i] = Accuracy{Time: t, Noise: noise, Correct: accuracy(answer, fresh.Labels)}
	}
	return result, nil
}

func accuracy(answer []float32, labels []int32) float64 {
	classes, correct := len(answer)/len(labels), 0
	for r, label := range labels {
		row := answer[r*classes : (r+1)*classes]
		best := 0
		for k, v := range row {
			if v > row[best] {
				best = k
			}
		}
		if best == int(label) {
			correct++
		}
	}
	return float64(correct) / float64(len(labels))
}
