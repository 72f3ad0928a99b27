package ops

// Attention lets the pixels of an image attend to each other (Vaswani et al. 2017). X holds the queries Q, the keys K and the
// values V of each pixel, in this order. Each head has its share of C/Heads channels of each, and gives
//
//	softmax(Q·Kᵀ/√(C/Heads))·V                 [height·width, C/Heads]
//
// with the softmax over the pixels that are attended to.
type Attention struct {
	X     *Node // [height, width, 3·C]; set by Builder.Attention
	Heads int   // divides C
}

// Operands implements Op.
func (a Attention) Operands() []*Node { return []*Node{a.X} }

// Attention applies attention to queries, keys and values [height, width, 3·C] and returns [height, width, C].
func (b *Builder) Attention(layer string, x *Node, heads int) *Node {
	if !b.image(layer, role{"the input", x}) {
		return nil
	}
	channels := x.shape[2]
	if heads < 1 || channels%(3*heads) != 0 {
		return b.Fail("layer %q: %d channels are not queries, keys and values of %d heads", layer, channels, heads)
	}
	return b.record(layer, Attention{x, heads}, []int{x.shape[0], x.shape[1], channels / 3}, true)
}
