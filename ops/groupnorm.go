package ops

// GroupNorm normalizes groups of channels of each image (Wu and He 2018, "Group normalization"): with the mean μ and the
// variance v over all pixels and channels of a group,
//
//	y = (x − μ)/√(v + Epsilon)·Weight[channel] + Bias[channel]
//
// and with SiLU, y·σ(y) of it.
type GroupNorm struct {
	X       *Node   // [height, width, channels]; set by Builder.GroupNorm
	Weight  *Node   // parameter [channels]
	Bias    *Node   // parameter [channels]
	Groups  int     // divides the channels
	Epsilon float64 // above 0
	SiLU    bool
}

// Operands implements Op.
func (g GroupNorm) Operands() []*Node { return []*Node{g.X, g.Weight, g.Bias} }

// GroupNorm returns the normalized x, of its shape.
func (b *Builder) GroupNorm(layer string, x *Node, g GroupNorm) *Node {
	g.X = x
	if !b.image(layer, role{"the input", x}) || !b.weights(layer, role{"the weight", g.Weight}, role{"the bias", g.Bias}) {
		return nil
	}
	channels := x.shape[2]
	switch {
	case g.Groups < 1 || channels%g.Groups != 0:
		return b.Fail("layer %q: %d channels cannot be divided into %d groups", layer, channels, g.Groups)
	case !(g.Epsilon > 0):
		return b.Fail("layer %q: epsilon must be above 0, got %v", layer, g.Epsilon)
	}
	if !b.sameShape(layer, "the weight", g.Weight, []int{channels}) || !b.sameShape(layer, "the bias", g.Bias, []int{channels}) {
		return nil
	}
	return b.record(layer, g, x.shape, true)
}
