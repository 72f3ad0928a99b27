package metrics

import (
	"math"
	"slices"
	"testing"
)

// Directions have length 1, those of a frame are orthogonal, and a direction does not depend on how many
// follow it.
func TestDirections(t *testing.T) {
	for _, dim := range []int{1, 2, 3, 8, 50} {
		const n = 70
		u := unitDirections(dim, n, 4)
		for k := range n {
			for i := k / dim * dim; i <= k; i++ {
				want := 0.0
				if i == k {
					want = 1
				}
				if got := dot(u[k*dim:(k+1)*dim], u[i*dim:(i+1)*dim]); math.Abs(got-want) > 1e-14 {
					t.Fatalf("dim %d: directions %d and %d have the product %v, want %v", dim, i, k, got, want)
				}
			}
		}
		if few := unitDirections(dim, 11, 4); !slices.Equal(few, u[:11*dim]) {
			t.Errorf("dim %d: 11 directions are not the first of %d", dim, n)
		}
		if dim > 1 && slices.Equal(u, unitDirections(dim, n, 5)) {
			t.Errorf("dim %d: seeds 4 and 5 give the same directions", dim)
		}
	}
}

// Uniform on the circle: the angle's Fourier coefficients 1 … 8 vanish. Frames of two at a right angle have
// exactly no coefficient 2 + 4i, and for all others a variance of at most 2/n.
func TestDirectionsAreUniform(t *testing.T) {
	const n = 4000
	u := unitDirections(2, n, 9)
	for order := 1; order <= 8; order++ {
		re, im := 0.0, 0.0
		for k := range n {
			sin, cos := math.Sincos(float64(order) * math.Atan2(u[2*k+1], u[2*k]))
			re += cos / n
			im += sin / n
		}
		bound := 4 * math.Sqrt(2./n)
		if order%4 == 2 {
			bound = 1e-12
		}
		if r := math.Hypot(re, im); r > bound {
			t.Errorf("Fourier coefficient %d = %v, want below %v", order, r, bound)
		}
	}
}
