package metrics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Gaussian is the normal distribution with the mean and the covariance of a set of points.
type Gaussian struct {
	Rows       int // points
	Mean       []float64
	Covariance *mat.SymDense // with the divisor rows − 1
}

// GaussianOf is the normal distribution of points, [rows, dim], at least two.
func GaussianOf(points []float32, dim int) (*Gaussian, error) {
	if err := check("the set of features", points, dim); err != nil {
		return nil, err
	}
	rows := len(points) / dim
	if rows < 2 {
		return nil, fmt.Errorf("metrics: a covariance needs at least 2 points, got %d", rows)
	}
	g := &Gaussian{Rows: rows, Mean: make([]float64, dim), Covariance: mat.NewSymDense(dim, nil)}
	for lo := 0; lo < len(points); lo += dim {
		for j, v := range points[lo : lo+dim] {
			g.Mean[j] += float64(v)
		}
	}
	for j := range g.Mean {
		g.Mean[j] /= float64(rows)
	}
	centered := make([]float64, dim)
	sums := make([]float64, dim*dim)
	for lo := 0; lo < len(points); lo += dim {
		for j, v := range points[lo : lo+dim] {
			centered[j] = float64(v) - g.Mean[j]
		}
		for i, a := range centered {
			row := sums[i*dim : (i+1)*dim]
			for j := i; j < dim; j++ {
				row[j] += a * centered[j]
			}
		}
	}
	for i := range dim {
		for j := i; j < dim; j++ {
			g.Covariance.SetSym(i, j, sums[i*dim+j]/float64(rows-1))
		}
	}
	return g, nil
}

// Frechet is the square of the Fréchet distance, which is the Wasserstein-2 distance, of two normal distributions (Dowson and
// Landau 1982), as the Fréchet Inception distance takes it of features (Heusel et al. 2017):
//
//	|m_a − m_b|² + tr(S_a + S_b − 2 (S_a S_b)^½)
//
// The trace of the root is that of (S_a^½ S_b S_a^½)^½, whose eigenvalues are real. Of sets of n points it is too large by a
// share of the features' variance that falls like 1/n: compare only distances of as many points.
func Frechet(a, b *Gaussian) (float64, error) {
	dim := len(a.Mean)
	if dim != len(b.Mean) {
		return 0, fmt.Errorf("metrics: normal distributions in %d and in %d dimensions have no distance", dim, len(b.Mean))
	}
	distance := 0.0
	for j, v := range a.Mean {
		d := v - b.Mean[j]
		distance += d*d + a.Covariance.At(j, j) + b.Covariance.At(j, j)
	}
	var of mat.EigenSym
	if !of.Factorize(a.Covariance, true) {
		return 0, fmt.Errorf("metrics: the covariance of %d features has no eigenvalues", dim)
	}
	var vectors, half, product mat.Dense
	of.VectorsTo(&vectors)
	roots := of.Values(nil)
	for i, v := range roots {
		roots[i] = math.Sqrt(max(v, 0)) // rounding can put a 0 below 0
	}
	half.Mul(&vectors, mat.NewDiagDense(dim, roots)) // its square is S_a, in the basis of its eigenvectors
	product.Mul(half.T(), b.Covariance)
	product.Mul(&product, &half)
	inner := mat.NewSymDense(dim, nil)
	for i := range dim {
		for j := i; j < dim; j++ {
			inner.SetSym(i, j, (product.At(i, j)+product.At(j, i))/2)
		}
	}
	if !of.Factorize(inner, false) {
		return 0, fmt.Errorf("metrics: the covariances of %d features have no common root", dim)
	}
	for _, v := range of.Values(nil) {
		distance -= 2 * math.Sqrt(max(v, 0))
	}
	return max(distance, 0), nil
}
