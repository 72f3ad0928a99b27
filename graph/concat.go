package graph

import (
	"gorgonia.org/gorgonia"

	"euryale/kernel"
	"euryale/ops"
)

// concat puts the channels of images beside each other.
func (b *builder) concat(n *ops.Node, c ops.Concat) *node {
	parts := b.all(c)
	return b.apply(n.Name, &concatOp{b.op("concat", b.shape(n), parts...)}, parts...)
}

// concatOp copies only the parts that are not in their place yet: plan.go puts them there where it can.
type concatOp struct{ op }

func (o *concatOp) traits() traits { return traits{pixelwise: true} }

func (o *concatOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, concatReference[float32](o), concatReference[float64](o))
}

func concatReference[T float](o *concatOp) reference[T] {
	return func(y []T, in [][]T, _ [][]int32) {
		pixels, first := o.shape[0]*o.shape[1], 0
		for _, part := range in {
			width := len(part) / pixels
			for p := range pixels {
				copy(y[p*o.shape[2]+first:][:width], part[p*width:])
			}
			first += width
		}
	}
}

// DiffWRT implements gorgonia.SDOp.
func (o *concatOp) DiffWRT(inputs int) []bool { return everything(inputs) }

// SymDiff implements gorgonia.SDOp: the gradient of a part is its range of channels.
func (o *concatOp) SymDiff(in gorgonia.Nodes, _, d *node) (gorgonia.Nodes, error) {
	b, first := o.builder, 0
	grads := make(gorgonia.Nodes, len(in))
	for i, part := range in {
		grads[i] = b.apply(o.name, &channelsOp{b.op("channels", part.Shape().Clone(), d), first}, d)
		first += part.Shape()[2]
	}
	return grads, b.err
}

func (o *concatOp) bind(m memory) rowStep {
	var from, to []value
	first := 0
	for _, part := range m.in {
		channels := part.image.Cols
		place := value{image: m.out.image.ColRange(first, first+channels), pixels: part.pixels}
		if first += channels; !sameMemory(part, place) {
			from, to = append(from, part), append(to, place)
		}
	}
	if from == nil {
		return nil
	}
	return func(_ *kernel.Workspace, lo, hi int) {
		for i := range from {
			kernel.CopyRows(to[i].images(lo, hi), from[i].images(lo, hi))
		}
	}
}

// sameMemory reports whether two values of images are one.
func sameMemory(a, b value) bool {
	return &a.image.Data[0] == &b.image.Data[0] && a.image.Stride == b.image.Stride
}

// channelsOp is a range of an image's channels.
type channelsOp struct {
	op
	first int
}

func (o *channelsOp) traits() traits { return traits{pixelwise: true} }

func (o *channelsOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, channelsReference[float32](o), channelsReference[float64](o))
}

func channelsReference[T float](o *channelsOp) reference[T] {
	return func(part []T, in [][]T, _ [][]int32) {
		pixels, width := o.shape[0]*o.shape[1], o.shape[2]
		for p := range pixels {
			copy(part[p*width:][:width], in[0][p*len(in[0])/pixels+o.first:])
		}
	}
}

func (o *channelsOp) bind(m memory) rowStep {
	part := value{image: m.in[0].image.ColRange(o.first, o.first+o.shape[2]), pixels: m.in[0].pixels}
	if sameMemory(part, m.out) {
		return nil
	}
	return func(_ *kernel.Workspace, lo, hi int) { kernel.CopyRows(m.out.images(lo, hi), part.images(lo, hi)) }
}
