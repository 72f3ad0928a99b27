package ops

// Concat puts the channels of several images of one size beside each other.
type Concat struct{ Parts []*Node }

// Dropout sets each number to 0 with a probability of Rate in training and divides the others by 1 − Rate (Srivastava et
// al. 2014). A trained net leaves X as it is. Whether a number is dropped depends on the seed of the run, the training step,
// the row of the batch, the Layer and the place of the number in the row.
type Dropout struct {
	X     *Node
	Rate  float64 // from 0 to below 1
	Layer int     // number of the Dropout in its Builder, from 0 on
}

// MeanPool is the mean over the pixels of an image, per channel.
type MeanPool struct{ X *Node }

// Operands implements Op.
func (c Concat) Operands() []*Node { return c.Parts }

// Operands implements Op.
func (d Dropout) Operands() []*Node { return []*Node{d.X} }

// Operands implements Op.
func (p MeanPool) Operands() []*Node { return []*Node{p.X} }

// Concat returns [height, width, sum of the channels] of images [height, width, channels].
func (b *Builder) Concat(layer string, parts ...*Node) *Node {
	if len(parts) == 0 {
		return b.Fail("layer %q: expected at least one image", layer)
	}
	channels := 0
	for _, p := range parts {
		if !b.image(layer, role{"an operand", p}) {
			return nil
		}
		first := parts[0].shape
		if p.shape[0] != first[0] || p.shape[1] != first[1] {
			return b.Fail("layer %q: expected images of one size, got %s and %s", layer, text(first), text(p.shape))
		}
		channels += p.shape[2]
	}
	return b.record(layer, Concat{append([]*Node{}, parts...)}, []int{parts[0].shape[0], parts[0].shape[1], channels}, true)
}

// Dropout returns x with a share of its numbers set to 0 in training. A rate of 0 returns x itself.
func (b *Builder) Dropout(layer string, x *Node, rate float64) *Node {
	if !b.rows(layer, role{"the input", x}) {
		return nil
	}
	switch {
	case !(rate >= 0 && float32(rate) < 1): // 0.99999999 is 1 in float32
		return b.Fail("layer %q: the rate of dropout must be from 0 to below 1, got %v", layer, rate)
	case rate == 0:
		return x
	}
	b.dropouts++
	return b.record(layer, Dropout{x, rate, b.dropouts - 1}, x.shape, true)
}

// MeanPool returns the mean [channels] over the pixels of x [height, width, channels].
func (b *Builder) MeanPool(layer string, x *Node) *Node {
	if !b.image(layer, role{"the input", x}) {
		return nil
	}
	return b.record(layer, MeanPool{x}, x.shape[2:], true)
}

// Images reports whether a net has operations on images. Its activations are large: it is trained a few rows at a time.
func (b *Builder) Images() bool {
	for _, n := range b.nodes {
		switch n.Op.(type) {
		case Conv, GroupNorm, LayerNorm, Gate, Attention, Concat, MeanPool, DepthToSpace:
			return true
		}
	}
	return false
}
