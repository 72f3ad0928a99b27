package graph

import (
	"gorgonia.org/gorgonia"

	"euryale/kernel"
	"euryale/ops"
)

// offset adds the same numbers to each row.
func (b *builder) offset(n *ops.Node, o ops.Offset) *node {
	x := b.at(o.X)
	return b.apply(n.Name, &offsetOp{b.op("offset", b.shape(n), x), o.Values}, x)
}

type offsetOp struct {
	op
	values []float32
}

func (o *offsetOp) traits() traits { return traits{overwrites: 1} }

func (o *offsetOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, offsetReference[float32](o), offsetReference[float64](o))
}

func offsetReference[T float](o *offsetOp) reference[T] {
	return func(y []T, in [][]T, _ [][]int32) {
		for i, x := range in[0] {
			y[i] = x + T(o.values[i%len(o.values)])
		}
	}
}

// DiffWRT implements gorgonia.SDOp.
func (o *offsetOp) DiffWRT(inputs int) []bool { return everything(inputs) }

// SymDiff implements gorgonia.SDOp.
func (o *offsetOp) SymDiff(_ gorgonia.Nodes, _, d *node) (gorgonia.Nodes, error) {
	return gorgonia.Nodes{d}, o.builder.err
}

func (o *offsetOp) bindRows(out value, in []value) rowStep {
	x := in[0]
	return func(_ *kernel.Workspace, lo, hi int) {
		for r := lo; r < hi; r++ {
			kernel.Combine2(out.rows(r, r+1), 1, x.rows(r, r+1), 1, o.values)
		}
	}
}
