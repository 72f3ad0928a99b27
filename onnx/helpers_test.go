package onnx_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"euryale/checkpoint"
	"euryale/configs"
	"euryale/data"
	"euryale/model"
	"euryale/nets"
	"euryale/run"
)

// random are numbers from N(0, deviation²).
func random(seed uint64, n int, deviation float64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(deviation * r.NormFloat64())
	}
	return x
}

// weightsOf are weights of a net whose layers all have an effect: some start from zeros.
func weightsOf(net *nets.Built) []float32 {
	flat := net.Init(3)
	layout, _ := net.Layout()
	for i, p := range layout {
		for j, v := range random(uint64(i), p.Size(), 0.1) {
			flat[p.Offset+j] += v
		}
	}
	return flat
}

// untrained is a model that a configuration describes, with arbitrary weights.
func untrained(t testing.TB, config string) *model.Model {
	t.Helper()
	c, err := configs.Decode("test", []byte("version: 2\nname: test\n"+config), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	source, _, err := c.Data.Open(ctx, c.Seed)
	if err != nil {
		t.Fatal(err)
	}
	schema, encoder := source.Schema(), c.Encoder()
	if err := encoder.Fit(ctx, source); err != nil {
		t.Fatal(err)
	}
	process, err := c.Process.Kind.New()
	if err != nil {
		t.Fatal(err)
	}
	rows := data.LayoutOf(encoder, len(schema.Classes))
	objective, err := c.Objective.Kind.New(process, rows)
	if err != nil {
		t.Fatal(err)
	}
	net, err := c.NewNet(process, objective, rows)
	if err != nil {
		t.Fatal(err)
	}
	saved := &run.Checkpoint{File: new(checkpoint.File), Config: c, Seed: c.Seed}
	if err := saved.Encode(); err != nil {
		t.Fatal(err)
	}
	for _, part := range []checkpoint.Stateful{&schema, encoder} {
		if err := part.SaveState(saved.File); err != nil {
			t.Fatal(err)
		}
	}
	layout, _ := net.Layout()
	for _, a := range nets.StateDict(layout, weightsOf(net)) {
		saved.Tensors = append(saved.Tensors, checkpoint.Tensor{Name: run.ModelPrefix + a.Name, Shape: a.Shape, Data: a.Data})
	}
	path := filepath.Join(t.TempDir(), "test.safetensors")
	if err := checkpoint.Write(path, saved.File); err != nil {
		t.Fatal(err)
	}
	m, err := model.OpenAt("", path, model.Parts{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// ofTable is the configuration of a small table.
func ofTable(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "table.csv")
	if err := os.WriteFile(path, []byte("x,kind\n1,a\n2,b\n4,a\n2.5,c\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`
data: {name: table, file: %q}
process: edm
objective: mixed
timesteps: log_normal
net: {name: tabular, width: 8}
sample: {solver: dpm++_2m, steps: 5}`, path)
}

// wide are float32 in float64.
func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// channelsFirst turns images [n, height, width, channels] into [n, channels, height, width], or back.
func channelsFirst(x []float32, shape []int, back bool) []float32 {
	y := make([]float32, len(x))
	height, width, channels := shape[0], shape[1], shape[2]
	for i := range y {
		c, pixel, image := i%channels, i/channels%(height*width), i/(channels*height*width)
		at := (image*channels+c)*height*width + pixel
		if back {
			y[i] = x[at]
		} else {
			y[at] = x[i]
		}
	}
	return y
}

// compare checks numbers to a share of the largest, and returns the share by which they differ most.
func compare(t testing.TB, what string, got []float64, want []float32, tolerance float64) (share float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(float64(v)))
	}
	for i, v := range want {
		d := math.Abs(got[i]-float64(v)) / largest
		if share = max(share, d); !(d <= tolerance) {
			t.Fatalf("%s: number %d of %d is %v, want %v, which is %.2g of the largest", what, i, len(want), got[i], v, d)
		}
	}
	if !(largest > 0) {
		t.Errorf("%s: all numbers are 0", what)
	}
	return share
}
