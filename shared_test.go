package euryale_test

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"euryale"
)

// One configuration serves several runs at once, and one model several requests: nothing shared is changed. The race
// detector sees what the comparison does not.
func TestSharedConfigAndModel(t *testing.T) {
	config := smallConfig(t, "data.name=moons", "net.labels=true", "train.label_dropout=0.2", "sample.guidance.label=1",
		"timesteps=importance", "net.time=sinusoidal")
	before, err := config.YAML()
	if err != nil {
		t.Fatal(err)
	}
	var models [3]*euryale.Model
	var wait sync.WaitGroup
	for i := range models {
		folder := filepath.Join(t.TempDir(), "run")
		wait.Go(func() {
			var err error
			if models[i], err = euryale.Train(context.Background(), config, euryale.In(folder), euryale.Workers(2)); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if t.Failed() {
		return
	}
	m := models[0]
	requests := make([]euryale.Request, 4)
	var samples [4][]float32
	for i := range requests {
		requests[i] = m.Request(300)
		requests[i].Workers, requests[i].Seed = 2, uint64(i/2)
		wait.Go(func() {
			var err error
			if samples[i], _, err = m.Points(context.Background(), requests[i]); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for i, x := range samples {
		if other := pointsOf(t, models[1+i%2], requests[i]); !slices.Equal(x, other) {
			t.Errorf("request %d: other samples", i)
		}
	}
	for what, c := range map[string]*euryale.Config{"the caller's": config, "the model's": m.Config} {
		if after, err := c.YAML(); err != nil || string(after) != string(before) {
			t.Errorf("%s configuration has changed: %v\n%s", what, err, after)
		}
	}
}
