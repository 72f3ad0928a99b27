package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
)

// depthToSpace makes each pixel a square of pixels.
func (b *builder) depthToSpace(n *ops.Node, d ops.DepthToSpace) *node {
	x := b.at(d.X)
	return b.apply(n.Name, &depthToSpaceOp{op: b.op("depthToSpace", b.shape(n), x), small: x.Shape(), width: d.X.Shape()[1], block: d.Block}, x)
}

// depthToSpaceOp makes large images of small ones or, as its own gradient, small ones of large ones.
type depthToSpaceOp struct {
	op
	small        tensor.Shape
	width, block int // of the small images
	back         bool
}

func (o *depthToSpaceOp) traits() traits { return traits{pixelwise: true, accumulates: o.back} }

func (o *depthToSpaceOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, depthToSpaceReference[float32](o), depthToSpaceReference[float64](o))
}

func depthToSpaceReference[T float](o *depthToSpaceOp) reference[T] {
	return func(y []T, in [][]T, _ [][]int32) {
		block, channels := o.block, o.small[2]/(o.block*o.block)
		for i := range y { // as an index of the small images
			pixel, p, q, c := i/o.small[2], i%o.small[2]/(channels*block), i/channels%block, i%channels
			row, column := pixel/o.width*block+p, pixel%o.width*block+q
			large := (row*o.width*block+column)*channels + c
			if o.back {
				y[i] = in[0][large]
			} else {
				y[large] = in[0][i]
			}
		}
	}
}

// DiffWRT implements gorgonia.SDOp.
func (o *depthToSpaceOp) DiffWRT(inputs int) []bool { return everything(inputs) }

// SymDiff implements gorgonia.SDOp.
func (o *depthToSpaceOp) SymDiff(in gorgonia.Nodes, _, d *node) (gorgonia.Nodes, error) {
	b := o.builder
	g := &depthToSpaceOp{op: b.op("spaceToDepth", in[0].Shape().Clone(), d), small: o.small, width: o.width, block: o.block, back: true}
	return gorgonia.Nodes{b.apply(o.name, g, d)}, b.err
}

func (o *depthToSpaceOp) bind(m memory) rowStep {
	from, to := m.in[0], m.out
	return func(_ *kernel.Workspace, lo, hi int) {
		if o.back {
			kernel.SpaceToDepth(to.images(lo, hi), from.images(lo, hi), o.width, o.block, m.accumulate)
		} else {
			kernel.DepthToSpace(to.images(lo, hi), from.images(lo, hi), o.width, o.block)
		}
	}
}
