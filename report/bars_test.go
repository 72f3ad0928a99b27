package report

import (
	"encoding/xml"
	"fmt"
	"image"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

// speeds is a bar chart of two groups.
func speeds() Bars {
	return Bars{Title: "training", Axis: "rows per second", Groups: []BarGroup{
		{"batch 128", []Bar{{"Euryale", 1_000_000, "", true}, {"C with OpenBLAS", 250_000, "", false}}},
		{"batch 1024", []Bar{{"Euryale", 20_000, "20,000!", true}, {"PyTorch", 10_000, "", false}}},
	}}
}

// drawnBars lists the rectangles of an SVG but for the paper, and the sizes of its texts.
func drawnBars(t *testing.T, file []byte) (bars []image.Rectangle, colors []string, sizes []float64) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(string(file)))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return bars, colors, sizes
		}
		if err != nil {
			t.Fatal(err)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attributes := map[string]string{}
		for _, a := range element.Attr {
			attributes[a.Name.Local] = a.Value
		}
		var x, y, width, height int
		switch {
		case element.Name.Local == "text":
			var size float64
			fmt.Sscan(attributes["font-size"], &size)
			sizes = append(sizes, size)
		case element.Name.Local == "rect" && attributes["x"] != "":
			fmt.Sscan(attributes["x"]+" "+attributes["y"]+" "+attributes["width"]+" "+attributes["height"], &x, &y, &width, &height)
			bars, colors = append(bars, image.Rect(x, y, x+width, y+height)), append(colors, attributes["fill"])
		}
	}
}

// On a linear axis a bar is as long as its value; per group, as its part of the largest of the group; on a logarithmic
// axis equal factors are equal lengths.
func TestBarLengths(t *testing.T) {
	for name, c := range map[string]struct {
		change func(b *Bars)
		want   [4]float64 // of the longest
	}{
		"linear":    {func(*Bars) {}, [4]float64{1, 0.25, 0.02, 0.01}},
		"per group": {func(b *Bars) { b.PerGroup = true }, [4]float64{1, 0.25, 1, 0.5}},
		// The axis starts at 1000, three decades below the largest.
		"log": {func(b *Bars) { b.Log = true }, [4]float64{1, math.Log10(250) / 3, math.Log10(20) / 3, 1. / 3}},
	} {
		chart := speeds()
		c.change(&chart)
		file := encode(t, chart, SVG)
		bars, colors, sizes := drawnBars(t, file)
		if len(bars) != 4 {
			t.Fatalf("%s: the bars are %v", name, bars)
		}
		for i, want := range c.want {
			if got := float64(bars[i].Dx()) / float64(bars[0].Dx()); math.Abs(got-want) > 0.005 || bars[i].Min.X != bars[0].Min.X {
				t.Errorf("%s: bar %d at %d has %v of the length, want %v", name, i, bars[i].Min.X, got, want)
			}
			if highlight := i%2 == 0; highlight != (colors[i] == blue.dot.hex()) {
				t.Errorf("%s: bar %d has the color %s", name, i, colors[i])
			}
			if i > 0 && bars[i].Min.Y < bars[i-1].Max.Y {
				t.Errorf("%s: bars %v and %v overlap", name, bars[i-1], bars[i])
			}
		}
		// At the width of a phone every text has at least 12 pixels.
		if least := slices.Min(sizes) * 390 / barsWidth; least < 12 {
			t.Errorf("%s: a text has %v pixels on a phone", name, least)
		}
		texts, _ := svgText(t, file)
		for _, want := range []string{"training", "batch 1024", "C with OpenBLAS", "1M", "250k", "20,000!", "10k", "rows per second"} {
			if !slices.Contains(texts, want) {
				t.Errorf("%s: no %q in %q", name, want, texts)
			}
		}
		if axis := slices.Contains(texts, "0") || slices.Contains(texts, "1k"); axis == chart.PerGroup {
			t.Errorf("%s: the texts are %q", name, texts)
		}
	}
}

// A PNG shows the bars of the SVG at twice the size, and nothing touches its edge.
func TestBarsPNG(t *testing.T) {
	bars, _, _ := drawnBars(t, encode(t, speeds(), SVG))
	picture := decodePNG(t, encode(t, speeds(), PNG))
	if b := picture.Bounds(); b.Dx() != 2*barsWidth {
		t.Errorf("the picture is %v", b)
	}
	highlighted, others := 0, 0
	for i, bar := range bars {
		area := 4 * bar.Dx() * bar.Dy()
		if i%2 == 0 {
			highlighted += area
		} else {
			others += area
		}
	}
	got := map[rgb]int{}
	edge := picture.Bounds().Inset(8)
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			r, g, b, _ := picture.At(x, y).RGBA()
			color := rgb{float64(r >> 8), float64(g >> 8), float64(b >> 8)}
			got[color]++
			if !image.Pt(x, y).In(edge) && color != paper {
				t.Fatalf("there is something on the edge, at (%d, %d)", x, y)
			}
		}
	}
	if got[blue.dot] != highlighted || got[barShades.hues[0].dot] != others {
		t.Errorf("%d pixels are blue and %d gray, want %d and %d", got[blue.dot], got[barShades.hues[0].dot], highlighted, others)
	}
}

func TestShortNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.51234: "0.512", 98.72: "98.7", 999.4: "999", 999.6: "1,000", 9870: "9,870", 9999: "10k", 12345: "12.3k",
		999_600: "1M", 1_240_000: "1.24M", 5.67e9: "5.67G", 1e13: "1e+13", math.MaxFloat64: "1.7976931348623157e+308",
	} {
		if got := shortNumber(v); got != want {
			t.Errorf("shortNumber(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestLongTitlesAreWrapped(t *testing.T) {
	chart := speeds()
	chart.Title = strings.Repeat("Euryale against others ", 5)
	for _, line := range wrap(chart.Title, barsTitle) {
		if widthAt(line, barsTitle) > barsWidth {
			t.Errorf("a line is %q", line)
		}
	}
	texts, _ := svgText(t, encode(t, chart, SVG))
	if all := strings.Join(texts, " "); !strings.Contains(all, strings.TrimSpace(chart.Title)) {
		t.Errorf("the texts are %q", all)
	}
}

func TestBadBarsAreRefused(t *testing.T) {
	bars := func(values ...float64) []BarGroup {
		group := BarGroup{Name: "g"}
		for _, v := range values {
			group.Bars = append(group.Bars, Bar{Name: "b", Value: v})
		}
		return []BarGroup{group}
	}
	long := bars(1)
	long[0].Bars[0].Name = strings.Repeat("x", 40)
	wide := bars(1)
	wide[0].Bars[0].Label = strings.Repeat("x", 50)
	for _, c := range []struct {
		chart Bars
		want  string
	}{
		{Bars{}, "no groups"},
		{Bars{Groups: bars()}, `group 0 ("g"): no bars`},
		{Bars{Groups: bars(1, -1)}, `bar 1 ("b"): want a value of at least 0, got -1`},
		{Bars{Groups: bars(1, math.NaN())}, "1 of 2 values are not finite"},
		{Bars{Groups: bars(0, 1), Log: true}, "1 of 2 values are below"},
		{Bars{Groups: bars(1), Log: true, PerGroup: true}, "either Log or PerGroup"},
		{Bars{Groups: long}, "is too long, want about"},
		{Bars{Groups: wide}, "use shorter ones"},
	} {
		if err := c.chart.Encode(io.Discard, SVG); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got error %v, want %q", err, c.want)
		}
	}
	for _, groups := range [][]BarGroup{bars(0), bars(0, 0), bars(1e-90, 1e90), bars(5e-324)} {
		for _, perGroup := range []bool{false, true} {
			encode(t, Bars{Groups: groups, PerGroup: perGroup}, PNG)
		}
	}
	encode(t, Bars{Groups: bars(1e-90, 1e90), Log: true}, PNG)
}
