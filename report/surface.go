package report

import (
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// surface is what pictures are drawn on: pixels (raster) or an SVG document (svgDocument). Positions are in pixels from
// the upper left corner.
type surface interface {
	// line draws a thin line, horizontal or vertical, to the right or down.
	line(x0, y0, x1, y1 int, shade uint8)
	// text writes one line of text with its baseline at y.
	text(x, y int, align align, size float64, text string)
	// bar fills a rectangle with the color of a class, as a dot by itself has it.
	bar(x, y, width, height, class int)
	// block fills a rectangle with the color of a layer, its darkness from 0 to 1.
	block(x, y, width, height int, layer layer, darkness float64)
	// dots draws the points that lie within the view; samples in the colors of their labels, if they have any.
	dots(v view, points []float32, labels []int32, layer layer)
	// paths draws thin lines within the view: line i leads through row i of each frame, in the color of its label.
	paths(v view, frames [][]float32, labels []int32)
	// heat fills the view with the colors of a grid, on a scale from 0 to most.
	heat(v view, g Grid, most float64)
	// arrows draws arrows over everything else.
	arrows(list []arrow)
}

// layer is the role of a set of points. Samples are drawn over the others.
type layer int

const (
	samples   layer = iota
	reference       // in a separate panel
	backdrop        // the reference under samples: fainter
)

// backdropStrength is the darkness of a backdrop, as a share of that of a reference.
const backdropStrength = 0.6

// radius is the radius of a dot in pixels: larger if there is room for it.
func (v view) radius(points []float32) float64 {
	room := math.Sqrt(float64(v.width*v.height) / float64(max(1, len(points)/2)))
	return min(max(0.15*room, minRadius), maxRadius)
}

const minRadius, maxRadius = 1.25, 2.4

// align is the part of a text that is at its x.
type align int

const (
	left align = iota
	center
	right
)

// Shades of lines, from 0 (paper) to 255 (pen).
const (
	gray  = 100
	black = 220
)

// Sizes of text in pixels.
const (
	titleSize = 17
	labelSize = 13
	stripSize = 20 // larger: a strip is wide, and is displayed scaled down
)

// view maps a part of the plane to a rectangle of pixels, usually with the same scale for both axes.
type view struct {
	left, top, width, height int // pixels
	x0, y1                   float64
	scaleX, scaleY           float64 // pixels per unit
}

// newView shows b in the center of the rectangle, as large as possible.
func newView(left, top, width, height int, b box) view {
	scale := min(float64(width)/(b.x1-b.x0), float64(height)/(b.y1-b.y0))
	x, y := b.center()
	return view{left, top, width, height, x - float64(width)/2/scale, y + float64(height)/2/scale, scale, scale}
}

// stretchedView shows b, each axis scaled to fill the rectangle.
func stretchedView(left, top, width, height int, b box) view {
	return view{left, top, width, height, b.x0, b.y1, float64(width) / (b.x1 - b.x0), float64(height) / (b.y1 - b.y0)}
}

// squareView shows the square of half width r around (x, y).
func squareView(left, top, size int, x, y, r float64) view {
	return newView(left, top, size, size, box{x - r, x + r, y - r, y + r})
}

// focusView shows the square of half width r around (x, y), its width multiplied by stretch.
func focusView(left, top, size int, x, y, r, stretch float64) view {
	if stretch == 1 {
		return squareView(left, top, size, x, y, r)
	}
	return stretchedView(left, top, size, size, box{x - r*stretch, x + r*stretch, y - r, y + r})
}

// pixel returns the position of a point, and whether it is within the view.
func (v view) pixel(x, y float32) (px, py float64, inside bool) {
	dx, dy := (float64(x)-v.x0)*v.scaleX, (v.y1-float64(y))*v.scaleY
	inside = dx >= 0 && dx <= float64(v.width) && dy >= 0 && dy <= float64(v.height)
	return float64(v.left) + dx, float64(v.top) + dy, inside
}

// outside counts the points that the view does not show.
func (v view) outside(points []float32) int {
	n := 0
	for i := 0; i < len(points); i += 2 {
		if _, _, inside := v.pixel(points[i], points[i+1]); !inside {
			n++
		}
	}
	return n
}

// frame draws the border of the view.
func (v view) frame(on surface) {
	r, b := v.left+v.width, v.top+v.height
	on.line(v.left, v.top, r, v.top, gray)
	on.line(v.left, b, r, b, gray)
	on.line(v.left, v.top, v.left, b, gray)
	on.line(r, v.top, r, b, gray)
}

// tickStep is the distance between the ticks of an axis of that scale.
func (v view) tickStep(scale float64) float64 {
	return niceStep(float64(max(v.width, v.height))/scale, 5)
}

// ticksX draws ticks and numbers below the lower border. If numbers are long, not every tick has one.
func (v view) ticksX(on surface) { v.ticksXBy(on, v.tickStep(v.scaleX)) }

// ticksXBy is ticksX with a step.
func (v view) ticksXBy(on surface, step float64) {
	b := v.top + v.height
	values := multiples(step, v.x0, v.x0+float64(v.width)/v.scaleX)
	named := 1 + int(float64(widestLabel(values, step)+labelSize)/(step*v.scaleX))
	for i, x := range values {
		px := v.left + int(math.Round((x-v.x0)*v.scaleX))
		on.line(px, b, px, b+5, gray)
		if i%named == 0 {
			on.text(px, b+8+labelSize, center, labelSize, formatNumber(x, step))
		}
	}
}

// valuesY lists the ticks on the left border.
func (v view) valuesY() []float64 {
	return multiples(v.tickStep(v.scaleY), v.y1-float64(v.height)/v.scaleY, v.y1)
}

// roomY is how many pixels ticksY needs.
func (v view) roomY() int { return max(46, widestLabel(v.valuesY(), v.tickStep(v.scaleY))) + 16 }

// ticksY draws ticks and numbers to the left of the left border.
func (v view) ticksY(on surface) {
	step := v.tickStep(v.scaleY)
	for _, y := range v.valuesY() {
		py := v.top + int(math.Round((v.y1-y)*v.scaleY))
		on.line(v.left-5, py, v.left, py, gray)
		on.text(v.left-9, py+labelSize*3/8, right, labelSize, formatNumber(y, step))
	}
}

// scaleBar draws a bar of a round length and the length next to it, together centered at (x, y).
func (v view) scaleBar(on surface, x, y int, size float64) {
	length := niceStep(float64(v.width)/v.scaleX, 3)
	pixels := int(math.Round(length * v.scaleX))
	label := formatNumber(length, length)
	x -= (pixels + 6 + int(float64(textWidth(label))*size/labelSize)) / 2
	on.line(x, y, x+pixels, y, black)
	on.line(x, y-3, x, y+3, black)
	on.line(x+pixels, y-3, x+pixels, y+3, black)
	on.text(x+pixels+6, y+int(size*3/8), left, size, label)
}

// textWidth is the approximate width of a label.
func textWidth(label string) int { return utf8.RuneCountInString(label) * labelSize * 53 / 100 }

// widthAt is the approximate width of a text of any size, usually too large.
func widthAt(text string, size float64) int {
	return int(math.Ceil(float64(utf8.RuneCountInString(text)) * size * 0.56))
}

func widestLabel(values []float64, step float64) (width int) {
	for _, x := range values {
		width = max(width, textWidth(formatNumber(x, step)))
	}
	return width
}

// legend is a set of points with its name.
type legend struct {
	layer  layer
	name   string
	points []float32
	labels []int32 // may be empty
}

// classes lists the labels that occur, in order.
func (l legend) classes() []int32 {
	var present []int32
	for _, label := range l.labels {
		if !slices.Contains(present, label) {
			present = append(present, label)
		}
	}
	slices.Sort(present)
	return present
}

const (
	spotWidth    = 14 // from a spot to its name
	classSpacing = 10 // before the square of a label
	classSide    = 9  // of that square
)

func (l legend) width() int {
	if len(l.labels) > 0 {
		return textWidth(l.name) + len(l.classes())*(classSpacing+spotWidth+textWidth("0"))
	}
	return spotWidth + textWidth(l.name)
}

// draw writes a spot of the set's color and its name in a line at y, from x on, or the name and then a square and the
// number of each label that occurs.
func (l legend) draw(on surface, x, y int) {
	if len(l.labels) == 0 {
		drawSpot(on, x, y, l.layer)
		on.text(x+spotWidth, y, left, labelSize, l.name)
		return
	}
	on.text(x, y, left, labelSize, l.name)
	x += textWidth(l.name)
	for _, class := range l.classes() {
		x += classSpacing
		on.bar(x, y-classSide, classSide, classSide, int(class))
		on.text(x+spotWidth, y, left, labelSize, strconv.Itoa(int(class)))
		x += spotWidth + textWidth("0")
	}
}

// drawSpot draws a spot in a line of text at y.
func drawSpot(on surface, x, y int, layer layer) {
	const side = 10
	var spot []float32
	for i := range 5 * 5 {
		dx, dy := float32(i%5-2), float32(i/5-2)
		if dx*dx+dy*dy < 6 {
			spot = append(spot, side/2+dx, side/2+dy)
		}
	}
	on.dots(squareView(x, y-side, side, side/2, side/2, side/2), spot, nil, layer)
}

// multiples lists the multiples of step in [lo, hi].
func multiples(step, lo, hi float64) []float64 {
	var values []float64
	first := math.Ceil(lo / step)
	// The bound on the count matters where step is lost in the rounding of lo.
	for i := 0.0; i < 20 && (first+i)*step <= hi; i++ {
		values = append(values, (first+i)*step)
	}
	return values
}

// formatNumber writes x, a multiple of step, with the decimals that step needs, as 0.05 or as 2e+38, whichever is easier
// to read.
func formatNumber(x, step float64) string {
	if x == 0 {
		return "0"
	}
	decimals := -int(math.Floor(math.Log10(step) + 1e-9))
	digits := int(math.Floor(math.Log10(math.Abs(x))+1e-9)) + decimals
	plain := strconv.FormatFloat(x, 'f', max(0, decimals), 64)
	short := strconv.FormatFloat(x, 'e', max(0, digits), 64)
	if len(short) < len(plain)-2 {
		return short
	}
	return plain
}
