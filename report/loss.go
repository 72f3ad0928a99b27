package report

import (
	"errors"
	"fmt"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// LossPoint is the training loss at a step.
type LossPoint struct {
	Step int
	Loss float64
}

// LossCurve is a picture of the loss over the steps, in PNG or SVG. More than 400 points are divided into 400 parts: the
// line is then the mean of each part, and a band extends from its lowest to its highest loss.
type LossCurve struct {
	Title  string // may be empty
	Points []LossPoint
	Log    bool // logarithmic loss axis; every loss must then be positive
}

const (
	lossWidth  = 7 * vg.Inch
	lossHeight = 3.6 * vg.Inch
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
	return encodePlot(w, format, lossWidth, lossHeight, []rgb{pen, blue.dot}, p.Draw)
}

func (l LossCurve) check() error {
	if len(l.Points) == 0 {
		return errors.New("loss curve: no points to draw")
	}
	losses := make([]float64, len(l.Points))
	for i, p := range l.Points {
		losses[i] = p.Loss
		if i > 0 && p.Step < l.Points[i-1].Step {
			return fmt.Errorf("loss curve: want steps in increasing order, got %d after %d", p.Step, l.Points[i-1].Step)
		}
	}
	if err := checkAxis("losses", losses, l.Log); err != nil {
		return fmt.Errorf("loss curve: %w", err)
	}
	return nil
}

// lossPart summarizes the losses of consecutive points.
type lossPart struct{ step, mean, low, high float64 }

// parts divides the points into at most n parts of equal size.
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
	p := newPlot(l.Title, "step", "loss")
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
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, logTicks{dense: 2}
		widen(&p.Y, true)
	}
	return p, nil
}
