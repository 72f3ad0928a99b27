package kernel

import "math"

// squares is what a convolution with upsample has besides: sums over 2×2 pixels. The image that is summed, here called
// spread, has 2·height+1 by 2·width+1 pixels. A sum is (a + b) + (c + d) for the pixels left and right above, and below.
type squares struct {
	sums      [][4]int32 // for each pixel of y, those of spread
	gradients [][4]int32 // for each pixel of spread, those of y, where -1 is outside
	zeros     []float32  // a pixel outside
	noBias    []float32
}

// negativeZero changes nothing when it is added.
var negativeZero = float32(math.Copysign(0, -1))

func (c *Convolution) newSquares() squares {
	var s squares
	s.setChannels(c.out)
	for i := range c.rows {
		for j := range c.cols {
			above, below := int32(i*(c.cols+1)+j), int32((i+1)*(c.cols+1)+j)
			s.sums = append(s.sums, [4]int32{above, above + 1, below, below + 1})
		}
	}
	pixel := func(i, j int) int32 {
		if i < 0 || j < 0 || i >= c.rows || j >= c.cols {
			return -1
		}
		return int32(i*c.cols + j)
	}
	for i := range c.rows + 1 {
		for j := range c.cols + 1 {
			s.gradients = append(s.gradients, [4]int32{pixel(i-1, j-1), pixel(i-1, j), pixel(i, j-1), pixel(i, j)})
		}
	}
	return s
}

func (s *squares) setChannels(n int) {
	s.zeros, s.noBias = make([]float32, n), make([]float32, n)
	for i := range s.noBias {
		s.noBias[i] = negativeZero
	}
}

// spread returns memory for such images.
func (c *Convolution) spread(ws *Workspace, images int) Matrix {
	rows := images * len(c.squares.gradients)
	return View(ws.spread.grow(rows*c.out), rows, c.out)
}

// sumSquares computes p.dst from spread, for images from the given one on, with the epilogue.
func (c *Convolution) sumSquares(ws *Workspace, p *product, first, images int, spread Matrix) {
	pixels := len(c.squares.sums)
	for image := range images {
		source := rowsOfImages(spread, image, 1, len(c.squares.gradients))
		if p.plain() {
			bias := p.Bias
			if bias == nil {
				bias = c.squares.noBias
			}
			addSquares(rowsOfImages(p.dst, first+image, 1, pixels), source, c.squares.sums, c.squares.zeros, bias)
			continue
		}
		sums := View(ws.c.grow(pixels*p.n), pixels, p.n)
		addSquares(sums, source, c.squares.sums, c.squares.zeros, c.squares.noBias)
		for i := range pixels {
			p.finish(sums.row(i), (first+image)*pixels+i, 0)
		}
	}
}

// plain reports whether the epilogue has no part, or only a bias.
func (e *Epilogue) plain() bool {
	return e.Table.Data == nil && e.Add.Data == nil && !e.ReLU && e.Mask.Data == nil && e.Scale.Data == nil && !e.Accumulate
}

// spreadSums computes spread from d.
func (c *Convolution) spreadSums(spread, d Matrix, images int) {
	pixels := len(c.squares.gradients)
	for image := range images {
		source := rowsOfImages(d, image, 1, len(c.squares.sums))
		addSquares(rowsOfImages(spread, image, 1, pixels), source, c.squares.gradients, c.squares.zeros, c.squares.noBias)
	}
}

// addSquaresGeneric adds four pixels of src, and bias, to each pixel of dst.
func addSquaresGeneric(dst, src Matrix, table [][4]int32, zeros, bias []float32) {
	for i := range table {
		var from [4][]float32
		for k, at := range table[i] {
			from[k] = zeros
			if at >= 0 {
				from[k] = src.row(int(at))
			}
		}
		row := dst.row(i)
		a, b, c, d := from[0][:len(row)], from[1][:len(row)], from[2][:len(row)], from[3][:len(row)]
		for x := range row {
			row[x] = ((a[x] + b[x]) + (c[x] + d[x])) + bias[x]
		}
	}
}
