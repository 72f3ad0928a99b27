package diffusion

import (
	"math"
	"slices"
	"testing"

	"euryale/rng"
)

// The addresses of random numbers are part of what makes a sample reproducible.
func TestNoiseIsAddressed(t *testing.T) {
	const seed, first, rows, dim = 7, 1 << 33, 5, 3
	got, want := make([]float32, rows*dim), make([]float32, rows*dim)
	NewRowNoise(seed, first, dim).Fill(got, 11)
	rng.NewStream(seed, rng.SamplingNoise).Normal(want, 11, first, dim)
	if !slices.Equal(got, want) {
		t.Errorf("noise %v, want %v", got, want)
	}
	rng.NewStream(seed, rng.Start).Normal(want, 0, first, dim)
	for p, deviation := range map[Process]float32{VP{0.1, 20, 1e-3}: 1, EDM{0.002, 80}: 80, Flow{1e-3, 0.999}: 1} {
		StartFromPrior(p, got, seed, first, dim)
		for i := range got {
			if got[i] != want[i]*deviation {
				t.Errorf("%T: start %v, want %v of deviation %v", p, got[i], want[i], deviation)
			}
		}
	}
}

func TestStartFromMarginal(t *testing.T) {
	p := newChainOf(t, "sigmoid", 1e-5, 0.5e-2, 100)
	const rows, dim = 4, 2
	x0 := []float32{1, 2, 3, 4, -5, -6, -7, -8}
	z, x, part := make([]float32, rows*dim), make([]float32, rows*dim), make([]float32, dim)
	StartFromPrior(p, z, 3, 10, dim)
	StartFromMarginal(p, x, x0, 99, 3, 10, dim)
	// Source: ᾱ_T = 0.778003432 of this schedule.
	for i := range x {
		want := math.Sqrt(0.778003432)*float64(x0[i]) + math.Sqrt(1-0.778003432)*float64(z[i])
		if math.Abs(float64(x[i])-want) > 1e-6 {
			t.Errorf("x_T %d = %v, want %v", i, x[i], want)
		}
	}
	StartFromMarginal(p, part, x0[2*dim:3*dim], 99, 3, 12, dim)
	if !slices.Equal(part, x[2*dim:3*dim]) {
		t.Errorf("row 2 by itself is %v, in a batch %v", part, x[2*dim:3*dim])
	}
}
