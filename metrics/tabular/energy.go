package tabular

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Discrepancy is how far apart the distributions of two clouds of points are.
type Discrepancy struct {
	// Energy is the energy distance (Székely and Rizzo 2013), √(2 E‖X−Y‖ − E‖X−X′‖ − E‖Y−Y′‖) with means over all pairs, a
	// point and itself included: scipy.stats.energy_distance in one dimension.
	Energy float64
	// MMD is the square of the maximum mean discrepancy, E k(X,X′) + E k(Y,Y′) − 2 E k(X,Y) without pairs of a point and
	// itself, which estimates it without bias (Gretton et al. 2012, Lemma 6) and so may be below 0. The kernel is
	// exp(−‖x−y‖²/(2 h²)), h the median distance among at most 500 points of each set.
	MMD float64
}

// MeasureDiscrepancy compares points a and b, [n, dim] and [m, dim], at least 2 each.
func MeasureDiscrepancy(ctx context.Context, a, b []float32, dim, workers int) (Discrepancy, error) {
	n, m := len(a)/dim, len(b)/dim
	if n < 2 || m < 2 {
		return Discrepancy{}, fmt.Errorf("tabular: 2 points of each set are needed, got %d and %d", n, m)
	}
	h, err := medianDistance(ctx, a, b, dim, workers)
	if err != nil {
		return Discrepancy{}, err
	}
	var failed error
	block := func(x, y []float32, without int) (distance, kernel float64) {
		d, k, err := blockSums(ctx, x, y, dim, h, workers)
		failed = errors.Join(failed, err)
		rows, others := float64(len(x)/dim), float64(len(y)/dim)
		return d / rows / others, (k - float64(without)) / rows / (others - indicator(without > 0))
	}
	dAA, kAA := block(a, a, n)
	dBB, kBB := block(b, b, m)
	dAB, kAB := block(a, b, 0)
	return Discrepancy{Energy: math.Sqrt(max(0, 2*dAB-dAA-dBB)), MMD: kAA + kBB - 2*kAB}, failed
}

// blockSums sums distances and kernels over all pairs of rows of x and y.
func blockSums(ctx context.Context, x, y []float32, dim int, h float64, workers int) (distance, kernel float64, err error) {
	ds, ks := make([]float64, len(x)/dim), make([]float64, len(x)/dim)
	scale := -1 / (2 * h * h)
	err = eachDistance(ctx, x, y, dim, workers, func(i int, d []float32) {
		for _, v := range d {
			square := float64(v) * float64(v)
			ds[i] += float64(v)
			ks[i] += math.Exp(scale * square)
		}
	})
	for i, d := range ds { // in order, so that the sum does not depend on the workers
		distance += d
		kernel += ks[i]
	}
	return distance, kernel, err
}

// medianDistance is the median distance between different points among the first 500 of each set; 1 if that is 0.
func medianDistance(ctx context.Context, a, b []float32, dim, workers int) (float64, error) {
	const most = 500
	pooled := slices.Concat(a[:min(len(a), most*dim)], b[:min(len(b), most*dim)])
	n := len(pooled) / dim
	all := make([]float64, n*(n-1)/2)
	if err := eachDistance(ctx, pooled, pooled, dim, workers, func(i int, d []float32) {
		for j := range i {
			all[i*(i-1)/2+j] = float64(d[j])
		}
	}); err != nil {
		return 0, err
	}
	if h := quantileOf(all, 0.5); h > 0 {
		return h, nil
	}
	return 1, nil
}
