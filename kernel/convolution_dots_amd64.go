//go:build !purego

package kernel

// A result of few columns, such as an image of one channel or three, would use few lanes of a panel. Its elements are
// computed as dot products instead: 16 sums, each of every 16th channel, over all taps, which are added at the end.
const (
	dotColumns = 3
	dotLanes   = 16
)

// usesDots reports whether columns of sums over taps with that many channels are computed as dot products.
func usesDots(channels, columns int) bool {
	return active != levelGeneric && columns <= dotColumns && channels%dotLanes == 0
}

// packDot copies tap t of each column to the column's weights.
func (w *packedWeights) packDot(tap operand, t, n int) {
	for j := range n {
		column := w.data[(j*w.taps+t)*w.channels:][:w.channels]
		for x := range column {
			column[x] = tap.data[j*tap.outer+x*tap.inner]
		}
	}
}

// gatherDots is gatherPixels.
func gatherDots(ws *Workspace, phases []phase, p *product, first, images int, x Matrix, w *packedWeights) {
	pixels := 0
	for i := range phases {
		pixels += images * phases[i].pixels
	}
	sums := View(ws.c.grow(pixels*p.n), pixels, p.n)
	clear(sums.Data)
	args := gatherPanel{panel: panel{a: &x.Data[0], aRow: 4 * x.Stride, k: w.channels, dstRow: 4 * p.n}, bTap: 4 * w.channels}
	for j := range p.n {
		args.b, args.dst = &w.data[j*w.taps*w.channels], &sums.Data[j]
		for i := range phases {
			if !args.setPhase(&phases[i], images) {
				continue
			}
			if active == levelAVX512 {
				gatherDot1AVX512(&args)
			} else {
				gatherDot2AVX2(&args)
			}
		}
	}
	if !p.plain() {
		for i := range pixels {
			p.finish(sums.row(i), first+i, 0)
		}
		return
	}
	var bias [dotColumns]float32
	for j := range p.n {
		bias[j] = negativeZero
		if p.Bias != nil {
			bias[j] = p.Bias[j]
		}
	}
	for i := range pixels {
		dst := p.dst.row(first + i)
		for j, v := range sums.row(i) {
			dst[j] = v + bias[j]
		}
	}
}
