package tabular

import (
	"math"
	"slices"
)

// quantile interpolates linearly between the sorted values at q of 0 … 1, as numpy.quantile does. NaN for no values.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := float64(len(sorted)-1) * q
	low := math.Floor(at)
	part := at - low
	a := sorted[int(low)]
	b := sorted[min(int(low)+1, len(sorted)-1)]
	if part >= 0.5 {
		return b - float64((b-a)*(1-part))
	}
	return a + float64((b-a)*part)
}

// quantileOf is the quantile of values in any order.
func quantileOf(values []float64, q float64) float64 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return quantile(sorted, q)
}

// mean is NaN for no values.
func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// meanOfKnown is the mean of the values that are not NaN.
func meanOfKnown(values []float64) float64 {
	return mean(slices.DeleteFunc(slices.Clone(values), math.IsNaN))
}
