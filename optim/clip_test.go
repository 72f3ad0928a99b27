package optim

import (
	"math"
	"testing"

	"euryale/kernel"

	"pgregory.net/rapid"
)

// After scaling, the norm is the smaller of itself and the bound; the direction does not change because one
// positive factor is all that clipping applies.
func TestClipLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := normals(rapid.Uint64().Draw(t, "seed"), 0, rapid.IntRange(1, 50).Draw(t, "size"))
		size := float32(math.Pow(10, rapid.Float64Range(-3, 6).Draw(t, "log10 size")))
		for i := range g {
			g[i] *= size
		}
		before := math.Sqrt(kernel.SquaredNorm(g))
		clip := math.Pow(10, rapid.Float64Range(-2, 3).Draw(t, "log10 clip"))
		scale, norm := ClipScale(kernel.SquaredNorm(g), clip)
		if norm != before {
			t.Fatalf("norm %v, want %v", norm, before)
		}
		if !(scale > 0 && scale <= 1) {
			t.Fatalf("scale %v outside (0, 1]", scale)
		}
		for i := range g {
			g[i] *= scale
		}
		// 1e-6 in the denominator takes away at most 1e-6/clip of the norm, and only near the bound.
		after, want := math.Sqrt(kernel.SquaredNorm(g)), min(before, clip)
		if math.Abs(after-want) > want*(1e-6/clip+1e-6) {
			t.Fatalf("norm %v clipped to %v becomes %v", before, clip, after)
		}
	})
}

func TestClipScale(t *testing.T) {
	tests := []struct {
		squared, clip float64
		scale         float32
		norm          float64
	}{
		{25, 1, 1 / 5.000001, 5},
		{25, 10, 1, 5},
		{25, 0, 1, 5},
		{0, 1, 1, 0},
		{1e60, 1, 1e-30, 1e30},
	}
	for _, test := range tests {
		scale, norm := ClipScale(test.squared, test.clip)
		if math.Abs(float64(scale/test.scale)-1) > 1e-6 || math.Abs(norm-test.norm) > 1e-15*test.norm {
			t.Errorf("ClipScale(%v, %v) = %v, %v, want %v, %v", test.squared, test.clip, scale, norm, test.scale, test.norm)
		}
	}
}

// A gradient that is not finite shows in the norm and cannot be scaled into something harmless.
func TestClipScaleNotFinite(t *testing.T) {
	for _, squared := range []float64{math.NaN(), math.Inf(1)} {
		for _, clip := range []float64{0, 1} {
			scale, norm := ClipScale(squared, clip)
			if !math.IsNaN(float64(scale)) || !(math.IsNaN(norm) || math.IsInf(norm, 1)) {
				t.Errorf("ClipScale(%v, %v) = %v, %v", squared, clip, scale, norm)
			}
		}
	}
}
