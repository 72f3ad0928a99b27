package diffusion

import (
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/rng"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// For x_0 of fixed rows, the mean of x_t is √ᾱ x_0 and its variance 1−ᾱ.
func TestDiffuseMoments(t *testing.T) {
	s := newSchedule(t, "linear", 1e-4, 0.02, 1000)
	const rows, dim = 20_000, 3
	x0, eps, xt, times := make([]float32, rows*dim), make([]float32, rows*dim), make([]float32, rows*dim), make([]int32, rows)
	rng.NewStream(1, rng.TrainingNoise).Normal(eps, 0, 0, dim)
	values := []float32{-1.5, 0.25, 3}
	levels := []int32{0, 300, 999}
	for i := range times {
		times[i] = levels[i%3]
		copy(x0[i*dim:], values)
	}
	s.Diffuse(xt, x0, eps, times, dim)
	for k, level := range levels {
		alpha, sigma := s.Marginal(int(level))
		for j, value := range values {
			n, mean, square := 0.0, 0.0, 0.0
			for i := k; i < rows; i += 3 {
				d := float64(xt[i*dim+j]) - alpha*float64(value)
				n, mean, square = n+1, mean+d, square+d*d
			}
			if math.Abs(mean/n) > 4.5*sigma/math.Sqrt(n) || math.Abs(square/n/(sigma*sigma)-1) > 4.5*math.Sqrt(2/n) {
				t.Errorf("t = %d, x_0 = %v: mean off by %v, variance %v, want %v", level, value, mean/n, square/n, sigma*sigma)
			}
		}
	}
}

// Any cut of the rows gives the bits of the whole, for inputs and for targets, also in place.
func TestBatchRowsAreIndependent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t, 60)
		rows, dim := rapid.IntRange(0, 40).Draw(t, "rows"), rapid.IntRange(1, 9).Draw(t, "dim")
		cut := rapid.IntRange(0, rows).Draw(t, "cut")
		p := Prediction(rapid.IntRange(0, 3).Draw(t, "prediction"))
		x0, eps, times := make([]float32, rows*dim), make([]float32, rows*dim), make([]int32, rows)
		rng.NewStream(2, rng.Data).Normal(x0, 0, 0, dim)
		rng.NewStream(2, rng.TrainingNoise).Normal(eps, 0, 0, dim)
		sampler, err := NewTimesteps("uniform", s.Steps(), 2)
		if err != nil {
			t.Fatal(err)
		}
		sampler.Fill(times, 0, 0, rows)
		for name, f := range map[string]func(dst, x0, eps []float32, t []int32, dim int){
			"Diffuse": s.Diffuse,
			"Target":  func(dst, x0, eps []float32, t []int32, dim int) { s.Target(dst, x0, eps, t, dim, p) },
		} {
			whole, parts, inPlace := make([]float32, rows*dim), make([]float32, rows*dim), slices.Clone(eps)
			f(whole, x0, eps, times, dim)
			f(parts[cut*dim:], x0[cut*dim:], eps[cut*dim:], times[cut:], dim)
			f(parts[:cut*dim], x0[:cut*dim], eps[:cut*dim], times[:cut], dim)
			f(inPlace, x0, inPlace, times, dim)
			if !slices.Equal(whole, parts) || !slices.Equal(whole, inPlace) {
				t.Fatalf("%s of rows cut at %d, or in place, differs from the whole", name, cut)
			}
		}
	})
}

// q(x_s|x_0) = ∫ q(x_s|x_t,x_0) q(x_t|x_0) dx_t: a Gaussian, so it is enough to compare mean and variance.
func TestPosteriorIsConsistentWithMarginals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t, 1000)
		at := rapid.IntRange(0, s.Steps()-1).Draw(t, "t")
		previous := rapid.IntRange(-1, at-1).Draw(t, "previous")
		q := s.Posterior(at, previous)
		alpha, sigma := s.Marginal(at)
		alphaPrevious, sigmaPrevious := s.Marginal(previous)
		mean := q.X0 + q.Xt*alpha
		variance := q.Xt*q.Xt*sigma*sigma + q.Variance
		if math.Abs(mean-alphaPrevious) > 1e-12 || math.Abs(variance-sigmaPrevious*sigmaPrevious) > 1e-12 {
			t.Fatalf("t = %d, previous = %d: mean %v, want %v; variance %v, want %v", at, previous, mean, alphaPrevious, variance, sigmaPrevious*sigmaPrevious)
		}
		if q.Variance < 0 || q.Variance > q.Beta || q.Beta <= 0 || q.Beta > 1 {
			t.Fatalf("variance %v and beta %v are out of order", q.Variance, q.Beta)
		}
		if got := s.Posterior(at, at-1).Beta; got != s.Beta(at) {
			t.Fatalf("one step has beta = %v, want exactly %v", got, s.Beta(at))
		}
		if want := 1 - s.AlphaBar(at)/s.AlphaBar(previous); math.Abs(q.Beta-want) > 1e-13 {
			t.Fatalf("beta = %v, want %v", q.Beta, want)
		}
	})
}

// Source: huggingface/diffusers, tests/schedulers/test_scheduler_ddpm.py, test_variance (linear 1e-4 … .02).
func TestPosteriorVariance(t *testing.T) {
	s := newSchedule(t, "linear", 1e-4, 0.02, 1000)
	for at, want := range map[int]float64{0: 0, 487: 0.00979, 999: 0.02} {
		if got := s.Posterior(at, at-1).Variance; math.Abs(got-want) > 1e-5 {
			t.Errorf("variance at t = %d is %v, want %v", at, got, want)
		}
	}
	q := s.Posterior(0, -1)
	if q != (Posterior{X0: 1, Beta: s.Beta(0)}) {
		t.Errorf("posterior at t = 0: %+v", q)
	}
	first := math.Log((1 - s.AlphaBar(0)) / (1 - s.AlphaBar(1)) * s.Beta(1))
	for at, want := range map[int]float64{0: first, 1: first, 487: math.Log(s.Posterior(487, 486).Variance)} {
		if got := s.PosteriorLogVariance(at); math.Abs(got-want) > 1e-9 {
			t.Errorf("log-variance at t = %d is %v, want %v", at, got, want)
		}
	}
	if got := newSchedule(t, "linear", 0.25, 0.5, 1).PosteriorLogVariance(0); got != math.Log(0.25) {
		t.Errorf("log-variance of the only step is %v", got)
	}
}

func TestTerminalKL(t *testing.T) {
	// Against the divergence as an integral, for data at ±√m.
	for _, m := range []float64{0.5, 1, 4} {
		s := newSchedule(t, "sigmoid", 1e-5, 0.5e-2, 100)
		alpha, sigma := s.Marginal(99)
		want := 0.0
		for _, x0 := range []float64{-math.Sqrt(m), math.Sqrt(m)} {
			q := distuv.Normal{Mu: alpha * x0, Sigma: sigma}
			want += quad.Fixed(func(x float64) float64 {
				return q.Prob(x) * (q.LogProb(x) - distuv.UnitNormal.LogProb(x))
			}, q.Mu-10*sigma, q.Mu+10*sigma, 200, quad.Legendre{}, 0) / 2
		}
		if got := s.TerminalKL(m); relativeError(got, want) > 1e-12 {
			t.Errorf("m = %v: KL %v, want %v", m, got, want)
		}
	}
	warning := newSchedule(t, "sigmoid", 1e-5, 0.5e-2, 100).TerminalWarning(1)
	for _, part := range []string{"0.753 nats", "above 0.001", "alpha-bar is 0.778", "start: marginal"} {
		if !strings.Contains(warning, part) {
			t.Errorf("warning %q does not say %q", warning, part)
		}
	}
	for _, name := range []string{"linear", "cosine", "sigmoid", "sigmoid_alphabar"} {
		if warning := newSchedule(t, name, 1e-4, 0.02, 1000).TerminalWarning(1); warning != "" {
			t.Errorf("%s with 1000 steps: %s", name, warning)
		}
	}
}

func TestTrainingBatchDoesNotAllocate(t *testing.T) {
	s := newSchedule(t, "cosine", 0, 0, 100)
	sampler, err := NewTimesteps("paired", 100, 0)
	if err != nil {
		t.Fatal(err)
	}
	x0, eps, xt, times := make([]float32, 64), make([]float32, 64), make([]float32, 64), make([]int32, 32)
	if n := testing.AllocsPerRun(10, func() {
		sampler.Fill(times, 3, 0, 32)
		s.Diffuse(xt, x0, eps, times, 2)
		s.Target(xt, x0, eps, times, 2, Velocity)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
