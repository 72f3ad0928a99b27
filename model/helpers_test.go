package model

import (
	"context"
	"path/filepath"
	"testing"

	"euryale/checkpoint"
	"euryale/configs"
	"euryale/data"
	"euryale/nets"
	"euryale/run"
)

// small is a model of ten steps, whose net is untrained: enough for tests that are not about quality.
const small = `
version: 2
name: small
seed: 3
data: {name: s_curve, points: 50, noise: 0.1, scale: 0.1}
process: {name: ddpm, steps: 10}
net: {name: mlp, width: 24}
`

func smallConfig(t testing.TB, overrides ...string) *configs.Config {
	t.Helper()
	config, err := configs.Decode("small", []byte(small), overrides)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// untrained is the checkpoint of a run before its first step, as training writes it, without the optimizer's state. change
// may change the weights; average, if it is not nil, is their average.
func untrained(t testing.TB, config *configs.Config, change func(weights []float32), average []float32) *run.Checkpoint {
	t.Helper()
	ctx := context.Background()
	source, _, err := config.Data.Open(ctx, config.Seed)
	if err != nil {
		t.Fatal(err)
	}
	schema, encoder := source.Schema(), config.Data.Encoder()
	if err := encoder.Fit(ctx, source); err != nil {
		t.Fatal(err)
	}
	process, err := config.Process.Kind.New()
	if err != nil {
		t.Fatal(err)
	}
	rows := data.LayoutOf(encoder, len(schema.Classes))
	objective, err := config.Objective.Kind.New(process, rows)
	if err != nil {
		t.Fatal(err)
	}
	net, err := config.NewNet(process, objective, rows)
	if err != nil {
		t.Fatal(err)
	}
	c := &run.Checkpoint{File: new(checkpoint.File), Config: config, Seed: config.Seed}
	if err := c.Encode(); err != nil {
		t.Fatal(err)
	}
	for _, part := range []checkpoint.Stateful{&schema, encoder} {
		if err := part.SaveState(c.File); err != nil {
			t.Fatal(err)
		}
	}
	layout, _ := net.Layout()
	put := func(prefix string, flat []float32) {
		for _, a := range nets.StateDict(layout, flat) {
			c.Tensors = append(c.Tensors, checkpoint.Tensor{Name: prefix + a.Name, Shape: a.Shape, Data: a.Data})
		}
	}
	weights := net.Init(config.Seed)
	if change != nil {
		change(weights)
	}
	put(run.ModelPrefix, weights)
	if average != nil {
		put(run.AveragePrefix, average)
	}
	return onDisk(t, c)
}

// onDisk is a checkpoint that was written and read again.
func onDisk(t testing.TB, c *run.Checkpoint) *run.Checkpoint {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.safetensors")
	if err := checkpoint.Write(path, c.File); err != nil {
		t.Fatal(err)
	}
	c, err := run.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t testing.TB, c *run.Checkpoint) *Model {
	t.Helper()
	m, err := New(c, Parts{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func smallModel(t testing.TB, overrides ...string) *Model {
	t.Helper()
	return open(t, untrained(t, smallConfig(t, overrides...), nil, nil))
}

// request is a request for n samples, changed by overrides of the section sample.
func request(t testing.TB, m *Model, n int, seed uint64, overrides ...string) Request {
	t.Helper()
	config, err := m.Config.With(overrides)
	if err != nil {
		t.Fatal(err)
	}
	return Request{N: n, Seed: seed, Sampling: config.Sample}
}

func draw(t testing.TB, m *Model, r Request) []float32 {
	t.Helper()
	var all []float32
	if err := m.Draw(context.Background(), r, func(x []float32) error {
		all = append(all, x...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// rowsOf are the rows of a source.
func rowsOf(t testing.TB, s data.Source) []float32 {
	t.Helper()
	var rows data.Batch
	if err := s.Read(context.Background(), &rows, 0, s.Rows()); err != nil {
		t.Fatal(err)
	}
	x := make([]float32, len(rows.Real))
	for i, v := range rows.Real {
		x[i] = float32(v)
	}
	return x
}
