package report

import (
	"errors"
	"fmt"
	"io"
	"math"
)

// HeatMap is one panel or several, in PNG or SVG, in which color shows a density over the plane, with or without arrows of a
// field, such as the score, over it.
type HeatMap struct {
	Title   string      // may be empty
	Bar     string      // what the color stands for, beside the bar of colors
	Panels  []HeatPanel // at least one
	Columns int         // panels in a row; 0: up to three, or two of four
	Common  bool        // whether all panels have the same scale; otherwise each goes from 0 to its largest value
}

// HeatPanel is a density, and a field over it.
type HeatPanel struct {
	Title  string
	Grid   Grid
	Arrows Arrows
}

// Arrows are a field of vectors. The length of an arrow goes with the root of that of its vector, so that short ones still
// show; the tenth that are the longest are as long as fits between them.
type Arrows struct {
	At, Vectors []float32 // [n, 2], both
}

const (
	heatSide   = 300 // longer side of a panel
	heatSingle = 460 // of one alone
	heatGap    = 14
	heatBar    = 14 // width of the bar of colors
)

// Encode writes the picture as PNG or SVG.
func (h HeatMap) Encode(w io.Writer, format Format) error {
	if err := checkFormat("a heat map", format, PNG, SVG); err != nil {
		return err
	}
	if err := h.check(); err != nil {
		return fmt.Errorf("heat map: %w", err)
	}
	l := h.layout()
	return encodeSurface(w, format, l.width, l.height, fewShades, func(on surface) { l.draw(on) })
}

func (h HeatMap) check() error {
	if len(h.Panels) == 0 {
		return errors.New("no panels to draw")
	}
	for i, p := range h.Panels {
		err := p.Grid.check()
		if n := len(p.Arrows.At); err == nil && n > 0 {
			if err = checkPoints("places of arrows", p.Arrows.At, 2); err == nil {
				err = checkPoints("arrows", p.Arrows.Vectors, 2)
			}
			if err == nil && len(p.Arrows.Vectors) != n {
				err = fmt.Errorf("want as many arrows as places, got %d and %d", len(p.Arrows.Vectors)/2, n/2)
			}
		}
		if err != nil {
			return fmt.Errorf("panel %d (%q): %w", i, p.Title, err)
		}
	}
	return nil
}

// heatLayout is a heat map whose places are settled.
type heatLayout struct {
	HeatMap
	views         []view
	width, height int
	top           int // of the panels
	barLeft       int
}

func (h HeatMap) layout() heatLayout {
	l := heatLayout{HeatMap: h, top: 12}
	columns, side := h.Columns, heatSide
	if n := len(h.Panels); columns < 1 {
		if columns = min(n, 3); n == 4 {
			columns = 2
		}
		if n == 1 {
			side = heatSingle
		}
	}
	if h.Title != "" {
		l.top += titleSize + 10
	}
	columns = min(columns, len(h.Panels))
	room, cellWidth := 0, 0
	for _, p := range h.Panels {
		v := heatView(p.Grid.box(), side)
		l.views = append(l.views, v)
		room, cellWidth = max(room, v.roomY()), max(cellWidth, v.width)
	}
	stepX, y := room+cellWidth+heatGap, l.top
	for first := 0; first < len(l.views); first += columns {
		titled, highest := 0, 0
		row := l.views[first:min(first+columns, len(l.views))]
		for i, v := range row {
			highest = max(highest, v.height)
			if h.Panels[first+i].Title != "" {
				titled = titleSize + 8
			}
		}
		for i := range row {
			v := &row[i]
			v.left, v.top = room+i*stepX+(cellWidth-v.width)/2, y+titled+(highest-v.height)/2
		}
		y += titled + highest + labelSize + 18 + heatGap
	}
	l.barLeft = columns*stepX + heatGap/2
	l.width = l.barLeft + heatBar + 8 + max(widestLabel(l.barTicks()), textWidth("most"), textWidth(h.Bar)-heatBar) + labelSize + 14
	l.height = y
	return l
}

// heatView is a panel of the shape of its rectangle, within reason.
func heatView(b box, side int) view {
	width, height := side, side
	if aspect := (b.x1 - b.x0) / (b.y1 - b.y0); aspect < 1 {
		width = int(float64(side) * max(aspect, 0.5))
	} else {
		height = int(float64(side) / min(aspect, 2))
	}
	return stretchedView(0, 0, width, height, b)
}

// most is the largest value of all panels.
func (h HeatMap) most() float64 {
	most := 0.0
	for _, p := range h.Panels {
		most = max(most, p.Grid.most())
	}
	return most
}

// barTicks are the numbers beside the bar of a common scale.
func (h HeatMap) barTicks() (values []float64, step float64) {
	most := h.most()
	if !h.Common || most == 0 {
		return nil, 1
	}
	step = niceStep(most, 5)
	return multiples(step, 0, most), step
}

func (l heatLayout) draw(on surface) {
	first, last := l.views[0], l.views[len(l.views)-1]
	if l.Title != "" {
		on.text(first.left+(l.barLeft-heatGap-first.left)/2, titleSize+8, center, titleSize, l.Title)
	}
	for i, p := range l.Panels {
		v := l.views[i]
		most := p.Grid.most()
		if l.Common {
			most = l.most()
		}
		on.heat(v, p.Grid, most)
		drawArrows(on, v, p.Arrows)
		v.frame(on)
		v.ticksX(on)
		v.ticksY(on)
		on.text(v.left+v.width/2, v.top-8, center, titleSize, p.Title)
	}
	l.drawBar(on, first.top+labelSize+8, last.top+last.height)
}

// drawBar draws the bar of colors between two heights.
func (l heatLayout) drawBar(on surface, top, bottom int) {
	height := min(bottom-top, heatSide)
	const steps = rampSteps
	g := Grid{X1: 1, Y1: 1, Columns: 1, Rows: steps, Values: make([]float64, steps)}
	for i := range g.Values {
		g.Values[i] = (float64(i) + 0.5) / steps
	}
	v := stretchedView(l.barLeft, top, heatBar, height, g.box())
	on.heat(v, g, 1)
	v.frame(on)
	right := v.left + v.width
	label := func(share float64, text string) {
		y := v.top + int(math.Round((1-share)*float64(height)))
		on.line(right, y, right+4, y, gray)
		on.text(right+8, y+labelSize*3/8, left, labelSize, text)
	}
	values, step := l.barTicks()
	for _, value := range values {
		label(value/l.most(), formatNumber(value, step))
	}
	if len(values) == 0 {
		label(0, "0")
		label(1, "most")
	}
	on.text(v.left-2, v.top-labelSize, left, labelSize, l.Bar)
}
