package metrics

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// functionOf is a set whose numbers are a function of their place.
func functionOf(n int, f func(i float64) float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(f(float64(i)))
	}
	return x
}

func mustFrechet(t testing.TB, a, b []float32, dim int) float64 {
	t.Helper()
	x, err := GaussianOf(a, dim)
	if err != nil {
		t.Fatal(err)
	}
	y, err := GaussianOf(b, dim)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Frechet(x, y)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Values of SciPy 1.10.1 for the same numbers in float64, sqrtm and np.cov:
//
//	r = sqrtm(np.cov(a, rowvar=False) @ np.cov(b, rowvar=False))
//	((a.mean(0) - b.mean(0))**2).sum() + np.trace(np.cov(a, rowvar=False) + np.cov(b, rowvar=False) - 2*r.real)
func TestFrechetOfSciPy(t *testing.T) {
	// i = np.arange(15.).reshape(5, 3); a = np.sin(i*i)
	a := functionOf(15, func(i float64) float64 { return math.Sin(i * i) })
	// b = np.cos(3*np.arange(18.).reshape(6, 3)**1.5) + .25
	b := functionOf(18, func(i float64) float64 { return math.Cos(3*math.Pow(i, 1.5)) + 0.25 })
	if got, want := mustFrechet(t, a, b, 3), 2.0440809094335117; math.Abs(got-want) > 1e-6 {
		t.Errorf("%v, want %v", got, want)
	}
	// As many features as points and more: covariances without an inverse. np.sin(np.arange(12.).reshape(3, 4)**2),
	// np.cos(np.arange(16.).reshape(4, 4)*1.7)
	a = functionOf(12, func(i float64) float64 { return math.Sin(i * i) })
	b = functionOf(16, func(i float64) float64 { return math.Cos(i * 1.7) })
	if got, want := mustFrechet(t, a, b, 4), 3.106022474; math.Abs(got-want) > 1e-6 {
		t.Errorf("singular: %v, want %v", got, want)
	}
}

// It is |shift|² between translates, dim·(s − 1)² between scaled sets of covariance 1, and symmetric.
func TestFrechetLaws(t *testing.T) {
	const dim = 4
	a := normals(1, 3000, dim)
	b := slices.Clone(a)
	for i := range b {
		b[i] += float32(i % dim)
	}
	if got := mustFrechet(t, a, b, dim); math.Abs(got-(1+4+9)) > 1e-4 {
		t.Errorf("translates: %v, want 14", got)
	}
	for i := range b {
		b[i] = 3 * a[i]
	}
	// trace of the covariance of a, times (3 − 1)²
	of, err := GaussianOf(a, dim)
	if err != nil {
		t.Fatal(err)
	}
	want := 0.0
	for j := range dim {
		want += 4 * (of.Covariance.At(j, j) + of.Mean[j]*of.Mean[j])
	}
	got, back := mustFrechet(t, a, b, dim), mustFrechet(t, b, a, dim)
	if math.Abs(got-want) > 1e-4 || math.Abs(got-back) > 1e-9 {
		t.Errorf("scaled: %v and back %v, want %v", got, back, want)
	}
	if got := mustFrechet(t, a, a, dim); got > 1e-9 {
		t.Errorf("of a set to itself: %v", got)
	}
}

func TestFrechetErrors(t *testing.T) {
	if _, err := GaussianOf([]float32{1, 2}, 2); err == nil || !strings.Contains(err.Error(), "needs at least 2 points, got 1") {
		t.Errorf("one point: %v", err)
	}
	nan := float32(math.NaN())
	if _, err := GaussianOf([]float32{1, nan}, 1); err == nil || !strings.Contains(err.Error(), "1 of 2 points are not finite") {
		t.Errorf("NaN: %v", err)
	}
	a, _ := GaussianOf([]float32{1, 2}, 1)
	b, _ := GaussianOf([]float32{1, 2, 3, 4}, 2)
	if _, err := Frechet(a, b); err == nil || !strings.Contains(err.Error(), "in 1 and in 2 dimensions") {
		t.Errorf("dimensions: %v", err)
	}
}
