package diffusion

import (
	"context"
	"math"
	"testing"
)

// The reference values of this file come from the scheduler tests of huggingface/diffusers
// (tests/schedulers/test_scheduler_ddpm.py and the set-up of test_schedulers.py): betas linear from 1e-4 to
// .02 in 1000 steps, a "model" x·t/(t+1), x_0 clipped to ±1, and a fixed start. The rows with zero noise were
// computed by the same set-up.

// diffusersModel is the set-up's model.
type diffusersModel struct{}

func (diffusersModel) Predict(dst, x []float32, t float64) {
	for i, v := range x {
		dst[i] = v * float32(t/(t+1))
	}
}

// diffusersStart is the set-up's start: 0/768 … 767/768 of shape (3, 8, 8, 4) seen as (4, 3, 8, 8).
func diffusersStart() []float32 {
	x := make([]float32, 0, 768)
	for b := range 4 {
		for i := range 192 {
			x = append(x, float32(i*4+b)/768)
		}
	}
	return x
}

func TestAncestralAgainstDiffusers(t *testing.T) {
	strided := []int32{900, 800, 700, 600, 500, 400, 300, 200, 100, 0}
	for _, test := range []struct {
		name    string
		noise   Noise
		options AncestralOptions
		want    float64
		// The source's own tolerance is 1e-2 for sums; zero-noise rows are given to six decimals.
		tolerance float64
	}{
		{"seed 0", newPyTorchNoise(0), AncestralOptions{Variance: VarianceBetaTilde, ClipX0: 1}, 258.9606, 1e-2},
		// Without noise no x_0 leaves ±1, so these hold with and without clipping.
		{"zero noise", zeroNoise{}, AncestralOptions{ClipX0: 1}, 0.660936, 2e-6},
		{"zero noise, no clipping", zeroNoise{}, AncestralOptions{}, 0.660936, 2e-6},
		{"zero noise, 10 steps", zeroNoise{}, AncestralOptions{ClipX0: 1, Times: strided}, 2.367476, 2e-6},
		{"zero noise, 10 steps, no clipping", zeroNoise{}, AncestralOptions{Times: strided}, 2.367476, 2e-6},
	} {
		model, err := NewModel(diffusersModel{}, newSchedule(t, "linear", 1e-4, 0.02, 1000), Epsilon)
		if err != nil {
			t.Fatal(err)
		}
		x := diffusersStart()
		if err := Ancestral(context.Background(), model, x, test.noise, test.options); err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, v := range x {
			sum += math.Abs(float64(v))
		}
		if math.Abs(sum-test.want) > test.tolerance {
			t.Errorf("%s: sum of magnitudes %v, want %v", test.name, sum, test.want)
		}
	}
}

// Source: torch.manual_seed(0); torch.randn(16)[:4].
func TestPyTorchNoise(t *testing.T) {
	z := make([]float32, 16)
	newPyTorchNoise(0).Fill(z, 0)
	for i, want := range []float32{-1.12584, -1.15236, -0.25058, -0.43388} {
		if math.Abs(float64(z[i]-want)) > 6e-6 {
			t.Errorf("number %d = %v, want %v", i, z[i], want)
		}
	}
}
