package tabular

import (
	"math"
	"testing"
)

// The numbers are those of NumPy 1.24.2, x = np.random.default_rng(seed).standard_normal(100_000): x[:4], x[-1], which shows
// that as many words were used, x.sum(), (x**2).sum() and np.abs(x).max().
func TestNormalIsThatOfNumPy(t *testing.T) {
	for _, c := range []struct {
		seed                       uint64
		first                      [4]float64
		last, sum, square, extreme float64
	}{
		{0, [4]float64{0.1257302210933933, -0.1321048632913019, 0.6404226504432821, 0.10490011715303971},
			-0.49541294309578066, -90.82507731206114, 100025.78495390479, 4.731957688635529},
		{5, [4]float64{-0.8019314252534474, -1.324358995628145, -0.24836162209524854, 0.4204452380655215},
			-0.8743238268618336, 91.06279549240566, 99767.60906781189, 4.363180576133111},
	} {
		z := newZiggurat(newPCG64(c.seed))
		var x, sum, square, extreme float64
		for i := range 100_000 {
			x = z.normal()
			if i < len(c.first) {
				near(t, "number", x, c.first[i], 1e-10)
			}
			sum, square, extreme = sum+x, square+x*x, max(extreme, math.Abs(x))
		}
		near(t, "last number", x, c.last, 1e-10)
		near(t, "sum", sum, c.sum, 1e-5)
		near(t, "sum of squares", square, c.square, 1e-4)
		near(t, "largest", extreme, c.extreme, 1e-10)
	}
}

// NumPy 1.24.2: u = np.random.default_rng(0).standard_normal((3, 4)); u /= np.linalg.norm(u, axis=0); u[:, 1]
func TestDirections(t *testing.T) {
	for k, want := range []float64{-0.09987633, 0.27337968, -0.95670699} {
		near(t, "direction", directions(3, 4, 0)[3+k], want, 1e-8)
	}
}
