package solver

import (
	"math"
	"testing"

	"euryale/diffusion"
)

// Source of the sums: huggingface/diffusers, tests/schedulers/test_scheduler_ddim.py (η = 0), and clean values with the
// same set-up; see TestAncestralAgainstDiffusers. The last is the sum of ancestral sampling.
func TestDDIMAgainstDiffusers(t *testing.T) {
	chain := linearChain(t, 1000)
	times := []float64{900, 800, 700, 600, 500, 400, 300, 200, 100, 0, -1}
	for _, test := range []struct{ eta, want, tolerance float64 }{{0, 172.0067, 1e-2}, {0.5, 87.853081, 2e-4}, {1, 2.367476, 1e-5}} {
		x := diffusersStart()
		run := &Run{Model: ancestralDiffusersModel(t, chain), Dim: 192, Noise: noNoise{}, Bound: Bound{Limit: 1}}
		mustSolve(t, DDIM{test.eta}, run, x, times)
		if sum := sumAbs(x); math.Abs(sum-test.want) > test.tolerance {
			t.Errorf("eta %v: sum of magnitudes %v, want %v", test.eta, sum, test.want)
		}
	}
	// Source: diffusers' variance of the step 420 → 400 is 0.14771.
	if q := diffusion.PosteriorOf(chain, 420, 400); math.Abs(q.Variance-0.14771) > 1e-5 {
		t.Errorf("variance %v", q.Variance)
	}
}

// With η = 1 it is ancestral sampling with variance β̃, draw by draw, with and without a bound.
func TestDDIMIsAncestral(t *testing.T) {
	chain := linearChain(t, 1000)
	times := linearTimes(chain, 30, true)
	for _, bound := range []Bound{{}, {Limit: 1}} {
		var x [2][]float32
		for i, s := range []Solver{DDIM{1}, Ancestral{VarianceBetaTilde}} {
			x[i] = make([]float32, 20)
			diffusion.StartFromPrior(chain, x[i], 1, 0, 1)
			run := &Run{Model: oracle(t, chain, normalData(0.8, 0.5), diffusion.Epsilon), Dim: 1,
				Noise: diffusion.NewRowNoise(1, 0, 1), Bound: bound}
			mustSolve(t, s, run, x[i], times)
		}
		for i := range x[0] {
			if math.Abs(float64(x[0][i]-x[1][i])) > 1e-4 {
				t.Errorf("bound %v: sample %d is %v, by ancestral sampling %v", bound, i, x[0][i], x[1][i])
			}
		}
	}
}

// A bound on x_0 changes ε too, so that x still is α x_0 + σ ε.
func TestDDIMDerivesEpsilonFromBoundedX0(t *testing.T) {
	chain := linearChain(t, 1000)
	model := oracle(t, chain, normalData(3, 0.1), diffusion.Epsilon)
	x := []float32{0.7}
	mustSolve(t, DDIM{}, &Run{Model: model, Dim: 1, Bound: Bound{Limit: 1}}, x, []float64{500, 300})
	alpha, sigma := chain.Marginal(500)
	alphaTo, sigmaTo := chain.Marginal(300)
	if want := alphaTo + sigmaTo*(0.7-alpha)/sigma; math.Abs(float64(x[0])-want) > 1e-5 { // x_0 would be near 3
		t.Errorf("x = %v, want %v", x[0], want)
	}
}

// From pure noise (ᾱ = 0 at the start) the chain reaches the data.
func TestDDIMFromZeroTerminalSNR(t *testing.T) {
	betas := make([]float64, 200)
	for i := range betas {
		betas[i] = 0.0005 + 0.0995*float64(i)/199
	}
	betas[199] = 1
	chain, err := diffusion.FromBetas(betas)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 4000)
	for _, eta := range []float64{0, 1} {
		run := &Run{Model: oracle(t, chain, normalData(1.5, 0.5), diffusion.Velocity), Dim: 1, Noise: diffusion.NewRowNoise(3, 0, 1)}
		diffusion.StartFromPrior(chain, x, 3, 0, 1)
		mustSolve(t, DDIM{eta}, run, x, fullTimes(chain))
		sum, square := 0.0, 0.0
		for _, v := range x {
			sum += float64(v)
			square += float64(v) * float64(v)
		}
		mean := sum / 4000
		if deviation := math.Sqrt(square/4000 - mean*mean); math.Abs(mean-1.5) > 0.05 || math.Abs(deviation-0.5) > 0.04 {
			t.Errorf("eta %v: mean %v, deviation %v, want 1.5 and 0.5", eta, mean, deviation)
		}
	}
}
