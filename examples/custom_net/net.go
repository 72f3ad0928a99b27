package main

import (
	"fmt"

	"euryale/nets"
	"euryale/ops"
)

// residual is a net of Blocks residual blocks of Width units, from x of any size:
//
//	h ← W·x + b
//	h ← h + W₂·silu(W₁·h + b₁ + c) + b₂    in each block, c = time + label
//	output = W·h + b
//
// Parameters get names, initial values and gradients from the layers; sampling, tangents and checkpoints need no more.
type residual struct {
	Width, Blocks int
	Time          nets.TimeEncoding
}

// Apply implements nets.Net.
func (n residual) Apply(b *ops.Builder, in nets.Input) *ops.Node {
	if n.Width < 1 || n.Blocks < 1 {
		return b.Fail("residual: want at least one unit and one block, got %d and %d", n.Width, n.Blocks)
	}
	condition := nets.TimeEmbedding(b, "time", n.Time, in, n.Width)
	if in.Label != nil { // the data has classes
		condition = b.Add("condition", condition, nets.LabelEmbedding(b, "label", in, n.Width))
	}
	h := nets.Dense(b, "in", in.X, n.Width)
	for i := range n.Blocks {
		name := fmt.Sprintf("blocks.%d", i)
		y := b.SiLU(name, b.Add(name, nets.Dense(b, name+".0", h, n.Width), condition))
		h = b.Add(name, h, nets.Dense(b, name+".1", y, n.Width))
	}
	return nets.Dense(b, "out", h, in.Outputs)
}
