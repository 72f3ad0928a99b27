package report

import (
	"fmt"
	"io"
)

// Trajectories are the paths of points from noise to data in the plane, as thin lines over pale data, in PNG or SVG. Each
// ends at a dot.
type Trajectories struct {
	Title  string      // may be empty
	Frames [][]float32 // [rows, 2] each, at least two: line i leads through row i of each
	Data   []float32   // [rows, Dim]; may be empty
	Dim    int         // must be 2

	// Labels color the lines: one from 0 to 5 per row, or none.
	Labels []int32
}

const trajectoriesSide = 520

// Encode writes the picture as PNG or SVG.
func (t Trajectories) Encode(w io.Writer, format Format) error {
	if err := checkFormat("a picture of trajectories", format, PNG, SVG); err != nil {
		return err
	}
	if err := t.check(); err != nil {
		return err
	}
	area := fit(t.Frames[0])
	for _, frame := range t.Frames[1:] {
		area = area.union(fit(frame))
	}
	if len(t.Data) > 0 {
		area = area.union(fit(t.Data))
	}
	top := 14
	if t.Title != "" {
		top += titleSize + 12
	}
	v := heatView(area, trajectoriesSide)
	v.top = top
	v.left = v.roomY()
	shades := fewShades.labeled(t.Labels)
	width, height := v.left+v.width+16, top+v.height+30+legendRoom
	return encodeSurface(w, format, width, height, shades, func(on surface) {
		if t.Title != "" {
			on.text(v.left+v.width/2, titleSize+8, center, titleSize, t.Title)
		}
		if len(t.Data) > 0 {
			on.dots(v, t.Data, nil, backdrop)
		}
		on.paths(v, t.Frames, t.Labels)
		on.dots(v, t.Frames[len(t.Frames)-1], t.Labels, samples)
		v.frame(on)
		v.ticksX(on)
		v.ticksY(on)
		n := len(t.Frames[0]) / 2
		legends := []legend{{layer: samples, name: fmt.Sprintf("paths (%d)", n), labels: t.Labels}}
		if len(t.Data) > 0 {
			legends = append(legends, legend{layer: backdrop, name: "data"})
		}
		column := v.width / len(legends)
		for i, l := range legends {
			l.draw(on, v.left+column*i+(column-l.width())/2, height-12)
		}
	})
}

func (t Trajectories) check() error {
	if len(t.Frames) < 2 {
		return fmt.Errorf("trajectories: want at least two frames, got %d", len(t.Frames))
	}
	for i, frame := range t.Frames {
		if err := checkPoints(fmt.Sprintf("frame %d of trajectories", i), frame, t.Dim); err != nil {
			return err
		}
		if len(frame) != len(t.Frames[0]) {
			return fmt.Errorf("trajectories: want %d points in frame %d as in the first, got %d", len(t.Frames[0])/2, i, len(frame)/2)
		}
	}
	if len(t.Data) > 0 {
		if err := checkPoints("data", t.Data, t.Dim); err != nil {
			return err
		}
	}
	return checkLabels("labels", t.Labels, len(t.Frames[0])/2)
}
