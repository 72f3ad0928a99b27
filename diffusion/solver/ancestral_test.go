package solver

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"euryale/diffusion"
	"euryale/internal/gaussian"
	"euryale/rng"

	"pgregory.net/rapid"
)

// ancestralMoments is the exact mean and variance of the end of the chain for data N(mean, variance): by the paper's
// eps form, x' = (x − β/√(1−ᾱ) ε)/√α + σ z, with ε linear in x.
func ancestralMoments(c *diffusion.Chain, times []float64, choice Variance, mean, variance float64) (m, v float64) {
	m, v = 0, 1
	for i, at := range times[:len(times)-1] {
		alphaBar, next := c.AlphaBar(int(at)), c.AlphaBar(int(times[i+1]))
		alpha := alphaBar / next
		beta := 1 - alpha
		tilde := (1 - next) / (1 - alphaBar) * beta
		total := alphaBar*variance + 1 - alphaBar
		slope := (1 - beta/total) / math.Sqrt(alpha)
		m = slope*m + beta/total*math.Sqrt(alphaBar)*mean/math.Sqrt(alpha)
		v *= slope * slope
		switch {
		case next == 1: // no noise
		case choice == VarianceBetaTilde:
			v += tilde
		case choice == VarianceLearned: // that of ancestralMidway
			v += math.Sqrt(beta * tilde)
		default:
			v += beta
		}
	}
	return m, v
}

// ancestralMidway predicts a variance whose logarithm is midway between its bounds.
type ancestralMidway struct{ diffusion.Denoiser }

func (d ancestralMidway) PredictVariance(dst, v, x []float32, t float64) {
	d.Predict(dst, x, t)
	clear(v)
}

// checkMoments compares samples with N(mean, variance), within 4.5 standard errors.
func checkMoments(t *testing.T, name string, x []float32, mean, variance float64) {
	t.Helper()
	n, sum, square := float64(len(x)), 0.0, 0.0
	for _, v := range x {
		d := float64(v) - mean
		sum += d
		square += d * d
	}
	if !(math.Abs(sum/n) <= 4.5*math.Sqrt(variance/n) && math.Abs(square/n-variance) <= 4.5*variance*math.Sqrt(2/n)) {
		t.Errorf("%s: mean %v, variance %v, want %v, %v", name, mean+sum/n, square/n, mean, variance)
	}
}

// With the exact denoiser of N(μ, s²) the chain is linear, so its end is known exactly, and close to N(μ, s²).
func TestAncestralReachesGaussian(t *testing.T) {
	const mean, variance = 1.5, 0.25
	c := ancestralChain(t, "linear", 100)
	var strided []float64
	for at := 99.0; at > 0; at -= 5 {
		strided = append(strided, at)
	}
	x := make([]float32, 4000)
	for _, speaks := range predictions() {
		q := diffusion.Parameterization{Prediction: speaks, SigmaData: 0.5, ScaleInput: speaks == diffusion.Preconditioned}
		exact := normalData(mean, math.Sqrt(variance)).Denoiser(c, q)
		model, err := diffusion.NewModel(ancestralMidway{exact}, c, q)
		if err != nil {
			t.Fatal(err)
		}
		run := &Run{Model: model, Dim: 1, Noise: diffusion.NewRowNoise(1, 0, 1)}
		for choice := VarianceBeta; choice <= VarianceLearned; choice++ {
			for _, times := range [][]float64{fullTimes(c), append(slices.Clone(strided), -1), strided} {
				diffusion.StartFromPrior(c, x, 1, 0, 1)
				mustSolve(t, Ancestral{choice}, run, x, times)
				m, v := ancestralMoments(c, times, choice, mean, variance)
				checkMoments(t, fmt.Sprintf("%v, variance %d, %d times", speaks, choice, len(times)), x, m, v)
			}
		}
	}
	// The two variances bound the truth from both sides, and the gap closes as the steps get finer.
	for steps, tolerance := range map[int]float64{100: 0.3, 1000: 0.03} {
		c, err := diffusion.NewChain(&diffusion.LinearSchedule{BetaStart: 0.1 / float64(steps), BetaEnd: 20 / float64(steps)}, steps)
		if err != nil {
			t.Fatal(err)
		}
		mBeta, vBeta := ancestralMoments(c, fullTimes(c), VarianceBeta, mean, variance)
		mTilde, vTilde := ancestralMoments(c, fullTimes(c), VarianceBetaTilde, mean, variance)
		if math.Abs(mBeta-mean) > 0.1*tolerance || math.Abs(mTilde-mean) > 0.1*tolerance {
			t.Errorf("%d steps: means %v and %v, want %v", steps, mBeta, mTilde, mean)
		}
		if !(vTilde < variance && variance < vBeta && (vBeta-vTilde)/variance < tolerance) {
			t.Errorf("%d steps: variances %v and %v, want %v between, closer than %v", steps, vTilde, vBeta, variance, tolerance)
		}
	}
}

// The network's number v moves the logarithm of the variance from β̃ (−1) to β (1).
func TestAncestralLearnedVarianceBounds(t *testing.T) {
	c := ancestralChain(t, "linear", 20)
	data := normalData(1.5, 0.5)
	sample := func(s Ancestral, v float32, bound Bound) []float32 {
		q := diffusion.Parameterization{Prediction: diffusion.Velocity}
		model, err := diffusion.NewModel(ancestralConstant{data.Denoiser(c, q), v}, c, q)
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float32, 50)
		diffusion.StartFromPrior(c, x, 3, 0, 1)
		mustSolve(t, s, &Run{Model: model, Dim: 1, Noise: diffusion.NewRowNoise(3, 0, 1), Bound: bound}, x, fullTimes(c))
		return x
	}
	for v, same := range map[float32]Variance{-1: VarianceBetaTilde, 1: VarianceBeta} {
		for _, bound := range []Bound{{}, {Limit: 1}} {
			got, want := sample(Ancestral{VarianceLearned}, v, bound), sample(Ancestral{same}, 0, bound)
			for i := range got {
				if math.Abs(float64(got[i]-want[i])) > 1e-5 {
					t.Fatalf("v = %v, bound %v: sample %d is %v, want %v", v, bound, i, got[i], want[i])
				}
			}
		}
	}
}

type ancestralConstant struct {
	diffusion.Denoiser
	v float32
}

func (d ancestralConstant) PredictVariance(dst, v, x []float32, t float64) {
	d.Predict(dst, x, t)
	for i := range v {
		v[i] = d.v
	}
}

// A schedule that stops short of noise still gives the data, if it starts from the true marginal.
func TestAncestralFromMarginal(t *testing.T) {
	c, err := diffusion.NewChain(&diffusion.SigmoidSchedule{BetaStart: 1e-5, BetaEnd: 0.5e-2}, 100)
	if err != nil {
		t.Fatal(err)
	}
	const mean, variance = 1.5, 0.25
	x0, x := make([]float32, 8000), make([]float32, 8000)
	rng.NewStream(4, rng.Data).Normal(x0, 0, 0, 1)
	for i := range x0 {
		x0[i] = mean + 0.5*x0[i]
	}
	run := &Run{Model: oracle(t, c, normalData(mean, 0.5), diffusion.X0), Dim: 1, Noise: diffusion.NewRowNoise(4, 0, 1)}
	diffusion.StartFromMarginal(c, x, x0, 99, 4, 0, 1)
	mustSolve(t, Ancestral{}, run, x, fullTimes(c))
	checkMoments(t, "from the marginal", x, mean, variance)
	diffusion.StartFromPrior(c, x, 4, 0, 1)
	mustSolve(t, Ancestral{}, run, x, fullTimes(c))
	m, v := ancestralMoments(c, fullTimes(c), VarianceBeta, mean, variance)
	checkMoments(t, "from the prior", x, m, v)
	if math.Abs(m-mean) < 0.1 {
		t.Errorf("from the prior the mean is %v: this schedule should not reach noise", m)
	}
}

// ancestralSchedule draws a chain.
func ancestralSchedule(t *rapid.T, maxSteps int) *diffusion.Chain {
	c, err := diffusion.NewChain(scheduled(
		rapid.SampledFrom([]string{"linear", "cosine", "sigmoid", "sigmoid_alphabar"}).Draw(t, "schedule"),
		rapid.Float64Range(1e-6, 0.1).Draw(t, "beta_start"),
		rapid.Float64Range(0.1, 0.5).Draw(t, "beta_end"), false,
	), rapid.IntRange(1, maxSteps).Draw(t, "steps"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Sample i is the same by itself and in a batch, in chunks of any size.
func TestAncestralDoesNotDependOnChunks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := ancestralSchedule(t, 12)
		rows, dim := rapid.IntRange(1, 30).Draw(t, "rows"), rapid.IntRange(1, 9).Draw(t, "dim")
		lo := rapid.IntRange(0, rows-1).Draw(t, "lo")
		hi := rapid.IntRange(lo+1, rows).Draw(t, "hi")
		seed := rapid.Uint64().Draw(t, "seed")
		q := diffusion.Parameterization{Prediction: rapid.SampledFrom(predictions()).Draw(t, "prediction"), SigmaData: 1}
		low, high := make([]float64, dim), make([]float64, dim)
		for j := range dim {
			low[j], high[j] = -1, 1
		}
		data := gaussian.Mixture{{Weight: 1, Mean: low, Deviation: 0.3}, {Weight: 1, Mean: high, Deviation: 0.3}}
		model, err := diffusion.NewModel(ancestralMidway{data.Denoiser(c, q)}, c, q)
		if err != nil {
			t.Fatal(err)
		}
		s := Ancestral{Variance(rapid.IntRange(0, 2).Draw(t, "variance"))}
		bound := Bound{Limit: float64(rapid.IntRange(0, 2).Draw(t, "clip"))}
		draw := func(x []float32, firstRow uint64) {
			diffusion.StartFromPrior(c, x, seed, firstRow, dim)
			run := &Run{Model: model, Dim: dim, Noise: diffusion.NewRowNoise(seed, firstRow, dim), Bound: bound}
			if err := s.Solve(context.Background(), run, x, fullTimes(c)); err != nil {
				t.Fatal(err)
			}
		}
		whole, part := make([]float32, rows*dim), make([]float32, (hi-lo)*dim)
		draw(whole, 100)
		draw(part, uint64(100+lo))
		if !slices.Equal(part, whole[lo*dim:hi*dim]) {
			t.Fatalf("rows %d to %d by themselves: %v, in a batch: %v", lo, hi, part, whole[lo*dim:hi*dim])
		}
	})
}
