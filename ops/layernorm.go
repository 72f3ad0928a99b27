package ops

// LayerNorm normalizes each pixel over its channels (Ba, Kiros and Hinton 2016, "Layer normalization") and modulates it with
// numbers of its image, as adaLN (Peebles and Xie 2023): with the mean μ and the variance v of a pixel,
//
//	y = (x − μ)/√(v + Epsilon)·(1 + Scale[channel]) + Shift[channel]
type LayerNorm struct {
	X       *Node   // [height, width, channels]; set by Builder.LayerNorm
	Scale   *Node   // [channels] per image, or nil: 0
	Shift   *Node   // [channels] per image; nil if Scale is
	Epsilon float64 // above 0
}

// Operands implements Op.
func (l LayerNorm) Operands() []*Node { return present(l.X, l.Scale, l.Shift) }

// LayerNorm returns the normalized x, of its shape.
func (b *Builder) LayerNorm(layer string, x *Node, l LayerNorm) *Node {
	l.X = x
	if !b.image(layer, role{"the input", x}) {
		return nil
	}
	if !(l.Epsilon > 0) {
		return b.Fail("layer %q: epsilon must be above 0, got %v", layer, l.Epsilon)
	}
	if (l.Scale != nil || l.Shift != nil) &&
		(!b.perImage(layer, "the scale", l.Scale, x) || !b.perImage(layer, "the shift", l.Shift, x)) {
		return nil
	}
	return b.record(layer, l, x.shape, true)
}

// perImage reports whether an operand holds a number per channel of an image.
func (b *Builder) perImage(layer, name string, n, image *Node) bool {
	return b.rows(layer, role{name, n}) && b.sameShape(layer, name, n, image.shape[2:])
}
