package ops

// Split puts the channels of an image into Parts equal shares and the shares after each other, each a whole image of C/Parts
// channels: for each pixel p, part k and channel j of c = C/Parts
//
//	y[(k·height·width + p)·c + j] = X[p·C + k·c + j]
type Split struct {
	X     *Node // [height, width, C]; set by Builder.Split
	Parts int   // divides C
}

// Operands implements Op.
func (s Split) Operands() []*Node { return []*Node{s.X} }

// Split returns the shares of x [height, width, C], flat: [height·width·C]. One part is x itself.
func (b *Builder) Split(layer string, x *Node, parts int) *Node {
	if !b.image(layer, role{"the input", x}) {
		return nil
	}
	switch channels := x.shape[2]; {
	case parts < 1 || channels%parts != 0:
		return b.Fail("layer %q: %d channels cannot be divided into %d parts", layer, channels, parts)
	case parts == 1:
		return x
	}
	return b.record(layer, Split{x, parts}, []int{x.Size()}, true)
}
