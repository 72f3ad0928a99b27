package objective_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"euryale/data"
	"euryale/diffusion"
	"euryale/eager"
	"euryale/graph"
	"euryale/kernel"
	"euryale/nets"
	"euryale/objective"
	"euryale/ops"
)

// layered is a net of two layers that is the same at all times.
type layered struct{ width int }

// Apply implements nets.Net.
func (n layered) Apply(b *ops.Builder, in nets.Input) *ops.Node {
	layer := func(name string, x *ops.Node, out int) *ops.Node {
		weight, bias := b.Parameter(name+".weight", ops.Uniform(1), x.Size(), out), b.Parameter(name+".bias", ops.Uniform(1), out)
		return b.Linear(name, x, ops.Linear{Weight: weight, Bias: bias})
	}
	return layer("second", b.SiLU("silu", layer("first", in.X, n.width)), in.Outputs)
}

// evaluated is a net as package objective sees it. Its times are ignored.
type evaluated struct{ *eager.Machine }

func (e evaluated) Run(dst, x []float32, _ float64) { e.Machine.Run(dst, x, eager.Condition{}) }

func (e evaluated) Tangent(dst, tangent, x, v []float32, _ float64) {
	e.Machine.Tangent(dst, tangent, x, v, eager.Condition{})
}

func (e evaluated) Gradient([]float32, []float32, float64, func(int, []float32, []float32)) {}

// mixedReplay is testdata/mixed_pytorch.json.
type mixedReplay struct {
	CategoryWeight float64 `json:"category_weight"`
	SigmaData      float64 `json:"sigma_data"`
	Shares         [][]float64
	Category       []int32
	Codes, X0, Eps []float32
	V, Importance  []float32
	Weights        [][]float32
	Cases          []struct {
		Process           string
		Times             []float64
		Loss              float64
		Gradients         [][]float64
		Denoised, Tangent []float64
	}
}

func (m *mixedReplay) layout() data.Layout {
	return data.Layout{Dim: 9, Numbers: 2, Missing: []int{-1, 1}, Groups: []data.Group{
		{First: 2, Width: 3, Shares: m.Shares[0]}, {First: 5, Width: 2, Shares: m.Shares[1]},
		{First: 7, Width: 2, Shares: m.Shares[2], Codes: m.Codes},
	}}
}

// The loss, the gradients of a net's weights, the denoised rows and their derivative are those of PyTorch.
func TestMixedAgainstPyTorch(t *testing.T) {
	text, err := os.ReadFile("testdata/mixed_pytorch.json")
	if err != nil {
		t.Fatal(err)
	}
	var replay mixedReplay
	if err := json.Unmarshal(text, &replay); err != nil {
		t.Fatal(err)
	}
	for _, test := range replay.Cases {
		t.Run(test.Process, func(t *testing.T) {
			p, err := diffusion.Processes().Choose(test.Process).Kind.New()
			if err != nil {
				t.Fatal(err)
			}
			options := &objective.Mixed{CategoryWeight: replay.CategoryWeight, SigmaData: replay.SigmaData}
			o, err := options.New(p, replay.layout())
			if err != nil {
				t.Fatal(err)
			}
			net, err := nets.Build(layered{width: 6}, nets.Spec{Sample: []int{9}, Outputs: o.Outputs()})
			if err != nil {
				t.Fatal(err)
			}
			layout, size := net.Layout()
			weights := make([]float32, size)
			for i, w := range replay.Weights {
				copy(weights[layout[i].Offset:], w)
			}
			const rows, dim = 5, 9
			q := o.Parameterization()
			x := make([]float32, rows*dim)

			program, err := graph.Compile(o.Loss(net.Builder, net.Output), rows, weights)
			if err != nil {
				t.Fatal(err)
			}
			diffusion.AddNoise(p, x, replay.X0, replay.Eps, test.Times, dim)
			q.ScaleInputs(p, x, test.Times, dim)
			copy(program.Float(nets.InputX), x)
			o.Fill(program, &objective.Batch{Dim: dim, X0: replay.X0, Eps: replay.Eps, Times: test.Times,
				Importance: replay.Importance, Codes: replay.Category}, 0, 0, rows)
			var ws kernel.Workspace
			loss, _ := program.Run(&ws, rows)
			closeTo(t, "loss", []float32{float32(loss)}, []float64{test.Loss})
			for i, want := range test.Gradients {
				closeTo(t, layout[i].Name, program.Gradient()[layout[i].Offset:], want)
			}

			machine, err := eager.New(net, weights)
			if err != nil {
				t.Fatal(err)
			}
			model, err := diffusion.NewModel(o.(objective.Denoising).Denoiser(evaluated{machine}), p, q)
			if err != nil {
				t.Fatal(err)
			}
			at := test.Times[1]
			diffusion.AddNoise(p, x, replay.X0, replay.Eps, slices.Repeat([]float64{at}, rows), dim)
			got, tangent := make([]float32, len(x)), make([]float32, len(x))
			model.X0(got, x, at)
			closeTo(t, "denoised rows", got, test.Denoised)
			clear(got)
			model.PredictTangent(got, tangent, x, replay.V, at, diffusion.X0)
			closeTo(t, "denoised rows with a tangent", got, test.Denoised)
			closeTo(t, "tangent", tangent, test.Tangent)
		})
	}
}

// closeTo compares with numbers in float64, by the largest of them.
func closeTo(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	scale := 0.0
	for _, w := range want {
		scale = max(scale, math.Abs(w))
	}
	for i, w := range want {
		if !(math.Abs(float64(got[i])-w) <= 2e-6*scale) {
			t.Errorf("%s: [%d] is %v, PyTorch has %v", what, i, got[i], w)
		}
	}
}
