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
	rapid.Check(t, func(r *rapid.T) {
		g := normals(rapid.Uint64().Draw(r, "seed"), 0, rapid.IntRange(1, 50).Draw(r, "size"))
		size := float32(math.Pow(10, rapid.Float64Range(-3, 6).Draw(r, "log10 size")))
		for i := range g {
			g[i] *= size
		}
		before := math.Sqrt(kernel.SquaredNorm(g))
		clip := math.Pow(10, rapid.Float64Range(-2, 3).Draw(r, "log10 clip"))
		worker := newChain(t, optionsOf(&Constant{Rate: 1}, &Clip{Norm: clip}, defaultAdam()), g, 1).Worker()
		s := worker.Begin(1, kernel.SquaredNorm(g))
		if s.Norm != before {
			r.Fatalf("norm %v, want %v", s.Norm, before)
		}
		if !(s.Scale > 0 && s.Scale <= 1) || s.Scale != ClipScale(before, clip) {
			r.Fatalf("scale %v outside (0, 1]", s.Scale)
		}
		for i := range g {
			g[i] *= s.Scale
		}
		// 1e-6 in the denominator takes away at most 1e-6/clip of the norm, and only near the bound.
		after, want := math.Sqrt(kernel.SquaredNorm(g)), min(before, clip)
		if math.Abs(after-want) > want*(1e-6/clip+1e-6) {
			r.Fatalf("norm %v clipped to %v becomes %v", before, clip, after)
		}
	})
}

func TestClipScale(t *testing.T) {
	none := math.Inf(1)
	tests := []struct {
		norm, clip float64
		scale      float32
	}{
		{5, 1, 1 / 5.000001},
		{5, 10, 1},
		{5, none, 1},
		{0, 1, 1},
		{1e30, 1, 1e-30},
		{1e30, none, 1},
	}
	for _, test := range tests {
		scale := ClipScale(test.norm, test.clip)
		if math.Abs(float64(scale/test.scale)-1) > 1e-6 {
			t.Errorf("ClipScale(%v, %v) = %v, want %v", test.norm, test.clip, scale, test.scale)
		}
	}
}

// A gradient that is not finite shows in the norm and cannot be scaled into something harmless.
func TestClipScaleNotFinite(t *testing.T) {
	for _, norm := range []float64{math.NaN(), math.Inf(1)} {
		for _, clip := range []float64{math.Inf(1), 1} {
			if scale := ClipScale(norm, clip); !math.IsNaN(float64(scale)) {
				t.Errorf("ClipScale(%v, %v) = %v", norm, clip, scale)
			}
		}
	}
}
