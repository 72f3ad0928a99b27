package report

import (
	"fmt"
	"math"
)

// pathRadius is half the width of a path, in pixels.
const pathRadius = 0.7

func (r *raster) paths(v view, frames [][]float32, labels []int32) {
	const apart = 0.5 // pixels between the dots of a line
	var dots []float32
	var colors []int32
	for i := 0; i < len(frames[0]); i += 2 {
		for k := 1; k < len(frames); k++ {
			from, to := frames[k-1][i:i+2], frames[k][i:i+2]
			dx, dy := float64(to[0]-from[0]), float64(to[1]-from[1])
			n := int(min(math.Hypot(dx*v.scaleX, dy*v.scaleY)/apart, 4096)) + 1
			for j := range n {
				part := float32(j) / float32(n)
				dots = append(dots, from[0]+part*(to[0]-from[0]), from[1]+part*(to[1]-from[1]))
				if len(labels) > 0 {
					colors = append(colors, labels[i/2])
				}
			}
		}
	}
	r.stamp(v, dots, colors, samples, pathRadius)
}

func (d *svgDocument) paths(v view, frames [][]float32, labels []int32) {
	for i := 0; i < len(frames[0]); i += 2 {
		class := 0
		if len(labels) > 0 {
			class = int(labels[i/2])
		}
		fmt.Fprintf(&d.body, `<path fill="none" stroke="%s" stroke-opacity="0.7" stroke-width="%g" d="`,
			d.shades.hues[class].dot.hex(), 2*pathRadius)
		draws := false
		for _, frame := range frames {
			x, y, inside := v.pixel(frame[i], frame[i+1])
			switch {
			case !inside: // the line goes on where it comes back
				draws = false
			case draws:
				fmt.Fprintf(&d.body, "L%.1f %.1f", x, y)
			default:
				fmt.Fprintf(&d.body, "M%.1f %.1f", x, y)
				draws = true
			}
		}
		d.body.WriteString("\"/>\n")
	}
}

func (r *raster) block(x, y, width, height int, layer layer, darkness float64) {
	plane, shades := r.levels[0], r.shades.samples
	if layer != samples {
		plane, shades = r.levels[1], r.shades.reference
	}
	level := uint8(math.Round(darkness * float64(shades)))
	for py := max(y, 0); py < min(y+height, r.height); py++ {
		for px := max(x, 0); px < min(x+width, r.width); px++ {
			plane[py*r.width+px] = level
		}
	}
}

func (d *svgDocument) block(x, y, width, height int, layer layer, darkness float64) {
	h := d.shades.hues[0]
	if layer != samples {
		h = d.shades.below
	}
	fmt.Fprintf(&d.body, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\" fill-opacity=\"%.2g\"/>\n",
		x, y, width, height, h.dot.hex(), min(1, darkness/hueFull))
}
