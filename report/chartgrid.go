package report

import (
	"errors"
	"fmt"
	"io"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// ChartGrid is several charts in rows, in PNG or SVG, such as the curves of a schedule.
type ChartGrid struct {
	Charts  []Chart // at least one
	Columns int     // charts in a row; 0: two
}

const (
	cellWidth  = 3.9 * vg.Inch // of a chart, with the names of its lines
	cellHeight = 2.6 * vg.Inch
	cellTicks  = 3 // steps along a horizontal axis, at least; at most 7, so that numbers do not touch
)

// Encode writes the charts as PNG or SVG.
func (g ChartGrid) Encode(w io.Writer, format Format) error {
	if err := checkFormat("a grid of charts", format, PNG, SVG); err != nil {
		return err
	}
	if len(g.Charts) == 0 {
		return errors.New("a grid of charts: no charts to draw")
	}
	drawings := make([]chartDrawing, len(g.Charts))
	for i, c := range g.Charts {
		err := c.check()
		if err == nil {
			drawings[i], err = c.drawing()
		}
		if err == nil && !c.LogX {
			drawings[i].plot.X.Tick.Marker = linearTicks{parts: cellTicks}
		}
		if err != nil {
			return fmt.Errorf("a grid of charts, number %d (%q): %w", i, c.Title, err)
		}
	}
	columns := g.Columns
	if columns < 1 {
		columns = 2
	}
	columns = min(columns, len(g.Charts))
	rows := (len(g.Charts) + columns - 1) / columns
	width, height := vg.Length(columns)*cellWidth, vg.Length(rows)*cellHeight
	return encodePlot(w, format, width, height, chartColors(), func(on draw.Canvas) {
		on.SetColor(paper.color())
		on.Fill(draw.Crop(on, -plotBorder, plotBorder, -plotBorder, plotBorder).Path())
		stepX, stepY := (on.Max.X-on.Min.X)/vg.Length(columns), (on.Max.Y-on.Min.Y)/vg.Length(rows)
		for i, d := range drawings {
			x, y := on.Min.X+vg.Length(i%columns)*stepX, on.Max.Y-vg.Length(i/columns+1)*stepY
			cell := on
			cell.Rectangle = vg.Rectangle{Min: vg.Point{X: x + plotBorder/2, Y: y + plotBorder/2},
				Max: vg.Point{X: x + stepX - plotBorder/2, Y: y + stepY - plotBorder/2}}
			d.on(cell)
		}
	})
}
