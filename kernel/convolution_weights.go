package kernel

// ConvolutionWeights holds the weights of a Convolution as its products read them. The zero value is ready for Pack. After
// Pack any number of goroutines may use it.
type ConvolutionWeights struct {
	owner             *Convolution
	active            level // whose format this is
	forward, gradient packedWeights
}

// packedWeights holds, for each tap, its matrix from the channels of the source to the columns of the target.
type packedWeights struct {
	buffer         buffer
	data           []float32
	taps, channels int
	dots           bool // for dot products, column by column
	inPlace        int  // where data are the weights as they were given: from one of their rows to the next
}

// Pack prepares weights [kernel·kernel·in, out] for the convolution c, and if gradient is set also for InputGradient. Call it
// again when they have changed; only the first call allocates. It copies them, but where Forward can read them as they are: the
// memory of weights must stay.
func (w *ConvolutionWeights) Pack(c *Convolution, weights Matrix, gradient bool) {
	const function = "ConvolutionWeights.Pack"
	weights.check(function, "weights")
	if weights.Rows != c.kernel*c.kernel*c.in || weights.Cols != c.out {
		panicShapes(function, "weights [%d, %d], want [%d, %d]", weights.Rows, weights.Cols, c.kernel*c.kernel*c.in, c.out)
	}
	w.owner, w.active = c, active
	w.forward.pack(weights, c.kernel*c.kernel, c.in, c.out, false)
	w.gradient.data = nil
	if gradient {
		w.gradient.pack(weights, c.kernel*c.kernel, c.out, c.in, true)
	}
}

// pack copies the matrices [channels, n] of all taps, which with transposed stand in weights as [n, channels].
func (w *packedWeights) pack(weights Matrix, taps, channels, n int, transposed bool) {
	w.taps, w.channels, w.dots, w.inPlace = taps, channels, usesDots(channels, n), 0
	if !transposed && readable(n) {
		w.data, w.inPlace = weights.Data, weights.Stride
		return
	}
	w.data = w.buffer.grow(w.size(n))
	for t := range taps {
		if transposed {
			w.packTap(operand{weights.Data[t*n*weights.Stride:], weights.Stride, 1}, t, n)
		} else {
			w.packTap(operand{weights.Data[t*channels*weights.Stride:], 1, weights.Stride}, t, n)
		}
	}
}

// check panics unless w holds the weights of c in the format of the active path.
func (w *ConvolutionWeights) check(function string, c *Convolution, gradient bool) {
	switch {
	case w.owner != c || w.active != active:
		panic("kernel." + function + ": the weights have not been packed for this convolution")
	case gradient && w.gradient.data == nil:
		panic("kernel." + function + ": the weights have not been packed for the gradient of the input")
	}
}
