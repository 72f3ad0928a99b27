package solver

import (
	"math"
	"testing"

	"euryale/diffusion"
)

// Source of the sums: the scheduler tests of huggingface/diffusers (tests/schedulers/test_scheduler_ddpm.py and the
// set-up of test_schedulers.py), and clean values with the same set-up for the rows without noise: betas linear from
// 1e-4 to .02 in 1000 steps, a "model" x·t/(t+1), x_0 clipped to ±1, a fixed start.
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
		// The source's own tolerance is 1e-2 for sums; zero-noise rows are given to six decimals.
		tolerance float64
	}{
		{"seed 0", newAncestralPyTorchNoise(0), VarianceBetaTilde, Bound{Limit: 1}, fullTimes(chain), 258.9606, 1e-2},
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
	model, err := diffusion.NewModel(diffusersModel{}, p, diffusion.Parameterisation{})
	if err != nil {
		t.Fatal(err)
	}
	return model
}

// Source: torch.manual_seed(0); torch.randn(16)[:4].
func TestAncestralPyTorchNoise(t *testing.T) {
	z := make([]float32, 16)
	newAncestralPyTorchNoise(0).Fill(z, 0)
	for i, want := range []float32{-1.12584, -1.15236, -0.25058, -0.43388} {
		if math.Abs(float64(z[i]-want)) > 6e-6 {
			t.Errorf("number %d = %v, want %v", i, z[i], want)
		}
	}
}

// ancestralPyTorchNoise is torch.randn of PyTorch's generator on the processor, for tensors of a multiple of 16
// numbers: MT19937 (Matsumoto and Nishimura 1998), words of 24 bits for the whole tensor, then Box and Muller on
// blocks of 16.
type ancestralPyTorchNoise struct {
	state [624]uint32
	next  int
}

func newAncestralPyTorchNoise(seed uint32) *ancestralPyTorchNoise {
	n := &ancestralPyTorchNoise{next: 624}
	n.state[0] = seed
	for i := 1; i < 624; i++ {
		n.state[i] = 1812433253*(n.state[i-1]^n.state[i-1]>>30) + uint32(i)
	}
	return n
}

func (n *ancestralPyTorchNoise) word() uint32 {
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

func (n *ancestralPyTorchNoise) Fill(z []float32, _ int) {
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
