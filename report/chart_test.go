package report

import (
	"encoding/xml"
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestChartPNG(t *testing.T) {
	var sizes []int
	for _, n := range []int{1, 5, 12, 40} {
		file := encode(t, distances(n), PNG)
		if len(file) > 120<<10 {
			t.Errorf("%d series take %d bytes", n, len(file))
		}
		picture := decodePNG(t, file)
		b := picture.Bounds()
		sizes = append(sizes, b.Dy())
		pixels := map[color.Color]int{}
		for x := b.Min.X; x < b.Max.X; x++ {
			for y := b.Min.Y; y < b.Max.Y; y++ {
				pixels[picture.At(x, y)]++
			}
		}
		for k, hue := range hues {
			pixels := pixels[hue.dot.color()]
			if shown := k < (n+1)/2; shown != (pixels > 100) {
				t.Errorf("%d series, every other one muted: %d pixels of hue %d", n, pixels, k)
			}
		}
		// The names have room: the outermost pixels are paper all round.
		for x := b.Min.X; x < b.Max.X; x++ {
			for y := b.Min.Y; y < b.Max.Y; y++ {
				edge := x < b.Min.X+6 || y < b.Min.Y+6 || x >= b.Max.X-6 || y >= b.Max.Y-6
				if edge && color.GrayModel.Convert(picture.At(x, y)).(color.Gray).Y < 250 {
					t.Fatalf("%d series: there is something on the edge, at (%d, %d)", n, x, y)
				}
			}
		}
	}
	if sizes[0] != sizes[2] || sizes[3] <= sizes[2] {
		t.Errorf("heights are %v, want the first three equal and the last greater", sizes)
	}
}

// placed is a text of an SVG and its height in the picture.
type placed struct {
	text string
	y    float64
}

func placedTexts(t *testing.T, file []byte) (texts []placed) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(string(file)))
	y := 0.0
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return texts
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			for _, a := range token.Attr {
				if token.Name.Local == "text" && a.Name.Local == "y" {
					fmt.Sscan(a.Value, &y)
				}
			}
		case xml.CharData:
			if text := strings.TrimSpace(string(token)); text != "" {
				texts = append(texts, placed{text, y})
			}
		}
	}
}

// Every line has its name, in the order of the lines' ends, and no two names touch.
func TestChartNames(t *testing.T) {
	for _, n := range []int{2, 8, 30} {
		chart := distances(n)
		chart.Series[1].Name = "" // left out
		texts := placedTexts(t, encode(t, chart, SVG))
		var names []placed
		for _, text := range texts {
			if strings.HasPrefix(text.text, "sampler ") {
				names = append(names, text)
			}
		}
		if len(names) != n-1 {
			t.Fatalf("%d series but one have %d names", n, len(names))
		}
		end := func(name string) float64 {
			for _, s := range chart.Series {
				if s.Name == name {
					return s.Y[len(s.Y)-1]
				}
			}
			t.Fatalf("no series is named %q", name)
			return 0
		}
		slices.SortFunc(names, func(a, b placed) int { return int(math.Copysign(1, b.y-a.y)) })
		for i := 1; i < len(names); i++ {
			below, above := names[i-1], names[i]
			if d := math.Abs(above.y - below.y); d < float64(chartSpacing)*0.99 {
				t.Errorf("%d series: %q and %q are %v apart", n, below.text, above.text, d)
			}
			if end(below.text) > end(above.text) {
				t.Errorf("%d series: %q ends above %q but is named below", n, below.text, above.text)
			}
		}
	}
	texts := fmt.Sprint(placedTexts(t, encode(t, distances(3), SVG)))
	for _, want := range []string{"{samplers ", "{network calls ", "{distance ", "{10 ", "{1000 ", "{0.01 "} {
		if !strings.Contains(texts, want) {
			t.Errorf("no %q in %q", want, texts)
		}
	}
}

// Where the font is missing, an SVG is written in another one without serifs.
func TestChartFonts(t *testing.T) {
	file := string(encode(t, distances(2), SVG))
	named, withOthers := strings.Count(file, "font-family:"), strings.Count(file, "font-family:Liberation Sans,Arial,Helvetica,sans-serif;")
	if named == 0 || named != withOthers {
		t.Errorf("%d texts name a font, %d of them others to take instead", named, withOthers)
	}
}

// The first 30 lines that are not muted have a style each.
func TestChartStyles(t *testing.T) {
	seen := map[string]int{}
	for k := range 30 {
		var e lineEnd
		e.setStyle(k, false)
		style := fmt.Sprint(e.mark.Color, e.mark.Shape)
		if other, ok := seen[style]; ok {
			t.Errorf("series %d looks like series %d", k, other)
		}
		seen[style] = k
	}
}

// Names that are moved keep their order and distance, stay inside if there is room, and move the least: shifting
// any run of touching names together is no improvement.
func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wanted := rapid.SliceOfN(rapid.Float64Range(0, 100), 1, 12).Draw(t, "wanted")
		slices.Sort(wanted)
		gap := rapid.Float64Range(0, 20).Draw(t, "gap")
		at := spread(wanted, gap, 0, 100)
		if len(at) != len(wanted) {
			t.Fatalf("%d places for %d", len(at), len(wanted))
		}
		roomForAll := gap*float64(len(at)-1) <= 100
		for i, y := range at {
			if i > 0 && y-at[i-1] < gap-1e-9 {
				t.Fatalf("%v: numbers %d and %d are closer than %v", at, i-1, i, gap)
			}
			if roomForAll && (y < -1e-9 || y > 100+1e-9) {
				t.Fatalf("%v: number %d is outside 0 to 100", at, i)
			}
		}
		if !roomForAll {
			return
		}
		for i := 0; i < len(at); {
			j := i + 1
			for j < len(at) && at[j]-at[j-1] < gap+1e-9 {
				j++
			}
			pull := 0.0 // the way to the mean of what these wanted
			for k := i; k < j; k++ {
				pull += (wanted[k] - at[k]) / float64(j-i)
			}
			if pull > 1e-6 && at[j-1] < 100-1e-6 && (j == len(at) || at[j]-at[j-1] > gap+1e-6) ||
				pull < -1e-6 && at[i] > 1e-6 {
				t.Fatalf("wanted %v, got %v: numbers %d to %d should move by %v", wanted, at, i, j-1, pull)
			}
			i = j
		}
	})
}

func TestBadSeriesAreRefused(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	good := Series{Name: "good", X: []float64{1, 2}, Y: []float64{3, 4}}
	for _, c := range []struct {
		x, y        []float64
		linear, log string // the error, "" for a picture
	}{
		{nil, nil, "no points", "no points"},
		{[]float64{1}, nil, "want as many X as Y, got 1 and 0", "want as many X as Y"},
		{[]float64{1, 2}, []float64{1, 2, 3}, "want as many X as Y, got 2 and 3", "want as many X as Y"},
		{[]float64{1, nan}, []float64{1, 2}, "1 of 2 X are not finite", "1 of 2 X are not finite"},
		{[]float64{1, 2}, []float64{inf, -inf}, "2 of 2 Y are not finite", "2 of 2 Y are not finite"},
		{[]float64{0, 2}, []float64{1, 2}, "", "1 of 2 X are below 1e-100"},
		{[]float64{1, 2}, []float64{-1, 0}, "", "2 of 2 Y are below 1e-100"},
		{[]float64{1, 2}, []float64{1, 1e101}, "1 of 2 Y are beyond ±1e+100", "1 of 2 Y are beyond"},
		{[]float64{1}, []float64{1}, "", ""},
		{[]float64{1e50}, []float64{1e-50}, "", ""},
		{[]float64{1e-100, 1e100}, []float64{1e100, 1e-100}, "", ""},
		{[]float64{3, 3, 3}, []float64{5, 5, 5}, "", ""},
		{[]float64{5, 1, 3}, []float64{1, 2, 3}, "", ""}, // back and forth
	} {
		for log, want := range map[bool]string{false: c.linear, true: c.log} {
			chart := Chart{LogX: log, LogY: log, Series: []Series{{Name: "bad", X: c.x, Y: c.y}, good}}
			if want != "" { // the series is found out, not only the first
				slices.Reverse(chart.Series)
				want = `series 1 ("bad"): ` + want
			}
			format := SVG
			if log {
				format = PNG
			}
			err := chart.Encode(io.Discard, format)
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%v, %v, log %v: error %v, want %q", c.x, c.y, log, err, want)
			}
		}
	}
	if err := (Chart{}).Encode(io.Discard, PNG); err == nil || !strings.Contains(err.Error(), "no series") {
		t.Errorf("no series: %v", err)
	}
}

// A single value, however large, is in the middle of its axis, with numbers on both sides.
func TestLoneValue(t *testing.T) {
	for _, v := range []float64{-1e50, 0, 1, 1e17} {
		texts, _ := svgText(t, encode(t, Chart{Series: []Series{{Name: "one", X: []float64{v}, Y: []float64{v}}}}, SVG))
		if len(texts) < 7 {
			t.Errorf("%v: the texts are %q, want at least three numbers on each axis", v, texts)
		}
	}
}
