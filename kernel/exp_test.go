package kernel

import (
	"math"
	"math/big"
	"testing"
)

// ulps is the distance of got from want in units in the last place of float32, which are constant among denormal numbers.
func ulps(got float32, want float64) float64 {
	_, exponent := math.Frexp(want)
	return math.Abs(float64(got)-want) / math.Ldexp(1, max(exponent-24, -149))
}

// sweep returns n numbers evenly spaced from a to b, and their neighbors.
func sweep(a, b float64, n int) []float32 {
	var x []float32
	for i := range n {
		v := float32(a + (b-a)*float64(i)/float64(n-1))
		x = append(x, v, math.Nextafter32(v, -1000), math.Nextafter32(v, 1000))
	}
	return x
}

func TestExpIsAccurate(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, x := range [][]float32{sweep(-104, 88.8, 300_001), sweep(-1, 1, 100_001), sweep(-1e-6, 1e-6, 1001)} {
			y, worst, at := make([]float32, len(x)), 0.0, float32(0)
			Exp(y, x)
			for i, v := range x {
				want := math.Exp(float64(v))
				if want > math.MaxFloat32 {
					if want < math.MaxFloat32*(1+0x1p-24) {
						continue // either of the two is near
					}
					if !math.IsInf(float64(y[i]), 1) {
						t.Fatalf("exp(%v) = %v, want +Inf", v, y[i])
					}
					continue
				}
				if e := ulps(y[i], want); e > worst {
					worst, at = e, v
				}
			}
			if worst > 1.2 {
				t.Errorf("the error at %v is %v units in the last place", at, worst)
			}
			t.Logf("from %v to %v: error up to %v", x[0], x[len(x)-1], worst)
		}
	})
}

func TestExpAtTheEdges(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	x := []float32{0, float32(math.Copysign(0, -1)), inf, -inf, nan, -nan, math.MaxFloat32, -math.MaxFloat32, 88.72283, 88.72284,
		89, 1e10, -103.97208, -103.97209, -103.2789, -104, -1e10, 1e-45, -1e-45}
	want := []float32{1, 1, inf, 0, nan, nan, inf, 0, 0x1.ffff08p127, inf, inf, inf, 0x1p-149, 0, 0x1p-149, 0, 0, 1, 1}
	onEveryPath(t, func(t *testing.T) {
		y := make([]float32, len(x))
		Exp(y, x)
		sameNumbers(t, "exp", y, want)
	})
}

func TestSiLUIsAccurate(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		x := append(sweep(-87, 100, 200_001), sweep(-3, 3, 100_001)...)
		y, slopes := make([]float32, len(x)), make([]float32, len(x))
		SiLUSlope(y, slopes, x)
		for i, v := range x {
			s := 1 / (1 + math.Exp(-float64(v)))
			value, slope := float64(v)*s, s*(1+float64(v)*(1-s))
			if e := ulps(y[i], value); e > 4 {
				t.Fatalf("silu(%v) = %v, off by %v units in the last place", v, y[i], e)
			}
			if e := math.Abs(float64(slopes[i]) - slope); e > 2e-6 {
				t.Fatalf("silu'(%v) = %v, off by %v", v, slopes[i], e)
			}
		}
	})
}

// At the ends of the line SiLU is 0 with slope 0, or x with slope 1.
func TestSiLUAtTheEdges(t *testing.T) {
	nan := float32(math.NaN())
	x := []float32{0, 1e30, math.MaxFloat32, -100, -1e30, -math.MaxFloat32, nan, -88.5, 1e-45}
	value := []float32{0, 1e30, math.MaxFloat32, 0, 0, 0, nan, 0, 0}
	slope := []float32{0.5, 1, 1, 0, 0, 0, nan, 0, 0.5}
	onEveryPath(t, func(t *testing.T) {
		y, d := make([]float32, len(x)), make([]float32, len(x))
		SiLUSlope(y, d, x)
		for i := range x {
			for _, pair := range [][2]float32{{y[i], value[i]}, {d[i], slope[i]}} {
				if got, want := float64(pair[0]), float64(pair[1]); math.Abs(got-want) > 2e-36 || (got != got) != (want != want) {
					t.Errorf("at %v: silu is %v with slope %v, want %v and %v", x[i], y[i], d[i], value[i], slope[i])
				}
			}
		}
	})
}

// The value and the slope have the same bits whichever loop computes them, and neither operand needs memory of its own.
func TestSiLULoopsAgree(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for n := range 140 {
			x, gradient := samples(n, 1), samples(n, 2)
			value, slope, dst := make([]float32, n), make([]float32, n), make([]float32, n)
			siluSlopeGeneric(value, slope, x)
			y, intactY := guarded(t, n, n%7)
			d, intactD := guarded(t, n, n%5)
			SiLUSlope(y, d, x)
			intactY()
			intactD()
			sameNumbers(t, "SiLUSlope, value", y, value)
			sameNumbers(t, "SiLUSlope, slope", d, slope)
			SiLU(dst, x)
			sameNumbers(t, "SiLU", dst, value)
			Multiply(d, slope, gradient)
			SiLUGradient(dst, x, gradient)
			sameNumbers(t, "SiLUGradient", dst, d)

			y = append(y[:0:0], x...)
			SiLUSlope(y, dst, y)
			sameNumbers(t, "value in place", y, value)
			sameNumbers(t, "slope beside it", dst, slope)
			y = append(y[:0:0], x...)
			SiLUSlope(dst, y, y)
			sameNumbers(t, "value beside it", dst, value)
			sameNumbers(t, "slope in place", y, slope)
		}
	})
}

// Sums that are exact ties between two numbers of float32, or so near to one that float64 cannot tell, and random ones.
func TestFusedRoundsOnce(t *testing.T) {
	r := newRand(9)
	check := func(a, b, c float32) {
		t.Helper()
		product := new(big.Float).SetPrec(400).Mul(big.NewFloat(float64(a)), big.NewFloat(float64(b)))
		want, _ := product.Add(product, big.NewFloat(float64(c))).Float32()
		if got := fused(a, b, c); got != want {
			t.Fatalf("%v·%v + %v = %v, want %v", a, b, c, got, want)
		}
	}
	twice := 0
	for range 20_000 {
		c := float32(math.Ldexp(1+r.Float64(), r.IntN(20)))
		half := (math.Nextafter32(c, math.MaxFloat32) - c) / 2
		near := []float32{1, 1 + 0x1p-15, 1 - 0x1p-15}
		a, b := half*near[r.IntN(3)], near[r.IntN(3)]
		if sum := float64(a)*float64(b) + float64(c); float32(sum) != fused(a, b, c) {
			twice++
		}
		for _, sign := range []float32{1, -1} {
			check(sign*a, b, c)
			check(sign*a, b, -c)
		}
		check(float32(r.NormFloat64()), float32(r.NormFloat64()), float32(r.NormFloat64()))
	}
	if twice < 1000 {
		t.Errorf("only %d sums would be rounded wrongly by float64: this test shows little", twice)
	}
}
