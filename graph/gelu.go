package graph

import (
	"gorgonia.org/gorgonia"

	"euryale/kernel"
	"euryale/ops"
)

// gelu applies the tanh form of GELU.
func (b *builder) gelu(n *ops.Node, g ops.GELU) *node {
	x := b.at(g.X)
	return b.apply(n.Name, &geluOp{b.op("gelu", b.shape(n), x)}, x)
}

type geluOp struct{ op }

func (o *geluOp) traits() traits { return traits{overwrites: 1} }

func (o *geluOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, geluReference[float32], geluReference[float64])
}

func geluReference[T float](y []T, in [][]T, _ [][]int32) {
	for i, x := range in[0] {
		y[i] = T(ops.GELU{}.Value(float64(x)))
	}
}

func (o *geluOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) { kernel.GELU(out.rows(lo, hi), in[0].rows(lo, hi)) }
}

// DiffWRT implements gorgonia.SDOp.
func (o *geluOp) DiffWRT(inputs int) []bool { return everything(inputs) }

// SymDiff implements gorgonia.SDOp: the gradient of the output times the derivative at x.
func (o *geluOp) SymDiff(in gorgonia.Nodes, _, d *node) (gorgonia.Nodes, error) {
	b := o.builder
	return gorgonia.Nodes{b.apply(o.name, &geluGradientOp{b.op("geluGradient", o.shape.Clone(), d, in[0])}, d, in[0])}, b.err
}

// geluGradientOp is d times the derivative at x.
type geluGradientOp struct{ op }

func (o *geluGradientOp) traits() traits { return traits{overwrites: 1} }

func (o *geluGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, geluGradientReference[float32], geluGradientReference[float64])
}

func geluGradientReference[T float](dx []T, in [][]T, _ [][]int32) {
	for i, d := range in[0] {
		dx[i] = d * T(ops.GELU{}.Derivative(float64(in[1][i])))
	}
}

func (o *geluGradientOp) bindRows(out value, in []value) rowStep {
	d, x := in[0], in[1]
	return func(_ *kernel.Workspace, lo, hi int) {
		kernel.GELUGradient(out.rows(lo, hi), x.rows(lo, hi), d.rows(lo, hi))
	}
}

// geluAgainOp computes GELU again from x, which the gradient keeps.
type geluAgainOp struct{ geluOp }

func (o *geluAgainOp) again() {}

func (o *geluAgainOp) traits() traits { return traits{} }
