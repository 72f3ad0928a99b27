package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
)

// gate applies a gated residual connection. Its operands are x, the gate and, if there is one, the image to add.
func (b *builder) gate(n *ops.Node, g ops.Gate) *node {
	operands := b.all(g)
	return b.apply(n.Name, &gateOp{b.op("gate", b.shape(n), operands...)}, operands...)
}

type gateOp struct{ op }

// addOperand is the position of the image to add.
const addOperand = 2

func (o *gateOp) adds() bool { return len(o.operands) > addOperand }

func (o *gateOp) traits() traits {
	if o.adds() {
		return traits{pixelwise: true, overwrites: 1 + addOperand}
	}
	return traits{pixelwise: true, accumulates: true, overwrites: 1}
}

func (o *gateOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, gateReference[float32](o), gateReference[float64](o))
}

func gateReference[T float](o *gateOp) reference[T] {
	return func(y []T, in [][]T, _ [][]int32) {
		pixels, channels := o.shape[1], o.shape[2]
		for i, x := range in[0] {
			y[i] = in[1][i/(pixels*channels)*channels+i%channels] * x
			if o.adds() {
				y[i] += in[addOperand][i]
			}
		}
	}
}

// DiffWRT implements gorgonia.SDOp.
func (o *gateOp) DiffWRT(inputs int) []bool { return everything(inputs) }

// SymDiff implements gorgonia.SDOp: the gradient of x is gate∘d, that of the gate the sum of d∘x over the pixels of each image,
// and that of the image to add is d.
func (o *gateOp) SymDiff(in gorgonia.Nodes, _, d *node) (gorgonia.Nodes, error) {
	b, x, gate := o.builder, in[0], in[1]
	grads := gorgonia.Nodes{
		b.apply(o.name, &gateOp{b.op("gateInputGradient", x.Shape().Clone(), d, gate)}, d, gate),
		b.apply(o.name, &gateGradientOp{b.op("gateGradient", gate.Shape().Clone(), d, x), x.Shape()}, d, x),
	}
	if o.adds() {
		grads = append(grads, d)
	}
	return grads, b.err
}

func (o *gateOp) bind(m memory) rowStep {
	x, gate, out := m.in[0], m.in[1].Matrix, m.out
	var add value
	switch {
	case o.adds():
		add = m.in[addOperand]
	case m.accumulate:
		add = out
	}
	return func(_ *kernel.Workspace, lo, hi int) {
		var to kernel.Matrix
		if add.pixels > 0 {
			to = add.images(lo, hi)
		}
		kernel.Gate(out.images(lo, hi), to, x.images(lo, hi), gate.RowRange(lo, hi), out.pixels)
	}
}

// gateGradientOp is Σ d∘x over the pixels of each image, [batch, channels].
type gateGradientOp struct {
	op
	images tensor.Shape
}

func (o *gateGradientOp) traits() traits { return traits{pixelwise: true} }

func (o *gateGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, gateGradientReference[float32](o), gateGradientReference[float64](o))
}

func gateGradientReference[T float](o *gateGradientOp) reference[T] {
	return func(sums []T, in [][]T, _ [][]int32) {
		pixels, channels := o.images[1], o.images[2]
		for i, d := range in[0] {
			sums[i/(pixels*channels)*channels+i%channels] += d * in[1][i]
		}
	}
}

func (o *gateGradientOp) bind(m memory) rowStep {
	d, x, out := m.in[0], m.in[1], m.out
	return func(_ *kernel.Workspace, lo, hi int) {
		kernel.GateGradient(out.RowRange(lo, hi), d.images(lo, hi), x.images(lo, hi), x.pixels)
	}
}
