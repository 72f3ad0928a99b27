package kernel

// Exp is dst = eˣ. The error is below 1.2 units in the last place, also where the result is denormal; above 88.7228 the
// result is +Inf, below −103.9721 it is 0. NaN stays NaN. dst may be x.
func Exp(dst, x []float32) {
	checkLengths("Exp", len(dst), len(x))
	exp(dst, x)
}

// SiLU is dst = x·σ(x) with σ(x) = 1/(1 + e⁻ˣ). The error is below 4 units in the last place, and below 1e-36 where σ
// vanishes, for x < −87. NaN stays NaN, and −Inf gives NaN, as in PyTorch. dst may be x.
func SiLU(dst, x []float32) {
	checkLengths("SiLU", len(dst), len(x))
	silu(dst, x)
}

// SiLUSlope is SiLU, and sets slope to its derivative σ(x)·(1 + x·(1 − σ(x))), within 2e-6. Either of dst and slope may be x.
func SiLUSlope(dst, slope, x []float32) {
	checkLengths("SiLUSlope", len(dst), len(slope), len(x))
	siluSlope(dst, slope, x)
}

// SiLUGradient is dst = gradient·slope, with the slope of SiLUSlope at x. dst may be x or gradient.
func SiLUGradient(dst, x, gradient []float32) {
	checkLengths("SiLUGradient", len(dst), len(x), len(gradient))
	siluGradient(dst, x, gradient)
}
