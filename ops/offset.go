package ops

import "slices"

// Offset adds the same numbers to each row of the batch, such as the encoding of a pixel's position:
//
//	y[r] = X[r] + Values
//
// They are part of the net and are not trained.
type Offset struct {
	X      *Node
	Values []float32 // one per number of a row of X, in its order; readers do not change them
}

// Operands implements Op.
func (o Offset) Operands() []*Node { return []*Node{o.X} }

// Offset returns x with values added, of its shape.
func (b *Builder) Offset(layer string, x *Node, values []float32) *Node {
	if !b.rows(layer, role{"the input", x}) {
		return nil
	}
	if len(values) != x.Size() || len(values) == 0 {
		return b.Fail("layer %q: an input of shape %s needs %d values, got %d", layer, text(x.shape), x.Size(), len(values))
	}
	return b.record(layer, Offset{x, slices.Clone(values)}, x.shape, true)
}
