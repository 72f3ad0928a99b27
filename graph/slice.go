package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
)

// slice is a range of the numbers of each row, [batch, size].
func (b *builder) slice(name string, x *node, first, size int) *node {
	return b.apply(name, &sliceOp{op: b.op("slice", tensor.Shape{b.batch, size}, x), first: first, size: size}, x)
}

// sliceOp takes a range of each row or, as its own gradient, puts it back among zeros.
type sliceOp struct {
	op
	first, size int
	back        bool
}

func (o *sliceOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, sliceReference[float32](o), sliceReference[float64](o))
}

func sliceReference[T float](o *sliceOp) reference[T] {
	return func(out []T, in [][]T, _ [][]int32) {
		rows := o.shape[0]
		whole, part := in[0], out
		if o.back {
			whole, part = out, in[0]
		}
		for r := range rows {
			a, b := part[r*o.size:][:o.size], whole[r*len(whole)/rows+o.first:]
			if o.back {
				a, b = b, a
			}
			copy(a, b)
		}
	}
}

// DiffWRT implements gorgonia.SDOp.
func (o *sliceOp) DiffWRT(inputs int) []bool { return everything(inputs) }

// SymDiff implements gorgonia.SDOp.
func (o *sliceOp) SymDiff(in gorgonia.Nodes, _, d *node) (gorgonia.Nodes, error) {
	b := o.builder
	g := &sliceOp{op: b.op("sliceGradient", in[0].Shape().Clone(), d), first: o.first, size: o.size, back: true}
	return gorgonia.Nodes{b.apply(o.name, g, d)}, b.err
}

func (o *sliceOp) bindRows(out value, in []value) rowStep {
	if !o.back {
		part := in[0].ColRange(o.first, o.first+o.size)
		return func(_ *kernel.Workspace, lo, hi int) { kernel.CopyRows(out.RowRange(lo, hi), part.RowRange(lo, hi)) }
	}
	d, part := in[0], out.ColRange(o.first, o.first+o.size)
	return func(_ *kernel.Workspace, lo, hi int) {
		clear(out.rows(lo, hi))
		kernel.CopyRows(part.RowRange(lo, hi), d.RowRange(lo, hi))
	}
}
