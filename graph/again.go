package graph

import (
	"gorgonia.org/gorgonia"

	"euryale/kernel"
)

// again returns a node with the value of x for the gradients that read x. If x is a norm, a GELU, or dropout of one, it is
// computed again from what is kept anyway: that takes less time than the memory that it would fill is worth, two fifths of
// all that a U-Net keeps.
func (b *builder) again(x *node) *node {
	if b.copies[x] != nil {
		return b.copies[x]
	}
	switch o := x.Op().(type) {
	case *groupNormOp:
		operands := append(b.children(x), o.statisticsOf(x))
		b.copies[x] = b.apply(o.name, &groupNormAgainOp{b.op("groupNormAgain", o.shape.Clone(), operands...), o}, operands...)
	case *layerNormOp:
		operands := append(b.children(x), o.statisticsOf(x))
		b.copies[x] = b.apply(o.name, &layerNormAgainOp{b.op("layerNormAgain", o.shape.Clone(), operands...), o}, operands...)
	case *geluOp:
		before := b.children(x)[0]
		b.copies[x] = b.apply(o.name, &geluAgainOp{geluOp{b.op("geluAgain", o.shape.Clone(), before)}}, before)
	case *dropoutOp:
		before := b.children(x)[0]
		normalized := b.again(before)
		if normalized == before {
			return x
		}
		b.copies[x] = b.apply(o.name, &dropoutAgainOp{dropoutOp{b.op("dropoutAgain", o.shape.Clone(), normalized), o.layer, o.rate}}, normalized)
	default:
		return x
	}
	return b.copies[x]
}

// againOp is an operation that comes just before its first reader that has its other operands.
type againOp interface{ again() }

// groupNormAgainOp is a group norm whose statistics are its last operand.
type groupNormAgainOp struct {
	op
	norm *groupNormOp
}

func (o *groupNormAgainOp) again() {}

func (o *groupNormAgainOp) traits() traits { return traits{pixelwise: true} }

func (o *groupNormAgainOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, groupNormReference[float32](o.norm), groupNormReference[float64](o.norm))
}

func (o *groupNormAgainOp) bind(m memory) rowStep {
	x, norm, statistics := m.in[0], o.norm.with(m.in[1], m.in[2]), m.in[3]
	return func(_ *kernel.Workspace, lo, hi int) {
		norm.Apply(m.out.images(lo, hi), x.images(lo, hi), statistics.rows(lo, hi))
	}
}

type dropoutAgainOp struct{ dropoutOp }

func (o *dropoutAgainOp) again() {}
