//go:build !purego

package kernel

// Convolutions on the assembly paths. As in a product, the columns of dst are cut into panels as wide as two vectors, and the
// rows, which are pixels, into tiles. An element is one chain of fused multiply-adds over taps and, within a tap, channels.
// The packed weights are the panels, one after the other, each with a row per tap and channel. Where that is fast enough, they
// are columns of the weights, and need not be packed.

// vectorWidth is the number of floats in a vector of the active path.
func vectorWidth() int {
	if active == levelAVX512 {
		return 16
	}
	return 8
}

// edgeWidth is the width of the packed panel that holds cols columns: one vector or two.
func edgeWidth(cols, vector int) int {
	if cols > vector {
		return 2 * vector
	}
	return vector
}

// readable reports whether panels of n columns can be read where they are: none has a rest, and rows are near enough to each
// other to fill the sets of the caches.
func readable(n int) bool { return active != levelGeneric && n%(2*vectorWidth()) == 0 && n <= 64 }

// panel returns the panel that begins at column j, and the distances between its rows and its taps in bytes.
func (w *packedWeights) panel(j, width int) (data *float32, row, tap int) {
	if w.inPlace > 0 {
		return &w.data[j], 4 * w.inPlace, 4 * w.channels * w.inPlace
	}
	return &w.data[j*w.taps*w.channels], 4 * width, 4 * w.channels * width
}

// size is the number of packed weights for n columns.
func (w *packedWeights) size(n int) int {
	k := w.taps * w.channels
	if active == levelGeneric || w.dots {
		return k * n
	}
	vector := vectorWidth()
	whole := n &^ (2*vector - 1)
	if n > whole {
		whole += edgeWidth(n-whole, vector)
	}
	return k * whole
}

// packTap copies the part of tap t to each panel.
func (w *packedWeights) packTap(tap operand, t, n int) {
	switch {
	case active == levelGeneric:
		w.packTapGeneric(tap, t, n)
		return
	case w.dots:
		w.packDot(tap, t, n)
		return
	}
	vector := vectorWidth()
	for j := 0; j < n; j += 2 * vector {
		cols := min(2*vector, n-j)
		width := edgeWidth(cols, vector)
		packPanel(w.data[(j*w.taps+t*width)*w.channels:], tap.data[j*tap.outer:], tap, w.channels, cols, width, vector)
	}
}

// gatherPixels computes rows of p.dst from the given one on, those of some images, from the pixels of x.
func gatherPixels(ws *Workspace, phases []phase, p *product, first, images int, x Matrix, w *packedWeights) {
	switch {
	case active == levelGeneric:
		gatherGeneric(ws, phases, p, first, images, x, w)
		return
	case w.dots:
		gatherDots(ws, phases, p, first, images, x, w)
		return
	}
	vector := vectorWidth()
	args := gatherPanel{panel: panel{a: &x.Data[0], aRow: 4 * x.Stride, k: w.channels}}
	args.strides(p, first)
	for j := 0; j < p.n; j += 2 * vector {
		args.cols = min(2*vector, p.n-j)
		args.b, args.bStep, args.bTap = w.panel(j, edgeWidth(args.cols, vector))
		args.columns(p, first, j)
		for i := range phases {
			if !args.setPhase(&phases[i], images) {
				if j == 0 {
					phases[i].finishZeros(ws, p, first, images)
				}
				continue
			}
			switch {
			case active == levelAVX512 && args.cols > vector:
				gatherPanel2AVX512(&args)
			case active == levelAVX512:
				gatherPanel1AVX512(&args)
			case args.cols == 2*vector:
				gatherPanel2AVX2(&args)
			case args.cols > vector:
				gatherEdge2AVX2(&args)
			default:
				gatherEdge1AVX2(&args)
			}
		}
	}
}

// setPhase sets the pixels and taps; it reports whether there are any taps.
func (args *gatherPanel) setPhase(f *phase, images int) bool {
	if len(f.taps) == 0 {
		return false
	}
	args.rows, args.targets, args.sources, args.sourceTap = images*f.pixels, &f.targets[0], &f.sources[0], 4*len(f.targets)
	args.taps, args.tapCount = &f.taps[0], len(f.taps)
	return true
}

// narrow is the number of columns below which the gradient of the weights is computed transposed, if it has more rows.
const narrow = 8

// Where x and d have more than largePixels numbers, half a second-level cache, each list of pairs of pixels is divided, so that
// what a panel reads of d stays in the first-level cache from one tile of rows to the next. Found by measurement; the bits do
// not depend on it.
const (
	largePixels = 128 << 10
	pairBlock   = 128
)

// outer adds the products of all pairs of pixels to the gradient of the weights.
func (c *Convolution) outer(ws *Workspace, dw, x, d Matrix, images int) {
	if active == levelGeneric {
		c.outerGeneric(dw, x, d, images)
		return
	}
	transposed := c.out < narrow && c.out < c.in
	for t, list := range c.backward.tables().pairs {
		list = list[:len(list)/c.group*images]
		if len(list) == 0 {
			continue
		}
		part := dw.RowRange(t*c.in, (t+1)*c.in)
		if !transposed {
			size := len(list)
			if size*(c.in+c.out) > largePixels {
				size = pairBlock
			}
			for ; len(list) > 0; list = list[min(size, len(list)):] {
				args := outerPanel{
					x: &x.Data[0], xRow: 4 * x.Stride, dRow: 4 * d.Stride, pairs: &list[0].x, other: 4, count: min(size, len(list)),
				}
				args.run(part, d)
			}
			continue
		}
		columns := View(ws.c.grow(c.in*c.out), c.out, c.in)
		transpose(columns, part)
		args := outerPanel{x: &d.Data[0], xRow: 4 * d.Stride, dRow: 4 * x.Stride, pairs: &list[0].d, other: -4, count: len(list)}
		args.run(columns, x)
		transpose(part, columns)
	}
}

func transpose(dst, src Matrix) {
	for i := range dst.Rows {
		row := dst.row(i)
		for j := range row {
			row[j] = src.Data[j*src.Stride+i]
		}
	}
}

// run computes all panels of dst.
func (args *outerPanel) run(dst, d Matrix) {
	vector := vectorWidth()
	args.dstRow, args.rows = 4*dst.Stride, dst.Rows
	for j := 0; j < dst.Cols; j += 2 * vector {
		args.cols = min(2*vector, dst.Cols-j)
		args.d, args.dst = &d.Data[j], &dst.Data[j]
		switch {
		case active == levelAVX512 && args.cols > vector:
			outerPanel2AVX512(args)
		case active == levelAVX512:
			outerPanel1AVX512(args)
		case args.cols == 2*vector:
			outerPanel2AVX2(args)
		case args.cols > vector:
			outerEdge2AVX2(args)
		default:
			outerEdge1AVX2(args)
		}
	}
}

func addSquares(dst, src Matrix, table [][4]int32, zeros, bias []float32) {
	if active == levelGeneric {
		addSquaresGeneric(dst, src, table, zeros, bias)
		return
	}
	args := squarePanel{
		dst: &dst.Data[0], dstRow: 4 * dst.Stride, source: &src.Data[0], sourceRow: 4 * src.Stride, table: &table[0], rows: len(table),
		zeros: &zeros[0], bias: &bias[0], cols: dst.Cols,
	}
	if active == levelAVX512 {
		addSquaresAVX512(&args)
	} else {
		addSquaresAVX2(&args)
	}
}
