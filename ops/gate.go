package ops

// Gate is a gated residual connection: for each pixel of each image r
//
//	y = Add + Gate[r]·X
//
// with a product per channel. With a Gate of zeros, which Peebles and Xie (2023, adaLN-Zero) start from, it is Add.
type Gate struct {
	X    *Node // [height, width, channels]; set by Builder.Gate
	Gate *Node // [channels] per image
	Add  *Node // [height, width, channels], or nil
}

// Operands implements Op.
func (g Gate) Operands() []*Node { return present(g.X, g.Gate, g.Add) }

// Gate returns the gated x, of its shape.
func (b *Builder) Gate(layer string, x *Node, g Gate) *Node {
	g.X = x
	if !b.image(layer, role{"the input", x}) || !b.perImage(layer, "the gate", g.Gate, x) {
		return nil
	}
	if g.Add != nil && (!b.rows(layer, role{"the operand to add", g.Add}) || !b.sameShape(layer, "the operand to add", g.Add, x.shape)) {
		return nil
	}
	return b.record(layer, g, x.shape, true)
}
