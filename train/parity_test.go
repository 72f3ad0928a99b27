package train

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"euryale/configs"
	"euryale/diffusion"
	"euryale/nets"
)

// golden is a run of PyTorch 1.13.0 on a CPU with every random input written down: an MLP of width 16 on 20
// timesteps, 25 steps of batch 12. (It also has a trajectory with the final weights, which package model replays.)
type golden struct {
	Betas []float64
	Init  map[string]goldenArray
	Final map[string]goldenArray
	Steps []struct {
		X0, Eps   []float32
		T         []int32
		Loss      float64
		Norm      float64              `json:"grad_norm_before_clip"`
		Gradients map[string][]float32 `json:"grads_before_clip"` // of the first step
	}
}

type goldenArray struct {
	Shape []int
	Data  []float32
}

// goldenTrainer is a Trainer whose weights and batches are the golden run's.
func goldenTrainer(t *testing.T, workers int) (*Trainer, golden) {
	t.Helper()
	text, err := os.ReadFile("testdata/mlp_pytorch.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	config, err := configs.Preset("scurve", []string{fmt.Sprint("process.steps=", len(g.Betas)), "net.width=16", "train.batch=12"})
	if err != nil {
		t.Fatal(err)
	}
	schedule, err := diffusion.FromBetas(g.Betas)
	if err != nil {
		t.Fatal(err)
	}
	trainer, err := newTrainer(context.Background(), config, schedule, workers)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(trainer.Close)
	layout, _ := trainer.net.Layout()
	if err := nets.LoadStateDict(layout, trainer.weights, func(name string, shape ...int) ([]float32, error) {
		if !slices.Equal(g.Init[name].Shape, shape) {
			t.Errorf("%s has shape %v, in PyTorch %v", name, shape, g.Init[name].Shape)
		}
		return g.Init[name].Data, nil
	}); err != nil {
		t.Fatal(err)
	}
	trainer.fill = func(lo, hi int) {
		step := g.Steps[trainer.step]
		copy(trainer.x0[lo*2:hi*2], step.X0[lo*2:])
		copy(trainer.eps[lo*2:hi*2], step.Eps[lo*2:])
		for r := lo; r < hi; r++ {
			trainer.times[r] = float64(step.T[r])
		}
	}
	return trainer, g
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

func TestTrainingParityWithPyTorch(t *testing.T) {
	for _, workers := range []int{1, 3} {
		trainer, g := goldenTrainer(t, workers)
		layout, _ := trainer.net.Layout()
		if len(layout) != len(g.Init) {
			t.Errorf("%d parameters, PyTorch has %d", len(layout), len(g.Init))
		}
		for i, step := range g.Steps {
			result, err := trainer.Step()
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(result.Loss-step.Loss) > 1e-5*step.Loss {
				t.Errorf("step %d: loss %v, PyTorch has %v", i, result.Loss, step.Loss)
			}
			if math.Abs(result.GradientNorm-step.Norm) > 1e-5*step.Norm {
				t.Errorf("step %d: gradient norm %v, PyTorch has %v", i, result.GradientNorm, step.Norm)
			}
			if i > 0 {
				continue
			}
			for _, a := range nets.StateDict(layout, trainer.program.Gradient()) {
				near(t, "first gradient of "+a.Name, a.Data, step.Gradients[a.Name])
			}
		}
		for _, a := range nets.StateDict(layout, trainer.weights) {
			near(t, "after 25 steps "+a.Name, a.Data, g.Final[a.Name].Data)
		}
	}
}
