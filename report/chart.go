package report

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Chart is a picture of several lines over common axes, such as distance against network evaluations for several solvers,
// in PNG or SVG. Every line is named at its right end, in the order of the ends, so no legend has to be matched by color.
// The picture grows to hold the names.
type Chart struct {
	Title, XLabel, YLabel string // may be empty
	LogX, LogY            bool   // logarithmic axes; their values must be positive
	Series                []Series
}

// Series is a line through points (X[i], Y[i]), in that order, with a mark on each point if they are few.
type Series struct {
	Name string
	X, Y []float64 // of the same length, at least 1
	// Low and High are the edges of a pale band around the line, such as a spread; nil: there is none.
	Low, High []float64
	// Muted draws the line thin and gray, below the others: for baselines. Up to 30 others have distinct combinations of
	// color and mark, but few are easier to read.
	Muted bool
}

const (
	chartWidth     = 6.4 * vg.Inch // of the axes and everything to their left
	chartHeight    = 4.6 * vg.Inch // at least
	chartAround    = 1.2 * vg.Inch // height above and below the axes, generously
	chartGutter    = vg.Length(34) // between the axes and the names
	chartName      = vg.Length(9)  // size of the names
	chartSpacing   = vg.Length(11) // from one name to the next
	chartMostMarks = 40            // points of a line with marks
)

// chartMarks are one fewer than the hues, so each color comes with every mark before a combination repeats.
var chartMarks = []draw.GlyphDrawer{
	draw.CircleGlyph{},
	polygon{corners: 4, turn: math.Pi / 4}, // a square
	polygon{corners: 3, turn: math.Pi / 2}, // pointing up
	polygon{corners: 4},                    // a diamond
	polygon{corners: 3, turn: -math.Pi / 2},
}

// polygon is a filled regular polygon. turn is the direction of its first corner, counterclockwise from the right.
type polygon struct {
	corners int
	turn    float64 // radians
}

// DrawGlyph implements draw.GlyphDrawer.
func (g polygon) DrawGlyph(on *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	var path vg.Path
	for k := range g.corners {
		sin, cos := math.Sincos(g.turn + 2*math.Pi*float64(k)/float64(g.corners))
		r := style.Radius * 1.25 // for about the area of the circle
		corner := vg.Point{X: at.X + r*vg.Length(cos), Y: at.Y + r*vg.Length(sin)}
		if k == 0 {
			path.Move(corner)
		} else {
			path.Line(corner)
		}
	}
	path.Close()
	on.SetColor(style.Color)
	on.Fill(path)
}

// Encode writes the chart as PNG or SVG.
func (c Chart) Encode(w io.Writer, format Format) error {
	if err := checkFormat("a chart", format, PNG, SVG); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	drawn, err := c.drawing()
	if err != nil {
		return err
	}
	return encodePlot(w, format, drawn.width, drawn.height, chartColors(), func(on draw.Canvas) {
		on.SetColor(paper.color())
		on.Fill(draw.Crop(on, -plotBorder, plotBorder, -plotBorder, plotBorder).Path())
		drawn.on(on)
	})
}

// chartColors are the colors of lines and text.
func chartColors() []rgb {
	lines := []rgb{pen}
	for _, hue := range hues {
		lines = append(lines, hue.dot, hue.dense)
	}
	return lines
}

// chartDrawing is a chart ready to be drawn, with the size that it needs.
type chartDrawing struct {
	plot          *plot.Plot
	yLabel        string    // "": the plot has it
	left, right   vg.Length // of the axes: room for yLabel, and for the names
	width, height vg.Length
}

// on draws the chart.
func (d chartDrawing) on(canvas draw.Canvas) {
	d.plot.Draw(draw.Crop(canvas, d.left, -d.right, 0, 0))
	if d.yLabel != "" {
		style := d.plot.Y.Label.TextStyle
		style.Rotation, style.XAlign, style.YAlign = math.Pi/2, text.XCenter, text.YTop
		canvas.FillText(style, vg.Point{X: canvas.Min.X, Y: canvas.Center().Y}, d.yLabel)
	}
}

// drawing makes the plot of a chart that is valid.
func (c Chart) drawing() (chartDrawing, error) {
	p := newPlot(c.Title, c.XLabel, c.YLabel)
	grid := plotter.NewGrid()
	grid.Vertical.Color = mix(paper, pen, 0.08).color()
	grid.Horizontal.Color = mix(paper, pen, 0.15).color()
	p.Add(grid)

	names := make(lineEnds, len(c.Series))
	widest := vg.Length(0)
	shown := 0 // series that are not muted
	for i, s := range c.Series {
		names[i] = lineEnd{name: s.Name, x: s.X[len(s.X)-1], y: s.Y[len(s.Y)-1]}
		names[i].setStyle(shown, s.Muted)
		widest = max(widest, names[i].text.Width(s.Name))
		if !s.Muted {
			shown++
		}
	}
	for i, s := range slices.Backward(c.Series) {
		if err := s.addBandTo(p, names[i]); err != nil {
			return chartDrawing{}, fmt.Errorf("chart: band of series %d (%q): %w", i, s.Name, err)
		}
	}
	for _, muted := range []bool{true, false} {
		for i, s := range slices.Backward(c.Series) { // the first lies over the others
			if s.Muted != muted {
				continue
			}
			if err := s.addTo(p, names[i]); err != nil {
				return chartDrawing{}, fmt.Errorf("chart: series %d (%q): %w", i, s.Name, err)
			}
		}
	}
	p.Add(names)
	p.X.Tick.Marker, p.Y.Tick.Marker = linearTicks{}, linearTicks{}
	if c.LogX {
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, logTicks{dense: 3}
	}
	if c.LogY {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, logTicks{dense: 3}
	}
	widen(&p.X, c.LogX)
	widen(&p.Y, c.LogY)
	right := chartGutter + widest
	if widest == 0 {
		right = vg.Points(6) // for the last number below the axis
	}
	d := chartDrawing{
		plot: p, right: right,
		width: chartWidth + right, height: max(chartHeight, chartAround+vg.Length(len(c.Series))*chartSpacing),
	}
	if c.LogY && c.YLabel != "" { // gonum takes the label of a logarithmic axis as if it were near the top, and makes room there
		d.yLabel, p.Y.Label.Text = c.YLabel, ""
		d.left = p.Y.Label.TextStyle.Height(c.YLabel) + vg.Points(4)
	}
	return d, nil
}

func (c Chart) check() error {
	if len(c.Series) == 0 {
		return errors.New("chart: no series to draw")
	}
	for i, s := range c.Series {
		err := checkAxis("X", s.X, c.LogX)
		for _, values := range [][]float64{s.Y, s.Low, s.High} {
			if err == nil {
				err = checkAxis("Y", values, c.LogY)
			}
		}
		switch {
		case len(s.X) != len(s.Y):
			err = fmt.Errorf("want as many X as Y, got %d and %d", len(s.X), len(s.Y))
		case len(s.X) == 0:
			err = errors.New("no points to draw")
		case len(s.Low) != len(s.High) || len(s.Low) > 0 && len(s.Low) != len(s.X):
			err = fmt.Errorf("want as many Low and High as X, or none, got %d and %d", len(s.Low), len(s.High))
		}
		if err != nil {
			return fmt.Errorf("chart: series %d (%q): %w", i, s.Name, err)
		}
	}
	return nil
}

// addTo draws the line and its marks in the style of the name at its end.
func (s Series) addTo(p *plot.Plot, end lineEnd) error {
	points := make(plotter.XYs, len(s.X))
	for i := range points {
		points[i] = plotter.XY{X: s.X[i], Y: s.Y[i]}
	}
	line, marks, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	line.LineStyle, marks.GlyphStyle = end.line, end.mark
	p.Add(line)
	if len(points) <= chartMostMarks {
		p.Add(marks)
	}
	return nil
}

// bandShade is how dark the band around a line is.
const bandShade = 0.25

// addBandTo draws the band around the line in its color.
func (s Series) addBandTo(p *plot.Plot, end lineEnd) error {
	if len(s.Low) == 0 {
		return nil
	}
	outline := make(plotter.XYs, 2*len(s.X))
	for i, x := range s.X {
		outline[i] = plotter.XY{X: x, Y: s.Low[i]}
		outline[len(outline)-1-i] = plotter.XY{X: x, Y: s.High[i]}
	}
	band, err := plotter.NewPolygon(outline)
	if err != nil {
		return err
	}
	red, green, blue, _ := end.line.Color.RGBA()
	band.Color = mix(paper, rgb{float64(red >> 8), float64(green >> 8), float64(blue >> 8)}, bandShade).color()
	band.LineStyle.Width = 0
	p.Add(band)
	return nil
}
