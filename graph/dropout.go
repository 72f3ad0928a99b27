package graph

import (
	"gorgonia.org/gorgonia"

	"euryale/kernel"
	"euryale/ops"
	"euryale/rng"
)

// address is where the random numbers of a block's dropout are.
type address struct {
	stream         rng.Stream
	step, firstRow uint64
	keep           bool // nothing is dropped
}

// dropout drops numbers.
func (b *builder) dropout(n *ops.Node, d ops.Dropout) *node {
	x := b.at(d.X)
	return b.apply(n.Name, &dropoutOp{b.op("dropout", x.Shape().Clone(), x), d.Layer, float32(d.Rate)}, x)
}

// dropoutOp is linear, so that it is its own gradient.
type dropoutOp struct {
	op
	layer int
	rate  float32
}

func (o *dropoutOp) traits() traits { return traits{overwrites: 1} }

func (o *dropoutOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, dropoutReference[float32](o), dropoutReference[float64](o))
}

func dropoutReference[T float](o *dropoutOp) reference[T] {
	return func(y []T, in [][]T, _ [][]int32) {
		mask := make([]float32, len(y))
		for i := range mask {
			mask[i] = 1
		}
		o.drop(mask, mask, 0)
		for i, x := range in[0] {
			y[i] = x * T(mask[i])
		}
	}
}

// drop is dropout of rows from a row of the block on.
func (o *dropoutOp) drop(dst, x []float32, row int) {
	at := o.builder.address
	if at.keep {
		copy(dst, x)
		return
	}
	kernel.Dropout(dst, x, at.stream.Key(), at.step, at.firstRow+uint64(row), o.layer, columns(o.shape), o.rate, false)
}

// DiffWRT implements gorgonia.SDOp.
func (o *dropoutOp) DiffWRT(inputs int) []bool { return everything(inputs) }

// SymDiff implements gorgonia.SDOp.
func (o *dropoutOp) SymDiff(in gorgonia.Nodes, _, d *node) (gorgonia.Nodes, error) {
	b := o.builder
	g := &dropoutOp{b.op("dropoutGradient", in[0].Shape().Clone(), d), o.layer, o.rate}
	return gorgonia.Nodes{b.apply(o.name, g, d)}, b.err
}

func (o *dropoutOp) bind(m memory) rowStep {
	x := m.in[0]
	return func(_ *kernel.Workspace, lo, hi int) { o.drop(m.out.rows(lo, hi), x.rows(lo, hi), lo) }
}
