package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
)

// svgDocument is a surface of SVG elements. A set of points becomes a few paths, each a sequence of strokes of length 0
// with round caps: a dot takes about 13 bytes, a quarter of a circle element.
type svgDocument struct {
	body   bytes.Buffer
	shades shades // for their hues
}

func newSVG(width, height int, shades shades) *svgDocument {
	d := &svgDocument{shades: shades}
	fmt.Fprintf(&d.body, `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" `+
		`font-family="Liberation Sans, Arial, Helvetica, sans-serif" fill="%[3]s">
<rect width="100%%" height="100%%" fill="%[4]s"/>
`, width, height, pen.hex(), paper.hex())
	return d
}

func (c rgb) hex() string { v := c.color(); return fmt.Sprintf("#%02x%02x%02x", v.R, v.G, v.B) }

func (d *svgDocument) encode(w io.Writer) error {
	d.body.WriteString("</svg>\n")
	_, err := w.Write(d.body.Bytes())
	return err
}

func (d *svgDocument) line(x0, y0, x1, y1 int, shade uint8) {
	// Offset by half a pixel, the line covers one row of pixels, not half of two.
	fmt.Fprintf(&d.body, "<path d=\"M%d.5 %d.5L%d.5 %d.5\" stroke=\"%s\" stroke-linecap=\"square\"/>\n",
		x0, y0, x1, y1, mix(paper, pen, float64(shade)/255).hex())
}

func (d *svgDocument) bar(x, y, width, height, class int) {
	fmt.Fprintf(&d.body, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n",
		x, y, width, height, d.shades.hues[class].dot.hex())
}

func (d *svgDocument) text(x, y int, align align, size float64, text string) {
	anchor := [...]string{left: "start", center: "middle", right: "end"}[align]
	fmt.Fprintf(&d.body, `<text x="%d" y="%d" text-anchor="%s" font-size="%g">`, x, y, anchor, size)
	// A bytes.Buffer does not fail.
	_ = xml.EscapeText(&d.body, []byte(text))
	d.body.WriteString("</text>\n")
}

// svgPaths is the number of paths over which the points of a color are distributed. Dots add up between paths, but not
// within one, so this is the number of shades of density.
const svgPaths = 12

func (d *svgDocument) dots(v view, points []float32, labels []int32, layer layer) {
	opacity, radius := 0.3, v.radius(points)
	if radius > minRadius { // enough room for individual dots
		opacity = 0.7
	}
	if layer == backdrop {
		opacity *= backdropStrength
	}
	dealt := d.shades.hues // the labels take turns, so that none covers another completely
	if layer != samples {
		dealt = []hue{d.shades.below}
	}
	if len(labels) == 0 {
		dealt = dealt[:1]
	}
	for path := range svgPaths * len(dealt) {
		k, class := path/len(dealt), path%len(dealt)
		open := false
		px, py := 0, 0 // tenths of a pixel: where the last dot was
		for i := 2 * k; i+1 < len(points); i += 2 * svgPaths {
			x, y, inside := v.pixel(points[i], points[i+1])
			if !inside || len(labels) > 0 && int(labels[i/2]) != class {
				continue
			}
			tx, ty := int(math.Round(x*10)), int(math.Round(y*10))
			if !open {
				open = true
				fmt.Fprintf(&d.body, `<path fill="none" stroke="%s" stroke-opacity="%g" stroke-width="%.3g" stroke-linecap="round" d="M`,
					dealt[class].dot.hex(), opacity, 2*radius)
			} else {
				d.body.WriteByte('m')
			}
			// After M the position, after m the offset from the last one, which takes fewer digits.
			number := appendTenths(d.body.AvailableBuffer(), tx-px, false)
			number = appendTenths(number, ty-py, true)
			d.body.Write(append(number, "h0"...))
			px, py = tx, ty
		}
		if open {
			d.body.WriteString("\"/>\n")
		}
	}
}

// appendTenths appends n/10, after a space if one is needed.
func appendTenths(to []byte, n int, space bool) []byte {
	if n < 0 {
		to, n = append(to, '-'), -n
	} else if space {
		to = append(to, ' ')
	}
	to = strconv.AppendInt(to, int64(n/10), 10)
	if n%10 != 0 {
		to = append(to, '.', byte('0'+n%10))
	}
	return to
}
