package optim

import (
	"math"
	"slices"
	"testing"
)

// Algorithm 2 of Loshchilov and Hutter (2019), written line by line in float64 with PyTorch's convention for the decay:
// the paper's line 12 is
//
//	θ ← θ₋ − η·(α·m̂/(√v̂ + ε) + λ·θ₋)
//
// with a multiplier η of the schedule, and PyTorch's AdamW takes γ = η·α for the learning rate and γ·λ for the decay:
//
//	θ ← θ₋ − γ·λ·θ₋, then θ ← θ − γ·m̂/(√v̂ + ε)
//
// in which m̂ and v̂ do not depend on θ, so that the two forms are equal for λ = λ_paper/α. The rate changes in every
// step, weights lie between 1e-3 and 1e3, and decays between none and most of a weight in all.
func TestAdamWAgainstAlgorithm2(t *testing.T) {
	const size, total = 37, 30
	for _, decay := range []float64{0, 0.01, 0.3, 10} {
		options := &AdamW{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-6, WeightDecay: decay}
		schedule := &Cosine{Rate: 0.02, Warmup: 5, Final: 0.1}
		p := normals(1, 0, size)
		for i := range p {
			p[i] *= float32(math.Pow(10, float64(i%7-3)))
		}
		theta, m, v := make([]float64, size), make([]float64, size), make([]float64, size)
		for i := range p {
			theta[i] = float64(p[i])
		}
		chain := newChain(t, optionsOf(schedule, options), p, total)
		worker := chain.Worker()
		for number := int64(1); number <= total; number++ {
			g := normals(2, uint64(number), size)
			if s := worker.Step(number, g); s.Diverged() || s.Scale != 1 {
				t.Fatalf("step %d: %+v", number, s)
			}
			// The published formula of the schedule.
			gamma := 0.02 * float64(number) / 5
			if number > 5 {
				gamma = 0.002 + (0.02-0.002)*(1+math.Cos(math.Pi*float64(number-5)/(total-5)))/2
			}
			for i, gt := range g {
				theta[i] -= gamma * decay * theta[i]
				m[i] = 0.9*m[i] + 0.1*float64(gt)
				v[i] = 0.99*v[i] + 0.01*float64(gt)*float64(gt)
				mHat, vHat := m[i]/(1-math.Pow(0.9, float64(number))), v[i]/(1-math.Pow(0.99, float64(number)))
				theta[i] -= gamma * mHat / (math.Sqrt(vHat) + 1e-6)
			}
		}
		for i := range p {
			if math.Abs(float64(p[i])-theta[i]) > 2*total*6e-8*(1+math.Abs(theta[i])) {
				t.Errorf("decay %v: weight %d = %v, want %v", decay, i, p[i], theta[i])
			}
		}
	}
}

// Without a gradient nothing but the decay is left: p·Π(1 − α_t·λ), also when a step takes less than a factor 1 − α·λ in
// float32 can show. Below 1 such factors are 2⁻²⁴ apart: 1 − 16.4·2⁻²⁴ would lose 2.4% of the decay in every step.
func TestDecayAlone(t *testing.T) {
	const size, total = 1000, 3000
	for _, schedule := range []Schedule{&Linear{Rate: 1e-4, Warmup: 10, Final: 0.5}, &Constant{Rate: 16.4 * 0x1p-24 / 0.01}} {
		p := normals(3, 0, size)
		start := slices.Clone(p)
		worker := newChain(t, optionsOf(schedule, defaultAdamW()), p, total).Worker()
		g, kept := make([]float32, size), 1.0
		for number := int64(1); number <= total; number++ {
			worker.Step(number, g)
			kept *= 1 - schedule.At(number, total)*0.01
		}
		lost, want := 0.0, 1-kept // the mean over weights, so that the rounding of each cancels
		for i := range p {
			lost += (1 - float64(p[i])/float64(start[i])) / size
		}
		if math.Abs(lost/want-1) > 5e-3 {
			t.Errorf("%T: the weights lost %v of themselves, want %v", schedule, lost, want)
		}
	}
}

// The decay is not in the gradient: with the same gradients the moments are Adam's to the bit, whatever the decay. And
// without a decay so are the weights.
func TestAdamWIsDecoupled(t *testing.T) {
	const size = 50
	run := func(mover TransformOptions) (weights []float32, state []Array) {
		p := normals(8, 0, size)
		chain := newChain(t, optionsOf(&Constant{Rate: 0.01}, &Clip{Norm: 1}, mover), p, 20)
		worker := chain.Worker()
		for number := int64(1); number <= 20; number++ {
			worker.Step(number, normals(9, uint64(number), size))
		}
		return p, chain.State()
	}
	p, want := run(defaultAdam())
	for _, decay := range []float64{0, 0.5} {
		options := defaultAdamW()
		options.WeightDecay = decay
		q, got := run(options)
		for i := range want {
			if !slices.Equal(want[i].Data, got[i].Data) {
				t.Errorf("decay %v: %s is not Adam's", decay, got[i].Prefix)
			}
		}
		if slices.Equal(p, q) != (decay == 0) {
			t.Errorf("decay %v: weights equal Adam's: %v", decay, slices.Equal(p, q))
		}
	}
}
