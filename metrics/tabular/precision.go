package tabular

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// AlphaBeta are alpha-precision and beta-recall (Alaa et al. 2022), with the formulas of synthcity. They compare how many
// synthetic points lie within the ball around the real mean that holds a share α of the real points, over 30 values α of
// 0 … 1, and how many real points have a near synthetic one within such a ball around the synthetic mean:
//
//	α-precision = 1 − Σ |α − P(‖s − c_r‖ ≤ Q_r(α))| / Σ α
//	β-recall    = 1 − Σ |β − P(d(r, S) ≤ d(r, R∖r) and ‖s* − c_s‖ ≤ Q(β))| / Σ β
//
// where s* is the nearest synthetic point of r, and Q(β) is the quantile of ‖s* − c_s‖. The same distribution has an
// α-precision of 1, but a β-recall of about 0.5: a synthetic point is as likely nearer than a real one as not.
type AlphaBeta struct {
	AlphaPrecision, BetaRecall float64
}

// MeasureAlphaBeta measures real and synthetic points, [n, dim] and [m, dim], of at least 2 real ones.
func MeasureAlphaBeta(ctx context.Context, real, synthetic []float32, dim, workers int) (AlphaBeta, error) {
	n, m := len(real)/dim, len(synthetic)/dim
	if n < 2 || m < 1 {
		return AlphaBeta{}, fmt.Errorf("tabular: 2 real points and a synthetic one are needed, got %d and %d", n, m)
	}
	fromReal := center(real, dim)
	radii := slices.Sorted(slices.Values(toCenter(real, fromReal)))
	outward := slices.Sorted(slices.Values(toCenter(synthetic, fromReal)))

	among, err := kthDistances(ctx, real, dim, 1, workers)
	if err != nil {
		return AlphaBeta{}, err
	}
	fromSynthetic := toCenter(synthetic, center(synthetic, dim))
	nearest, near := make([]float64, n), make([]bool, n)
	if err := eachDistance(ctx, real, synthetic, dim, workers, func(i int, d []float32) {
		at := 0
		for j, distance := range d {
			if distance < d[at] {
				at = j
			}
		}
		nearest[i], near[i] = fromSynthetic[at], d[at] <= among[i]
	}); err != nil {
		return AlphaBeta{}, err
	}
	reach := slices.Sorted(slices.Values(nearest))

	const levels = 30
	total, alphaGap, betaGap := 0.0, 0.0, 0.0
	for level := range levels {
		share := float64(level) / (levels - 1)
		radius := quantile(radii, share)
		within, _ := slices.BinarySearch(outward, math.Nextafter(radius, math.Inf(1)))
		recalled := 0
		bound := quantile(reach, share)
		for i, distance := range nearest {
			if near[i] && distance <= bound {
				recalled++
			}
		}
		total += share
		alphaGap += math.Abs(share - float64(within)/float64(m))
		betaGap += math.Abs(share - float64(recalled)/float64(n))
	}
	return AlphaBeta{1 - alphaGap/total, 1 - betaGap/total}, nil
}

// center is the mean of points, [dim].
func center(points []float32, dim int) []float64 {
	c := make([]float64, dim)
	for i, v := range points {
		c[i%dim] += float64(v)
	}
	for k := range c {
		c[k] /= float64(len(points) / dim)
	}
	return c
}

// toCenter is the distance of each of points from c.
func toCenter(points []float32, c []float64) []float64 {
	dim := len(c)
	out := make([]float64, len(points)/dim)
	for i := range out {
		for k, v := range points[i*dim : (i+1)*dim] {
			d := float64(v) - c[k]
			out[i] += d * d
		}
		out[i] = math.Sqrt(out[i])
	}
	return out
}
