package solver

import (
	"math"
	"testing"

	"euryale/diffusion"
)

// Source of the sums: the scheduler tests of huggingface/diffusers (tests/schedulers/test_scheduler_ddpm.py and the
// set-up of test_schedulers.py), and clean values with the same set-up for the rows without noise: betas linear from
// 1e-4 to 0.02 in 1000 steps, a "model" x·t/(t+1), x_0 clipped to ±1, a fixed start.
func TestAncestralAgainstDiffusers(t *testing.T) {
	chain := linearChain(t, 1000)
	strided := []float64{900, 800, 700, 600, 500, 400, 300, 200, 100, 0, -1}
	for _, test := range []struct {
		name     string
		noise    diffusion.Noise
		variance Variance
		bound    Bound
		times    []float64
		want     float64
		// The source's tolerance is 1e-2 for sums; zero-noise rows are given to six decimals.
		tolerance float64
	}{
		{"seed 0", newPyTorchNoise(0), VarianceBetaTilde, Bound{Limit: 1}, fullTimes(chain), 258.9606, 1e-2},
		// Without noise no x_0 leaves ±1, so these hold with and without clipping.
		{"zero noise", noNoise{}, VarianceBeta, Bound{Limit: 1}, fullTimes(chain), 0.660936, 2e-6},
		{"zero noise, no clipping", noNoise{}, VarianceBeta, Bound{}, fullTimes(chain), 0.660936, 2e-6},
		{"zero noise, 10 steps", noNoise{}, VarianceBeta, Bound{Limit: 1}, strided, 2.367476, 2e-6},
		{"zero noise, 10 steps, no clipping", noNoise{}, VarianceBeta, Bound{}, strided, 2.367476, 2e-6},
	} {
		run := &Run{Model: ancestralDiffusersModel(t, chain), Dim: 192, Noise: test.noise, Bound: test.bound}
		x := diffusersStart()
		mustSolve(t, Ancestral{test.variance}, run, x, test.times)
		if sum := sumAbs(x); math.Abs(sum-test.want) > test.tolerance {
			t.Errorf("%s: sum of magnitudes %v, want %v", test.name, sum, test.want)
		}
	}
}

func ancestralDiffusersModel(t testing.TB, p diffusion.Process) *diffusion.Model {
	t.Helper()
	model, err := diffusion.NewModel(diffusersModel{}, p, diffusion.Parameterization{})
	if err != nil {
		t.Fatal(err)
	}
	return model
}

// Source: torch.manual_seed(0); torch.randn(16)[:4].
func TestAncestralPyTorchNoise(t *testing.T) {
	z := make([]float32, 16)
	newPyTorchNoise(0).Fill(z, 0)
	for i, want := range []float32{-1.12584, -1.15236, -0.25058, -0.43388} {
		if math.Abs(float64(z[i]-want)) > 6e-6 {
			t.Errorf("number %d = %v, want %v", i, z[i], want)
		}
	}
}
