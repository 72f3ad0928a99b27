package model

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"euryale/diffusion"
	"euryale/kernel"
	"euryale/objective"
	"euryale/parallel"
)

// CheckDenoise returns an error unless the net predicts x_0 and ε of noised rows: it is a denoiser, and its process is
// Gaussian for all of a row.
func (m *Model) CheckDenoise() error {
	if !m.Denoises() {
		return fmt.Errorf("model: the run %s holds a classifier, which predicts classes of noisy data and not the data behind it",
			m.Config.Name)
	}
	if _, ok := m.objective.(objective.Stepper); ok {
		return fmt.Errorf("model: the objective %s adds no Gaussian noise to categories, so that a row has neither ε nor a score",
			m.Config.Objective.Name())
	}
	return nil
}

// denoisedRows is how many rows a worker takes at once, and denoisedNumbers the most numbers of them. Results do not depend
// on it.
const (
	denoisedRows    = 256
	denoisedNumbers = 1 << 14
)

// Denoise returns what the net predicts for noised rows x [rows, Dim], as the net sees them, at a time t of the process:
//
//	x̂_0 and ε̂,  x = α x̂_0 + σ ε̂
//
// both [rows, Dim]; the score ∇log p_t(x) is −ε̂/σ. Labels are one per row, −1 for none, or nil for none at all. Nothing
// guides the net. 0 workers: GOMAXPROCS.
func (m *Model) Denoise(ctx context.Context, x []float32, t float64, labels []int32, workers int) (x0, epsilon []float32, err error) {
	if err := m.checkDenoised(x, t, labels); err != nil {
		return nil, nil, err
	}
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	team := make([]likelihoodWorker, workers)
	for i := range team {
		if err := m.prepareWorker(&team[i], -1); err != nil {
			return nil, nil, fmt.Errorf("model: %w", err)
		}
	}
	dim := m.Dim()
	rows := len(x) / dim
	pieces := labeledPieces(Request{Labels: labels}, rows, max(1, min(denoisedRows, denoisedNumbers/dim)))
	if labels == nil {
		for i := range pieces {
			pieces[i].label = -1
		}
	}
	x0, epsilon = make([]float32, len(x)), make([]float32, len(x))
	threads := parallel.New(workers)
	defer threads.Close()
	var next parallel.Counter
	threads.Run(func(worker int) {
		w := &team[worker]
		for i := next.Next(); i < len(pieces) && ctx.Err() == nil; i = next.Next() {
			lo, hi := pieces[i].lo*dim, pieces[i].hi*dim
			w.net.label = pieces[i].label
			output := epsilon[lo:hi]
			w.model.Output(output, x[lo:hi], t)
			ofX, ofOutput := w.model.FromOutput(diffusion.X0, t)
			kernel.Combine2(x0[lo:hi], float32(ofX), x[lo:hi], float32(ofOutput), output)
			ofX, ofOutput = w.model.FromOutput(diffusion.Epsilon, t)
			kernel.Combine2(output, float32(ofX), x[lo:hi], float32(ofOutput), output)
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, nil, interrupted(err, err, 0, rows)
	}
	return x0, epsilon, nil
}

// checkDenoised checks what Denoise is given.
func (m *Model) checkDenoised(x []float32, t float64, labels []int32) error {
	if err := m.CheckDenoise(); err != nil {
		return err
	}
	_, first, last := m.process.Span()
	switch dim := m.Dim(); {
	case len(x)%dim != 0:
		return fmt.Errorf("model: expected noised rows of %d numbers, got %d numbers", dim, len(x))
	case !(t >= first && t <= last):
		return fmt.Errorf("model: the net was trained at times from %v to %v, got %v", first, last, t)
	case labels != nil && len(labels) != len(x)/dim:
		return fmt.Errorf("model: expected a label for each of %d rows, got %d", len(x)/dim, len(labels))
	}
	if len(labels) == 0 {
		return nil
	}
	if low, high := slices.Min(labels), slices.Max(labels); low < -1 || int(high) >= len(m.Schema.Classes) ||
		high >= 0 && !m.TakesLabels() {
		return errors.New("model: labels must be those of a net that takes them, -1 for none")
	}
	return nil
}
