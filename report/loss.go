package report

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// LossPoint is the training loss after a number of steps.
type LossPoint struct {
	Step int
	Loss float64
}

// LossCurve is a picture of the loss over the steps, in PNG or SVG. Above 400 points it cuts them into
// 400 parts and shows the mean of each part as a line, and its lowest to its highest as a band.
type LossCurve struct {
	Title  string // may be empty
	Points []LossPoint
	Log    bool // logarithmic loss axis; every loss must then be positive
}

const (
	lossWidth  = 7 * vg.Inch
	lossHeight = 3.6 * vg.Inch
	lossBorder = vg.Length(8)
	lossDPI    = 110
	lossParts  = 400
)

// Encode writes the curve as PNG or SVG.
func (l LossCurve) Encode(w io.Writer, format Format) error {
	if err := checkFormat("a loss curve", format, PNG, SVG); err != nil {
		return err
	}
	if err := l.check(); err != nil {
		return err
	}
	p, err := l.plot()
	if err != nil {
		return fmt.Errorf("loss curve: %w", err)
	}
	if format == SVG {
		canvas := vgsvg.New(lossWidth, lossHeight)
		p.Draw(draw.Crop(draw.New(canvas), lossBorder, -lossBorder, lossBorder, -lossBorder))
		_, err = canvas.WriteTo(w)
		return err
	}
	canvas := vgimg.NewWith(vgimg.UseWH(lossWidth, lossHeight), vgimg.UseDPI(lossDPI))
	p.Draw(draw.Crop(draw.New(canvas), lossBorder, -lossBorder, lossBorder, -lossBorder))
	return encodePNG(w, reduce(canvas.Image()))
}

// lossLimit bounds the losses that are drawn, and its inverse those on a logarithmic axis: well beyond
// them the arithmetic of the axes overflows.
const lossLimit = 1e100

func (l LossCurve) check() error {
	if len(l.Points) == 0 {
		return errors.New("loss curve: no points to draw")
	}
	notFinite, large, small := 0, 0, 0
	for i, p := range l.Points {
		switch {
		case math.IsNaN(p.Loss) || math.IsInf(p.Loss, 0):
			notFinite++
		case math.Abs(p.Loss) > lossLimit:
			large++
		case p.Loss < 1/lossLimit:
			small++
		}
		if i > 0 && p.Step < l.Points[i-1].Step {
			return fmt.Errorf("loss curve: want steps in rising order, got %d after %d", p.Step, l.Points[i-1].Step)
		}
	}
	switch n := len(l.Points); {
	case notFinite > 0:
		return fmt.Errorf("loss curve: %d of %d losses are not finite", notFinite, n)
	case large > 0:
		return fmt.Errorf("loss curve: %d of %d losses are beyond ±%g", large, n, lossLimit)
	case l.Log && small > 0:
		return fmt.Errorf("loss curve: %d of %d losses are below %g, a logarithmic axis needs positive ones", small, n, 1/lossLimit)
	}
	return nil
}

// lossPart is a stretch of steps.
type lossPart struct{ step, mean, low, high float64 }

// parts cuts the points into at most n stretches of equal numbers of points.
func (l LossCurve) parts(n int) []lossPart {
	n = min(n, len(l.Points))
	parts := make([]lossPart, n)
	for i := range parts {
		points := l.Points[i*len(l.Points)/n : (i+1)*len(l.Points)/n]
		part := lossPart{low: math.Inf(1), high: math.Inf(-1)}
		for _, p := range points {
			part.step += float64(p.Step) / float64(len(points))
			part.mean += p.Loss / float64(len(points))
			part.low, part.high = min(part.low, p.Loss), max(part.high, p.Loss)
		}
		parts[i] = part
	}
	return parts
}

func (l LossCurve) plot() (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = l.Title
	p.X.Label.Text, p.Y.Label.Text = "step", "loss"
	grey := mix(paper, pen, 0.5).color()
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.LineStyle.Color, axis.Tick.LineStyle.Color = grey, grey
		axis.Padding = vg.Points(4)
		axis.Label.TextStyle.Font = sans(10)
		axis.Tick.Label.Font = sans(9)
		axis.Tick.Label.Color, axis.Label.TextStyle.Color = pen.color(), pen.color()
	}
	p.Title.TextStyle.Font = sans(12)
	p.Title.Padding = vg.Points(6)

	parts := l.parts(lossParts)
	line := make(plotter.XYs, len(parts))
	band := make(plotter.XYs, 2*len(parts))
	for i, part := range parts {
		line[i] = plotter.XY{X: part.step, Y: part.mean}
		band[i] = plotter.XY{X: part.step, Y: part.low}
		band[len(band)-1-i] = plotter.XY{X: part.step, Y: part.high}
	}
	grid := plotter.NewGrid()
	grid.Vertical.Width = 0
	grid.Horizontal.Color = mix(paper, pen, 0.15).color()
	p.Add(grid)
	if len(parts) < len(l.Points) {
		polygon, err := plotter.NewPolygon(band)
		if err != nil {
			return nil, err
		}
		polygon.Color = mix(paper, blue.dot, 0.3).color()
		polygon.LineStyle.Width = 0
		p.Add(polygon)
	}
	curve, dots, err := plotter.NewLinePoints(line)
	if err != nil {
		return nil, err
	}
	curve.Color, curve.Width = blue.dot.color(), vg.Points(1.4)
	p.Add(curve)
	if len(parts) <= 40 {
		dots.Color, dots.Radius, dots.Shape = curve.Color, vg.Points(2.2), draw.CircleGlyph{}
		p.Add(dots)
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = linearTicks{least: 1}, linearTicks{}
	if l.Log {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, logTicks{}
		if p.Y.Min == p.Y.Max { // gonum would widen it by 1 on each side, beyond what has a logarithm
			p.Y.Min, p.Y.Max = p.Y.Min/2, p.Y.Max*2
		}
	}
	return p, nil
}

func sans(size vg.Length) plotfont.Font {
	return plotfont.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

// reduce gives an antialiased picture a palette of 64 colours: the picture's own greys and blues all lie
// near the way from the paper to the pen or to the hue.
func reduce(picture image.Image) *image.Paletted {
	var palette color.Palette
	for i := range 32 {
		palette = append(palette, mix(paper, pen, float64(i)/31).color(), mix(paper, blue.dot, float64(i)/31).color())
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

// linearTicks marks about six multiples of a round distance, which is not below least.
type linearTicks struct{ least float64 }

// Ticks returns the marks from lo to hi.
func (t linearTicks) Ticks(lo, hi float64) []plot.Tick {
	var ticks []plot.Tick
	step := max(t.least, niceStep(hi-lo, 5))
	for _, value := range multiples(step, lo, hi) {
		ticks = append(ticks, plot.Tick{Value: value, Label: formatNumber(value, step)})
	}
	return ticks
}

// logTicks marks 1, 2, ... 9 times the powers of ten, and names as many of them as there is room for.
type logTicks struct{}

// Ticks returns the marks from lo to hi, both positive.
func (logTicks) Ticks(lo, hi float64) []plot.Tick {
	decades := math.Log10(hi / lo)
	if decades < 0.7 {
		return linearTicks{}.Ticks(lo, hi)
	}
	every := 1 + int(decades/8) // decades from one name to the next
	var ticks []plot.Tick
	first := int(math.Floor(math.Log10(lo)))
	for e := first; float64(e) <= math.Log10(hi); e++ {
		for m := 1; m <= 9; m++ {
			tick := plot.Tick{Value: float64(m) * math.Pow10(e)}
			if tick.Value < lo || tick.Value > hi || (m > 1 && every > 1) {
				continue
			}
			if m == 1 && (e-first)%every == 0 || (m == 2 || m == 5) && decades < 2 {
				tick.Label = fmt.Sprintf("%.4g", tick.Value)
			}
			ticks = append(ticks, tick)
		}
	}
	return ticks
}
