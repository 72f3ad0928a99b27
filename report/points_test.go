package report

import (
	"math"
	"slices"
	"testing"
)

func TestFit(t *testing.T) {
	inside := func(name string, points []float32, b box, wantOutside int) {
		t.Helper()
		if n := newView(0, 0, 100, 100, b).outside(points); n != wantOutside {
			t.Errorf("%s: %d of %d points outside %v, want %d", name, n, len(points)/2, b, wantOutside)
		}
	}
	curve := scurve(10000, 1)
	noise := reverse(10000, 2)[0].Points
	for name, points := range map[string][]float32{"curve": curve, "noise": noise, "one": {3, 4}, "line": {0, 1, 5, 1}} {
		inside(name, points, fit(points), 0)
		cx, cy := fit(points).center()
		r := reach(points, cx, cy, 1)
		inside(name, points, box{cx - r, cx + r, cy - r, cy + r}, 0)
	}
	// The curve fills its box: hardly more than the margin is empty.
	if b := fit(curve); b.x1-b.x0 > 0.35 || b.y1-b.y0 > 0.6 {
		t.Errorf("the box of the curve is %v", b)
	}
	// A few points far out do not shrink the rest.
	far := append([]float32{1e6, 0, 0, -1e7, 50, 50}, curve...)
	if b := fit(far); b.x1-b.x0 > 0.7 || b.y1-b.y0 > 1.2 {
		t.Errorf("with outliers the box is %v", b)
	}
	inside("outliers", far, fit(far), 3)
	if r := reach(far, 0, 0, 1); r > 0.4 {
		t.Errorf("with outliers the reach is %v", r)
	}
}

func TestRoundNumbers(t *testing.T) {
	for _, c := range []struct {
		span  float64
		count int
		want  float64
	}{{1, 5, 0.2}, {0.52, 5, 0.1}, {7.4, 3, 2}, {1e-44, 5, 2e-45}, {6e38, 5, 1e38}, {30, 5, 5}} {
		if got := niceStep(c.span, c.count); math.Abs(got/c.want-1) > 1e-9 {
			t.Errorf("niceStep(%g, %d) = %g, want %g", c.span, c.count, got, c.want)
		}
	}
	for _, c := range []struct {
		x, step float64
		want    string
	}{
		{0.30000000000000004, 0.1, "0.3"}, {-0.05, 0.05, "-0.05"}, {0, 0.05, "0"}, {20000, 20000, "20000"},
		{2.5, 0.5, "2.5"}, {10, 5, "10"}, {3e38, 1e38, "3e+38"}, {2e-45, 2e-45, "2e-45"}, {1000000.02, 0.02, "1000000.02"},
	} {
		if got := formatNumber(c.x, c.step); got != c.want {
			t.Errorf("formatNumber(%g, %g) = %q, want %q", c.x, c.step, got, c.want)
		}
	}
	if got := multiples(2, -3, 4); !slices.Equal(got, []float64{-2, 0, 2, 4}) {
		t.Errorf("multiples: %v", got)
	}
	if got := multiples(1e-20, 1, 1e9); len(got) > 20 {
		t.Errorf("%d multiples of a step that is lost in rounding", len(got))
	}
	for r := 1e-40; r < 1e39; r *= 1.7 {
		if rounded := roundReach(r); rounded < r*(1-1e-12) || rounded > r*1.26 {
			t.Errorf("roundReach(%g) = %g", r, rounded)
		}
	}
}
