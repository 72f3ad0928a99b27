package kernel

// Convolutions makes the convolutions of a net. Those that move over an image in the same way share their tables. The zero value is
// ready to use, by one goroutine.
type Convolutions struct{ ways map[way]*Convolution }

// way is how a convolution moves over an image.
type way struct {
	height, width, kernel, stride, padding int
	upsample                               bool
}

// New is NewConvolution.
func (all *Convolutions) New(height, width, in, out, kernel, stride, padding int, upsample bool) *Convolution {
	if all.ways == nil {
		all.ways = map[way]*Convolution{}
	}
	w := way{height, width, kernel, stride, padding, upsample}
	if all.ways[w] == nil {
		all.ways[w] = NewConvolution(height, width, in, out, kernel, stride, padding, upsample)
	}
	return all.ways[w].withChannels(in, out)
}

// withChannels is c for other numbers of channels. The two share their tables.
func (c *Convolution) withChannels(in, out int) *Convolution {
	if in < 1 || out < 1 {
		panicShapes("Convolutions.New", "%d to %d channels, expected at least 1", in, out)
	}
	other := *c
	other.in, other.out = in, out
	if c.upsample {
		other.squares.setChannels(out)
	}
	return &other
}
