package mixed

import (
	"cmp"
	"math"
	"slices"
)

// eigen finds the eigenvalues of a symmetric matrix [n, n], in falling order, and its eigenvectors of length 1, the rows of
// vectors [n, n], by Jacobi's method: plane rotations that set one element off the diagonal to 0 each, in cycles, until none
// is left (Golub and Van Loan, Matrix Computations, section 8.5). The first element of a vector that is not 0 is positive.
// The matrix is overwritten.
func eigen(a []float64, n int) (values, vectors []float64) {
	v := make([]float64, n*n)
	for i := range n {
		v[i*n+i] = 1
	}
	negligible := 0.0
	for i := range n {
		negligible += 1e-15 * math.Abs(a[i*n+i])
	}
	for range 50 { // cycles; about ten are needed
		if !sweep(a, v, n, negligible) {
			break
		}
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(a[j*n+j], a[i*n+i]) })
	for _, i := range order {
		values = append(values, a[i*n+i])
		row := v[i*n : (i+1)*n]
		sign := 1.0
		if at := slices.IndexFunc(row, func(x float64) bool { return math.Abs(x) > 1e-12 }); at >= 0 && row[at] < 0 {
			sign = -1
		}
		for _, x := range row {
			vectors = append(vectors, sign*x)
		}
	}
	return values, vectors
}

// sweep is one cycle of rotations; false if no element was more than negligible.
func sweep(a, v []float64, n int, negligible float64) bool {
	done := false
	for i := range n {
		for j := i + 1; j < n; j++ {
			off := a[i*n+j]
			if math.Abs(off) <= negligible {
				continue
			}
			done = true
			// t = tan of the angle, the smaller root of t² + 2·t·θ − 1.
			theta := (a[j*n+j] - a[i*n+i]) / (2 * off)
			t := math.Copysign(1/(math.Abs(theta)+math.Sqrt(theta*theta+1)), theta)
			c := 1 / math.Sqrt(t*t+1)
			s := t * c
			rotate(a[i*n:(i+1)*n], a[j*n:(j+1)*n], c, s)
			for k := range n {
				x, y := a[k*n+i], a[k*n+j]
				a[k*n+i], a[k*n+j] = c*x-s*y, s*x+c*y
			}
			rotate(v[i*n:(i+1)*n], v[j*n:(j+1)*n], c, s)
		}
	}
	return done
}

func rotate(x, y []float64, c, s float64) {
	for k, a := range x {
		b := y[k]
		x[k], y[k] = c*a-s*b, s*a+c*b
	}
}
