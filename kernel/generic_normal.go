package kernel

import "math"

func fillNormalGeneric(dst []float32, key [2]uint32, step, firstRow uint64, dim int) {
	for row := firstRow; len(dst) > 0; row++ {
		for j := 0; j < dim; j += 4 {
			w0, w1, w2, w3 := Philox(key, step, row, uint32(j/4))
			z0, z1 := boxMuller(w0, w1)
			dst[j] = z0
			if j+1 < dim {
				dst[j+1] = z1
			}
			if j+2 < dim {
				z2, z3 := boxMuller(w2, w3)
				dst[j+2] = z2
				if j+3 < dim {
					dst[j+3] = z3
				}
			}
		}
		dst = dst[dim:]
	}
}

// boxMuller maps two random words to two independent standard normal numbers. Every product is rounded before it is added
// (the conversions forbid fusing, which the compiler would do on some processors), so the numbers are the same on every
// machine and for every vector width.
func boxMuller(a, b uint32) (z0, z1 float32) {
	// u is in (0, 1]: half a step is added to avoid 0.
	u := float32(float32(int32(a>>1))*0x1p-31) + 0x1p-32
	r := float32(math.Sqrt(float64(float32(-2 * logarithm(u)))))

	// The upper two bits choose a quarter of the circle, the others the angle within ±π/4 of its axis.
	x := float32(float32(int32(b<<2)) * (math.Pi / 4 * 0x1p-31))
	x2 := float32(x * x)
	sin := float32(-1.9515295891e-4*x2) + 8.3321608736e-3
	sin = float32(sin*x2) - 1.6666654611e-1
	sin = float32(float32(sin*x2)*x) + x
	cos := float32(2.443315711809948e-5*x2) - 1.388731625493765e-3
	cos = float32(cos*x2) + 4.166664568298827e-2
	cos = float32(float32(cos*x2)*x2) - float32(0.5*x2) + 1
	switch b >> 30 {
	case 0:
		return float32(r * cos), float32(r * sin)
	case 1:
		return -float32(r * sin), float32(r * cos)
	case 2:
		return -float32(r * cos), -float32(r * sin)
	default:
		return float32(r * sin), -float32(r * cos)
	}
}

// logarithm is ln u for a normal (not denormal) u > 0: u = m·2^e with m in [√½, √2), and the minimax polynomial of ln(1+f)
// by Moshier (Cephes, logf). Its error is below 1e-7 relative, or absolute near u = 1.
func logarithm(u float32) float32 {
	b := math.Float32bits(u)
	// √½ has the bits 0x3f3504f3; subtracting them first puts m between √½ and √2 without a branch.
	b -= 0x3f3504f3
	e := float32(int32(b) >> 23)
	f := math.Float32frombits(b&0x007fffff+0x3f3504f3) - 1
	z := float32(f * f)
	p := float32(7.0376836292e-2*f) - 1.1514610310e-1
	p = float32(p*f) + 1.1676998740e-1
	p = float32(p*f) - 1.2420140846e-1
	p = float32(p*f) + 1.4249322787e-1
	p = float32(p*f) - 1.6668057665e-1
	p = float32(p*f) + 2.0000714765e-1
	p = float32(p*f) - 2.4999993993e-1
	p = float32(p*f) + 3.3333331174e-1
	y := float32(float32(p*f) * z)
	y += float32(-2.12194440e-4 * e)
	y -= float32(0.5 * z)
	return f + y + float32(0.693359375*e)
}
