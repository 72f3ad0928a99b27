package logistic

import (
	"fmt"
	"math"
	"slices"
)

// Scaling fills missing cells with the column's mean, then subtracts its median and divides by its interquartile range: what
// scikit-learn's SimpleImputer and RobustScaler do, one after the other. Medians and ranges are those of the filled column.
type Scaling struct {
	Mean, Median []float64 // [dim]
	Range        []float64 // [dim]; 1 where the quartiles are equal
}

// FitScaling measures the columns of x, row-major [rows, dim], in which NaN is a missing cell. Infinite numbers are an
// error. The mean of a column that is missing in all rows is 0.
func FitScaling(x []float64, dim int) (*Scaling, error) {
	rows := len(x) / max(1, dim)
	if err := check(x, dim, rows); err != nil {
		return nil, err
	}
	s := &Scaling{make([]float64, dim), make([]float64, dim), make([]float64, dim)}
	column := make([]float64, rows)
	for j := range dim {
		known := column[:0]
		sum := 0.0
		for i := j; i < len(x); i += dim {
			switch v := x[i]; {
			case math.IsInf(v, 0):
				return nil, fmt.Errorf("logistic: row %d, column %d is %v, want a finite number or NaN", i/dim, j, v)
			case !math.IsNaN(v):
				known = append(known, v)
				sum += v
			}
		}
		if len(known) > 0 {
			s.Mean[j] = sum / float64(len(known))
		}
		for i := len(known); i < rows; i++ {
			column[i] = s.Mean[j]
		}
		slices.Sort(column)
		s.Median[j] = quantile(column, 0.5)
		s.Range[j] = quantile(column, 0.75) - quantile(column, 0.25)
		if s.Range[j] < 10*0x1p-52 {
			s.Range[j] = 1
		}
	}
	return s, nil
}

// Apply scales x, [rows, dim], in place. No NaN remains.
func (s *Scaling) Apply(x []float64) error {
	dim := len(s.Mean)
	if err := check(x, dim, len(x)/max(1, dim)); err != nil {
		return err
	}
	for i, v := range x {
		j := i % dim
		if math.IsNaN(v) {
			v = s.Mean[j]
		}
		x[i] = (v - s.Median[j]) / s.Range[j]
	}
	return nil
}

// quantile interpolates between sorted values, as numpy.percentile does.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	below := int(at)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (at-float64(below))*(sorted[above]-sorted[below])
}
