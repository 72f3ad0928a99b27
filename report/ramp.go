package report

import (
	"fmt"
	"image/color"
	"math"
)

// ramp is the sequential palette of heat maps, from nothing (paper) to the most. Its lightness decreases throughout, so that
// it can be read by people of any color vision, and in gray. It has the blue of points, and arrows over it have the
// vermilion.
var ramp = []rgb{{255, 255, 255}, {206, 227, 240}, {127, 186, 221}, {36, 132, 188}, {0, 88, 150}, {0, 48, 94}, {0, 18, 46}}

// rampSteps is the number of colors of a ramp besides paper: more would hardly be seen, and make larger files.
const rampSteps = 120

// rampColor is the color of a level, from 0 to rampSteps.
func rampColor(level uint8) rgb {
	at := float64(min(level, rampSteps)) / rampSteps * float64(len(ramp)-1)
	i := min(int(at), len(ramp)-2)
	return mix(ramp[i], ramp[i+1], at-float64(i))
}

// rampPalette is the ramp as a palette.
func rampPalette() color.Palette {
	palette := make(color.Palette, rampSteps+1)
	for i := range palette {
		palette[i] = rampColor(uint8(i)).color()
	}
	return palette
}

// Grid is numbers on a rectangle of the plane: those of its cells, at their centers. Row 0 is the lowest.
type Grid struct {
	X0, X1, Y0, Y1 float64
	Columns, Rows  int
	Values         []float64 // [Rows, Columns], at least 0
}

func (g Grid) check() error {
	switch {
	case g.Columns < 1 || g.Rows < 1 || len(g.Values) != g.Columns*g.Rows:
		return fmt.Errorf("want %d rows of %d values, got %d values", g.Rows, g.Columns, len(g.Values))
	case !(g.X1 > g.X0 && g.Y1 > g.Y0) || math.IsInf(g.X1-g.X0, 1) || math.IsInf(g.Y1-g.Y0, 1):
		return fmt.Errorf("want a rectangle of the plane, got [%v, %v] × [%v, %v]", g.X0, g.X1, g.Y0, g.Y1)
	}
	for _, v := range g.Values {
		if v < 0 {
			return fmt.Errorf("want values of at least 0, got %v", v)
		}
	}
	return checkAxis("values", g.Values, false)
}

// most is the largest value.
func (g Grid) most() float64 {
	most := 0.0
	for _, v := range g.Values {
		most = max(most, v)
	}
	return most
}

func (g Grid) box() box { return box{g.X0, g.X1, g.Y0, g.Y1} }

// at is the value at a place of the rectangle, from (0, 0) at its lower left corner to (1, 1), between the centers of cells
// by bilinear interpolation.
func (g Grid) at(x, y float64) float64 {
	column, row := x*float64(g.Columns)-0.5, y*float64(g.Rows)-0.5
	c0, r0 := math.Floor(column), math.Floor(row)
	value := func(c, r float64) float64 {
		ci := min(max(int(c), 0), g.Columns-1)
		ri := min(max(int(r), 0), g.Rows-1)
		return g.Values[ri*g.Columns+ci]
	}
	p, q := column-c0, row-r0
	low := value(c0, r0)*(1-p) + value(c0+1, r0)*p
	high := value(c0, r0+1)*(1-p) + value(c0+1, r0+1)*p
	return low*(1-q) + high*q
}

// rampLevel is the step of the ramp of a value on a scale from 0 to most.
func rampLevel(value, most float64) uint8 {
	if most <= 0 {
		return 0
	}
	return uint8(math.Round(min(value/most, 1) * rampSteps))
}
