package kernel

// LayerNorm normalizes each pixel over its C channels (Ba, Kiros and Hinton 2016, "Layer normalization") and modulates it with
// numbers of its image (Peebles and Xie 2023, "Scalable diffusion models with transformers", adaLN):
//
//	y = x̂·(1 + scale[image]) + shift[image]   with x̂ = (x − μ)/√(v + Epsilon) and the mean μ and the variance v of the pixel
//
// Activations are [images·pixels, C], scale and shift [images, C]. Results have the same bits on every path, and those of an
// image do not depend on the other images of the call.
type LayerNorm struct {
	Pixels  int     // of an image; divides the rows of activations
	Epsilon float64 // above 0
}

// Statistics is the number of floats per pixel that Forward keeps for Tangent and Gradient: the distance of the mean from the
// pixel's first number, and 1/√(v + Epsilon).
func (l *LayerNorm) Statistics() int { return 2 }

// Forward is dst = y at x. It writes stats, Statistics() numbers per pixel. dst may be x.
func (l *LayerNorm) Forward(dst, x, scale, shift Matrix, stats []float32) {
	const function = "LayerNorm.Forward"
	l.check(function, x, stats, scale, shift)
	checkSame(function, "dst", dst, x)
	if x.Cols == 0 {
		return
	}
	epsilon := float32(l.Epsilon)
	for i := range scale.Rows {
		layerNorm(dst.image(i, l.Pixels), x.image(i, l.Pixels), scale.row(i), shift.row(i), l.part(stats, i), epsilon)
	}
}

// Tangent is dst = J·(v, vScale, vShift), with the Jacobian J of y at x, scale and shift. stats are Forward's. dst may be v.
func (l *LayerNorm) Tangent(dst, x, v, scale, vScale, vShift Matrix, stats []float32) {
	const function = "LayerNorm.Tangent"
	l.check(function, x, stats, scale, vScale, vShift)
	checkSame(function, "dst", dst, x)
	checkSame(function, "v", v, x)
	if x.Cols == 0 {
		return
	}
	for i := range scale.Rows {
		layerNormTangent(dst.image(i, l.Pixels), v.image(i, l.Pixels), x.image(i, l.Pixels), scale.row(i), vScale.row(i), vShift.row(i),
			l.part(stats, i))
	}
}

// Gradient computes, from the gradient d of y, those of x, of scale and of shift: with g = d·(1 + scale),
//
//	dx = (g − mean(g) − x̂·mean(g·x̂))/√(v + Epsilon)   dScale = Σ d·x̂   dShift = Σ d
//
// with the means over the channels of the pixel and the sums over the pixels of the image. With accumulate, dx is added to;
// dScale and dShift are overwritten. stats are Forward's. dx may be d without accumulate.
func (l *LayerNorm) Gradient(dx, dScale, dShift, x, d, scale Matrix, stats []float32, accumulate bool) {
	const function = "LayerNorm.Gradient"
	l.check(function, x, stats, scale, dScale, dShift)
	checkSame(function, "dx", dx, x)
	checkSame(function, "d", d, x)
	if x.Cols == 0 {
		return
	}
	for i := range scale.Rows {
		clear(dScale.row(i))
		clear(dShift.row(i))
		layerNormGradient(dx.image(i, l.Pixels), d.image(i, l.Pixels), x.image(i, l.Pixels), scale.row(i), dScale.row(i), dShift.row(i),
			l.part(stats, i), accumulate)
	}
}

// part is the statistics of an image.
func (l *LayerNorm) part(stats []float32, i int) []float32 {
	n := l.Pixels * l.Statistics()
	return stats[i*n:][:n]
}

func (l *LayerNorm) check(function string, x Matrix, stats []float32, perImage ...Matrix) {
	x.check(function, "x")
	images := x.images(function, l.Pixels)
	if len(stats) != x.Rows*l.Statistics() {
		panicShapes(function, "%d statistics for %d pixels", len(stats), x.Rows)
	}
	for _, m := range perImage {
		m.check(function, "scale or shift")
		if m.Rows != images || m.Cols != x.Cols {
			panicShapes(function, "scale or shift [%d, %d], x [%d, %d] of %d images", m.Rows, m.Cols, x.Rows, x.Cols, images)
		}
	}
}
