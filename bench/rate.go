package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"euryale"
)

// trainRateChild trains as the train command does, with progress and checkpoints, and returns the steps per second after a
// warm-up.
func trainRateChild(t task, workers int) (f figures, err error) {
	config, err := t.config("train.epochs=1000000")
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "euryale-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	length := time.Duration(t.seconds * float64(time.Second))
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	start := time.Now()
	var first, last struct {
		step int64
		at   time.Duration
	}
	_, err = euryale.Train(ctx, config, euryale.In(filepath.Join(folder, "run")), euryale.Workers(workers),
		euryale.OnStep(10, func(p euryale.Progress) {
			last.step, last.at = p.Step, time.Since(start)
			switch {
			case last.at < length*3/10 || first.step == 0:
				first = last
			case last.at >= length*13/10:
				stop()
			}
		}))
	if !errors.Is(err, euryale.ErrInterrupted) {
		return nil, fmt.Errorf("bench: expected training to be stopped, got %w", err)
	}
	return figures{"rate": float64(last.step-first.step) / (last.at - first.at).Seconds()}, nil
}

// sampleRateChild draws all samples again and again and returns the samples per second.
func sampleRateChild(t task, workers int) (figures, error) {
	f, err := sampleChild(t, workers)
	if err != nil {
		return nil, err
	}
	return figures{"rate": 1e3 * float64(t.samples) / f["mean_ms"]}, nil
}
