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
	for _, muted := range []bool{true, false} {
		for i, s := range slices.Backward(c.Series) { // the first lies over the others
			if s.Muted != muted {
				continue
			}
			if err := s.addTo(p, names[i]); err != nil {
				return fmt.Errorf("chart: series %d (%q): %w", i, s.Name, err)
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

	width := chartWidth + chartGutter + widest
	height := max(chartHeight, chartAround+vg.Length(len(c.Series))*chartSpacing)
	lines := []rgb{pen}
	for _, hue := range hues {
		lines = append(lines, hue.dot, hue.dense)
	}
	return encodePlot(w, format, width, height, lines, func(on draw.Canvas) {
		on.SetColor(paper.color())
		on.Fill(draw.Crop(on, -plotBorder, plotBorder, -plotBorder, plotBorder).Path())
		p.Draw(draw.Crop(on, 0, -chartGutter-widest, 0, 0))
	})
}

func (c Chart) check() error {
	if len(c.Series) == 0 {
		return errors.New("chart: no series to draw")
	}
	for i, s := range c.Series {
		err := checkAxis("X", s.X, c.LogX)
		if err == nil {
			err = checkAxis("Y", s.Y, c.LogY)
		}
		switch {
		case len(s.X) != len(s.Y):
			err = fmt.Errorf("want as many X as Y, got %d and %d", len(s.X), len(s.Y))
		case len(s.X) == 0:
			err = errors.New("no points to draw")
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

// lineEnd is the name of a line, the position of the line's end, and the style of both.
type lineEnd struct {
	name string
	x, y float64
	mark draw.GlyphStyle

	line, leader draw.LineStyle
	text         text.Style
}

// setStyle gives the line style number k, or the style of muted lines.
func (e *lineEnd) setStyle(k int, muted bool) {
	color, ink, width, radius := hues[k%len(hues)].dot.color(), hues[k%len(hues)].dense.color(), 1.5, 2.6
	mark := chartMarks[k%len(chartMarks)]
	if muted {
		color, ink, width, radius = mix(paper, pen, 0.35).color(), mix(paper, pen, 0.65).color(), 0.8, 1.3
		mark = draw.CircleGlyph{}
	}
	e.line = draw.LineStyle{Color: color, Width: vg.Points(width)}
	e.leader = draw.LineStyle{Color: color, Width: vg.Points(0.4), Dashes: []vg.Length{1, 2}}
	e.mark = draw.GlyphStyle{Color: color, Radius: vg.Points(radius), Shape: mark}
	e.text = text.Style{Color: ink, Font: sans(chartName), YAlign: text.YCenter, Handler: plot.DefaultTextHandler}
}

// lineEnds writes the names of lines to the right of the axes, as close to the lines' ends as they can be without touching
// each other, each with a leader from the end.
type lineEnds []lineEnd

// Plot implements plot.Plotter.
func (ends lineEnds) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	sorted := slices.Clone(ends)
	slices.SortStableFunc(sorted, func(a, b lineEnd) int {
		switch {
		case a.y < b.y:
			return -1
		case a.y > b.y:
			return 1
		}
		return 0
	})
	wanted := make([]float64, len(sorted))
	for i, end := range sorted {
		wanted[i] = float64(toY(end.y))
	}
	half := chartSpacing / 2
	at := spread(wanted, float64(chartSpacing), float64(c.Min.Y-half), float64(c.Max.Y+half))
	for i, end := range sorted {
		if end.name == "" {
			continue
		}
		y := vg.Length(at[i])
		const near, far = 4, chartGutter - 10 // where the leader bends, and where it ends, next to the name's mark
		c.StrokeLines(end.leader, []vg.Point{
			{X: toX(end.x), Y: toY(end.y)}, {X: c.Max.X + near, Y: toY(end.y)}, {X: c.Max.X + far, Y: y},
		})
		c.DrawGlyphNoClip(end.mark, vg.Point{X: c.Max.X + far + 4, Y: y})
		c.FillText(end.text, vg.Point{X: c.Max.X + chartGutter, Y: y + 1}, end.name) // + 1: few letters have descenders
	}
}

// spread moves increasing numbers as little as possible, in least squares, to be at least gap apart and between lo and hi,
// if there is room for all. With i·gap subtracted from number i, this is isotonic regression, by pooling neighbors.
func spread(wanted []float64, gap, lo, hi float64) []float64 {
	type pool struct{ mean, size float64 }
	var pools []pool
	for i, v := range wanted {
		last := pool{v - float64(i)*gap, 1}
		for len(pools) > 0 && pools[len(pools)-1].mean >= last.mean {
			before := pools[len(pools)-1]
			pools = pools[:len(pools)-1]
			size := before.size + last.size
			last = pool{(before.mean*before.size + last.mean*last.size) / size, size}
		}
		pools = append(pools, last)
	}
	highest := max(lo, hi-float64(len(wanted)-1)*gap)
	at := make([]float64, 0, len(wanted))
	for _, p := range pools {
		for range int(p.size) {
			at = append(at, min(max(p.mean, lo), highest)+float64(len(at))*gap)
		}
	}
	return at
}
