package report

import (
	"image"
	"slices"
	"testing"
)

func TestDots(t *testing.T) {
	r := newRaster(100, 100, fewShades)
	v := newView(10, 10, 80, 80, box{0, 80, 0, 80})
	r.dots(v, []float32{40, 60, -5, 40}, nil, samples) // the second is outside the view
	var at []image.Point
	for i, level := range r.levels[0] {
		if level > 0 {
			at = append(at, image.Pt(i%100, i/100))
		}
	}
	if len(at) < 9 || len(at) > 49 {
		t.Errorf("one dot covers %d pixels", len(at))
	}
	for _, p := range at { // x = 40 is pixel 10+40, y = 60 is pixel 10+(80-60)
		if d := p.Sub(image.Pt(50, 30)); d.X < -3 || d.X > 3 || d.Y < -3 || d.Y > 3 {
			t.Errorf("the dot covers %v, far from (50, 30)", p)
		}
	}

	// The order of the points does not matter.
	points := scurve(1000, 1)
	backwards := make([]float32, 0, len(points))
	for i := len(points) - 2; i >= 0; i -= 2 {
		backwards = append(backwards, points[i], points[i+1])
	}
	v = newView(10, 10, 80, 80, fit(points))
	r.clear()
	r.dots(v, points, nil, samples)
	r.dots(v, points, nil, reference)
	once := [2][]uint8{slices.Clone(r.levels[0]), slices.Clone(r.levels[1])}
	r.clear()
	r.dots(v, backwards, nil, samples)
	if !slices.Equal(once[0], r.levels[0]) {
		t.Error("the order of the points changes the picture")
	}
	if slices.Max(r.levels[1]) != 0 {
		t.Error("samples, or an earlier picture, are on the layer of the reference")
	}
	r.dots(v, points, nil, backdrop)
	if got, full := slices.Max(r.levels[1]), slices.Max(once[1]); got >= full || got == 0 {
		t.Errorf("a backdrop is as dark as %d, a reference as %d", got, full)
	}
}

func TestTone(t *testing.T) {
	// A hundred thousand points on one spot, and a lone one, which still shows.
	tone := newTone(append(slices.Repeat([]uint32{100000 * dotInk}, 50), dotInk))
	if d := tone.darkness(dotInk); d < 0.25 || d > 0.5 {
		t.Errorf("a lone dot among very many has darkness %v", d)
	}
	if d := newTone([]uint32{dotInk}).darkness(dotInk); d < 0.6 {
		t.Errorf("a lone dot has darkness %v", d)
	}
	last := 0.0
	for ink := uint32(1); ink < 200000*dotInk; ink *= 2 {
		d := tone.darkness(ink)
		if d < last || d > 1 {
			t.Errorf("darkness %v of ink %d after %v", d, ink, last)
		}
		last = d
	}
	if last != 1 {
		t.Errorf("the densest spot has darkness %v", last)
	}
}

func TestPaletteFitsAByte(t *testing.T) {
	for _, plain := range []shades{fewShades, animationShades} {
		for classes := range len(hues) + 1 {
			s := plain
			if classes > 0 {
				s = plain.labeled(nil, []int32{0, int32(classes - 1)}, nil)
			}
			if n := len(s.colors()); n > 256 || n != s.count() || s.samples < 5 || s.reference < 4 {
				t.Errorf("%d classes: %+v makes %d colors", classes, s, n)
			}
		}
	}
}
