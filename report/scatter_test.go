package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestScatterPNG(t *testing.T) {
	curve, data := scurve(10000, 1), scurve(10000, 2)
	alone := decodePNG(t, encode(t, Scatter{Points: curve, Dim: 2}, PNG))
	blue, orange := dotsIn(alone, alone.Bounds())
	if blue < 5000 || orange > 0 {
		t.Errorf("samples without data: %d blue and %d orange pixels", blue, orange)
	}

	over := decodePNG(t, encode(t, Scatter{Points: curve, Reference: data, Dim: 2}, PNG))
	blue, orange = dotsIn(over, over.Bounds())
	if blue < 5000 || orange < 500 {
		t.Errorf("samples over data: %d blue and %d orange pixels", blue, orange)
	}

	file := encode(t, Scatter{Title: "S-curve", Points: curve, Reference: data, Dim: 2, Beside: true}, PNG)
	if len(file) > 100<<10 {
		t.Errorf("the file takes %d bytes", len(file))
	}
	beside := decodePNG(t, file)
	b := beside.Bounds()
	middle := b.Dx()/2 + 20 // the left panel has the numbers
	blue, orange = dotsIn(beside, image.Rect(0, 0, middle, b.Dy()))
	if blue < 5000 || orange > 0 {
		t.Errorf("left panel: %d blue and %d orange pixels", blue, orange)
	}
	blue, orange = dotsIn(beside, image.Rect(middle, 0, b.Dx(), b.Dy()))
	if blue > 0 || orange < 5000 {
		t.Errorf("right panel: %d blue and %d orange pixels", blue, orange)
	}
}

// A square stays a square, for any shape of the picture.
func TestScatterAspect(t *testing.T) {
	for _, b := range []box{{0, 1, 0, 1}, {0, 100, 0, 1}, {0, 1, -50, 50}} {
		v := newView(0, 0, 300, 200, b)
		x0, y0, in0 := v.pixel(0.25, 0.25)
		x1, y1, in1 := v.pixel(0.75, 0.75)
		if dx, dy := x1-x0, y0-y1; !in0 || !in1 || dx <= 0 || dx-dy > 1e-9 || dy-dx > 1e-9 {
			t.Errorf("%v: a step of (0.5, 0.5) is (%v, %v) pixels", b, dx, dy)
		}
	}
}

// svgText checks that the document is well-formed and returns its texts and the number of its dots.
func svgText(t *testing.T, file []byte) (texts []string, dots int) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(file))
	for depth, root := 0, ""; ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			if root != "svg" || depth != 0 {
				t.Errorf("the root is %q", root)
			}
			return texts, dots
		}
		if err != nil {
			t.Fatalf("the document is not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if depth++; depth == 1 {
				root = token.Name.Local
			}
			for _, a := range token.Attr {
				if a.Name.Local == "d" {
					dots += strings.Count(a.Value, "h0")
				}
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if text := strings.TrimSpace(string(token)); text != "" {
				texts = append(texts, text)
			}
		}
	}
}

func TestScatterSVG(t *testing.T) {
	const title = `a < b & "c"`
	curve := scurve(10000, 1)
	file := encode(t, Scatter{Title: title, Points: curve, Dim: 2}, SVG)
	if len(file) > 250<<10 {
		t.Errorf("10000 points take %d bytes", len(file))
	}
	texts, dots := svgText(t, file)
	if texts[0] != title {
		t.Errorf("the title is %q", texts[0])
	}
	if dots < 10000 || dots > 10050 { // a few are the legend's
		t.Errorf("%d dots", dots)
	}
	if !strings.Contains(strings.Join(texts, "|"), "|-0.05|0|0.05|") {
		t.Errorf("no marks -0.05, 0, 0.05 among %q", texts)
	}

	// Points that are not shown are counted.
	texts, dots = svgText(t, encode(t, Scatter{Points: append([]float32{1e9, 1e9}, curve...), Dim: 2}, SVG))
	if last := texts[len(texts)-1]; last != "samples (10001, 1 outside)" {
		t.Errorf("the legend is %q", last)
	}
	if dots > 10050 {
		t.Errorf("%d dots", dots)
	}

	// Reference points elsewhere are shown as well.
	texts, _ = svgText(t, encode(t, Scatter{Points: curve, Reference: []float32{5, 5, 6, 6}, Dim: 2}, SVG))
	if legend := strings.Join(texts[len(texts)-2:], ", "); legend != "samples (10000), data (2)" {
		t.Errorf("the legend is %q", legend)
	}
}

// Every dot of an SVG is where its point is, to a twentieth of a pixel.
func TestSVGDots(t *testing.T) {
	points := append(scurve(100, 1), 0, 0, 100, 100) // the last is outside
	v := newView(7, 9, 300, 200, fit(points[:200]))
	document := newSVG(320, 220, fewShades)
	document.dots(v, points, nil, samples)
	var got []image.Point // tenths of a pixel
	for _, part := range strings.Split(document.body.String(), ` d="`)[1:] {
		path, _, _ := strings.Cut(part, `"`)
		at := image.Point{}
		for _, move := range strings.Split(path, "h0") {
			if move == "" {
				continue
			}
			var x, y float64
			if n, err := fmt.Sscanf(strings.Replace(move[1:], "-", " -", -1), "%g%g", &x, &y); n != 2 {
				t.Fatalf("cannot read %q: %v", move, err)
			}
			at = at.Add(image.Pt(int(math.Round(x*10)), int(math.Round(y*10))))
			got = append(got, at)
		}
	}
	var want []image.Point
	for k := range svgPaths {
		for i := k; i < 101; i += svgPaths {
			x, y, _ := v.pixel(points[2*i], points[2*i+1])
			want = append(want, image.Pt(int(math.Round(x*10)), int(math.Round(y*10))))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the dots are at %v, want %v", got, want)
	}
}

// Columns of different units fill the picture, each at a separate scale; those of one unit keep a common scale.
func TestScatterOfUnequalColumns(t *testing.T) {
	for _, factor := range []float32{1, 3, 1000, 1e30} {
		points := scurve(2000, 1)
		for i := 1; i < len(points); i += 2 {
			points[i] *= factor
		}
		picture := decodePNG(t, encode(t, Scatter{Points: points, Reference: points, Dim: 2, Beside: true}, PNG))
		b := picture.Bounds()
		across := 0 // columns of pixels with dots
		for x := b.Min.X; x < b.Max.X; x++ {
			if blue, _ := dotsIn(picture, image.Rect(x, 0, x+1, b.Dy())); blue > 0 {
				across++
			}
		}
		if least := 200; factor >= 1000 && across < 2*least || factor < 1000 && across > 400 {
			t.Errorf("a factor of %g: dots in %d columns of pixels", factor, across)
		}
		box, unequal := fitEach(points, points)
		if unequal != (factor >= 1000) || unequal && stretchedView(0, 0, 100, 100, box).outside(points) > 0 {
			t.Errorf("a factor of %g: unequal is %v in %v", factor, unequal, box)
		}
	}
	if _, unequal := fitEach([]float32{0, 1, 5, 1}); unequal {
		t.Error("a set without extent along an axis has a separate scale")
	}
}
