package report

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// checkPoints returns an error unless points is a non-empty set that can be drawn. name is that of the set, for the error.
func checkPoints(name string, points []float32, dim int) error {
	if dim != 2 {
		return fmt.Errorf("a picture shows points of dimension 2, got dimension %d; write a .csv or .npy file instead", dim)
	}
	if len(points) == 0 {
		return fmt.Errorf("%s: no points to draw", name)
	}
	if len(points)%dim != 0 {
		return fmt.Errorf("%s: want whole rows of %d numbers, got %d numbers", name, dim, len(points))
	}
	bad := 0
	for i := 0; i < len(points); i += 2 {
		// x-x is 0 for a finite number, NaN for the others.
		if d := (points[i] - points[i]) + (points[i+1] - points[i+1]); d != 0 {
			bad++
		}
	}
	if bad > 0 {
		return fmt.Errorf("%s: %d of %d points are not finite", name, bad, len(points)/2)
	}
	return nil
}

// checkLabels returns an error unless there are no labels, or one per point, each with a color.
func checkLabels(name string, labels []int32, rows int) error {
	if len(labels) == 0 {
		return nil
	}
	if len(labels) != rows {
		return fmt.Errorf("%s: want one for each of %d points, got %d", name, rows, len(labels))
	}
	bad := 0
	for _, label := range labels {
		if label < 0 || int(label) >= len(hues) {
			bad++
		}
	}
	if bad > 0 {
		return fmt.Errorf("%s: %d of %d are not from 0 to %d, the labels with a color", name, bad, rows, len(hues)-1)
	}
	return nil
}

// checkPanels is checkPoints and checkLabels for every panel; all panels have the same labels.
func checkPanels(kind string, panels []Panel, labels []int32, dim int) error {
	if len(panels) == 0 {
		return errors.New("a " + kind + " needs at least one set of points")
	}
	for i, panel := range panels {
		if err := checkPoints(fmt.Sprintf("%s %d (%q)", kind, i, panel.Title), panel.Points, dim); err != nil {
			return err
		}
		if err := checkLabels(fmt.Sprintf("labels of %s %d (%q)", kind, i, panel.Title), labels, len(panel.Points)/2); err != nil {
			return err
		}
	}
	return nil
}

// box is a part of the plane.
type box struct{ x0, x1, y0, y1 float64 }

func (b box) union(c box) box {
	return box{min(b.x0, c.x0), max(b.x1, c.x1), min(b.y0, c.y0), max(b.y1, c.y1)}
}

func (b box) center() (x, y float64) { return (b.x0 + b.x1) / 2, (b.y0 + b.y1) / 2 }

// margin is the empty border around the points, as a share of their extent.
const margin = 0.04

// fit is the part of the plane that a picture of the points should show, with a margin. It has all of them, unless a few
// are so far out that the others would shrink to a dot: then it has the bulk, and the picture gives the number outside.
func fit(points []float32) box {
	var b box
	b.x0, b.x1 = fitAxis(points, 0)
	b.y0, b.y1 = fitAxis(points, 1)
	pad := margin * max(b.x1-b.x0, b.y1-b.y0)
	if pad == 0 { // all points on one spot: some room around it
		pad = room(b.x0, b.y0)
	}
	return box{b.x0 - pad, b.x1 + pad, b.y0 - pad, b.y1 + pad}
}

// unequalAxes is the ratio of the extents of a set from which a common scale would show little more than a line.
const unequalAxes = 10

// fitEach is fit with a separate margin for each axis, for sets whose columns have different units. ok is false for sets
// that look good on one scale, or have no extent along an axis.
func fitEach(sets ...[]float32) (b box, ok bool) {
	for i, points := range sets {
		var c box
		c.x0, c.x1 = fitAxis(points, 0)
		c.y0, c.y1 = fitAxis(points, 1)
		if i == 0 {
			b = c
		}
		b = b.union(c)
	}
	width, height := b.x1-b.x0, b.y1-b.y0
	if short := min(width, height); !(short > 0) || max(width, height) < unequalAxes*short {
		return b, false
	}
	return box{b.x0 - margin*width, b.x1 + margin*width, b.y0 - margin*height, b.y1 + margin*height}, true
}

// stretch is the ratio of the extents of a set along the first and the second axis, or 1 if it looks good on one scale.
func stretch(points []float32) float64 {
	b, unequal := fitEach(points)
	if !unequal {
		return 1
	}
	return (b.x1 - b.x0) / (b.y1 - b.y0)
}

func fitAxis(points []float32, axis int) (lo, hi float64) {
	values := make([]float32, 0, len(points)/2)
	for i := axis; i < len(points); i += 2 {
		values = append(values, points[i])
	}
	return fitValues(values)
}

// fitValues is the range of the values, or of their bulk; it sorts them.
func fitValues[T float32 | float64](values []T) (lo, hi float64) {
	slices.Sort(values)
	n := len(values)
	lo, hi = float64(values[0]), float64(values[n-1])
	bulkLo, bulkHi := float64(values[n/200]), float64(values[n-1-n/200])
	if spread := bulkHi - bulkLo; spread > 0 && hi-lo > outlierRatio*spread {
		lo, hi = max(lo, bulkLo-spread/4), min(hi, bulkHi+spread/4)
	}
	return lo, hi
}

// room is the width that is shown on each side of a set without extent.
func room(x, y float64) float64 { return max(0.5, math.Abs(x)/10, math.Abs(y)/10) }

// outlierRatio is how many times wider than the central 99% of its points a picture may be to show all of them. Normal
// noise needs 1.7 with a million points.
const outlierRatio = 3

// reach is half the height of the square around (cx, cy), its width multiplied by stretch, that shows the points as fit
// does.
func reach(points []float32, cx, cy, stretch float64) float64 {
	distances := make([]float64, 0, len(points)/2)
	for i := 0; i < len(points); i += 2 {
		distances = append(distances, max(math.Abs(float64(points[i])-cx)/stretch, math.Abs(float64(points[i+1])-cy)))
	}
	slices.Sort(distances)
	n := len(distances)
	r := distances[n-1]
	if bulk := distances[n-1-n/100]; r > outlierRatio*bulk && bulk > 0 {
		r = bulk * 1.25
	}
	if r == 0 {
		return room(cx, cy)
	}
	return r * (1 + margin)
}

// niceStep is the largest of 1, 2, 5 times a power of ten that is at most span/count: the distance between ticks, or the
// length of a scale bar.
func niceStep(span float64, count int) float64 {
	raw := span / float64(count)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{5, 2} {
		if m*power <= raw {
			return m * power
		}
	}
	return power
}
