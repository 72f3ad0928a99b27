package report

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"strings"

	"gonum.org/v1/plot"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// plotLimit is the largest number that can be drawn along an axis, and its inverse the least along a logarithmic one:
// the arithmetic of the axes overflows only well beyond them.
const plotLimit = 1e100

const (
	plotBorder = vg.Length(8)
	plotDPI    = 110

	// Without fallbacks, a browser that lacks the font of an SVG uses one with serifs.
	plotFont      = "font-family:Liberation Sans"
	fallbackFonts = ",Arial,Helvetica,sans-serif"
)

// newPlot is an empty plot in this package's style.
func newPlot(title, xLabel, yLabel string) *plot.Plot {
	p := plot.New()
	p.Title.Text = title
	p.X.Label.Text, p.Y.Label.Text = xLabel, yLabel
	gray := mix(paper, pen, 0.5).color()
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.LineStyle.Color, axis.Tick.LineStyle.Color = gray, gray
		axis.Padding = vg.Points(4)
		axis.Label.TextStyle.Font = sans(10)
		axis.Tick.Label.Font = sans(9)
		axis.Tick.Label.Color, axis.Label.TextStyle.Color = pen.color(), pen.color()
	}
	p.Title.TextStyle.Font = sans(12)
	p.Title.Padding = vg.Points(6)
	return p
}

// encodePlot draws on a new canvas of the format (PNG or SVG) and writes it. A PNG is reduced to shades of the given
// colors.
func encodePlot(w io.Writer, format Format, width, height vg.Length, colors []rgb, paint func(on draw.Canvas)) error {
	if format == SVG {
		canvas := vgsvg.New(width, height)
		paint(draw.Crop(draw.New(canvas), plotBorder, -plotBorder, plotBorder, -plotBorder))
		var document bytes.Buffer
		if _, err := canvas.WriteTo(&document); err != nil {
			return err
		}
		_, err := w.Write(bytes.ReplaceAll(document.Bytes(), []byte(plotFont), []byte(plotFont+fallbackFonts)))
		return err
	}
	canvas := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(plotDPI))
	paint(draw.Crop(draw.New(canvas), plotBorder, -plotBorder, plotBorder, -plotBorder))
	return encodePNG(w, reduce(canvas.Image(), colors))
}

// checkAxis returns an error unless all values can be drawn along an axis. name is that of the values, for the error.
func checkAxis(name string, values []float64, log bool) error {
	notFinite, large, small := 0, 0, 0
	for _, v := range values {
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			notFinite++
		case math.Abs(v) > plotLimit:
			large++
		case v < 1/plotLimit:
			small++
		}
	}
	switch n := len(values); {
	case notFinite > 0:
		return fmt.Errorf("%d of %d %s are not finite", notFinite, n, name)
	case large > 0:
		return fmt.Errorf("%d of %d %s are beyond ±%g", large, n, name, plotLimit)
	case log && small > 0:
		return fmt.Errorf("%d of %d %s are below %g, but a logarithmic axis needs positive ones", small, n, name, 1/plotLimit)
	}
	return nil
}

// widen gives an axis whose values are all equal some room on both sides. gonum would add and subtract 1, which may leave
// no logarithm, or be lost in the rounding of a large value.
func widen(axis *plot.Axis, log bool) {
	switch {
	case axis.Min != axis.Max:
	case log:
		axis.Min, axis.Max = axis.Min/2, axis.Max*2
	default:
		r := room(axis.Min, 0)
		axis.Min, axis.Max = axis.Min-r, axis.Max+r
	}
}

func sans(size vg.Length) plotfont.Font {
	return plotfont.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

// reduce converts an antialiased picture in few colors to a palette of at most 256: all its pixels are close to mixtures of
// the paper and one of the colors.
func reduce(picture image.Image, colors []rgb) *image.Paletted {
	var palette color.Palette
	steps := min(32, 256/len(colors))
	for i := range steps {
		for _, c := range colors {
			palette = append(palette, mix(paper, c, float64(i)/float64(steps-1)).color())
		}
	}
	bounds := picture.Bounds()
	reduced := image.NewPaletted(bounds, palette)
	known := map[color.Color]uint8{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := picture.At(x, y)
			index, ok := known[c]
			if !ok {
				index = uint8(palette.Index(c))
				known[c] = index
			}
			reduced.SetColorIndex(x, y, index)
		}
	}
	return reduced
}

// linearTicks marks multiples of a round step, which is at least `least` and leaves at least `parts` steps along the axis, with 0
// five.
type linearTicks struct {
	least float64
	parts int
}

// Ticks returns the marks from lo to hi.
func (t linearTicks) Ticks(lo, hi float64) []plot.Tick {
	var ticks []plot.Tick
	step := max(t.least, niceStep(hi-lo, cmp.Or(t.parts, 5)))
	for _, value := range multiples(step, lo, hi) {
		ticks = append(ticks, plot.Tick{Value: value, Label: formatNumber(value, step)})
	}
	return ticks
}

// logTicks marks 1, 2, … 9 times the powers of ten, and labels as many of them as fit: also 2 and 5 on an axis of fewer
// than dense decades.
type logTicks struct{ dense float64 }

// Ticks returns the marks from lo to hi, both positive.
func (t logTicks) Ticks(lo, hi float64) []plot.Tick {
	decades := math.Log10(hi / lo)
	if decades < 0.7 {
		return linearTicks{}.Ticks(lo, hi)
	}
	every := 1 + int(decades/8) // decades from one label to the next
	var ticks []plot.Tick
	first := int(math.Floor(math.Log10(lo)))
	for e := first; float64(e) <= math.Log10(hi); e++ {
		for m := 1; m <= 9; m++ {
			tick := plot.Tick{Value: float64(m) * math.Pow10(e)}
			if tick.Value < lo || tick.Value > hi || (m > 1 && every > 1) {
				continue
			}
			if m == 1 && (e-first)%every == 0 || (m == 2 || m == 5) && decades < t.dense {
				tick.Label = logNumber(tick.Value)
			}
			ticks = append(ticks, tick)
		}
	}
	return ticks
}

// logNumber writes 1, 2 or 5 times a power of ten: plainly, or as 1e4 or 1e-5.
func logNumber(v float64) string {
	text := fmt.Sprintf("%.4g", v)
	if digits, exponent, ok := strings.Cut(text, "e"); ok {
		sign := strings.TrimPrefix(exponent[:1], "+")
		return digits + "e" + sign + strings.TrimLeft(exponent[1:], "0")
	}
	return text
}
