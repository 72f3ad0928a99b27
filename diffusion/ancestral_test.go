package diffusion

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"euryale/rng"

	"pgregory.net/rapid"
)

func oracle(t testing.TB, s *Schedule, speaks Prediction, components ...component) *Model {
	t.Helper()
	model, err := NewModel(mixtureDenoiser{s, speaks, components}, s, speaks)
	if err != nil {
		t.Fatal(err)
	}
	return model
}

// gaussianChain is the exact mean and variance of the end of the chain for data N(mean, variance): by the
// paper's eps form, x' = (x − β/√(1−ᾱ) ε)/√α + σ z, with ε linear in x.
func gaussianChain(s *Schedule, times []int32, tilde bool, mean, variance float64) (m, v float64) {
	m, v = 0, 1
	for i, at := range times {
		alphaBar, next := s.AlphaBar(int(at)), 1.0
		if i+1 < len(times) {
			next = s.AlphaBar(int(times[i+1]))
		}
		alpha := alphaBar / next
		beta := 1 - alpha
		total := alphaBar*variance + 1 - alphaBar
		slope := (1 - beta/total) / math.Sqrt(alpha)
		m = slope*m + beta/total*math.Sqrt(alphaBar)*mean/math.Sqrt(alpha)
		v *= slope * slope
		switch {
		case i+1 == len(times): // no noise
		case tilde:
			v += (1 - next) / (1 - alphaBar) * beta
		default:
			v += beta
		}
	}
	return m, v
}

func fullTimes(s *Schedule) []int32 {
	times := make([]int32, s.Steps())
	for i := range times {
		times[i] = int32(s.Steps() - 1 - i)
	}
	return times
}

// checkMoments holds samples against N(mean, variance) within 4.5 standard errors.
func checkMoments(t *testing.T, name string, x []float32, mean, variance float64) {
	t.Helper()
	n, sum, square := float64(len(x)), 0.0, 0.0
	for _, v := range x {
		d := float64(v) - mean
		sum += d
		square += d * d
	}
	if math.Abs(sum/n) > 4.5*math.Sqrt(variance/n) || math.Abs(square/n-variance) > 4.5*variance*math.Sqrt(2/n) {
		t.Errorf("%s: mean %v, variance %v, want %v, %v", name, mean+sum/n, square/n, mean, variance)
	}
}

// With the exact denoiser of N(μ, s²) the chain is linear, so its end is known exactly, and close to
// N(μ, s²).
func TestAncestralReachesGaussian(t *testing.T) {
	const mean, variance = 1.5, 0.25
	s := newSchedule(t, "linear", 1e-3, 0.2, 100)
	strided, err := s.Respaced(20)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 4000)
	for speaks := Epsilon; speaks <= Score; speaks++ {
		model := oracle(t, s, speaks, component{1, mean, variance})
		for _, choice := range []Variance{VarianceBeta, VarianceBetaTilde} {
			for _, times := range [][]int32{nil, strided} {
				StartFromPrior(x, 1, 0, 2)
				if err := Ancestral(context.Background(), model, x, NewRowNoise(1, 0, 2), AncestralOptions{Variance: choice, Times: times}); err != nil {
					t.Fatal(err)
				}
				visited := times
				if visited == nil {
					visited = fullTimes(s)
				}
				m, v := gaussianChain(s, visited, choice == VarianceBetaTilde, mean, variance)
				checkMoments(t, fmt.Sprintf("%v, variance %d, %d steps", speaks, choice, len(visited)), x, m, v)
			}
		}
	}
	// The two variances bound the truth from both sides, and the gap closes as the steps get finer.
	for steps, tolerance := range map[int]float64{100: 0.3, 1000: 0.03} {
		s := newSchedule(t, "linear", 0.1/float64(steps), 20/float64(steps), steps)
		mBeta, vBeta := gaussianChain(s, fullTimes(s), false, mean, variance)
		mTilde, vTilde := gaussianChain(s, fullTimes(s), true, mean, variance)
		if math.Abs(mBeta-mean) > 0.1*tolerance || math.Abs(mTilde-mean) > 0.1*tolerance {
			t.Errorf("%d steps: means %v and %v, want %v", steps, mBeta, mTilde, mean)
		}
		if !(vTilde < variance && variance < vBeta && (vBeta-vTilde)/variance < tolerance) {
			t.Errorf("%d steps: variances %v and %v, want %v between, closer than %v", steps, vTilde, vBeta, variance, tolerance)
		}
	}
}

// A schedule that stops short of noise still gives the data, if it starts from the true marginal.
func TestAncestralFromMarginal(t *testing.T) {
	s := newSchedule(t, "sigmoid", 1e-5, 0.5e-2, 100)
	const mean, variance = 1.5, 0.25
	x0, x := make([]float32, 8000), make([]float32, 8000)
	rng.NewStream(4, rng.Data).Normal(x0, 0, 0, 2)
	for i := range x0 {
		x0[i] = mean + 0.5*x0[i]
	}
	model := oracle(t, s, X0, component{1, mean, variance})
	s.StartFromMarginal(x, x0, 99, 4, 0, 2)
	if err := Ancestral(context.Background(), model, x, NewRowNoise(4, 0, 2), AncestralOptions{}); err != nil {
		t.Fatal(err)
	}
	checkMoments(t, "from the marginal", x, mean, variance)
	StartFromPrior(x, 4, 0, 2)
	if err := Ancestral(context.Background(), model, x, NewRowNoise(4, 0, 2), AncestralOptions{}); err != nil {
		t.Fatal(err)
	}
	m, v := gaussianChain(s, fullTimes(s), false, mean, variance)
	checkMoments(t, "from the prior", x, m, v)
	if math.Abs(m-mean) < 0.1 {
		t.Errorf("from the prior the mean is %v: this schedule should not reach noise", m)
	}
}

func TestAncestralReachesMixture(t *testing.T) {
	s := newSchedule(t, "cosine", 0, 0, 250)
	model := oracle(t, s, Velocity, component{0.3, -2, 0.04}, component{0.7, 1, 0.25})
	for _, choice := range []Variance{VarianceBeta, VarianceBetaTilde} {
		x := make([]float32, 6000)
		StartFromPrior(x, 2, 0, 1)
		if err := Ancestral(context.Background(), model, x, NewRowNoise(2, 0, 1), AncestralOptions{Variance: choice}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(x)
		n, worst := float64(len(x)), 0.0
		for i, v := range x {
			p := model.denoiser.(mixtureDenoiser).distribution(float64(v))
			worst = max(worst, math.Abs(p-float64(i)/n), math.Abs(p-float64(i+1)/n))
		}
		// The 0.1% point of Kolmogorov's distance, and one percent for the finite steps.
		if worst > 1.95/math.Sqrt(n)+0.01 {
			t.Errorf("variance %d: Kolmogorov distance %v", choice, worst)
		}
	}
}

// Sample i is the same alone and among others, in any chunks.
func TestSamplesDoNotDependOnChunks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t, 12)
		rows, dim := rapid.IntRange(1, 30).Draw(t, "rows"), rapid.IntRange(1, 9).Draw(t, "dim")
		lo := rapid.IntRange(0, rows-1).Draw(t, "lo")
		hi := rapid.IntRange(lo+1, rows).Draw(t, "hi")
		seed := rapid.Uint64().Draw(t, "seed")
		speaks := Prediction(rapid.IntRange(0, 3).Draw(t, "prediction"))
		options := AncestralOptions{Variance: Variance(rapid.IntRange(0, 1).Draw(t, "variance")), ClipX0: float64(rapid.IntRange(0, 2).Draw(t, "clip"))}
		model, err := NewModel(mixtureDenoiser{s, speaks, []component{{0.5, -1, 0.1}, {0.5, 1, 0.1}}}, s, speaks)
		if err != nil {
			t.Fatal(err)
		}
		draw := func(x []float32, firstRow uint64) {
			StartFromPrior(x, seed, firstRow, dim)
			if err := Ancestral(context.Background(), model, x, NewRowNoise(seed, firstRow, dim), options); err != nil {
				t.Fatal(err)
			}
		}
		whole, part := make([]float32, rows*dim), make([]float32, (hi-lo)*dim)
		draw(whole, 100)
		draw(part, uint64(100+lo))
		if !slices.Equal(part, whole[lo*dim:hi*dim]) {
			t.Fatalf("rows %d to %d alone: %v, among others: %v", lo, hi, part, whole[lo*dim:hi*dim])
		}
	})
}

// Every schedule × steps × prediction × variance × times × clipping ends in finite numbers.
func TestAncestralIsFinite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t, 60)
		speaks := Prediction(rapid.IntRange(0, 3).Draw(t, "prediction"))
		model, err := NewModel(mixtureDenoiser{s, speaks, []component{{0.5, -1, 1e-4}, {0.5, 1, 1}}}, s, speaks)
		if err != nil {
			t.Fatal(err)
		}
		options := AncestralOptions{
			Variance: Variance(rapid.IntRange(0, 1).Draw(t, "variance")),
			ClipX0:   rapid.SampledFrom([]float64{0, 1}).Draw(t, "clip"),
		}
		if rapid.Bool().Draw(t, "strided") {
			for at := s.Steps() - 1; at >= 0; at -= rapid.IntRange(1, s.Steps()).Draw(t, "stride") {
				options.Times = append(options.Times, int32(at))
			}
		}
		x := make([]float32, 8)
		StartFromPrior(x, 0, 0, 2)
		if err := Ancestral(context.Background(), model, x, NewRowNoise(0, 0, 2), options); err != nil {
			t.Fatal(err)
		}
		if countNotFinite(x) > 0 {
			t.Fatalf("not finite: %v", x)
		}
	})
}
