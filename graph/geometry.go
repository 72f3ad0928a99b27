package graph

import "euryale/ops"

// geometry is how a convolution moves over an image.
type geometry struct {
	height, width, in, out  int // of the image, and channels
	kernel, stride, padding int
	upsample                bool
}

func geometryOf(c ops.Conv) geometry {
	x := c.X.Shape()
	return geometry{x[0], x[1], x[2], c.Weight.Shape()[1], c.Kernel, c.Stride, c.Padding, c.Upsample}
}

// enlarged is the size of the image after upsampling.
func (g geometry) enlarged() (height, width int) {
	if g.upsample {
		return 2 * g.height, 2 * g.width
	}
	return g.height, g.width
}

// pixels is the number of pixels of the result.
func (g geometry) pixels() int {
	height, width := g.enlarged()
	return height / g.stride * (width / g.stride)
}

// each calls f for every pixel of the result and every pixel of the image that it depends on. Tap is their place in the kernel.
func (g geometry) each(f func(pixel, source, tap int)) {
	height, width := g.enlarged()
	columns := width / g.stride
	for pixel := range g.pixels() {
		for tap := range g.kernel * g.kernel {
			y := pixel/columns*g.stride + tap/g.kernel - g.padding
			x := pixel%columns*g.stride + tap%g.kernel - g.padding
			if y < 0 || y >= height || x < 0 || x >= width {
				continue
			}
			if g.upsample {
				y, x = y/2, x/2
			}
			f(pixel, y*g.width+x, tap)
		}
	}
}
