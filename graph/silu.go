package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
)

// silu applies x·σ(x).
func (b *builder) silu(name string, s ops.SiLU) *node {
	x := b.at(s.X)
	return b.apply(name, &siluOp{b.op("silu", tensor.Shape{b.batch, s.X.Size()}, x)}, x)
}

type siluOp struct{ op }

func (o *siluOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, siluReference[float32], siluReference[float64])
}

func siluReference[T float](y []T, in [][]T, _ [][]int32) { silu(y, in[0]) }

func silu[T float](y, x []T) {
	for i, v := range x {
		y[i] = T(ops.SiLU{}.Value(float64(v)))
	}
}

func (o *siluOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) { silu(out.rows(lo, hi), in[0].rows(lo, hi)) }
}

// DiffWRT implements gorgonia.SDOp.
func (o *siluOp) DiffWRT(int) []bool { return []bool{true} }

// SymDiff implements gorgonia.SDOp: the gradient of the output times the derivative at x.
func (o *siluOp) SymDiff(in gorgonia.Nodes, _, grad *node) (gorgonia.Nodes, error) {
	b := o.builder
	d := &siluGradientOp{b.op("siluGradient", o.shape.Clone(), in[0], grad)}
	return gorgonia.Nodes{b.apply(o.name, d, in[0], grad)}, b.err
}

type siluGradientOp struct{ op }

func (o *siluGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, siluGradientReference[float32], siluGradientReference[float64])
}

func siluGradientReference[T float](d []T, in [][]T, _ [][]int32) { siluGradient(d, in[0], in[1]) }

func siluGradient[T float](d, x, grad []T) {
	for i, v := range x {
		d[i] = T(float64(grad[i]) * ops.SiLU{}.Derivative(float64(v)))
	}
}

func (o *siluGradientOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) {
		siluGradient(out.rows(lo, hi), in[0].rows(lo, hi), in[1].rows(lo, hi))
	}
}
