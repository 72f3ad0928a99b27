package train

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"euryale/configs"
	"euryale/nets"
	"euryale/ops"
)

// goldenKind is a run of PyTorch in float64, its loss written from the paper, with every random input written down:
// testdata/kinds_pytorch.py.
type goldenKind struct {
	Name      string
	Set       []string // changes to the default configuration
	Init      map[string]goldenArray
	Final     map[string]goldenArray
	Input     []float32            // of the net in the first step
	Features  []float32            // of its times, if the net uses any
	Gradients map[string][]float32 // of the first step, before clipping
	Steps     []struct {
		X0, Eps         []float32
		T               []float64
		Labels, Classes []int32
		Importance      []float32
		Loss, Norm      float64
		Losses          []float32 // per row, without importance
	}
}

// Every kind of objective is trained as in its paper.
func TestKindsParityWithPyTorch(t *testing.T) {
	text, err := os.ReadFile("testdata/kinds_pytorch.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct{ Kinds []goldenKind }
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	if len(golden.Kinds) == 0 {
		t.Fatal("no kinds")
	}
	for _, k := range golden.Kinds {
		t.Run(k.Name, func(t *testing.T) { k.replay(t) })
	}
}

func (k *goldenKind) replay(t *testing.T) {
	config, err := configs.Decode("kinds_pytorch.json", []byte("version: 2\nname: parity\n"), k.Set)
	if err != nil {
		t.Fatal(err)
	}
	trainer := newSmall(t, config, 1)
	layout, _ := trainer.net.Layout()
	if len(layout) != len(k.Init) {
		t.Errorf("%d parameters, PyTorch has %d", len(layout), len(k.Init))
	}
	if err := nets.LoadStateDict(layout, trainer.weights, func(name string, shape ...int) ([]float32, error) {
		if !slices.Equal(k.Init[name].Shape, shape) {
			t.Errorf("%s has shape %v, in PyTorch %v", name, shape, k.Init[name].Shape)
		}
		return k.Init[name].Data, nil
	}); err != nil {
		t.Fatal(err)
	}
	trainer.fill = func(lo, hi int) {
		s := k.Steps[trainer.step]
		copy(trainer.x0[lo*2:hi*2], s.X0[lo*2:])
		copy(trainer.eps[lo*2:hi*2], s.Eps[lo*2:])
		copy(trainer.times[lo:hi], s.T[lo:])
		copy(trainer.importance[lo:hi], s.Importance[lo:])
		if trainer.labels != nil {
			copy(trainer.labels[lo:hi], s.Labels[lo:])
			copy(trainer.classes[lo:hi], s.Classes[lo:])
		}
	}
	for i, s := range k.Steps {
		result, err := trainer.Step()
		if err != nil {
			t.Fatal(err)
		}
		if !(math.Abs(result.Loss-s.Loss) <= 1e-5*math.Abs(s.Loss)) {
			t.Errorf("step %d: loss %v, PyTorch has %v", i, result.Loss, s.Loss)
		}
		if !(math.Abs(result.GradientNorm-s.Norm) <= 1e-5*s.Norm) {
			t.Errorf("step %d: gradient norm %v, PyTorch has %v", i, result.GradientNorm, s.Norm)
		}
		near(t, fmt.Sprintf("step %d: losses", i), trainer.losses, s.Losses)
		if i > 0 {
			continue
		}
		near(t, "input", trainer.program.Float("x"), k.Input)
		near(t, "features of the time", features(trainer), k.Features)
		for _, a := range nets.StateDict(layout, trainer.program.Gradient()) {
			near(t, "first gradient of "+a.Name, a.Data, k.Gradients[a.Name])
		}
	}
	for _, a := range nets.StateDict(layout, trainer.weights) {
		near(t, "at the end "+a.Name, a.Data, k.Final[a.Name].Data)
	}
}

// features computes those of the times of a Trainer's batch, which the program does not export.
func features(trainer *Trainer) []float32 {
	var all []float32
	for _, n := range trainer.net.Builder.Nodes() {
		if s, ok := n.Op.(ops.Sinusoids); ok {
			for _, at := range trainer.networkTimes {
				row := make([]float32, n.Size())
				s.Fill(row, at)
				all = append(all, row...)
			}
		}
	}
	return all
}
