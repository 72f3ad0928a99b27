package kernel

// Convolution is a convolution of images of one size with zeros around them, and holds the tables that its products read:
// for each pixel and each tap of the kernel, which pixel of the other image they meet. An image is height·width rows of a
// Matrix, one per pixel, so a range of columns is a range of channels. Nothing is copied to meet the taps ("indirect
// convolution", Dukhan 2019, arXiv:1907.02129). For tap (u, v),
//
//	y[i, j] = Σ_{u,v} x[i·stride + u − padding, j·stride + v − padding]·w[u, v]
//
// With upsample, x is first enlarged to twice its height and width, each pixel to four. Such an image is the sum over 2×2
// pixels of one that holds x at every other pixel and zeros between. The convolution is computed of the latter, and the
// sums after it, which takes a quarter of the multiplications. The gradients go the same way back.
//
// The tables of the gradients are made when they are first needed. Any number of goroutines may use it.
type Convolution struct {
	height, width, in, out int // of x
	rows, cols             int // of y
	kernel                 int
	upsample               bool
	group                  int // images per pass over the tables
	forward                []phase
	backward               *backward // shared by all numbers of channels
	squares                squares   // with upsample
}

// NewConvolution returns the convolution of images [height, width, in] to [height/stride, width/stride, out], with upsample
// to [2·height, 2·width, out]. stride is 1 with upsample, and divides height and width.
func NewConvolution(height, width, in, out, kernel, stride, padding int, upsample bool) *Convolution {
	if height < 1 || width < 1 || in < 1 || out < 1 || kernel < 1 || stride < 1 || padding < 0 || padding >= kernel ||
		height%stride != 0 || width%stride != 0 || upsample && stride > 1 {
		panicShapes("NewConvolution", "image [%d, %d, %d] to %d channels with kernel %d, stride %d, padding %d",
			height, width, in, out, kernel, stride, padding)
	}
	c := &Convolution{height: height, width: width, in: in, out: out, rows: height / stride, cols: width / stride, kernel: kernel,
		upsample: upsample}
	if upsample {
		c.rows, c.cols = 2*height, 2*width
	}
	pixels := min(height*width, c.rows*c.cols)
	for c.group = 1; c.group < 8 && (pixels*c.group%8 != 0 || pixels*c.group < 256); {
		c.group *= 2
	}
	g := grid{coarse: [2]int{c.rows, c.cols}, fine: [2]int{height, width}, step: stride, offsets: make([]int, kernel)}
	if upsample {
		g = grid{coarse: [2]int{height, width}, fine: [2]int{c.rows + 1, c.cols + 1}, step: 2, offsets: g.offsets}
	}
	for u := range kernel {
		g.offsets[u] = u - padding
		if upsample { // pixel (i, j) of the sums' source is added to the pixels (i-1 ... i, j-1 ... j) of y
			g.offsets[u] = padding + 1 - u
		}
	}
	c.forward = g.gather(c.group, upsample)
	c.backward = &backward{grid: g, group: c.group, upsample: upsample}
	if upsample {
		c.squares = c.newSquares()
	}
	return c
}

// OutputSize returns the size of y.
func (c *Convolution) OutputSize() (height, width int) { return c.rows, c.cols }

// Forward is dst [images·H'·W', out] of x [images·height·width, in], followed by the epilogue e, which may be nil; its Index
// has an entry per row of dst. dst may not overlap x.
func (c *Convolution) Forward(ws *Workspace, dst, x Matrix, w *ConvolutionWeights, e *Epilogue) {
	const function = "Convolution.Forward"
	images := c.check(function, x, dst, "x", "dst")
	w.check(function, c, false)
	p := product{dst: dst, m: dst.Rows, n: c.out}
	if e != nil {
		checkEpilogue(function, e, dst.Rows, c.out)
		p.Epilogue = *e
	}
	for first := 0; first < images; first += c.group {
		n := min(c.group, images-first)
		x := rowsOfImages(x, first, n, c.height*c.width)
		if !c.upsample {
			gatherPixels(ws, c.forward, &p, first*c.rows*c.cols, n, x, &w.forward)
			continue
		}
		spread := c.spread(ws, n)
		gatherPixels(ws, c.forward, &product{dst: spread, m: spread.Rows, n: c.out}, 0, n, x, &w.forward)
		c.sumSquares(ws, &p, first, n, spread)
	}
}

// InputGradient is the gradient of x, dx [images·height·width, in], for the gradient d [images·H'·W', out] of the output.
// With accumulate it is added to dx. w must have been packed for it. dx may not overlap d.
func (c *Convolution) InputGradient(ws *Workspace, dx, d Matrix, w *ConvolutionWeights, accumulate bool) {
	const function = "Convolution.InputGradient"
	images := c.check(function, dx, d, "dx", "d")
	w.check(function, c, true)
	p := product{dst: dx, m: dx.Rows, n: c.in, Epilogue: Epilogue{Accumulate: accumulate}}
	for first := 0; first < images; first += c.group {
		n := min(c.group, images-first)
		gatherPixels(ws, c.backward.tables().gradient, &p, first*c.height*c.width, n, c.sources(ws, d, first, n), &w.gradient)
	}
}

// WeightGradient is the gradient of the weights, dw [kernel·kernel·in, out], for x and the gradient d of the output: a sum
// over images and pixels in order. With accumulate the sum goes on from dw, so that images may be divided among calls: the
// bits are those of one call. dw may not overlap x or d.
func (c *Convolution) WeightGradient(ws *Workspace, dw, x, d Matrix, accumulate bool) {
	const function = "Convolution.WeightGradient"
	images := c.check(function, x, d, "x", "d")
	dw.check(function, "dw")
	if dw.Rows != c.kernel*c.kernel*c.in || dw.Cols != c.out {
		panicShapes(function, "dw [%d, %d], want [%d, %d]", dw.Rows, dw.Cols, c.kernel*c.kernel*c.in, c.out)
	}
	if !accumulate {
		for i := range dw.Rows {
			clear(dw.row(i))
		}
	}
	for first := 0; first < images; first += c.group {
		n := min(c.group, images-first)
		c.outer(ws, dw, rowsOfImages(x, first, n, c.height*c.width), c.sources(ws, d, first, n), n)
	}
}

// sources returns the rows of d for some images; with upsample, their sums over 2×2 pixels.
func (c *Convolution) sources(ws *Workspace, d Matrix, first, images int) Matrix {
	d = rowsOfImages(d, first, images, c.rows*c.cols)
	if !c.upsample {
		return d
	}
	spread := c.spread(ws, images)
	c.spreadSums(spread, d, images)
	return spread
}

// check panics unless x and y fit c, and returns the number of images.
func (c *Convolution) check(function string, x, y Matrix, nameX, nameY string) int {
	x.check(function, nameX)
	y.check(function, nameY)
	images := x.Rows / (c.height * c.width)
	if x.Cols != c.in || y.Cols != c.out || x.Rows != images*c.height*c.width || y.Rows != images*c.rows*c.cols {
		panicShapes(function, nameX+" [%d, %d], "+nameY+" [%d, %d], want [n·%d·%d, %d], [n·%d·%d, %d]", x.Rows, x.Cols, y.Rows, y.Cols,
			c.height, c.width, c.in, c.rows, c.cols, c.out)
	}
	return images
}

func rowsOfImages(m Matrix, first, images, pixels int) Matrix {
	return m.RowRange(first*pixels, (first+images)*pixels)
}
