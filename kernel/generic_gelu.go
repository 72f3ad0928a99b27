package kernel

// z = x·(geluLinear + geluCubic·x²); beyond ±geluEnd, σ(z) is 0 or 1, and x² might overflow.
const geluLinear, geluCubic, geluEnd = 1.5957691216057308, 0.07135481627260025, 16

// geluSigmoid is σ(z) at x, with x brought into ±geluEnd, and the part of the slope that belongs to σ.
func geluSigmoid(x float32) (inside, s, steep float32) {
	if x < -geluEnd {
		x = -geluEnd
	}
	if x > geluEnd {
		x = geluEnd
	}
	square := x * x
	s = sigmoid(x * (float32(geluCubic*square) + geluLinear))
	return x, s, float32(3*geluCubic*square) + geluLinear
}

// geluDerivative is s + x·s·(1 − s)·z′.
func geluDerivative(x, s, steep float32) float32 {
	return float32(float32(x*s)*float32((1-s)*steep)) + s
}

func geluGeneric(dst, x []float32) {
	for i, v := range x {
		_, s, _ := geluSigmoid(v)
		dst[i] = v * s
	}
}

func geluSlopeGeneric(dst, slopes, x []float32) {
	for i, v := range x {
		inside, s, steep := geluSigmoid(v)
		dst[i], slopes[i] = v*s, geluDerivative(inside, s, steep)
	}
}

func geluGradientGeneric(dst, x, gradient []float32) {
	for i, v := range x {
		dst[i] = gradient[i] * geluDerivative(geluSigmoid(v))
	}
}
