package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
)

// meanPool is the mean over the pixels of each image.
func (b *builder) meanPool(n *ops.Node, p ops.MeanPool) *node {
	x := b.at(p.X)
	return b.sumPixels(n.Name, x, 1/float32(x.Shape()[1]))
}

// sumPixels is scale·Σ over the pixels of each image, per channel: [batch, channels].
func (b *builder) sumPixels(name string, x *node, scale float32) *node {
	return b.apply(name, &sumPixelsOp{b.op("sumPixels", tensor.Shape{b.batch, x.Shape()[2]}, x), x.Shape()[1], scale}, x)
}

type sumPixelsOp struct {
	op
	pixels int
	scale  float32
}

func (o *sumPixelsOp) traits() traits { return traits{pixelwise: true} }

func (o *sumPixelsOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, sumPixelsReference[float32](o), sumPixelsReference[float64](o))
}

func sumPixelsReference[T float](o *sumPixelsOp) reference[T] {
	return func(sums []T, in [][]T, _ [][]int32) {
		channels := o.shape[1]
		for i, v := range in[0] {
			sums[i/(o.pixels*channels)*channels+i%channels] += v
		}
		for i := range sums {
			sums[i] *= T(o.scale)
		}
	}
}

// DiffWRT implements gorgonia.SDOp.
func (o *sumPixelsOp) DiffWRT(inputs int) []bool { return everything(inputs) }

// SymDiff implements gorgonia.SDOp.
func (o *sumPixelsOp) SymDiff(in gorgonia.Nodes, _, d *node) (gorgonia.Nodes, error) {
	b := o.builder
	return gorgonia.Nodes{b.apply(o.name, &spreadPixelsOp{b.op("spreadPixels", in[0].Shape().Clone(), d), o.scale}, d)}, b.err
}

func (o *sumPixelsOp) bind(m memory) rowStep {
	x, out := m.in[0], m.out
	return func(_ *kernel.Workspace, lo, hi int) {
		kernel.SumPixels(out.RowRange(lo, hi), x.images(lo, hi), o.pixels, o.scale)
	}
}

// spreadPixelsOp gives each pixel of an image the same numbers, times scale.
type spreadPixelsOp struct {
	op
	scale float32
}

func (o *spreadPixelsOp) traits() traits { return traits{pixelwise: true, accumulates: true} }

func (o *spreadPixelsOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, spreadPixelsReference[float32](o), spreadPixelsReference[float64](o))
}

func spreadPixelsReference[T float](o *spreadPixelsOp) reference[T] {
	return func(d []T, in [][]T, _ [][]int32) {
		pixels, channels := o.shape[1], o.shape[2]
		for i := range d {
			d[i] = in[0][i/(pixels*channels)*channels+i%channels] * T(o.scale)
		}
	}
}

func (o *spreadPixelsOp) bind(m memory) rowStep {
	x, out := m.in[0], m.out
	return func(_ *kernel.Workspace, lo, hi int) {
		kernel.SpreadPixels(out.images(lo, hi), x.RowRange(lo, hi), out.pixels, o.scale, m.accumulate)
	}
}
