package ops

// Slice is a range of the numbers of each row: elements First … First+size−1 of X, with size that of the node.
type Slice struct {
	X     *Node // [n]
	First int
}

// Operands implements Op.
func (s Slice) Operands() []*Node { return []*Node{s.X} }

// Slice returns size elements of x [n] from element first on, [size].
func (b *Builder) Slice(layer string, x *Node, first, size int) *Node {
	if !b.rows(layer, role{"the input", x}) {
		return nil
	}
	switch {
	case len(x.shape) != 1:
		return b.Fail("layer %q: the input must have one axis, got shape %s", layer, text(x.shape))
	case first < 0 || size < 1 || first > x.Size()-size:
		return b.Fail("layer %q: an input of shape %s has no %d elements from element %d on", layer, text(x.shape), size, first)
	}
	return b.record(layer, Slice{x, first}, []int{size}, true)
}
