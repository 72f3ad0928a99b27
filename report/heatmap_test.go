package report

import (
	"encoding/xml"
	"image"
	"image/color"
	"io"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// luminance is how light a color is to the eye, from 0 to 1 (the Y of sRGB, IEC 61966-2-1).
func luminance(c rgb) float64 {
	linear := func(v float64) float64 {
		if v /= 255; v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

// Every step of the ramp is darker than the one before, so that it can be read without telling hues apart.
func TestRampDarkens(t *testing.T) {
	for i := range rampSteps {
		if a, b := luminance(rampColor(uint8(i))), luminance(rampColor(uint8(i+1))); b >= a {
			t.Errorf("step %d is as light as %d: %v, %v", i+1, i, b, a)
		}
	}
	if rampColor(0) != paper || rampColor(rampSteps) != ramp[len(ramp)-1] {
		t.Error("the ramp does not lead from paper to its darkest color")
	}
}

// Between the centers of cells a grid is interpolated: linear functions are reproduced.
func TestGridInterpolates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Float64Range(0, 3).Draw(t, "a"), rapid.Float64Range(0, 3).Draw(t, "b")
		g := Grid{X1: 1, Y1: 1, Columns: rapid.IntRange(2, 7).Draw(t, "columns"), Rows: rapid.IntRange(2, 7).Draw(t, "rows")}
		for row := range g.Rows {
			for column := range g.Columns {
				g.Values = append(g.Values, a*(float64(column)+0.5)/float64(g.Columns)+b*(float64(row)+0.5)/float64(g.Rows))
			}
		}
		// Within the centers of the outer cells.
		x := rapid.Float64Range(0.5/float64(g.Columns), 1-0.5/float64(g.Columns)).Draw(t, "x")
		y := rapid.Float64Range(0.5/float64(g.Rows), 1-0.5/float64(g.Rows)).Draw(t, "y")
		if got, want := g.at(x, y), a*x+b*y; math.Abs(got-want) > 1e-9 {
			t.Errorf("at (%v, %v): %v, want %v", x, y, got, want)
		}
	})
}

// peak is a grid of 10 × 10 cells with one that is not 0, in the upper right corner of the middle.
func peak(height float64) Grid {
	g := Grid{X0: -5, X1: 5, Y0: -5, Y1: 5, Columns: 10, Rows: 10, Values: make([]float64, 100)}
	g.Values[7*10+7] = height
	return g
}

// darkest is the least lightness within a rectangle, and where it is.
func darkest(picture image.Image, r image.Rectangle) (gray uint8, at image.Point) {
	gray = 255
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if v := color.GrayModel.Convert(picture.At(x, y)).(color.Gray).Y; v < gray {
				gray, at = v, image.Pt(x, y)
			}
		}
	}
	return gray, at
}

func TestHeatMap(t *testing.T) {
	h := HeatMap{Bar: "density", Panels: []HeatPanel{{Title: "a", Grid: peak(4)}, {Title: "b", Grid: peak(1)}}}
	for _, common := range []bool{false, true} {
		h.Common = common
		l := h.layout()
		picture := decodePNG(t, encode(t, h, PNG))
		if size := picture.Bounds().Size(); size != image.Pt(l.width, l.height) {
			t.Errorf("the picture has %v pixels, want %d × %d", size, l.width, l.height)
		}
		var gray [2]uint8
		for i, v := range l.views {
			inside := image.Rect(v.left+2, v.top+2, v.left+v.width-2, v.top+v.height-2)
			var at image.Point
			gray[i], at = darkest(picture, inside)
			if x, y, _ := v.pixel(2.5, 2.5); math.Abs(float64(at.X)-x) > 2 || math.Abs(float64(at.Y)-y) > 2 {
				t.Errorf("panel %d: the peak is at %v, want (%.0f, %.0f)", i, at, x, y)
			}
			if r, g, b, _ := picture.At(v.left+10, v.top+10).RGBA(); r+g+b != 3*0xffff {
				t.Errorf("panel %d: where there is nothing the color is %d, %d, %d", i, r, g, b)
			}
		}
		if gray[0] > 40 || (gray[1] > 100) != common {
			t.Errorf("with a common scale (%v) the peaks of 4 and 1 have the lightness %v", common, gray)
		}
	}
}

// An arrow lies across its place, in the direction of its vector: up in the picture for a positive second number.
func TestArrows(t *testing.T) {
	h := HeatMap{Panels: []HeatPanel{{Grid: peak(1), Arrows: Arrows{
		At: []float32{-2, -3, 3.5, 1, -3, 3.5}, Vectors: []float32{1, 0, 0, 1, 0, 0},
	}}}}
	picture := decodePNG(t, encode(t, h, PNG))
	v := h.layout().views[0]
	box := func(x, y float32) (spread image.Rectangle) { // of the pixels of an arrow around a place
		px, py, _ := v.pixel(x, y)
		for dy := -60; dy <= 60; dy++ {
			for dx := -60; dx <= 60; dx++ {
				c := color.RGBAModel.Convert(picture.At(int(px)+dx, int(py)+dy)).(color.RGBA)
				if int(c.B)-int(c.R) < -20 {
					spread = spread.Union(image.Rect(dx, dy, dx+1, dy+1))
				}
			}
		}
		return spread
	}
	right, up, none := box(-2, -3), box(3.5, 1), box(-3, 3.5)
	if right.Dx() < 40 || right.Dy() > 8 {
		t.Errorf("the arrow to the right is %v", right)
	}
	if up.Dy() < 40 || up.Dx() > 8 {
		t.Errorf("the arrow upward is %v", up)
	}
	// The head, which is wider, is at the end.
	half := func(x, y float32, dx, dy int) (pixels int) {
		px, py, _ := v.pixel(x, y)
		for k := 1; k <= 125; k++ {
			for across := -8; across <= 8; across++ {
				c := color.RGBAModel.Convert(picture.At(int(px)+k*dx+across*dy, int(py)+k*dy+across*dx)).(color.RGBA)
				if int(c.B)-int(c.R) < -20 {
					pixels++
				}
			}
		}
		return pixels
	}
	if head, tail := half(-2, -3, 1, 0), half(-2, -3, -1, 0); head <= tail {
		t.Errorf("the arrow to the right has %d pixels on the right and %d on the left", head, tail)
	}
	if head, tail := half(3.5, 1, 0, -1), half(3.5, 1, 0, 1); head <= tail {
		t.Errorf("the arrow upward has %d pixels above its middle and %d below", head, tail)
	}
	if !none.Empty() {
		t.Errorf("a vector without length has an arrow: %v", none)
	}
	head := arrow{0, 0, 20, 0}.outline()[3]
	if head != [2]float64{20, 0} {
		t.Errorf("the point of an arrow to (20, 0) is at %v", head)
	}
}

// The numbers beside the bar of a common scale increase upward, as the colors do, and those beside a panel too.
func TestNumbersOfHeatMap(t *testing.T) {
	h := HeatMap{Common: true, Panels: []HeatPanel{{Grid: peak(0.04)}}}
	at := map[string]float64{}
	for _, text := range placedTexts(t, encode(t, h, SVG)) {
		at[text.text] = text.y
	}
	for _, pair := range [][2]string{{"0.040", "0.010"}, {"4", "-4"}} { // of the bar and of the panel
		if high, low := at[pair[0]], at[pair[1]]; high == 0 || low == 0 || high >= low {
			t.Errorf("%s is at %v and %s at %v, want it above", pair[0], high, pair[1], low)
		}
	}
}

// A heat map in SVG is a document with a picture, and as long as arrows are few is small.
func TestHeatMapSVG(t *testing.T) {
	h := HeatMap{Title: "a < b", Panels: []HeatPanel{{Grid: peak(1), Arrows: Arrows{At: []float32{0, 0}, Vectors: []float32{1, 1}}}}}
	file := string(encode(t, h, SVG))
	decoder := xml.NewDecoder(strings.NewReader(file))
	images := 0
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "image" {
			images++
		}
	}
	if images != 2 || !strings.Contains(file, accentColor.hex()) || len(file) > 8<<10 {
		t.Errorf("%d images in %d bytes, want the map and the bar", images, len(file))
	}
}

func TestHeatMapMistakes(t *testing.T) {
	short, flat, negative, infinite := peak(1), peak(1), peak(-1), peak(math.Inf(1))
	short.Values = short.Values[1:]
	arrows := func(at, vectors []float32) HeatMap {
		return HeatMap{Panels: []HeatPanel{{Grid: peak(1), Arrows: Arrows{at, vectors}}}}
	}
	flat.X1 = flat.X0
	for want, h := range map[string]HeatMap{
		"no panels to draw":                                  {},
		"want 10 rows of 10 values, got 99 values":           {Panels: []HeatPanel{{Grid: short}}},
		"want a rectangle of the plane":                      {Panels: []HeatPanel{{Grid: flat}}},
		"want values of at least 0, got -1":                  {Panels: []HeatPanel{{Grid: negative}}},
		"1 of 100 values are not finite":                     {Panels: []HeatPanel{{Grid: infinite}}},
		"want as many arrows as places, got 1 and 2":         arrows(make([]float32, 4), make([]float32, 2)),
		"arrows: 1 of 1 points are not finite":               arrows(make([]float32, 2), []float32{float32(math.NaN()), 0}),
		`panel 1 ("b"): want 10 rows of 10 values, got 99 v`: {Panels: []HeatPanel{{Grid: peak(1)}, {Title: "b", Grid: short}}},
	} {
		if err := h.Encode(io.Discard, PNG); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if err := (HeatMap{Panels: []HeatPanel{{Grid: peak(1)}}}).Encode(io.Discard, GIF); err == nil {
		t.Error("a heat map is written as GIF")
	}
}
