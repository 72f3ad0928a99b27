package model

import (
	"context"
	"fmt"
	"runtime"

	"euryale/diffusion/likelihood"
	"euryale/parallel"
)

// LogDensities are the logarithms in nats of the density that the model gives to points [n, Dim], in the data's units, of a
// label or −1: Likelihood for pictures, by a fixed number of steps along the probability-flow ODE. See
// likelihood.LogDensities.
func (m *Model) LogDensities(ctx context.Context, points []float32, label, steps, workers int) ([]float64, error) {
	if err := m.CheckDenoise(); err != nil {
		return nil, err
	}
	if err := m.onlyNumbers(); err != nil {
		return nil, err
	}
	if err := m.checkDensity(); err != nil {
		return nil, err
	}
	rows := m.Batch(points)
	x, err := m.encodeRows(rows)
	if err != nil {
		return nil, err
	}
	volumes, err := m.logVolumes(rows)
	if err != nil {
		return nil, err
	}
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	team := make([]likelihoodWorker, workers)
	for i := range team {
		if err := m.prepareWorker(&team[i], label); err != nil {
			return nil, fmt.Errorf("model: %w", err)
		}
	}
	dim, n := m.Dim(), rows.Rows
	threads := parallel.New(workers)
	defer threads.Close()
	var next parallel.Counter
	threads.Run(func(worker int) {
		w := &team[worker]
		for lo := next.Next() * likelihoodRows; lo < n && w.err == nil; lo = next.Next() * likelihoodRows {
			hi := min(lo+likelihoodRows, n)
			var part []float64
			if part, w.err = likelihood.LogDensities(ctx, w.model, x[lo*dim:hi*dim], dim, steps); w.err != nil {
				return
			}
			for i, v := range part {
				volumes[lo+i] += v
			}
		}
	})
	for _, w := range team {
		if w.err != nil {
			return nil, interrupted(ctx.Err(), fmt.Errorf("model: %w", w.err), 0, n)
		}
	}
	return volumes, nil
}
