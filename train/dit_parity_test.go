package train

import (
	"testing"

	"euryale/checkpoint"
	"euryale/eager"
	"euryale/graph"
	"euryale/kernel"
	"euryale/nets"
	"euryale/ops"
)

// A DiT with PyTorch's weights gives its output and its gradients: testdata/dit/dit_pytorch.py. The images are not square, and
// the variances are learned.
func TestDiTParityWithPyTorch(t *testing.T) {
	const rows, height, width, colors, classes = 3, 4, 6, 3, 3
	const size = height * width * colors
	file, err := checkpoint.ReadForeign("testdata/dit/dit.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	tensor := func(name string, shape ...int) []float32 {
		numbers, err := file.Tensor(name, shape...)
		if err != nil {
			t.Fatal(err)
		}
		return numbers
	}
	options := nets.DefaultDiT()
	options.Width, options.Depth, options.Heads, options.Labels = 8, 2, 2, true
	spec := nets.Spec{Sample: []int{height, width, colors}, Outputs: 2 * size, Steps: 1000, Classes: classes}
	net, err := options.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	built, err := nets.Build(net, spec)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "pos_embed", options.Positions(height, width), tensor("pos_embed", 1, height/2*width/2, 8))
	layout, total := built.Layout()
	weights := make([]float32, total)
	if err := nets.LoadStateDict(layout, weights, file.Tensor); err != nil {
		t.Fatal(err)
	}
	if want := 2*len(layout) + 1 + 7; len(file.Tensors) != want { // pos_embed, and the batch
		t.Errorf("%d tensors in the file, want %d", len(file.Tensors), want)
	}
	x, target, output := tensor("x", rows, height, width, colors), tensor("target", rows, 2, height, width, colors),
		tensor("output", rows, 2, height, width, colors)
	times, labels, weight := tensor("t", rows), tensor("labels", rows), tensor("weight", rows)

	machine, err := eager.New(built, weights)
	if err != nil {
		t.Fatal(err)
	}
	got, gradient := make([]float32, 2*rows*size), make([]float32, rows*size)
	var at []float64
	var of []int32
	for r := range rows {
		label := int(labels[r])
		if label == classes {
			label = -1
		}
		at, of = append(at, float64(times[r])), append(of, int32(label))
		condition := eager.Condition{Time: at[r], Label: label}
		machine.Run(got[2*r*size:][:2*size], x[r*size:][:size], condition)
		machine.Gradient(gradient[r*size:][:size], x[r*size:][:size], condition, func(_ int, v, output []float32) {
			for i, y := range output {
				v[i] = 2 * weight[r] * (y - target[2*r*size+i])
			}
		})
	}
	near(t, "output", got, output)
	near(t, "gradient of the images", gradient, tensor("gradient x", rows, height, width, colors))

	b := built.Builder
	loss := b.WeightedError("loss", ops.Squared(), built.Output, b.Input("target", 2*size), b.RowInput("weight"))
	p, err := graph.CompileBlock(loss, rows, weights)
	if err != nil {
		t.Fatal(err)
	}
	for name, numbers := range map[string][]float32{nets.InputX: x, "target": target, "weight": weight} {
		copy(p.Float(name), numbers)
	}
	p.Condition(0, at, of)
	var ws kernel.Workspace
	p.RunBlock(&ws, rows, false)
	for _, a := range nets.StateDict(layout, p.Gradient()) {
		near(t, "gradient of "+a.Name, a.Data, tensor("gradient "+a.Name, a.Shape...))
	}
}
