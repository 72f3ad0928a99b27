package report

import (
	"image"
	"testing"
)

func TestStrip(t *testing.T) {
	strip := Strip{Panels: reverse(2000, 10), Data: scurve(2000, 2), Dim: 2}
	file := encode(t, strip, PNG)
	if len(file) > 150<<10 {
		t.Errorf("the file takes %d bytes", len(file))
	}
	picture := decodePNG(t, file)
	const panels = 11
	if b := picture.Bounds(); b.Dx() != panels*(stripSide+stripGap)+stripGap || b.Dy() != stripTop+stripSide+stripBottom {
		t.Fatalf("the picture is %v", b)
	}
	for i := range panels {
		x := stripGap + i*(stripSide+stripGap)
		blue, orange := dotsIn(picture, image.Rect(x, stripTop, x+stripSide+1, stripTop+stripSide+1))
		if samples := i < panels-1; samples && (blue < 1000 || orange > 0) || !samples && (blue > 0 || orange < 1000) {
			t.Errorf("panel %d has %d blue and %d orange pixels", i, blue, orange)
		}
		// Titles and scale bars are neither, but they are there.
		for _, r := range []image.Rectangle{
			image.Rect(x, 0, x+stripSide, stripTop-1),
			image.Rect(x, stripTop+stripSide+2, x+stripSide, stripTop+stripSide+stripBottom),
		} {
			if n := dark(picture, r); n < 30 {
				t.Errorf("panel %d has %d dark pixels at %v", i, n, r)
			}
		}
	}

	// x_0 and the data have one scale, the noise another, also where the data is much wider than x_0.
	for i := range strip.Data {
		strip.Data[i] *= 5
	}
	texts, _ := svgText(t, encode(t, strip, SVG))
	if n := len(texts); n != 2*panels || texts[0] != "t = 9" || texts[n-2] != "data" ||
		texts[n-1] != texts[n-3] || texts[1] == texts[n-1] {
		t.Errorf("titles and scales are %q", texts)
	}
}

// More panels than fit in a row make more rows.
func TestStripRows(t *testing.T) {
	picture := decodePNG(t, encode(t, Strip{Panels: reverse(50, 20), Dim: 2}, PNG))
	if b := picture.Bounds(); b.Dx() != 10*(stripSide+stripGap)+stripGap || b.Dy() != 2*(stripTop+stripSide+stripBottom) {
		t.Errorf("20 panels are %v", b)
	}
	if blue, _ := dotsIn(picture, image.Rect(picture.Bounds().Dx()-stripSide, 212, 2000, 500)); blue < 50 {
		t.Errorf("the last panel has %d blue pixels", blue)
	}
}

func dark(picture image.Image, r image.Rectangle) (n int) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if r, _, _, _ := picture.At(x, y).RGBA(); r < 0x8000 {
				n++
			}
		}
	}
	return n
}

// Columns of different units: every panel of a strip is as wide as its points need, along both axes.
func TestStripOfUnequalColumns(t *testing.T) {
	points := scurve(2000, 1)
	wide := make([]float32, len(points))
	for i, v := range points {
		if wide[i] = v; i%2 == 0 {
			wide[i] *= 1e4
		}
	}
	if stretch(points) != 1 {
		t.Errorf("an S is stretched by %v", stretch(points))
	}
	picture := decodePNG(t, encode(t, Strip{Panels: []Panel{{"t = 0", wide}}, Data: wide, Dim: 2}, PNG))
	rows := 0 // rows of pixels with dots: most of a panel's
	for y := range picture.Bounds().Dy() {
		if blue, _ := dotsIn(picture, image.Rect(0, y, stripSide+stripGap, y+1)); blue > 0 {
			rows++
		}
	}
	if rows < stripSide/2 {
		t.Errorf("dots in %d rows of pixels", rows)
	}
	encode(t, Animation{Frames: []Panel{{"t = 1", points}, {"t = 0", wide}}, Dim: 2}, GIF)
}
