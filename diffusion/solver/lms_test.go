package solver

import (
	"math"
	"testing"
)

// TestLagrangeIntegrals: for equal steps they are the Adams–Bashforth coefficients, for others they integrate
// polynomials exactly.
func TestLagrangeIntegrals(t *testing.T) {
	for _, want := range [][]float64{{1}, {3. / 2, -1. / 2}, {23. / 12, -16. / 12, 5. / 12}, {55. / 24, -59. / 24, 37. / 24, -9. / 24}} {
		got := lagrangeIntegrals([]float64{3, 2, 1, 0}[:len(want)], 4)
		for j, w := range want {
			if math.Abs(got[j]-w) > 1e-14 {
				t.Errorf("%d equal steps: %v, expected %v", len(want), got, want)
			}
		}
	}
	nodes, to := []float64{0.8, 1.1, 1.7, 2, 2.4, 3.1}, 0.3
	for order := 1; order <= maxLMSOrder; order++ {
		c := lagrangeIntegrals(nodes[:order], to)
		for degree := range order {
			got := 0.0
			for j := range order {
				got += c[j] * math.Pow(nodes[j], float64(degree))
			}
			k := float64(degree + 1)
			if want := (math.Pow(to, k) - math.Pow(nodes[0], k)) / k; math.Abs(got-want) > 1e-12 {
				t.Errorf("order %d, degree %d: %v, expected %v", order, degree, got, want)
			}
		}
	}
}
