package kernel

import "math"

// exponential is eˣ = 2ⁿ·eʳ, where n is x/ln 2 rounded to an integer and |r| ≤ ½ ln 2, with the minimax polynomial of eʳ by
// Moshier (Cephes, expf).
func exponential(x float32) float32 {
	const (
		lowest, highest = -104, 89 // there the result is 0 and +Inf
		log2e           = 1.44269504088896341
		ln2High, ln2Low = 0.693359375, -2.12194440e-4 // ln 2 in two parts: n·ln2High is exact
		rounding        = 3 << 22                     // has the unit 1 in the last place
	)
	if x < lowest {
		x = lowest
	}
	if x > highest {
		x = highest
	}
	t := fused(x, log2e, rounding)
	n := t - rounding
	r := fused(n, -ln2Low, fused(n, -ln2High, x))
	// Powers of r² shorten the chain of operations that wait for each other.
	r2 := r * r
	p := fused(1.9875691500e-4, r, 1.3981999507e-3)
	p = fused(p, r2, fused(8.3334519073e-3, r, 4.1665795894e-2))
	p = fused(p, r2, fused(1.6666665459e-1, r, 5.0000001201e-1))
	y := fused(p, r2, r) + 1
	// 2ⁿ in two factors: n can be below the exponents of normal numbers. Only the second product is rounded.
	i := int32(math.Float32bits(t) - math.Float32bits(rounding))
	half := i >> 1
	return float32(y*powerOfTwo(half)) * powerOfTwo(i-half)
}

// fused is a·b + c, rounded once, as the assembly computes it, unless the result is a denormal number. The product is exact in
// float64, and the sum is rounded to float64, which differs only if that gives the middle between two numbers of float32.
func fused(a, b, c float32) float32 {
	product, term := float64(a)*float64(b), float64(c)
	sum := product + term
	const rest, middle = 1<<29 - 1, 1 << 28 // of the bits that float32 does not have
	if bits := math.Float64bits(sum); bits&rest == middle {
		// The error of the sum (Knuth 1997, section 4.2.2) decides to which side of the middle it belongs.
		part := sum - product
		switch lost := (product - (sum - part)) + (term - part); {
		case lost > 0 == (sum > 0) && lost != 0:
			sum = math.Float64frombits(bits + 1)
		case lost != 0:
			sum = math.Float64frombits(bits - 1)
		}
	}
	return float32(sum)
}

func powerOfTwo(n int32) float32 { return math.Float32frombits(uint32(n+127) << 23) }

func sigmoid(x float32) float32 { return 1 / (1 + exponential(-x)) }

func slope(x, s float32) float32 { return fused(float32(x*s), 1-s, s) }

func expGeneric(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = exponential(v)
	}
}

func siluGeneric(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = v * sigmoid(v)
	}
}

func siluSlopeGeneric(dst, slopes, x []float32) {
	dst, slopes = dst[:len(x)], slopes[:len(x)]
	for i, v := range x {
		s := sigmoid(v)
		dst[i], slopes[i] = v*s, slope(v, s)
	}
}

func siluGradientGeneric(dst, x, gradient []float32) {
	dst, gradient = dst[:len(x)], gradient[:len(x)]
	for i, v := range x {
		dst[i] = gradient[i] * slope(v, sigmoid(v))
	}
}
