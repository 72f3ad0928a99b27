package tabular

import (
	"context"
	"math"
)

// distances writes the Euclidean distance of a point to each row of set, [rows, dim], to dst, [rows].
func distances(dst, point, set []float32) {
	dim := len(point)
	for j := range dst {
		row := set[j*dim : (j+1)*dim]
		var a, b, c, d float32
		k := 0
		for ; k+4 <= dim; k += 4 {
			p, q := point[k:k+4:k+4], row[k:k+4:k+4]
			d0, d1, d2, d3 := p[0]-q[0], p[1]-q[1], p[2]-q[2], p[3]-q[3]
			a += d0 * d0
			b += d1 * d1
			c += d2 * d2
			d += d3 * d3
		}
		for ; k < dim; k++ {
			a += (point[k] - row[k]) * (point[k] - row[k])
		}
		dst[j] = float32(math.Sqrt(float64(a + b + c + d)))
	}
}

// eachDistance calls do(i, d) for each of points, [n, dim], with its distances to the rows of set, which are valid during the
// call only. It holds one row of distances per worker.
func eachDistance(ctx context.Context, points, set []float32, dim, workers int, do func(i int, d []float32)) error {
	return inPieces(ctx, workers, len(points)/dim, func() []float32 { return make([]float32, len(set)/dim) },
		func(d []float32, first, end int) {
			for i := first; i < end; i++ {
				distances(d, points[i*dim:(i+1)*dim], set)
				do(i, d)
			}
		})
}

// kthDistances is the distance of each of points, [n, dim], to its k-th nearest other one, 1 ≤ k < n.
func kthDistances(ctx context.Context, points []float32, dim, k, workers int) ([]float32, error) {
	kth := make([]float32, len(points)/dim)
	err := eachDistance(ctx, points, points, dim, workers, func(i int, d []float32) {
		d[i] = float32(math.Inf(1)) // not itself
		kth[i] = kthSmallest(d, k)
	})
	return kth, err
}

// kthSmallest keeps the k smallest so far in ascending order.
func kthSmallest(values []float32, k int) float32 {
	var room [16]float32
	least := room[:0]
	for _, v := range values {
		if len(least) == k && v >= least[k-1] {
			continue
		}
		at := len(least)
		for at > 0 && least[at-1] > v {
			at--
		}
		if len(least) < k {
			least = append(least, 0)
		}
		copy(least[at+1:], least[at:])
		least[at] = v
	}
	return least[len(least)-1]
}
