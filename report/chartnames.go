package report

import (
	"cmp"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

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
	slices.SortStableFunc(sorted, func(a, b lineEnd) int { return cmp.Compare(a.y, b.y) })
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
