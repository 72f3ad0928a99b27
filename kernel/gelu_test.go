package kernel

import (
	"math"
	"testing"
)

func TestGELU(t *testing.T) {
	nan, large := float32(math.NaN()), float32(1e30)
	edges := []float32{nan, large, -large, math.MaxFloat32, -math.MaxFloat32, 16, -16, 17, -17, 0, 1e-40}
	for _, x := range [][]float32{sweep(-20, 20, 4001), sweep(-1, 1, 1001), sweep(-30, 30, 17)[:50], edges} {
		n := len(x)
		pathsAgree(t, func(t *testing.T) map[string]Matrix {
			y, intactY := guarded(t, n, n%3)
			slope, intactSlope := guarded(t, n, n%5)
			GELUSlope(y, slope, x)
			intactY()
			intactSlope()
			for i, v := range x {
				z := math.Sqrt(2/math.Pi) * (float64(v) + 0.044715*float64(v)*float64(v)*float64(v))
				dz := math.Sqrt(2/math.Pi) * (1 + 3*0.044715*float64(v)*float64(v))
				tanh := math.Tanh(z)
				value, derivative := float64(v)/2*(1+tanh), (1+tanh)/2
				if math.Abs(tanh) < 1 {
					derivative += float64(v) / 2 * (1 - tanh*tanh) * dz
				}
				if e := math.Abs(float64(y[i]) - value); e > 4e-7*(1+math.Abs(value)) || (v != v) != (y[i] != y[i]) {
					t.Fatalf("gelu(%v) = %v, want %v", v, y[i], value)
				}
				if e := math.Abs(float64(slope[i]) - derivative); e > 3e-6 || (v != v) != (slope[i] != slope[i]) {
					t.Fatalf("gelu'(%v) = %v, want %v", v, slope[i], derivative)
				}
			}
			other, product, gradient := make([]float32, n), make([]float32, n), random(newRand(1), n)
			GELU(other, x)
			sameNumbers(t, "GELU", other, y)
			Multiply(product, slope, gradient)
			GELUGradient(other, x, gradient)
			sameNumbers(t, "GELUGradient", other, product)
			other = append(other[:0], x...)
			GELU(other, other)
			sameNumbers(t, "GELU in place", other, y)
			return map[string]Matrix{"y": View(y, 1, n), "slope": View(slope, 1, n)}
		})
	}
}
