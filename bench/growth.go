package main

import (
	"fmt"

	"euryale/train"
)

// batchesChild measures the time per row in batches of many sizes.
func batchesChild(t task, workers int) (figures, error) {
	const points = 16384 // so that every batch is full
	var names []string
	var calls []func() (bool, error)
	var rows []int
	for _, batch := range []int{128, 256, 512, 1024, 2048, 4096, 8192} {
		of := task{batch: batch, points: points}
		trainer, err := of.trainer(workers)
		if err != nil {
			return nil, err
		}
		defer trainer.Close()
		names, rows = append(names, fmt.Sprintf("B %d", batch)), append(rows, batch)
		calls = append(calls, fullStep(trainer, of))
	}
	return perRow(t.seconds, names, rows, calls)
}

// samplesChild measures the time per sample among few and among many, with a fifth of the reverse steps.
func samplesChild(t task, workers int) (figures, error) {
	m, err := newModel(t)
	if err != nil {
		return nil, err
	}
	var names []string
	var calls []func() (bool, error)
	var rows []int
	for n := 1000; n <= t.samples; n *= 10 {
		names, rows = append(names, fmt.Sprintf("N %d", n)), append(rows, n)
		calls = append(calls, draw(m, n, m.Process().Steps()/5, workers))
	}
	return perRow(t.seconds, names, rows, calls)
}

// perRow gives each call its turn three times and returns the medians, in ns per row.
func perRow(seconds float64, names []string, rows []int, calls []func() (bool, error)) (figures, error) {
	const turns = 3
	all := make([][]float64, len(calls))
	for range turns {
		for i, call := range calls {
			times, err := milliseconds(seconds/turns, 1, call)
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], median(times)*1e6/float64(rows[i]))
		}
	}
	f := figures{}
	for i, name := range names {
		f[name] = median(all[i])
	}
	return f, nil
}

// denormalsChild compares a young run with one whose moments have had time to decay to denormal numbers: epochs of both are
// trained alternately, from the fourth on in the young run and from epoch t.count on in the old one.
func denormalsChild(t task, workers int) (figures, error) {
	const turns = 24
	var trainers [2]*train.Trainer
	var times [2][]float64
	for i, epochs := range []int{4, t.count} {
		trainer, err := t.trainer(workers)
		if err != nil {
			return nil, err
		}
		defer trainer.Close()
		trainers[i] = trainer
		for trainer.StepsDone() < int64(epochs)*trainer.StepsPerEpoch() {
			if _, err := trainer.Step(); err != nil {
				return nil, err
			}
		}
	}
	for turn := range 2 * turns {
		i := turn % 2
		epoch, err := milliseconds(0, int(trainers[i].StepsPerEpoch()), fullStep(trainers[i], t))
		if err != nil {
			return nil, err
		}
		times[i] = append(times[i], median(epoch))
	}
	young, old := median(times[0]), median(times[1])
	return figures{"young ms": young, "old ms": old, "old / young": old / young}, nil
}
