package solver

import (
	"math"
	"testing"

	"euryale/diffusion"
)

// The values below are of huggingface/diffusers, tests/schedulers, and clean values with the same set-up: sums of
// |x_0| over 768 numbers, to within 1e-2.

// sigmaTimes are 10 times from 1099 to 0, most between the steps, and the data. Diffusers interpolates σ/α there, where
// Chain interpolates its logarithm: that is within the tolerance.
func sigmaTimes() []float64 {
	var times []float64
	for i := range 10 {
		times = append(times, 1099*float64(9-i)/9)
	}
	return append(times, -1)
}

func TestSigmaSolversMatchDiffusers(t *testing.T) {
	chain := linearChain(t, 1100)
	if got := diffusion.SigmaRatio(chain, 1099); math.Abs(got-261.0556) > 1e-3 {
		t.Fatalf("the first sigma is %v", got)
	}
	for _, c := range []struct {
		solver Solver
		speaks diffusion.Prediction
		want   float64
	}{
		{Euler{}, diffusion.Epsilon, 168.0516},
		{Euler{}, diffusion.Velocity, 46.9141},
		{Heun{}, diffusion.Epsilon, 244.6025},
		{LMS{Order: 4}, diffusion.Epsilon, 191.1941},
		{DPM2{}, diffusion.Epsilon, 218.2556},
		{EulerAncestral{Eta: 1}, diffusion.Epsilon, 233.2862},
	} {
		model, err := diffusion.NewModel(diffusersModel{}, chain, diffusion.Parameterization{Prediction: c.speaks})
		if err != nil {
			t.Fatal(err)
		}
		x := diffusersStart()
		_, sigma := chain.Marginal(1099) // that is α times the first σ/α
		for i := range x {
			x[i] *= float32(sigma)
		}
		mustSolve(t, c.solver, &Run{Model: model, Dim: 192, Noise: newPyTorchNoise(0)}, x, sigmaTimes())
		if got := sumAbs(x); math.Abs(got-c.want) > 1e-2 {
			t.Errorf("%s of %v: %.4f, expected %.4f", c.solver.Name(), c.speaks, got, c.want)
		}
	}
}

func TestEulerMatchesDiffusersEDM(t *testing.T) {
	p := edm(t)
	model, err := diffusion.NewModel(sigmaDenoiser{}, p, diffusion.Parameterization{Prediction: diffusion.Preconditioned,
		SigmaData: 0.5, ScaleInput: true})
	if err != nil {
		t.Fatal(err)
	}
	times, err := Times(p, spacingOptions("karras", 10, FinalData))
	if err != nil {
		t.Fatal(err)
	}
	x := diffusersStart()
	for i := range x {
		x[i] *= float32(math.Sqrt(6401))
	}
	mustSolve(t, Euler{}, &Run{Model: model, Dim: 192}, x, times)
	if got := sumAbs(x); math.Abs(got-34.1855) > 1e-2 {
		t.Errorf("%.4f, expected 34.1855", got)
	}
}

// sigmaDenoiser is diffusersModel at the time ln σ/4.
type sigmaDenoiser struct{}

func (sigmaDenoiser) Predict(dst, x []float32, t float64) {
	diffusersModel{}.Predict(dst, x, math.Log(t)/4)
}
