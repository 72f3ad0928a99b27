package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"io"
)

func (r *raster) heat(v view, g Grid, most float64) {
	if r.levelsOfHeat == nil {
		r.levelsOfHeat = make([]uint8, r.width*r.height)
	}
	for y := range v.height {
		for x := range v.width {
			value := g.at((float64(x)+0.5)/float64(v.width), 1-(float64(y)+0.5)/float64(v.height))
			r.levelsOfHeat[(v.top+y)*r.width+v.left+x] = rampLevel(value, most)
		}
	}
}

// Colors of the edges of arrows, which mix with what is below: some shades of some steps of the ramp, so that a picture has
// at most 256 colors.
const (
	edgeShades = 3
	edgeSteps  = 32
)

// encodeHeat writes a picture with a heat map, which has no points. Lines hide the heat below them, and arrows everything.
func (r *raster) encodeHeat(w io.Writer) error {
	palette := rampPalette()
	firstPen := len(palette)
	for p := range r.shades.pen {
		palette = append(palette, mix(paper, pen, float64(p+1)/float64(r.shades.pen)).color())
	}
	firstEdge := len(palette)
	for step := range edgeSteps {
		below := rampColor(uint8(step * rampSteps / (edgeSteps - 1)))
		for k := range edgeShades {
			palette = append(palette, mix(below, accentColor, float64(k+1)/(edgeShades+1)).color())
		}
	}
	full := len(palette)
	palette = append(palette, accentColor.color())
	picture := image.NewPaletted(image.Rect(0, 0, r.width, r.height), palette)
	for i, heat := range r.levelsOfHeat {
		index, edge := int(heat), 0
		if p := (int(r.pen.Pix[i])*r.shades.pen + 127) / 255; p > 0 {
			index = firstPen + p - 1
		}
		if r.accent != nil {
			edge = (int(r.accent.Pix[i])*(edgeShades+1) + 127) / 255
		}
		switch {
		case edge > edgeShades:
			index = full
		case edge > 0:
			index = firstEdge + int(heat)*(edgeSteps-1)/rampSteps*edgeShades + edge - 1
		}
		picture.Pix[i] = uint8(index)
	}
	return encodePNG(w, picture)
}

func (d *svgDocument) heat(v view, g Grid, most float64) {
	picture := image.NewPaletted(image.Rect(0, 0, g.Columns, g.Rows), rampPalette())
	for row := range g.Rows {
		for column := range g.Columns {
			picture.SetColorIndex(column, g.Rows-1-row, rampLevel(g.Values[row*g.Columns+column], most))
		}
	}
	var file bytes.Buffer
	_ = encodePNG(&file, picture) // a buffer does not fail
	fmt.Fprintf(&d.body, "<image x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" preserveAspectRatio=\"none\" "+
		"href=\"data:image/png;base64,%s\"/>\n", v.left, v.top, v.width, v.height, base64.StdEncoding.EncodeToString(file.Bytes()))
}
