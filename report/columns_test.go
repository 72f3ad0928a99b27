package report

import (
	"bytes"
	"image"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Of any column the parts of the bins and what is missing add up to at most 1, and to 1 where nothing is far out.
func TestShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Column{Name: "c"}
		number := rapid.Float64Range(-3, 3)
		if whole := rapid.Bool().Draw(t, "whole"); whole {
			number = rapid.Map(rapid.IntRange(-9, 9), func(i int) float64 { return float64(i) })
		}
		if categories := rapid.IntRange(0, 20).Draw(t, "categories"); categories > 0 {
			c.Categories = make([]string, categories)
			number = rapid.Map(rapid.IntRange(-1, categories-1), func(i int) float64 { return float64(i) })
		}
		c.Real = rapid.SliceOfN(number, 1, 50).Draw(t, "real")
		c.Synthetic = slices.Clone(c.Real)
		if c.Categories == nil {
			c.Real = append(c.Real, math.NaN())
		}
		if err := c.check(); err != nil {
			t.Fatal(err)
		}
		b := c.divide(histogramBins)
		for _, values := range [][]float64{c.Real, c.Synthetic} {
			shares, missing := b.shares(values)
			sum := missing
			for _, s := range shares {
				sum += s
			}
			if math.Abs(sum-1) > 1e-9 || len(shares) != b.count || b.count > histogramBins {
				t.Errorf("%v: the parts of %d bins and %v missing add up to %v", values, b.count, missing, sum)
			}
		}
	})
}

func TestDivide(t *testing.T) {
	whole := Column{Real: []float64{3, 4, 7}}.divide(histogramBins)
	if whole.count != 5 || whole.place(3) != 0 || whole.place(7) != 4 {
		t.Errorf("3, 4 and 7 have the bins %+v", whole)
	}
	many := Column{Categories: make([]string, 40), Real: []float64{39, 39, 7}}.divide(histogramBins)
	if many.count != mostCategories || many.names[many.count-1] != "29 others" || many.place(20) != many.count-1 {
		t.Errorf("40 categories have the bins %+v", many)
	}
	if i := many.place(39); i < 0 || many.values[i] != 39 {
		t.Errorf("the most frequent category is in bin %d of %v", i, many.values)
	}
	// Synthetic numbers that are far out do not make the real ones narrow.
	low, high := Column{Real: []float64{0, 1}, Synthetic: []float64{-50, 0.5, 1.1}}.span()
	if low != -0.25 || high != 1.1 {
		t.Errorf("the span is from %v to %v, want -0.25 to 1.1", low, high)
	}
}

// kinds are a column of numbers and one of categories, of which synthetic rows have others than real ones.
func kinds() []Column {
	return []Column{
		{Name: "length", Real: []float64{0, 0, 0, 10}, Synthetic: []float64{10, 10, 10, 0}},
		{Name: "kind", Categories: []string{"fern", "oak"}, Real: []float64{0, 0, 1, -1}, Synthetic: []float64{1, 1, 1, 0}},
	}
}

// Real rows are orange areas, synthetic ones blue lines.
func TestHistograms(t *testing.T) {
	h := Histograms{Columns: kinds()[:1]}
	picture := decodePNG(t, encode(t, h, PNG))
	left := image.Rect(histogramGap, 12+histogramTop, histogramGap+histogramWidth/2, 12+histogramTop+histogramHeight)
	blueLeft, orangeLeft := dotsIn(picture, left)
	blueRight, orangeRight := dotsIn(picture, left.Add(image.Pt(histogramWidth/2, 0)))
	if orangeLeft < 2*orangeRight || blueRight < 20 || blueLeft < 20 {
		t.Errorf("three quarters of the real rows are on the left, of the others on the right: orange %d and %d, blue %d and %d",
			orangeLeft, orangeRight, blueLeft, blueRight)
	}
	// A quarter of the real rows is on the right: a bar that stands at the bottom, of a third of the height of the other.
	high := image.Rect(left.Max.X, left.Min.Y, left.Max.X+histogramWidth/2, left.Min.Y+histogramHeight/2)
	if _, orange := dotsIn(picture, high); orange > 0 {
		t.Errorf("on the right are %d orange pixels in the upper half", orange)
	}
	if _, orange := dotsIn(picture, image.Rect(high.Min.X, left.Max.Y-4, high.Max.X, left.Max.Y-1)); orange < 20 {
		t.Errorf("on the right are %d orange pixels at the bottom", orange)
	}
	for _, format := range []Format{PNG, SVG} {
		both := Histograms{Title: "both", Columns: kinds()}
		if !bytes.Equal(encode(t, both, format), encode(t, both, format)) {
			t.Errorf("%s: drawn twice, a picture differs", format)
		}
	}
	text := string(encode(t, Histograms{Columns: kinds()}, SVG))
	for _, want := range []string{"fern", "oak", "length", "missing: 25.0% of data, 0.0% of samples", "samples (4)", "data (4)"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q", want)
		}
	}
}

// Below the diagonal are samples, above it data; the vertical axis lists categories downward, as bars do.
func TestPairPlot(t *testing.T) {
	columns := kinds()
	for i := range columns { // more rows, for more dots
		columns[i].Real, columns[i].Synthetic = slices.Repeat(columns[i].Real, 30), slices.Repeat(columns[i].Synthetic, 30)
	}
	picture := decodePNG(t, encode(t, PairPlot{Columns: columns}, PNG))
	const side = pairMost
	first := image.Rect(pairLabels+12, 14+pairLabels, pairLabels+12+side, 14+pairLabels+side)
	step := image.Pt(side+pairGap, side+pairGap)
	blue, orange := dotsIn(picture, first.Add(image.Pt(0, step.Y)))
	if blue < 100 || orange > 0 {
		t.Errorf("below the diagonal: %d blue pixels and %d orange ones", blue, orange)
	}
	if blue, orange := dotsIn(picture, first.Add(image.Pt(step.X, 0))); orange < 100 || blue > 0 {
		t.Errorf("above the diagonal: %d blue pixels and %d orange ones", blue, orange)
	}
	// Synthetic ferns, all of length 0, are in the upper half of the panel below the diagonal, on the left.
	ferns := image.Rect(first.Min.X, first.Min.Y+step.Y, first.Min.X+side/2, first.Min.Y+step.Y+side/2)
	if blue, _ := dotsIn(picture, ferns); blue < 20 {
		t.Errorf("ferns: %d pixels in the upper left", blue)
	}
	if blue, _ := dotsIn(picture, ferns.Add(image.Pt(0, side/2+2))); blue > 0 {
		t.Errorf("there are %d pixels of short oaks, and no such sample", blue)
	}
	// Places within a stripe are spread evenly.
	sum := 0.0
	for i := range 1000 {
		v := scattered(i, 3)
		if v < 0 || v >= 1 {
			t.Fatalf("place %v", v)
		}
		sum += v / 1000
	}
	if math.Abs(sum-0.5) > 0.03 {
		t.Errorf("the mean place is %v", sum)
	}
}

// The bars of many categories stay in their panel, as many as it has lines for, and the stripes of points are the same.
func TestPairPlotOfManyCategories(t *testing.T) {
	c := Column{Name: "kind", Real: make([]float64, 300), Synthetic: make([]float64, 300)}
	for i := range 30 {
		c.Categories = append(c.Categories, string(rune('a'+i)))
	}
	for i := range c.Real {
		c.Real[i], c.Synthetic[i] = float64(i%30), float64(i%30)
	}
	for _, n := range []int{2, 6, 14} {
		p := PairPlot{Columns: slices.Repeat([]Column{c}, n)}
		side := min(max(pairWidest/n, pairLeast), pairMost)
		picture := decodePNG(t, encode(t, p, PNG))
		x, y := pairLabels+12, 14+pairLabels
		for row := range n {
			place := image.Rect(x, y+row*(side+pairGap), x+side, y+row*(side+pairGap)+side)
			blue, orange := dotsIn(picture, place)
			if (orange > 0) != (row == 0) || blue == 0 {
				t.Errorf("%d columns: panel %d of the first has %d orange pixels and %d blue ones", n, row, orange, blue)
			}
		}
		if _, orange := dotsIn(picture, image.Rect(x, y+side+1, x+side, y+side+pairGap)); orange > 0 {
			t.Errorf("%d columns: %d orange pixels between the first panel and the one below", n, orange)
		}
	}
}

func TestColumnMistakes(t *testing.T) {
	two := kinds()
	two[1].Real = two[1].Real[:3]
	for want, picture := range map[string]Picture{
		"histograms: no columns to draw":   Histograms{},
		`column "a": no rows to draw`:      Histograms{Columns: []Column{{Name: "a"}}},
		`column "a": 1 numbers are beyond`: Histograms{Columns: []Column{{Name: "a", Real: []float64{math.Inf(1)}}}},
		`column "a": 2 categories are not from 0 to 0, or -`: Histograms{Columns: []Column{
			{Name: "a", Categories: []string{"x"}, Real: []float64{1, -2, 0}}}},
		"pair plot: want at least two columns":               PairPlot{Columns: kinds()[:1]},
		`column "kind": want 4 real and 4 synthetic rows as`: PairPlot{Columns: two},
	} {
		if err := picture.Encode(io.Discard, PNG); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if err := picture.Encode(io.Discard, GIF); err == nil || !strings.Contains(err.Error(), "only as .png or .svg") {
			t.Errorf("as a GIF: %v", err)
		}
	}
}
