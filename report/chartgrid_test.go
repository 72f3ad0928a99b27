package report

import (
	"bytes"
	"image"
	"image/gif"
	"io"
	"slices"
	"strings"
	"testing"
)

// line is a chart of one line.
func line(low, high []float64) Chart {
	return Chart{Title: "line", XLabel: "t", YLabel: "a long name of an axis", LogY: true, Series: []Series{
		{X: []float64{1, 2, 3}, Y: []float64{1, 10, 100}, Low: low, High: high},
	}}
}

// Each chart has its part of the picture.
func TestChartGrid(t *testing.T) {
	picture := decodePNG(t, encode(t, ChartGrid{Charts: []Chart{line(nil, nil), line(nil, nil), line(nil, nil)}}, PNG))
	size := picture.Bounds().Size()
	half := image.Rect(0, 0, size.X/2, size.Y/2)
	for i, want := range []bool{true, true, true, false} {
		blue, _ := dotsIn(picture, half.Add(image.Pt(i%2*size.X/2, i/2*size.Y/2)))
		if (blue > 100) != want {
			t.Errorf("part %d has %d blue pixels", i, blue)
		}
	}
	for want, grid := range map[string]ChartGrid{
		"no charts to draw": {}, "number 1 (\"line\"): chart: series 0 (\"\"): want as many Low and High as X, or none, got 2 and 3": {
			Charts: []Chart{line(nil, nil), line([]float64{1, 1}, []float64{1, 2, 3})}},
		"1 of 3 Y are below": {Charts: []Chart{line([]float64{0, 1, 1}, []float64{1, 2, 3})}},
	} {
		if err := grid.Encode(io.Discard, PNG); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// A band lies around its line, and is paler.
func TestBand(t *testing.T) {
	band := mix(paper, hues[0].dot, bandShade).color()
	count := func(c Chart) (n int) {
		picture := decodePNG(t, encode(t, c, PNG))
		b := picture.Bounds()
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				r, g, blue, _ := picture.At(x, y).RGBA()
				if near(r, band.R) && near(g, band.G) && near(blue, band.B) {
					n++
				}
			}
		}
		return n
	}
	with, without := count(line([]float64{0.5, 5, 50}, []float64{2, 20, 200})), count(line(nil, nil))
	if with < 5000 || without > 500 {
		t.Errorf("pixels of the band: %d, and without one %d", with, without)
	}
}

func near(v uint32, want uint8) bool { return max(v>>8, uint32(want))-min(v>>8, uint32(want)) < 12 }

// The long name of a logarithmic axis takes no room from the lines.
func TestLogAxisHasNoGap(t *testing.T) {
	top := func(c Chart) int {
		picture := decodePNG(t, encode(t, c, PNG))
		for y := 0; ; y++ {
			if blue, _ := dotsIn(picture, image.Rect(0, y, picture.Bounds().Dx(), y+1)); blue > 0 {
				return y
			}
		}
	}
	named, short := line(nil, nil), line(nil, nil)
	short.YLabel = ""
	if a, b := top(named), top(short); a > b+3 {
		t.Errorf("the line begins at %d, and at %d without a name of the axis", a, b)
	}
}

// There is room for the numbers below a chart of a grid, however long a process is.
func TestFewTicksInAGrid(t *testing.T) {
	for steps := 10.0; steps < 1e5; steps *= 1.13 {
		ticks := linearTicks{parts: cellTicks}.Ticks(1, steps)
		if len(ticks) < 2 || len(ticks) > 8 {
			t.Errorf("from 1 to %g there are %d numbers", steps, len(ticks))
		}
	}
	c := Chart{Series: []Series{{X: []float64{1, 1000}, Y: []float64{0, 1}}}}
	texts, _ := svgText(t, encode(t, ChartGrid{Charts: []Chart{c}}, SVG))
	if !slices.Contains(texts, "800") || slices.Contains(texts, "900") {
		t.Errorf("the numbers are %q", texts)
	}
}

func TestLogNumber(t *testing.T) {
	for v, want := range map[float64]string{0.001: "0.001", 500: "500", 1e4: "1e4", 2e12: "2e12", 1e-5: "1e-5"} {
		if got := logNumber(v); got != want {
			t.Errorf("%v is %q, want %q", v, got, want)
		}
	}
}

// The forward process is the same frames in the other order.
func TestAnimationBackward(t *testing.T) {
	a := Animation{Frames: reverse(50, 4), Dim: 2}
	var films [2]*gif.GIF
	for i := range films {
		a.Backward = i == 1
		film, err := gif.DecodeAll(bytes.NewReader(encode(t, a, GIF)))
		if err != nil {
			t.Fatal(err)
		}
		films[i] = film
	}
	n := len(films[0].Image)
	for i := range n {
		if !bytes.Equal(films[0].Image[i].Pix, films[1].Image[n-1-i].Pix) {
			t.Errorf("frame %d is not frame %d backward", i, n-1-i)
		}
	}
	if d := films[1].Delay; d[n-1] != lastDelay || d[0] != firstDelay {
		t.Errorf("delays are %v", d)
	}
}

// Captions stand above the columns of images.
func TestCaptions(t *testing.T) {
	g := ImageGrid{Images: Images{Shape: []int{8, 8, 1}, Columns: 2, Captions: []string{"t = 0", "t = 1"}},
		Pixels: bytes.Repeat([]byte{255}, 4*64)}
	picture := decodePNG(t, encode(t, g, PNG))
	for i := range 2 {
		column := image.Rect(i*66, 0, 66+i*66, labelSize+4)
		if gray, _ := darkest(picture, column); gray > 120 {
			t.Errorf("above column %d the darkest gray is %d", i, gray)
		}
	}
	one := g
	one.Pixels = g.Pixels[:64] // no image below the second
	encode(t, one, PNG)
	g.Captions = g.Captions[:1]
	if err := g.Encode(io.Discard, PNG); err == nil || !strings.Contains(err.Error(), "want a caption for each of 2 columns") {
		t.Errorf("one caption: %v", err)
	}
}

// A scatter of the data alone has its color.
func TestScatterOfReference(t *testing.T) {
	s := Scatter{Reference: scurve(200, 1), Dim: 2}
	blue, orange := dotsIn(decodePNG(t, encode(t, s, PNG)), image.Rect(60, 20, 500, 520))
	if orange < 200 || blue > 0 {
		t.Errorf("%d orange pixels and %d blue ones", orange, blue)
	}
	s.ReferenceLabels = turns(200, 2)
	if blue, orange := dotsIn(decodePNG(t, encode(t, s, PNG)), image.Rect(60, 20, 500, 520)); orange < 100 || blue < 100 {
		t.Errorf("with labels: %d orange pixels and %d blue ones", orange, blue)
	}
}

// A strip from data to noise is centered on the data, wherever a few points of noise are.
func TestStripFromData(t *testing.T) {
	panels := reverse(200, 5)
	panels[0].Points[0] = 400 // noise far out
	for i, j := 0, len(panels)-1; i < j; i, j = i+1, j-1 {
		panels[i], panels[j] = panels[j], panels[i]
	}
	picture := decodePNG(t, encode(t, Strip{Panels: panels, Dim: 2}, PNG))
	panel := image.Rect(stripGap, stripTop, stripGap+stripSide, stripTop+stripSide)
	left, _ := dotsIn(picture, image.Rect(panel.Min.X, panel.Min.Y, panel.Min.X+stripSide/2, panel.Max.Y))
	all, _ := dotsIn(picture, panel)
	if all < 100 || left < all/3 || left > all*2/3 {
		t.Errorf("of %d pixels of the data %d are in the left half", all, left)
	}
}
