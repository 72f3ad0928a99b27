package ops

import "fmt"

// Conv is a convolution of images with zeros around them. Images are [height, width, channels]: the channels of a pixel lie
// together, and pixels follow each other row by row. For each pixel (i, j) of the output and all images r of the batch
//
//	y[r, i, j] = Σ_{u,v} X[r, i·Stride + u − Padding, j·Stride + v − Padding]·Weight[u, v] + (Bias + PerImage[r]) + Add[r, i, j]
//
// The output has height/Stride rows and width/Stride columns, so that there are as many zeros after the last pixel as are
// needed. With Upsample, X is first enlarged to twice its height and width, each pixel to four (nearest neighbor).
type Conv struct {
	X        *Node // [height, width, in]; set by Builder.Conv
	Weight   *Node // parameter [Kernel·Kernel·in, out], rows in the order u, v, channel: from KernelParameter, or [in, out]
	Bias     *Node // parameter [out], or nil
	PerImage *Node // [out] per image, added to each of its pixels, or nil
	Add      *Node // [height/Stride, width/Stride, out], or nil: the residual connection
	Kernel   int   // side of the kernel, in pixels
	Stride   int   // 1, or the number of pixels from one output to the next; it divides height and width
	Padding  int   // rows and columns of zeros before the first pixel, below Kernel
	Upsample bool  // enlarge X first; Stride is 1
}

// Operands implements Op.
func (c Conv) Operands() []*Node { return present(c.X, c.Weight, c.Bias, c.PerImage, c.Add) }

// Conv applies a convolution to x [height, width, in] and returns [height/Stride, width/Stride, out], with Upsample
// [2·height, 2·width, out].
func (b *Builder) Conv(layer string, x *Node, c Conv) *Node {
	c.X = x
	if !b.image(layer, role{"the input", x}) || !b.weights(layer, role{"the weight", c.Weight}) {
		return nil
	}
	height, width, in := x.shape[0], x.shape[1], x.shape[2]
	if c.Upsample {
		height, width = 2*height, 2*width
	}
	switch {
	case c.Kernel < 1 || c.Stride < 1 || c.Padding < 0 || c.Padding >= c.Kernel:
		return b.Fail("layer %q: expected a kernel and a stride of at least 1 and a padding below the kernel, got %d, %d and %d",
			layer, c.Kernel, c.Stride, c.Padding)
	case c.Upsample && c.Stride > 1:
		return b.Fail("layer %q: enlarges its input, which needs a stride of 1, got %d", layer, c.Stride)
	case height%c.Stride != 0 || width%c.Stride != 0:
		return b.Fail("layer %q: an image of %d × %d pixels cannot be divided by %d", layer, height, width, c.Stride)
	}
	if w := c.Weight.shape; len(w) != 2 || w[0] != c.Kernel*c.Kernel*in {
		return b.Fail("layer %q: an input of shape %s and a kernel of %d need a weight [%d, out], got %s",
			layer, text(x.shape), c.Kernel, c.Kernel*c.Kernel*in, text(w))
	}
	shape := []int{height / c.Stride, width / c.Stride, c.Weight.shape[1]}
	out := shape[2]
	if c.Bias != nil {
		if !b.weights(layer, role{"the bias", c.Bias}) {
			return nil
		}
		if len(c.Bias.shape) != 1 || c.Bias.Size() != out {
			return b.Fail("layer %q: a weight of shape %s needs a bias [%d], got %s", layer, text(c.Weight.shape), out, text(c.Bias.shape))
		}
	}
	if c.PerImage != nil {
		if !b.rows(layer, role{"the operand per image", c.PerImage}) {
			return nil
		}
		if c.PerImage.Size() != out {
			return b.Fail("layer %q: a weight of shape %s needs an operand per image of shape [%d], got %s",
				layer, text(c.Weight.shape), out, text(c.PerImage.shape))
		}
	}
	if c.Add != nil && (!b.rows(layer, role{"the operand to add", c.Add}) || !b.sameShape(layer, "the operand to add", c.Add, shape)) {
		return nil
	}
	p := c.Weight.Parameter()
	if p.Kernel > 0 && p.Kernel != c.Kernel {
		return b.Fail("layer %q: a kernel of %d needs a weight declared for it, got one for %d", layer, c.Kernel, p.Kernel)
	}
	p.Transposed = true
	return b.record(layer, c, shape, true)
}

// KernelParameter declares the weight of a Conv, [kernel·kernel·in, out] in memory and [out, in, kernel, kernel] in a state
// dict.
func (b *Builder) KernelParameter(name string, init Init, kernel, in, out int) *Node {
	n := b.Parameter(name, init, kernel*kernel*in, out)
	if n != nil {
		n.Parameter().Kernel = kernel
	}
	return n
}

// image reports whether every operand holds an image for each batch row.
func (b *Builder) image(layer string, operands ...role) bool {
	for _, o := range operands {
		if b.rows(layer, o) && len(o.node.shape) != 3 {
			b.Fail("layer %q: %s must be an image [height, width, channels], got %v", layer, o.name, o.node)
		}
	}
	return b.err == nil
}

// sameShape reports whether an operand has a shape.
func (b *Builder) sameShape(layer, name string, n *Node, shape []int) bool {
	if fmt.Sprint(n.shape) != fmt.Sprint(shape) {
		b.Fail("layer %q: %s must have the shape %s, got %s", layer, name, text(shape), text(n.shape))
	}
	return b.err == nil
}
