package report

import (
	"cmp"
	"fmt"
	"io"
)

// Scatter is a picture of a set of points with axes, in PNG or SVG, with or without reference points (the data that the
// samples should resemble). Both axes have the same scale, unless one is more than ten times as long as the other: then
// they are taken as columns of different units, and each has a separate scale.
type Scatter struct {
	Title     string    // may be empty
	Name      string    // of the points, in the legend; "" is "samples"
	Points    []float32 // [rows, Dim]; may be empty where there is a Reference
	Reference []float32 // [rows, Dim]; may be empty
	Dim       int       // must be 2
	Beside    bool      // puts the reference in a second panel on the right, not below the points

	// Labels color the points, and ReferenceLabels color a reference in a second panel: one from 0 to 5 per row, or none.
	// If only one of the sets has labels, the other is gray.
	Labels, ReferenceLabels []int32
}

const (
	scatterSide = 520 // longer side of the axes, in pixels
	legendRoom  = 26
)

// Encode writes the picture as PNG or SVG. The size of a PNG hardly depends on the number of points; an SVG takes about 13
// bytes per point.
func (s Scatter) Encode(w io.Writer, format Format) error {
	if err := checkFormat("a scatter plot", format, PNG, SVG); err != nil {
		return err
	}
	var sets [][]float32
	if len(s.Points) > 0 || len(s.Reference) == 0 {
		if err := checkPoints("points", s.Points, s.Dim); err != nil {
			return err
		}
		sets = append(sets, s.Points)
	}
	if len(s.Reference) > 0 {
		if err := checkPoints("reference points", s.Reference, s.Dim); err != nil {
			return err
		}
		sets = append(sets, s.Reference)
	}
	area := fit(sets[0])
	for _, set := range sets[1:] {
		area = area.union(fit(set))
	}
	if err := checkLabels("labels", s.Labels, len(s.Points)/2); err != nil {
		return err
	}
	if err := checkLabels("reference labels", s.ReferenceLabels, len(s.Reference)/2); err != nil {
		return err
	}

	// The axes have the shape of what they show, within reason.
	width, height := scatterSide, scatterSide
	if aspect := (area.x1 - area.x0) / (area.y1 - area.y0); aspect < 1 {
		width = int(scatterSide * max(aspect, 0.5))
	} else {
		height = int(scatterSide / min(aspect, 2))
	}
	columns, shades := 1, fewShades.labeled(s.Labels)
	if len(s.Points) == 0 {
		shades = fewShades.labeled(s.ReferenceLabels)
	}
	if s.Beside && len(sets) == 2 {
		columns, shades = 2, fewShades.labeled(s.Labels, s.ReferenceLabels)
	}
	const gap = 16
	top := 14
	if s.Title != "" {
		top += titleSize + 12
	}
	v := newView(0, top, width, height, area)
	if each, unequal := fitEach(sets...); unequal {
		width, height = scatterSide, scatterSide
		v = stretchedView(0, top, width, height, each)
	}
	v.left = v.roomY()
	full := v.left + columns*(width+gap)
	fullHeight := top + height + 30 + legendRoom

	return encodeSurface(w, format, full, fullHeight, shades, func(on surface) {
		if s.Title != "" {
			on.text(v.left+(full-v.left-gap)/2, titleSize+8, center, titleSize, s.Title)
		}
		v.frame(on)
		v.ticksX(on)
		v.ticksY(on)
		points := legend{shades.layerOf(s.Labels, samples), cmp.Or(s.Name, "samples"), s.Points, s.Labels}
		ref := legend{shades.layerOf(s.ReferenceLabels, reference), "data", s.Reference, s.ReferenceLabels}
		legendY := fullHeight - 12
		switch {
		case columns == 2:
			v.draw(on, legendY, points)
			v.left += width + gap
			v.frame(on)
			v.ticksX(on)
			v.draw(on, legendY, ref)
		case len(s.Points) == 0:
			if ref.layer = reference; len(ref.labels) > 0 {
				ref.layer = samples
			}
			v.draw(on, legendY, ref)
		case len(s.Reference) > 0:
			ref.layer, ref.labels = backdrop, nil
			v.draw(on, legendY, points, ref)
		default:
			v.draw(on, legendY, points)
		}
	})
}

// encodeSurface draws on a new surface of the format (PNG or SVG) and writes it.
func encodeSurface(w io.Writer, format Format, width, height int, shades shades, draw func(on surface)) error {
	if format == SVG {
		document := newSVG(width, height, shades)
		draw(document)
		return document.encode(w)
	}
	r := newRaster(width, height, shades)
	draw(r)
	if r.levelsOfHeat != nil {
		return r.encodeHeat(w)
	}
	return encodePNG(w, r.image(shades.colors()))
}

// draw shows the sets in the view, the first one on top, and names them in a line at y.
func (v view) draw(on surface, y int, sets ...legend) {
	for i := len(sets) - 1; i >= 0; i-- {
		on.dots(v, sets[i].points, sets[i].labels, sets[i].layer)
	}
	column := v.width / len(sets)
	for i, set := range sets {
		name := fmt.Sprintf("%s (%d)", set.name, len(set.points)/2)
		if n := v.outside(set.points); n > 0 {
			name = fmt.Sprintf("%s (%d, %d outside)", set.name, len(set.points)/2, n)
		}
		set.name = name
		set.draw(on, v.left+column*i+(column-set.width())/2, y)
	}
}
