package mixed

import (
	"errors"
	"fmt"
	"math"
)

// scale is how the numbers of a column become one coordinate of deviation 0.5.
type scale interface {
	// fit learns from finite numbers in rising order, of which at least two differ.
	fit(sorted []float64) error
	// place is the knot that v is, or −1 and the coordinate.
	place(v float64) (knot int, z float64)
	// knots are the intervals of probability over which the knots are spread; none for a scale without knots.
	knots() []interval
	// value is the number of a coordinate. An exact one is not to be rounded; one beyond the range is moved to its end.
	value(z float32) (v float64, exact, clipped bool)
	// logVolume is ln dz/dv at the number v.
	logVolume(v float64) (float64, error)
	// check is an error unless the scale, read from a checkpoint, is one that fit can give.
	check() error
}

// interval is low … low+width on the axis of probability.
type interval struct{ low, width float64 }

// The names of the scales.
const (
	Quantile = "quantile"
	Standard = "standard"
	MinMax   = "minmax"
	Log      = "log"
)

func scaleNames() []string { return []string{Quantile, Standard, MinMax, Log} }

func newScale(name string) (scale, error) {
	switch name {
	case Quantile:
		return new(quantile), nil
	case Standard, MinMax:
		return &linear{minMax: name == MinMax}, nil
	case Log:
		return new(logarithm), nil
	}
	return nil, fmt.Errorf("there is no scale %q of numbers", name)
}

// linear is z = (v − Center) / Unit. It extrapolates. Standard: the center is the mean, the unit two deviations. MinMax: the
// ends of the range become ±√3/2, so that numbers spread evenly have deviation 0.5.
type linear struct {
	minMax bool
	Center float64 `json:"center"`
	Unit   float64 `json:"unit"`
}

func (l *linear) fit(sorted []float64) error {
	if l.minMax {
		low, high := sorted[0], sorted[len(sorted)-1]
		l.Center, l.Unit = low/2+high/2, (high/2-low/2)*(2/math.Sqrt(3))
	} else {
		var deviation float64
		l.Center, deviation = moments(sorted)
		l.Unit = 2 * deviation
	}
	if l.check() != nil {
		return errTooLarge
	}
	return nil
}

var errTooLarge = errors.New("its numbers are too large, or too close to each other, to be scaled; use the scale quantile")

// moments are the mean and the deviation of numbers, of which the first is subtracted before they are summed.
func moments(values []float64) (mean, deviation float64) {
	n, shift := float64(len(values)), values[0]
	for _, v := range values {
		mean += v - shift
	}
	mean = shift + mean/n
	for _, v := range values {
		deviation += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(deviation / n)
}

func (l *linear) place(v float64) (int, float64) { return -1, (v - l.Center) / l.Unit }

func (l *linear) knots() []interval { return nil }

func (l *linear) value(z float32) (float64, bool, bool) {
	return finiteNumber(l.Center + l.Unit*float64(z)), false, false
}

func (l *linear) logVolume(float64) (float64, error) { return -math.Log(l.Unit), nil }

func (l *linear) check() error {
	if !finite(l.Center) || !finite(l.Unit) || !finite(1/l.Unit) || l.Unit <= 0 {
		return fmt.Errorf("a linear scale with center %v and unit %v", l.Center, l.Unit)
	}
	return nil
}

// logarithm is linear in y = sign(v)·ln(1 + |v|/Small), where Small is the median of the absolute numbers that are not 0.
type logarithm struct {
	Small  float64 `json:"small"`
	Linear linear  `json:"linear"`
}

func (l *logarithm) fit(sorted []float64) error {
	l.Small = medianMagnitude(sorted)
	y := make([]float64, len(sorted))
	for i, v := range sorted {
		y[i] = l.forward(v)
	}
	if err := l.Linear.fit(y); err != nil || l.check() != nil {
		return errTooLarge
	}
	return nil
}

// medianMagnitude is the lower median of |v| over the numbers v ≠ 0 in rising order; there is one.
func medianMagnitude(sorted []float64) float64 {
	low, high := 0, len(sorted) // the numbers below 0 end at low, those above 0 begin at high
	for low < len(sorted) && sorted[low] < 0 {
		low++
	}
	for high > low && sorted[high-1] > 0 {
		high--
	}
	skip := (low + len(sorted) - high - 1) / 2
	for i, j := low-1, high; ; skip-- { // merges both sides outward from 0
		v := 0.0
		if j == len(sorted) || i >= 0 && -sorted[i] <= sorted[j] {
			v, i = -sorted[i], i-1
		} else {
			v, j = sorted[j], j+1
		}
		if skip == 0 {
			return v
		}
	}
}

func (l *logarithm) forward(v float64) float64 {
	return math.Copysign(math.Log1p(math.Abs(v)/l.Small), v)
}

func (l *logarithm) place(v float64) (int, float64) { return l.Linear.place(l.forward(v)) }

func (l *logarithm) knots() []interval { return nil }

func (l *logarithm) value(z float32) (float64, bool, bool) {
	y, _, _ := l.Linear.value(z)
	return finiteNumber(math.Copysign(l.Small*math.Expm1(math.Abs(y)), y)), false, false
}

func (l *logarithm) logVolume(v float64) (float64, error) {
	return -math.Log(l.Linear.Unit) - math.Log(l.Small+math.Abs(v)), nil
}

func (l *logarithm) check() error {
	if !(l.Small > 0) || !finite(l.Small) || !finite(1/l.Small) {
		return fmt.Errorf("a logarithmic scale with the unit %v", l.Small)
	}
	return l.Linear.check()
}

func finite(v float64) bool { return v-v == 0 }

// finiteNumber is the finite number that is nearest to v, which is not NaN.
func finiteNumber(v float64) float64 { return min(max(v, -math.MaxFloat64), math.MaxFloat64) }
