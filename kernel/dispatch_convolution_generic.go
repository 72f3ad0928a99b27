//go:build !amd64 || purego

package kernel

func usesDots(channels, columns int) bool { return false }

func readable(int) bool { return false }

func (w *packedWeights) size(n int) int { return w.taps * w.channels * n }

func (w *packedWeights) packTap(tap operand, t, n int) { w.packTapGeneric(tap, t, n) }

func gatherPixels(ws *Workspace, phases []phase, p *product, first, images int, x Matrix, w *packedWeights) {
	gatherGeneric(ws, phases, p, first, images, x, w)
}

func (c *Convolution) outer(_ *Workspace, dw, x, d Matrix, images int) {
	c.outerGeneric(dw, x, d, images)
}

func addSquares(dst, src Matrix, table [][4]int32, zeros, bias []float32) {
	addSquaresGeneric(dst, src, table, zeros, bias)
}
