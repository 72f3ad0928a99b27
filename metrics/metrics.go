// Package metrics measures how far two sets of points are from each other: generated samples from data of the same
// distribution, for instance.
//
//   - SlicedWasserstein (wasserstein.go) is one number for the whole shape, a distance in the unit of the data;
//     direction.go has the directions of its projections.
//   - Nearest (nearest.go) finds the nearest row of a set to each point, Neighbors (wide.go) does so in many dimensions, and
//     MeasureCopying (copying.go) tells by it whether points are copies of the rows that their model was trained on.
//   - Frechet (frechet.go) is the distance of the normal distributions of two sets, such as features of images.
//   - Patches (patches.go) cuts squares out of images, to compare their details.
//   - Summarize (this file) gives the mean and the standard deviation of each coordinate.
//
// A set is row-major [rows, dim] float32; two may differ in size. A number that is not finite is an error, never a silent
// NaN.
//
// Start reading at SlicedWasserstein.
package metrics

import (
	"fmt"
	"math"
)

// check returns an error unless points is a non-empty [rows, dim] of finite numbers.
func check(name string, points []float32, dim int) error {
	switch {
	case dim < 1:
		return fmt.Errorf("metrics: points must have at least 1 coordinate, got %d", dim)
	case len(points) == 0:
		return fmt.Errorf("metrics: %s is empty", name)
	case len(points)%dim != 0:
		return fmt.Errorf("metrics: %s: %d numbers are not whole points of %d coordinates", name, len(points), dim)
	}
	bad := 0
	for row := 0; row < len(points); row += dim {
		for _, v := range points[row : row+dim] {
			if !finite(float64(v)) {
				bad++
				break
			}
		}
	}
	if bad > 0 {
		return fmt.Errorf("metrics: %s: %d of %d points are not finite", name, bad, len(points)/dim)
	}
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Moments are the mean and the standard deviation (with divisor n) of each coordinate of a set, [dim].
type Moments struct {
	Mean, Std []float64
}

// Summarize returns the moments of points, [rows, dim].
func Summarize(points []float32, dim int) (Moments, error) {
	if err := check("the set", points, dim); err != nil {
		return Moments{}, err
	}
	m := Moments{Mean: make([]float64, dim), Std: make([]float64, dim)}
	rows := float64(len(points) / dim)
	for i, v := range points {
		m.Mean[i%dim] += float64(v)
	}
	for j := range m.Mean {
		m.Mean[j] /= rows
	}
	for i, v := range points {
		d := float64(v) - m.Mean[i%dim]
		m.Std[i%dim] += d * d
	}
	for j, sum := range m.Std {
		m.Std[j] = math.Sqrt(sum / rows)
	}
	return m, nil
}
