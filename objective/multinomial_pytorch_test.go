package objective_test

import (
	"encoding/json"
	"os"
	"testing"

	"euryale/data"
	"euryale/diffusion"
	"euryale/graph"
	"euryale/kernel"
	"euryale/nets"
	"euryale/objective"
)

// oneHotLayout is that of rows of two numbers and categories of 3, 2 and 4.
func oneHotLayout() data.Layout {
	layout := data.Layout{Dim: 11, Numbers: 2}
	for _, g := range [][2]int{{2, 3}, {5, 2}, {7, 4}} {
		shares := make([]float64, g[1])
		for k := range shares {
			shares[k] = 1 / float64(len(shares))
		}
		layout.Groups = append(layout.Groups, data.Group{First: g[0], Width: g[1], Shares: shares})
	}
	return layout
}

// The noised rows, the loss and the gradients of a net's weights are those of PyTorch.
func TestMultinomialAgainstPyTorch(t *testing.T) {
	text, err := os.ReadFile("testdata/multinomial_pytorch.json")
	if err != nil {
		t.Fatal(err)
	}
	var replay struct {
		SigmaData           float64 `json:"sigma_data"`
		Betas, Times        []float64
		Category            []int32
		X0, Eps, Importance []float32
		Weights             [][]float32
		X                   []float64
		Loss                float64
		Gradients           [][]float64
	}
	if err := json.Unmarshal(text, &replay); err != nil {
		t.Fatal(err)
	}
	chain, err := diffusion.FromBetas(replay.Betas)
	if err != nil {
		t.Fatal(err)
	}
	options := &objective.Multinomial{SigmaData: replay.SigmaData}
	o, err := options.New(chain, oneHotLayout())
	if err != nil {
		t.Fatal(err)
	}
	net, err := nets.Build(layered{width: 6}, nets.Spec{Sample: []int{11}, Outputs: o.Outputs()})
	if err != nil {
		t.Fatal(err)
	}
	layout, size := net.Layout()
	weights := make([]float32, size)
	for i, w := range replay.Weights {
		copy(weights[layout[i].Offset:], w)
	}
	rows := len(replay.Times)
	program, err := graph.Compile(o.Loss(net.Builder, net.Output), rows, weights)
	if err != nil {
		t.Fatal(err)
	}
	batch := &objective.Batch{Dim: 11, X0: replay.X0, Eps: replay.Eps, Times: replay.Times, Importance: replay.Importance,
		Codes: replay.Category}
	x := program.Float(nets.InputX)
	o.(objective.Noiser).Noise(x, batch, 0, 0, rows)
	closeTo(t, "noised rows", x, replay.X)
	o.Fill(program, batch, 0, 0, rows)
	var ws kernel.Workspace
	loss, _ := program.Run(&ws, rows)
	closeTo(t, "loss", []float32{float32(loss)}, []float64{replay.Loss})
	for i, want := range replay.Gradients {
		closeTo(t, layout[i].Name, program.Gradient()[layout[i].Offset:], want)
	}
	noise := func() { o.(objective.Noiser).Noise(x, batch, 0, 0, rows); o.Fill(program, batch, 0, 0, rows) }
	if n := testing.AllocsPerRun(20, noise); n != 0 {
		t.Errorf("%v allocations in the noising of a batch", n)
	}
}
