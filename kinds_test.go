package euryale_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale"
)

// Every kind of run is trained, opened, sampled and evaluated through the same five calls.
func TestEveryKindEndToEnd(t *testing.T) {
	for name, change := range map[string][]string{
		"eps":    nil,
		"adamw":  {"optimizer={learning_rate: {name: cosine, rate: 0.002, warmup: 5}, transforms: [clip, adamw]}"},
		"hybrid": {"objective=hybrid", "sample.solver.variance=learned"},
		"edm": {"process=edm", "objective.prediction=F", "objective.weight=edm", "timesteps=log_normal",
			"net.time={name: fourier, scale: 1}",
			"sample.solver=heun", "sample.spacing=karras", "sample.steps=10"},
		"flow": {"process=flow", "objective.prediction=u", "timesteps=logit_normal", "net.time=sinusoidal",
			"sample.solver=euler", "sample.steps=10"},
		"labels": {"data.name=moons", "data.points=50", "net.labels=true", "train.label_dropout=0.3", "sample.guidance.label=1",
			"sample.guidance.weight=0.5"},
		"standardized": {"data.standardize=true", "data.held_out=0.2"},
	} {
		t.Run(name, func(t *testing.T) {
			m := mustTrain(t, smallConfig(t, change...))
			points := pointsOf(t, m, m.Request(30))
			if len(points) != 60 || slices.ContainsFunc(points, func(v float32) bool { return math.IsNaN(float64(v)) }) {
				t.Errorf("points %v", points)
			}
			e, err := euryale.Evaluate(context.Background(), m, 200)
			if err != nil || !(e.SlicedW1 > 0 && e.Floor > 0) || e.Step != m.Step || (e.ClassAccuracy != nil) != (name == "labels") {
				t.Errorf("%+v, %v", e, err)
			}
		})
	}
}

// A classifier of noisy data learns, and is no model of the data.
func TestClassifierEndToEnd(t *testing.T) {
	c := mustTrain(t, smallConfig(t, "data={name: moons, points: 50, noise: 0.1, scale: 1}", "objective=classify", "train.epochs=88"))
	accuracies, err := c.Accuracies(context.Background(), 200, 1, 3)
	if err != nil || len(accuracies) != 3 || accuracies[0].Correct < 0.8 {
		t.Errorf("%+v, %v", accuracies, err)
	}
	if _, _, err := c.Points(context.Background(), c.Request(3)); err == nil || !strings.Contains(err.Error(), "holds a classifier") {
		t.Errorf("a classifier draws samples: %v", err)
	}
}

// A run that was interrupted and resumed gives the samples of one that was not, with any number of workers.
func TestResumeEndToEnd(t *testing.T) {
	whole := mustTrain(t, smallConfig(t), euryale.Workers(1))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	folder := filepath.Join(t.TempDir(), "run")
	stop := euryale.OnStep(11, func(euryale.Progress) { cancel() })
	if _, err := euryale.Train(ctx, smallConfig(t), euryale.In(folder), euryale.Workers(2), stop); !errors.Is(err,
		euryale.ErrInterrupted) {
		t.Fatalf("error %v, want an interruption", err)
	}
	before, err := euryale.Open(folder)
	if err != nil || before.Step != 11 {
		t.Fatalf("the model of the interrupted run: %+v, %v", before, err)
	}
	m := mustTrain(t, smallConfig(t), euryale.In(folder), euryale.Resume(), euryale.Workers(3))
	r := m.Request(50)
	if m.Step != 40 || !slices.Equal(pointsOf(t, m, r), pointsOf(t, whole, r)) {
		t.Errorf("step %d: the samples of the resumed run differ", m.Step)
	}
	if slices.Equal(pointsOf(t, before, r), pointsOf(t, whole, r)) {
		t.Error("the samples are those of the interrupted run")
	}
}
