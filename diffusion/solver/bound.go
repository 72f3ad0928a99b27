package solver

import (
	"fmt"
	"math"
	"slices"
)

// Bound keeps the predicted x_0 within [−Limit, Limit]. It suits data with known bounds, such as images in [−1, 1]. The
// zero value is no bound.
type Bound struct {
	// Limit of each coordinate; 0: no bound.
	Limit float64
	// Percentile, if not 0, makes the bound dynamic (Saharia et al. 2022, "Photorealistic text-to-image diffusion
	// models", section 2.3): a row is clipped to ±s, where s is this percentile, from 0 to 1, of its absolute values, but
	// at least Limit, and then multiplied by Limit/s.
	Percentile float64
}

func (b Bound) check() error {
	switch {
	case !(b.Limit >= 0 && b.Limit <= math.MaxFloat32):
		return fmt.Errorf("the bound of x_0 must be at least 0, got %v", b.Limit)
	case !(b.Percentile >= 0 && b.Percentile <= 1):
		return fmt.Errorf("the percentile of dynamic thresholding must be from 0 to 1, got %v", b.Percentile)
	case b.Percentile > 0 && b.Limit == 0:
		return fmt.Errorf("dynamic thresholding needs a bound of x_0 above 0")
	}
	return nil
}

// bound applies the bound to the rows of x_0. NaN stays NaN.
func (r *Run) bound(x []float32) { r.boundRows(x, r.Dim) }

// boundRows is bound for rows of dim numbers.
func (r *Run) boundRows(x []float32, dim int) {
	limit := float32(r.Bound.Limit)
	switch {
	case limit == 0:
	case r.OnBound != nil:
		r.OnBound(x)
	case r.Bound.Percentile == 0:
		clip(x, limit)
	default:
		for row := 0; row < len(x); row += dim {
			r.threshold(x[row : row+dim])
		}
	}
}

func (r *Run) threshold(row []float32) {
	r.sorted = r.sorted[:0]
	for _, v := range row {
		r.sorted = append(r.sorted, float32(math.Abs(float64(v))))
	}
	slices.Sort(r.sorted)
	// Linear interpolation between order statistics, as numpy and PyTorch do.
	place := r.Bound.Percentile * float64(len(row)-1)
	below := int(place)
	above := min(below+1, len(row)-1)
	w := float32(place - float64(below))
	limit := float32(r.Bound.Limit)
	if s := r.sorted[below] + w*(r.sorted[above]-r.sorted[below]); s > limit {
		clip(row, s)
		for i := range row {
			row[i] *= limit / s
		}
		return
	}
	clip(row, limit)
}

// clip bounds every value. NaN stays NaN.
func clip(x []float32, bound float32) {
	for i, v := range x {
		if v > bound {
			x[i] = bound
		} else if v < -bound {
			x[i] = -bound
		}
	}
}
