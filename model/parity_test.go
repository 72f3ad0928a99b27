package model

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/nets"
)

// golden is the end of the run of PyTorch that package train replays: one trajectory of ancestral sampling with the final
// weights, every random number written down.
type golden struct {
	Betas            []float64
	Final            map[string]struct{ Data []float32 }
	SampleStart      []float32   `json:"sample_start"`
	SampleNoise      [][]float32 `json:"sample_noise"`
	SampleTrajectory [][]float32 `json:"sample_trajectory"`
}

type goldenNoise [][]float32

func (n goldenNoise) Fill(z []float32, step int) { copy(z, n[step]) }

func TestSamplingParityWithPyTorch(t *testing.T) {
	text, err := os.ReadFile("../train/testdata/mlp_pytorch.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	m := smallModel(t, fmt.Sprint("process.steps=", len(g.Betas)), "net.width=16")
	if m.process, err = diffusion.FromBetas(g.Betas); err != nil {
		t.Fatal(err)
	}
	layout, _ := m.net.Layout()
	if err := nets.LoadStateDict(layout, m.weights, func(name string, _ ...int) ([]float32, error) {
		return g.Final[name].Data, nil
	}); err != nil {
		t.Fatal(err)
	}
	net, err := m.newDenoiser(-1, new(int64), nil)
	if err != nil {
		t.Fatal(err)
	}
	model, err := diffusion.NewModel(net, m.process, diffusion.Parameterization{})
	if err != nil {
		t.Fatal(err)
	}
	x := slices.Clone(g.SampleStart)
	steps := 0
	run := solver.Run{Model: model, Dim: 2, Noise: goldenNoise(g.SampleNoise), OnStep: func(i int, at float64, x []float32) error {
		if i > 0 { // the start has no entry
			near(t, fmt.Sprintf("x at t = %v", at), x, g.SampleTrajectory[i-1])
			steps++
		}
		return nil
	}}
	var times []float64
	for at := m.process.Steps() - 1; at >= -1; at-- {
		times = append(times, float64(at))
	}
	err = (&solver.Ancestral{}).Solve(context.Background(), &run, x, times)
	if err != nil || steps != len(g.SampleTrajectory) {
		t.Errorf("%d steps, error %v", steps, err)
	}
}

// near compares arrays of float32 to rounding: 1e-5 of the largest element.
func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	scale := 0.0
	for _, w := range want {
		scale = max(scale, math.Abs(float64(w)))
	}
	for i := range want {
		if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= 1e-5*scale) {
			t.Errorf("%s[%d] = %v, PyTorch has %v: %.2g of the largest element", what, i, got[i], want[i], d/scale)
			return
		}
	}
}
