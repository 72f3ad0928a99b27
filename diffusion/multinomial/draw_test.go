package multinomial_test

import (
	"math"
	"testing"

	"euryale/diffusion/multinomial"
	"euryale/rng"
)

// frequencies counts what draw returns for n normal numbers.
func frequencies(k, n int, draw func(z float32) int) []float64 {
	z, counts := make([]float32, n), make([]float64, k)
	rng.NewStream(7, rng.Evaluation).Normal(z, 0, 0, n)
	for _, v := range z {
		counts[draw(v)]++
	}
	return counts
}

// checkFrequencies compares counts with a distribution by Pearson's chi-square. The limit is its 99.9th percentile for k−1
// degrees of freedom: scipy.stats.chi2.ppf(0.999, [1, 2, 3, 4, 5]) of SciPy 1.10.1.
func checkFrequencies(t *testing.T, what string, counts, p []float64) {
	t.Helper()
	limits := []float64{0, 10.8276, 13.8155, 16.2662, 18.4668, 20.5150}
	n, chi2 := 0.0, 0.0
	for _, c := range counts {
		n += c
	}
	for i, c := range counts {
		if p[i] == 0 {
			if c > 0 {
				t.Errorf("%s: category %d of probability 0 was drawn %v times", what, i, c)
			}
			continue
		}
		chi2 += (c - n*p[i]) * (c - n*p[i]) / (n * p[i])
	}
	if limit := limits[len(p)-1]; chi2 > limit {
		t.Errorf("%s: counts %v, want shares %v: chi-square %v > %v", what, counts, p, chi2, limit)
	}
}

func TestNoisy(t *testing.T) {
	const k, x0 = 4, 2
	for _, noise := range []float64{0.001, 0.3, 1} {
		p := []float64{noise / k, noise / k, 1 - noise + noise/k, noise / k}
		checkFrequencies(t, "x_t", frequencies(k, 40000, func(z float32) int { return multinomial.Noisy(x0, k, noise, z) }), p)
	}
	for _, z := range []float32{-7, 0, 7, float32(math.Inf(1)), float32(math.Inf(-1))} {
		if got := multinomial.Noisy(x0, k, 0, z); got != x0 {
			t.Errorf("without noise, z = %v draws %d", z, got)
		}
		if got := multinomial.Noisy(x0, k, 1, z); got < 0 || got >= k {
			t.Errorf("z = %v draws %d of %d", z, got, k)
		}
	}
}

func TestDraw(t *testing.T) {
	p := []float64{0.1, 0, 0.25, 0.65, 0}
	draw := func(z float32) int { return multinomial.Draw(logs(p), z) }
	checkFrequencies(t, "categories", frequencies(len(p), 40000, draw), p)
	for _, z := range []float32{float32(math.Inf(1)), float32(math.Inf(-1))} {
		if got := draw(z); p[got] == 0 {
			t.Errorf("z = %v draws category %d, which has probability 0", z, got)
		}
	}
	// What rounding leaves goes to a possible category.
	if got := multinomial.Draw([]float64{math.Log(0.5), math.Log(0.5 - 1e-9), math.Inf(-1)}, float32(math.Inf(-1))); got != 1 {
		t.Errorf("the rest goes to category %d, want 1", got)
	}
}

// The place of the largest of independent normal numbers is a category at random.
func TestHighest(t *testing.T) {
	const k, n = 5, 20000
	z, counts := make([]float32, n*k), make([]float64, k)
	rng.NewStream(3, rng.Evaluation).Normal(z, 0, 0, k)
	for r := 0; r < len(z); r += k {
		counts[multinomial.Highest(z[r:r+k])]++
	}
	checkFrequencies(t, "starts", counts, []float64{0.2, 0.2, 0.2, 0.2, 0.2})
	x := []float32{3, 4, 5}
	if multinomial.OneHot(x, 1); x[0] != 0 || x[1] != 1 || x[2] != 0 || multinomial.Highest(x) != 1 {
		t.Errorf("one-hot of category 1: %v", x)
	}
}

// Sums of exponentials whose terms overflow or vanish.
func TestLogs(t *testing.T) {
	inf := math.Inf(1)
	for _, test := range []struct{ a, b, want float64 }{
		{0, 0, math.Ln2}, {1000, 1000, 1000 + math.Ln2}, {-1000, 0, 0}, {-inf, 3, 3}, {3, -inf, 3}, {-inf, -inf, -inf}, {inf, 0, inf},
	} {
		if got := multinomial.LogAddExp(test.a, test.b); got != test.want && !(math.Abs(got-test.want) < 1e-12) {
			t.Errorf("LogAddExp(%v, %v) = %v, want %v", test.a, test.b, got, test.want)
		}
	}
	dst := make([]float64, 3)
	multinomial.LogSoftmax(dst, []float32{1e4, 1e4, -1e4})
	for i, want := range []float64{-math.Ln2, -math.Ln2, -2e4 - math.Ln2} {
		if math.Abs(dst[i]-want) > 1e-9 {
			t.Errorf("LogSoftmax: %v, want %v at %d", dst[i], want, i)
		}
	}
	if multinomial.LogSoftmax(dst[:1], []float32{-88}); dst[0] != 0 {
		t.Errorf("LogSoftmax of one logit: %v, want 0", dst[0])
	}
}
