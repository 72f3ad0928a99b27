package guidance

import (
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/diffusion"
)

// Inside the interval guidance is that without one, outside it the conditional denoiser's, bit for bit and in its
// derivative too. The ends belong to it.
func TestIntervalBoundsGuidance(t *testing.T) {
	p := must(diffusion.NewEDM(0.01, 80)) // whose time is σ/α
	q := diffusion.Parameterization{}
	conditional, unconditional := two[:1].Denoiser(p, q), two.Denoiser(p, q)
	for _, w := range []float64{-1, 0.5} {
		throughout := must(NewClassifierFree(conditional, unconditional, w, Interval{})).(diffusion.Differentiable)
		x, v := []float32{0.3, -1, 2, 0.1}, []float32{1, 0, 0.5, -1}
		for _, test := range []struct {
			within Interval
			at     float64
			guided bool
		}{
			{Interval{p, 0.5, 2}, 0.4, false}, {Interval{p, 0.5, 2}, 0.5, true}, {Interval{p, 0.5, 2}, 1, true},
			{Interval{p, 0.5, 2}, 2, true}, {Interval{p, 0.5, 2}, 2.5, false},
			{Interval{p, 0.5, 0}, 70, true}, {Interval{p, 0, 2}, 0.02, true}, {Interval{p, 0, 2}, 3, false},
		} {
			limited := must(NewClassifierFree(conditional, unconditional, w, test.within)).(diffusion.Differentiable)
			want := diffusion.Differentiable(conditional)
			if test.guided {
				want = throughout
			}
			answer := func(d diffusion.Differentiable) []float32 {
				dst := make([]float32, 3*len(x))
				d.Predict(dst[:len(x)], x, test.at)
				d.PredictTangent(dst[len(x):2*len(x)], dst[2*len(x):], x, v, test.at)
				return dst
			}
			if !slices.Equal(answer(limited), answer(want)) {
				t.Errorf("w = %v, from %v to %v, at %v: expected guidance to be %v", w, test.within.Least, test.within.Most,
					test.at, test.guided)
			}
			if slices.Equal(answer(throughout), answer(conditional)) {
				t.Errorf("w = %v at %v: guidance makes no difference, so the test sees nothing", w, test.at)
			}
		}
	}
	for _, bad := range []Interval{{nil, 0, 1}, {p, -1, 1}, {p, 1, 1}, {p, 2, 1}, {p, math.NaN(), 1}, {p, 0, math.NaN()}} {
		if _, err := NewClassifierFree(conditional, unconditional, 1, bad); err == nil || !strings.Contains(err.Error(), "interval") {
			t.Errorf("from %v to %v: error %v", bad.Least, bad.Most, err)
		}
	}
}
