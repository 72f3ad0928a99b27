package mixed

import (
	"math"
	"testing"
)

// SciPy 1.10.1: scipy.stats.norm.ppf(u).
var ppf = [][2]float64{
	{1e-300, -37.0470962993612}, {1e-20, -9.262340089798409}, {1e-07, -5.1993375821928165}, {0.0001, -3.7190164854556804},
	{0.01, -2.3263478740408408}, {0.075, -1.4395314709384563}, {0.2, -0.8416212335729142}, {0.425, -0.18911842627279252}, {0.5, 0},
	{0.6, 0.2533471031357997}, {0.925, 1.4395314709384563}, {0.99, 2.3263478740408408}, {0.999999999, 5.997807019601637},
}

func TestQuantileNormal(t *testing.T) {
	for _, c := range ppf {
		u, want := c[0], c[1]
		if got := quantileNormal(u); math.Abs(got-want) > 2e-15*math.Abs(want) {
			t.Errorf("Φ⁻¹(%v) = %v, want %v", u, got, want)
		}
		if got := quickQuantile(u); math.Abs(got-want) > 2e-9*math.Abs(want) {
			t.Errorf("quick Φ⁻¹(%v) = %v, want %v", u, got, want)
		}
	}
}

func TestNormalInvertsItsQuantile(t *testing.T) {
	for i := 1; i < 100_000; i++ {
		u := float64(i) / 100_000
		if got := normal(quantileNormal(u)); math.Abs(got-u) > 1e-15 {
			t.Fatalf("Φ(Φ⁻¹(%v)) = %v", u, got)
		}
		if got := normal(float64(float32(quickQuantile(u)))); math.Abs(got-u) > margin {
			t.Fatalf("Φ of the float32 Φ⁻¹(%v) = %v, which is beyond the margin", u, got)
		}
	}
}
