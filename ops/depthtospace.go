package ops

// DepthToSpace makes each pixel a square of Block·Block pixels, which its channels hold row by row: for each pixel (i, j) of X
// and channel k of the C of the result
//
//	y[Block·i + p, Block·j + q, k] = X[i, j, (Block·p + q)·C + k]
//
// It puts the patches of an image together again.
type DepthToSpace struct {
	X     *Node // [height, width, Block·Block·C]; set by Builder.DepthToSpace
	Block int
}

// Operands implements Op.
func (d DepthToSpace) Operands() []*Node { return []*Node{d.X} }

// DepthToSpace returns [block·height, block·width, C] of x [height, width, block·block·C]. A block of 1 is x itself.
func (b *Builder) DepthToSpace(layer string, x *Node, block int) *Node {
	if !b.image(layer, role{"the input", x}) {
		return nil
	}
	height, width, channels := x.shape[0], x.shape[1], x.shape[2]
	switch {
	case block < 1 || block > channels || channels%(block*block) != 0:
		return b.Fail("layer %q: %d channels are not squares of %d × %d pixels", layer, channels, block, block)
	case block == 1:
		return x
	}
	return b.record(layer, DepthToSpace{x, block}, []int{block * height, block * width, channels / (block * block)}, true)
}
