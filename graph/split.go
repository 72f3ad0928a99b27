package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
)

// split puts shares of the channels after each other.
func (b *builder) split(n *ops.Node, s ops.Split) *node {
	x := b.at(s.X)
	return b.apply(n.Name, &splitOp{op: b.op("split", b.shape(n), x), images: x.Shape(), parts: s.Parts}, x)
}

// splitOp takes images apart, [batch, pixels, channels] → [batch, parts·pixels·channels/parts], or puts them together again.
type splitOp struct {
	op
	images   tensor.Shape
	parts    int
	together bool
}

func (o *splitOp) traits() traits { return traits{pixelwise: true} }

func (o *splitOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, splitReference[float32](o), splitReference[float64](o))
}

func splitReference[T float](o *splitOp) reference[T] {
	return func(y []T, in [][]T, _ [][]int32) {
		pixels, channels := o.images[1], o.images[2]
		width := channels / o.parts
		for i := range y {
			image, pixel, part, c := i/(pixels*channels), i/channels%pixels, i%channels/width, i%width
			flat := image*pixels*channels + (part*pixels+pixel)*width + c
			if o.together {
				y[i] = in[0][flat]
			} else {
				y[flat] = in[0][i]
			}
		}
	}
}

// DiffWRT implements gorgonia.SDOp.
func (o *splitOp) DiffWRT(inputs int) []bool { return everything(inputs) }

// SymDiff implements gorgonia.SDOp.
func (o *splitOp) SymDiff(in gorgonia.Nodes, _, d *node) (gorgonia.Nodes, error) {
	b := o.builder
	g := &splitOp{op: b.op("splitGradient", in[0].Shape().Clone(), d), images: o.images, parts: o.parts, together: true}
	return gorgonia.Nodes{b.apply(o.name, g, d)}, b.err
}

func (o *splitOp) bind(m memory) rowStep {
	images, flat := m.in[0], m.out
	if o.together {
		images, flat = m.out, m.in[0]
	}
	pixels, width := o.images[1], o.images[2]/o.parts
	return func(_ *kernel.Workspace, lo, hi int) {
		for r := lo; r < hi; r++ {
			image, share := images.images(r, r+1), flat.rows(r, r+1)
			for part := range o.parts {
				a, b := image.ColRange(part*width, (part+1)*width), kernel.View(share[part*pixels*width:], pixels, width)
				if o.together {
					a, b = b, a
				}
				kernel.CopyRows(b, a)
			}
		}
	}
}
