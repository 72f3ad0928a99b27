package tabular

import (
	"context"
	"fmt"
)

// Manifold says how well two clouds of points cover each other, by balls around the points that reach to their k-th nearest
// neighbor (Kynkäänniemi et al. 2019; Naeem et al. 2020, "PRDC").
type Manifold struct {
	Precision float64 // share of the synthetic points that lie in a real ball
	Recall    float64 // share of the real points that lie in a synthetic ball
	Density   float64 // mean number of real balls that a synthetic point lies in, over k; 1 for the same distribution
	Coverage  float64 // share of the real balls that hold a synthetic point
}

// PRDC measures real and synthetic points, [n, dim] and [m, dim], with balls of k neighbors, 1 ≤ k < n and m.
func PRDC(ctx context.Context, real, synthetic []float32, dim, k, workers int) (Manifold, error) {
	n, m := len(real)/dim, len(synthetic)/dim
	if k < 1 || k >= n || k >= m {
		return Manifold{}, fmt.Errorf("tabular: %d neighbors are asked for among %d real and %d synthetic points", k, n, m)
	}
	realBalls, err := kthDistances(ctx, real, dim, k, workers)
	if err != nil {
		return Manifold{}, err
	}
	syntheticBalls, err := kthDistances(ctx, synthetic, dim, k, workers)
	if err != nil {
		return Manifold{}, err
	}
	in := make([]int32, m) // real balls that each synthetic point lies in
	if err := eachDistance(ctx, synthetic, real, dim, workers, func(j int, d []float32) {
		for i, distance := range d {
			if distance < realBalls[i] {
				in[j]++
			}
		}
	}); err != nil {
		return Manifold{}, err
	}
	recalled, covered := make([]bool, n), make([]bool, n)
	if err := eachDistance(ctx, real, synthetic, dim, workers, func(i int, d []float32) {
		for j, distance := range d {
			recalled[i] = recalled[i] || distance < syntheticBalls[j]
			covered[i] = covered[i] || distance < realBalls[i]
		}
	}); err != nil {
		return Manifold{}, err
	}
	f := Manifold{Recall: trueShare(recalled), Coverage: trueShare(covered)}
	for _, count := range in {
		if count > 0 {
			f.Precision += 1 / float64(m)
		}
		f.Density += float64(count) / float64(k) / float64(m)
	}
	return f, nil
}

func trueShare(values []bool) float64 {
	count := 0
	for _, v := range values {
		if v {
			count++
		}
	}
	return float64(count) / float64(len(values))
}
