package kernel

// GELU is dst = x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))) (Hendrycks and Gimpel 2016, "Gaussian error linear units"), computed as
// x·σ(z) with z = √(8/π)·(x + 0.044715·x³). NaN stays NaN, and −Inf gives NaN. dst may be x.
func GELU(dst, x []float32) {
	checkLengths("GELU", len(dst), len(x))
	gelu(dst, x)
}

// GELUSlope is GELU, and sets slope to its derivative. Either of dst and slope may be x.
func GELUSlope(dst, slope, x []float32) {
	checkLengths("GELUSlope", len(dst), len(slope), len(x))
	geluSlope(dst, slope, x)
}

// GELUGradient is dst = gradient·slope, with the slope of GELUSlope at x. dst may be x or gradient.
func GELUGradient(dst, x, gradient []float32) {
	checkLengths("GELUGradient", len(dst), len(x), len(gradient))
	geluGradient(dst, x, gradient)
}
