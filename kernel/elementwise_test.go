package kernel

import (
	"math"
	"slices"
	"testing"
)

// samples returns random numbers with zeros, infinities, NaN and denormal numbers among them.
func samples(n int, seed uint64) []float32 {
	x := random(newRand(seed), n)
	awkward := []float32{0, float32(math.Copysign(0, -1)), float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)),
		1e-40, -1e-40, math.MaxFloat32, 0x1p-126}
	for i := range x {
		if i%5 == int(seed%5) {
			x[i] = awkward[(i/5+int(seed))%len(awkward)]
		}
	}
	return x
}

// Every elementwise loop gives, on every path and at every length and alignment, the bits of one line of float32 arithmetic.
func TestElementwise(t *testing.T) {
	const a, b, c = 0.7, -1.3, 2.1
	loops := []struct {
		name string
		call func(dst, x, y, z []float32)
		want func(d, x, y, z float32) float32
	}{
		{"ReLU", func(dst, x, y, z []float32) { ReLU(dst, x) },
			func(d, x, y, z float32) float32 {
				if x < 0 {
					return 0
				}
				return x
			}},
		{"ReLUMask", func(dst, x, y, z []float32) { ReLUMask(dst, x, y) },
			func(d, x, y, z float32) float32 {
				if y <= 0 {
					return 0
				}
				return x
			}},
		{"Multiply", func(dst, x, y, z []float32) { Multiply(dst, x, y) },
			func(d, x, y, z float32) float32 { return x * y }},
		{"Exp", func(dst, x, y, z []float32) { Exp(dst, x) },
			func(d, x, y, z float32) float32 { return exponential(x) }},
		{"SiLU", func(dst, x, y, z []float32) { SiLU(dst, x) },
			func(d, x, y, z float32) float32 { return x * sigmoid(x) }},
		{"SiLUGradient", func(dst, x, y, z []float32) { SiLUGradient(dst, x, y) },
			func(d, x, y, z float32) float32 { return y * slope(x, sigmoid(x)) }},
		{"Combine2", func(dst, x, y, z []float32) { Combine2(dst, a, x, b, y) },
			func(d, x, y, z float32) float32 { return float32(a*x) + float32(b*y) }},
		{"Combine3", func(dst, x, y, z []float32) { Combine3(dst, a, x, b, y, c, z) },
			func(d, x, y, z float32) float32 { return float32(a*x) + float32(b*y) + float32(c*z) }},
		{"Lerp", func(dst, x, y, z []float32) { Lerp(dst, x, a) },
			func(d, x, y, z float32) float32 { return d + float32(a*(x-d)) }},
	}
	onEveryPath(t, func(t *testing.T) {
		for _, loop := range loops {
			for n := range 140 {
				x, y, z, start := samples(n, 1), samples(n, 2), samples(n, 3), samples(n, 4)
				want := make([]float32, n)
				for i := range want {
					want[i] = loop.want(start[i], x[i], y[i], z[i])
				}
				dst, intact := guarded(t, n, n%7)
				copy(dst, start)
				loop.call(dst, x, y, z)
				intact()
				sameNumbers(t, loop.name, dst, want)
				if loop.name == "Lerp" {
					continue
				}
				for _, alias := range [][]float32{x, y} { // in place
					if slices.Contains([]string{"ReLU", "Exp", "SiLU"}, loop.name) { // they read only x
						alias = x
					}
					loop.call(alias, x, y, z)
					sameNumbers(t, loop.name+" in place", alias, want)
					x, y = samples(n, 1), samples(n, 2)
				}
			}
		}
	})
}

// sameNumbers is sameBits except that all NaNs are equal: the sign and payload of a NaN depend on the order of operands.
func sameNumbers(t testing.TB, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if got[i] != got[i] && want[i] != want[i] {
			continue
		}
		sameBits(t, what, got[i:i+1], want[i:i+1])
	}
}

func TestSquaredNorm(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for n := range 300 {
			x := random(newRand(uint64(n)), n+1)
			var want float64
			for _, v := range x[1:] {
				want += float64(v) * float64(v)
			}
			got := SquaredNorm(x[1:])
			if math.Abs(got-want) > 1e-14*want {
				t.Fatalf("n=%d: %v, want %v", n, got, want)
			}
			if bits := squaredNormGeneric(append([]float32(nil), x[1:]...)); got != bits {
				t.Fatalf("n=%d: %v, on the generic path %v", n, got, bits)
			}
		}
		if got := SquaredNorm([]float32{3e38, 3e38}); math.IsInf(got, 0) {
			t.Error("overflow: squares must be float64")
		}
		if got := SquaredNorm([]float32{1, float32(math.NaN())}); got == got {
			t.Errorf("a NaN gave %v", got)
		}
	})
}

func TestElementwiseMisusePanics(t *testing.T) {
	x, y := make([]float32, 3), make([]float32, 4)
	mustPanic(t, "ReLU: slices of length 3 and 4", func() { ReLU(x, y) })
	mustPanic(t, "ReLUMask: slices of length 3 and 4", func() { ReLUMask(x, x, y) })
	mustPanic(t, "Multiply: slices of length 3 and 4", func() { Multiply(x, x, y) })
	mustPanic(t, "Exp: slices of length 3 and 4", func() { Exp(x, y) })
	mustPanic(t, "SiLU: slices of length 4 and 3", func() { SiLU(y, x) })
	mustPanic(t, "SiLUSlope: slices of length 3 and 4", func() { SiLUSlope(x, x, y) })
	mustPanic(t, "SiLUGradient: slices of length 3 and 4", func() { SiLUGradient(x, y, x) })
	mustPanic(t, "Combine2: slices of length 3 and 4", func() { Combine2(x, 1, y, 1, x) })
	mustPanic(t, "Combine3: slices of length 4 and 3", func() { Combine3(y, 1, y, 1, y, 1, x) })
	mustPanic(t, "Lerp: slices of length 3 and 4", func() { Lerp(x, y, 1) })
	mustPanic(t, "Adam: slices of length 3 and 4", func() { Adam(x, x, y, x, AdamStep{}) })
}
