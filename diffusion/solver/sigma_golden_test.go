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
		model, err := diffusion.NewModel(diffusersModel{}, chain, diffusion.Parameterisation{Prediction: c.speaks})
		if err != nil {
			t.Fatal(err)
		}
		x := diffusersStart()
		_, sigma := chain.Marginal(1099) // that is α times the first σ/α
		for i := range x {
			x[i] *= float32(sigma)
		}
		mustSolve(t, c.solver, &Run{Model: model, Dim: 192, Noise: newSigmaNoise()}, x, sigmaTimes())
		if got := sumAbs(x); math.Abs(got-c.want) > 1e-2 {
			t.Errorf("%s of %v: %.4f, expected %.4f", c.solver.Name(), c.speaks, got, c.want)
		}
	}
}

func TestEulerMatchesDiffusersEDM(t *testing.T) {
	p := edm(t)
	model, err := diffusion.NewModel(sigmaDenoiser{}, p, diffusion.Parameterisation{Prediction: diffusion.Preconditioned, DataDeviation: 0.5, ScaleInput: true})
	if err != nil {
		t.Fatal(err)
	}
	times, err := Times(p, Config{Steps: 10, Spacing: "karras", Rho: 7, Final: "data"})
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

// sigmaDenoiser is diffusersModel told ln σ/4.
type sigmaDenoiser struct{}

func (sigmaDenoiser) Predict(dst, x []float32, t float64) {
	diffusersModel{}.Predict(dst, x, math.Log(t)/4)
}

// sigmaNoise is torch.randn with seed 0 of PyTorch's generator on the processor, for a multiple of 16 numbers:
// MT19937 (Matsumoto and Nishimura 1998), words of 24 bits for the whole tensor, then Box and Muller on blocks of 16.
type sigmaNoise struct {
	state [624]uint32
	next  int
}

func newSigmaNoise() *sigmaNoise {
	n := &sigmaNoise{next: 624}
	for i := 1; i < 624; i++ {
		n.state[i] = 1812433253*(n.state[i-1]^n.state[i-1]>>30) + uint32(i)
	}
	return n
}

func (n *sigmaNoise) word() uint32 {
	if n.next == 624 {
		for i := range n.state {
			y := n.state[i]&0x80000000 | n.state[(i+1)%624]&0x7fffffff
			n.state[i] = n.state[(i+397)%624] ^ y>>1 ^ (y&1)*0x9908b0df
		}
		n.next = 0
	}
	y := n.state[n.next]
	n.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

func (n *sigmaNoise) Fill(z []float32, _ int) {
	for i := range z {
		z[i] = float32(n.word()&0xffffff) * 0x1p-24
	}
	for ; len(z) > 0; z = z[16:] {
		for j := range 8 {
			r := math.Sqrt(-2 * math.Log(1-float64(z[j])))
			sin, cos := math.Sincos(2 * math.Pi * float64(z[j+8]))
			z[j], z[j+8] = float32(r*cos), float32(r*sin)
		}
	}
}
