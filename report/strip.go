package report

import (
	"fmt"
	"io"
	"math"
)

// Panel is a set of points with a title, such as "t = 99".
type Panel struct {
	Title  string
	Points []float32 // [rows, 2]
}

// Strip is a row of small pictures that shows how noise becomes data, in PNG or SVG: from x_T on the left to x_0, and last
// the data, in another color.
//
// Noise may be ten times wider than the data, so at a common scale either the noise would not fit or the data would be a
// dot. Every panel is as wide as its points need, around the center of the data, or of the narrower of the first and the
// last panel. Widths are rounded, so that neighboring panels often have the same one, and the bar under each panel shows
// its scale. If the columns have different units, one being more than ten times as long as the other, each has a separate
// scale, and the bar is that of the first.
type Strip struct {
	Panels []Panel   // at least one
	Data   []float32 // [rows, Dim]; may be empty
	Dim    int       // must be 2

	// Labels color the points of every panel, and DataLabels color the data: one from 0 to 5 per row, or none. If only one
	// of them is present, the points without labels are gray.
	Labels, DataLabels []int32
}

const (
	stripSide    = 150
	stripGap     = 10
	stripTop     = 32
	stripBottom  = 30
	stripColumns = 12 // most panels in a row
)

// Encode writes the strip as PNG or SVG.
func (s Strip) Encode(w io.Writer, format Format) error {
	if err := checkFormat("a strip", format, PNG, SVG); err != nil {
		return err
	}
	if err := checkPanels("strip panel", s.Panels, s.Labels, s.Dim); err != nil {
		return err
	}
	panels := s.Panels
	last := panels[len(panels)-1].Points
	focus, stretched := fit(last), stretch(last)
	if first := fit(panels[0].Points); first.x1-first.x0 < focus.x1-focus.x0 { // from data to noise
		focus, stretched = first, stretch(panels[0].Points)
	}
	if len(s.Data) > 0 {
		if err := checkPoints("data", s.Data, s.Dim); err != nil {
			return err
		}
		focus, stretched = fit(s.Data), stretch(s.Data)
		panels = append(panels[:len(panels):len(panels)], Panel{"data", s.Data})
	}
	if err := checkLabels("data labels", s.DataLabels, len(s.Data)/2); err != nil {
		return err
	}
	shades := fewShades.labeled(s.Labels, s.DataLabels)
	cx, cy := focus.center()

	rows := (len(panels) + stripColumns - 1) / stripColumns
	columns := (len(panels) + rows - 1) / rows
	const stepX, stepY = stripSide + stripGap, stripTop + stripSide + stripBottom
	return encodeSurface(w, format, columns*stepX+stripGap, rows*stepY, shades, func(on surface) {
		for i, panel := range panels {
			r := roundReach(reach(panel.Points, cx, cy, stretched))
			if len(s.Data) > 0 && i >= len(panels)-2 { // x_0 and the data: the same scale, for comparison
				r = roundReach(max(reach(last, cx, cy, stretched), reach(s.Data, cx, cy, stretched)))
			}
			x, y := stripGap+i%columns*stepX, i/columns*stepY+stripTop
			v := focusView(x, y, stripSide, cx, cy, r, stretched)
			labels, layer := s.Labels, shades.layerOf(s.Labels, samples)
			if i == len(s.Panels) {
				labels, layer = s.DataLabels, shades.layerOf(s.DataLabels, reference)
			}
			on.dots(v, panel.Points, labels, layer)
			v.frame(on)
			on.text(x+stripSide/2, y-9, center, stripSize, panel.Title)
			v.scaleBar(on, x+stripSide/2, y+stripSide+16, stripSize-4)
			if n := v.outside(panel.Points); n > 0 {
				on.text(x+5, y+stripSide-6, left, labelSize, fmt.Sprintf("%d outside", n))
			}
		}
	})
}

// roundReach rounds a half width up to the next of 1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8 times a power
// of ten (the tenths of a decade).
func roundReach(r float64) float64 {
	return math.Pow(10, math.Ceil(math.Log10(r)*10)/10)
}
