package nets_test

import (
	"fmt"

	"euryale/nets"
	"euryale/ops"
)

// residual is a custom net of blocks h + W₂·silu(W₁·h + time + label).
type residual struct{ width, blocks int }

// Apply implements nets.Net.
func (n residual) Apply(b *ops.Builder, in nets.Input) *ops.Node {
	time := nets.TimeEmbedding(b, "time", &nets.Sinusoidal{Features: 16}, in, n.width)
	if in.Label != nil {
		time = b.Add("condition", time, nets.LabelEmbedding(b, "label", in, n.width))
	}
	h := nets.Dense(b, "in", in.X, n.width)
	for i := range n.blocks {
		name := fmt.Sprintf("blocks.%d", i)
		y := b.SiLU(name, b.Add(name, nets.Dense(b, name+".0", h, n.width), time))
		h = b.Add(name, h, nets.Dense(b, name+".1", y, n.width))
	}
	return nets.Dense(b, "out", h, in.Outputs)
}

// A custom net is a type with one method.
func Example() {
	built, err := nets.Build(residual{width: 8, blocks: 1}, nets.Spec{Sample: []int{2}, Outputs: 2, Classes: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	parameters, size := built.Layout()
	for _, p := range parameters {
		fmt.Println(p.Name, p.Shape)
	}
	fmt.Println(size == len(built.Init(1)), built.UsesLabels())
	// Output:
	// time.0.weight [16 8]
	// time.0.bias [8]
	// label.weight [4 8]
	// in.weight [2 8]
	// in.bias [8]
	// blocks.0.0.weight [8 8]
	// blocks.0.0.bias [8]
	// blocks.0.1.weight [8 8]
	// blocks.0.1.bias [8]
	// out.weight [8 2]
	// out.bias [2]
	// true true
}
