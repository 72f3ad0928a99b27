package model

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

// Progress counts every sample once, one call at a time, up to all of them.
func TestProgress(t *testing.T) {
	m := smallModel(t)
	r := m.Request(3*sampleRows + 5)
	r.Workers = 3
	var calls []int
	r.Progress = func(done, total int) {
		calls = append(calls, done)
		if total != r.N {
			t.Errorf("%d samples in all, want %d", total, r.N)
		}
	}
	for what, run := range map[string]func() error{
		"Draw":       func() error { return m.Draw(context.Background(), r, func([]float32) error { return nil }) },
		"Points":     func() error { _, _, err := m.Points(context.Background(), r); return err },
		"Trajectory": func() error { _, err := m.Trajectory(context.Background(), r, 2); return err },
	} {
		calls = nil
		if err := run(); err != nil || len(calls) != 4 || calls[3] != r.N || !slices.IsSorted(calls) || calls[0] < 5 {
			t.Errorf("%s: progress %v, %v", what, calls, err)
		}
	}
}

// When the context ends, the samples that are done are kept, and they are the first.
func TestInterruptedSampling(t *testing.T) {
	const waveRows = wavePieces * sampleRows
	m := smallModel(t, "process.steps=3")
	r := m.Request(waveRows + 4*sampleRows)
	r.Workers = 1
	all := draw(t, m, r)
	stopAfter := func(rows int) (context.Context, Request) {
		ctx, cancel := context.WithCancel(context.Background())
		r := r
		r.Progress = func(done, _ int) {
			if done == rows {
				cancel()
			}
		}
		return ctx, r
	}
	check := func(what string, got []float32, err error, done int) {
		t.Helper()
		var ended *InterruptedError
		if !errors.As(err, &ended) || ended.Done != done || ended.Total != r.N || !errors.Is(err, context.Canceled) {
			t.Fatalf("%s: %v, want an interruption after %d", what, err, done)
		}
		if strings.Contains(err.Error(), "context") || strings.Contains(err.Error(), "ancestral") {
			t.Errorf("%s: error %q", what, err)
		}
		if !slices.Equal(got, all[:2*done]) {
			t.Errorf("%s: %d numbers, want those of the first %d samples", what, len(got), done)
		}
	}
	for _, done := range []int{sampleRows, waveRows, waveRows + 2*sampleRows} {
		ctx, r := stopAfter(done)
		var got []float32
		err := m.Draw(ctx, r, func(x []float32) error {
			got = append(got, x...)
			return nil
		})
		check("Draw", got, err, done)
		ctx, r = stopAfter(done)
		got, _, err = m.Points(ctx, r)
		check("Points", got, err, done)
	}
	ctx, short := stopAfter(2 * sampleRows)
	frames, err := m.Trajectory(ctx, short, 3)
	check("Trajectory", frames[2].X, err, 2*sampleRows)
	if len(frames) != 3 || len(frames[0].X) != len(frames[2].X) {
		t.Errorf("%d frames, the first of %d numbers", len(frames), len(frames[0].X))
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	got, _, err := m.Points(ended, r)
	check("Points of a context that has ended", got, err, 0)
	r.Sampling = request(t, m, 1, 1, "sample.start=marginal").Sampling
	check("before the data is read", nil, m.Draw(ended, r, nil), 0)
}
