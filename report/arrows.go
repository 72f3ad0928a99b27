package report

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"

	"golang.org/x/image/vector"
)

// arrow is one arrow on a surface, in pixels.
type arrow struct{ x0, y0, x1, y1 float64 }

const (
	arrowWidth = 1.3 // of the shaft, in pixels
	arrowHead  = 4.5 // most length of the head, whose width is as much
	leastArrow = 1.5 // shorter ones are left out
	longArrows = 0.1 // the share of the arrows that are cut, so that a few do not make all others too short to see
)

// drawArrows draws a field over a view.
func drawArrows(on surface, v view, a Arrows) {
	n := len(a.At) / 2
	if n == 0 {
		return
	}
	lengths := make([]float64, n)
	for i := range lengths {
		lengths[i] = math.Hypot(float64(a.Vectors[2*i])*v.scaleX, float64(a.Vectors[2*i+1])*v.scaleY)
	}
	sorted := slices.Sorted(slices.Values(lengths))
	long := sorted[n-1-int(longArrows*float64(n))]
	if long == 0 {
		return
	}
	room := 0.92 * math.Sqrt(float64(v.width*v.height)/float64(n)) // from one to the next
	var list []arrow
	for i, length := range lengths {
		x, y, inside := v.pixel(a.At[2*i], a.At[2*i+1])
		shown := room * math.Sqrt(min(length/long, 1))
		if !inside || shown < leastArrow {
			continue
		}
		dx := float64(a.Vectors[2*i]) * v.scaleX / length * shown
		dy := -float64(a.Vectors[2*i+1]) * v.scaleY / length * shown
		list = append(list, arrow{x - dx/2, y - dy/2, x + dx/2, y + dy/2}) // its middle is at its place
	}
	on.arrows(list)
}

// outline is the shape of an arrow, a polygon.
func (a arrow) outline() [7][2]float64 {
	length := math.Hypot(a.x1-a.x0, a.y1-a.y0)
	ux, uy := (a.x1-a.x0)/length, (a.y1-a.y0)/length
	head := min(arrowHead, 0.6*length)
	half, wing := arrowWidth/2, head/2
	at := func(along, across float64) [2]float64 {
		return [2]float64{a.x0 + along*ux - across*uy, a.y0 + along*uy + across*ux}
	}
	neck := length - head
	return [7][2]float64{at(0, half), at(neck, half), at(neck, wing), at(length, 0), at(neck, -wing), at(neck, -half), at(0, -half)}
}

func (r *raster) arrows(list []arrow) {
	if r.accent == nil {
		r.accent = image.NewAlpha(image.Rect(0, 0, r.width, r.height))
	}
	fill := vector.NewRasterizer(r.width, r.height)
	for _, a := range list {
		for i, p := range a.outline() {
			if i == 0 {
				fill.MoveTo(float32(p[0]), float32(p[1]))
			} else {
				fill.LineTo(float32(p[0]), float32(p[1]))
			}
		}
		fill.ClosePath()
	}
	fill.DrawOp = draw.Over
	fill.Draw(r.accent, r.accent.Bounds(), image.NewUniform(color.Alpha{A: 255}), image.Point{})
}

func (d *svgDocument) arrows(list []arrow) {
	fmt.Fprintf(&d.body, "<path fill=\"%s\" d=\"", accentColor.hex())
	for _, a := range list {
		for i, p := range a.outline() {
			step := 'L'
			if i == 0 {
				step = 'M'
			}
			fmt.Fprintf(&d.body, "%c%.1f %.1f", step, p[0], p[1])
		}
		d.body.WriteByte('Z')
	}
	d.body.WriteString("\"/>\n")
}
