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

// For x_0 of fixed rows, the mean of x_t is α x_0 and its variance σ².
func TestDiffuseMoments(t *testing.T) {
	const rows, dim = 20_000, 3
	x0, eps, xt, times := make([]float32, rows*dim), make([]float32, rows*dim), make([]float32, rows*dim), make([]float64, rows)
	rng.NewStream(1, rng.TrainingNoise).Normal(eps, 0, 0, dim)
	values := []float32{-1.5, 0.25, 3}
	for p, levels := range map[Process][3]float64{
		newChainOf(t, "linear", 1e-4, 0.02, 1000): {0, 300, 999}, VE{0.01, 50}: {0, 0.5, 0.9}, SubVP{0.1, 20, 1e-3}: {1e-3, 0.1, 1},
		Flow{1e-3, 1}: {1e-3, 0.4, 1},
	} {
		for i := range times {
			times[i] = levels[i%3]
			copy(x0[i*dim:], values)
		}
		AddNoise(p, xt, x0, eps, times, dim)
		for k, level := range levels {
			alpha, sigma := p.Marginal(level)
			for j, value := range values {
				n, mean, square := 0.0, 0.0, 0.0
				for i := k; i < rows; i += 3 {
					d := float64(xt[i*dim+j]) - alpha*float64(value)
					n, mean, square = n+1, mean+d, square+d*d
				}
				if math.Abs(mean/n) > 4.5*sigma/math.Sqrt(n) || math.Abs(square/n/(sigma*sigma)-1) > 4.5*math.Sqrt(2/n) {
					t.Errorf("%T, t = %v, x_0 = %v: mean off by %v, variance %v, want %v", p, level, value, mean/n, square/n, sigma*sigma)
				}
			}
		}
	}
}

// Any partition of the rows gives the bits of the whole, for inputs and for targets, also in place.
func TestBatchRowsAreIndependent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProcess(t, 60, false)
		rows, dim := rapid.IntRange(0, 40).Draw(t, "rows"), rapid.IntRange(1, 9).Draw(t, "dim")
		cut := rapid.IntRange(0, rows).Draw(t, "cut")
		q := Parameterization{Prediction(rapid.IntRange(0, len(predictions)-1).Draw(t, "prediction")), 0.5, true}
		x0, eps, times := make([]float32, rows*dim), make([]float32, rows*dim), make([]float64, rows)
		rng.NewStream(2, rng.Data).Normal(x0, 0, 0, dim)
		rng.NewStream(2, rng.TrainingNoise).Normal(eps, 0, 0, dim)
		newTimesteps(t, "uniform", p, 2).Fill(times, make([]float32, rows), 0, 0, rows)
		for name, f := range map[string]func(dst, x0, eps []float32, t []float64){
			"AddNoise": func(dst, x0, eps []float32, t []float64) { AddNoise(p, dst, x0, eps, t, dim) },
			"Target":   func(dst, x0, eps []float32, t []float64) { q.Target(p, dst, x0, eps, t, dim) },
			"ScaleInputs": func(dst, _, eps []float32, t []float64) {
				copy(dst, eps)
				q.ScaleInputs(p, dst, t, dim)
			},
		} {
			whole, parts, inPlace := make([]float32, rows*dim), make([]float32, rows*dim), slices.Clone(eps)
			f(whole, x0, eps, times)
			f(parts[cut*dim:], x0[cut*dim:], eps[cut*dim:], times[cut:])
			f(parts[:cut*dim], x0[:cut*dim], eps[:cut*dim], times[:cut])
			f(inPlace, x0, inPlace, times)
			if !slices.Equal(whole, parts) || !slices.Equal(whole, inPlace) {
				t.Fatalf("%s of rows cut at %d, or in place, differs from the whole", name, cut)
			}
		}
	})
}

// q(x_s|x_0) = ∫ q(x_s|x_t,x_0) q(x_t|x_0) dx_t: a Gaussian, so it is enough to compare mean and variance.
func TestPosteriorIsConsistentWithMarginals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProcess(t, 300, true)
		data, _, _ := p.Span()
		at := drawTime(t, p, rapid.Bool().Draw(t, "whole"))
		before := data + (at-data)*rapid.Float64Range(0, 0.999).Draw(t, "s")
		if rapid.Bool().Draw(t, "from the data") {
			before = data
		}
		q := PosteriorOf(p, at, before)
		alpha, sigma := p.Marginal(at)
		alphaBefore, sigmaBefore := p.Marginal(before)
		mean := q.X0 + q.Xt*alpha
		variance := q.Xt*q.Xt*sigma*sigma + q.Variance
		if !(math.Abs(mean-alphaBefore) <= 1e-12 && math.Abs(variance-sigmaBefore*sigmaBefore) <= 1e-12*(1+sigmaBefore*sigmaBefore)) {
			t.Fatalf("t = %v, s = %v: mean %v, want %v; variance %v, want %v", at, before, mean, alphaBefore, variance,
				sigmaBefore*sigmaBefore)
		}
		if !(q.Variance >= 0 && q.Variance <= q.Beta*(1+1e-12)) {
			t.Fatalf("variance %v and beta %v are out of order", q.Variance, q.Beta)
		}
		kept := alpha / alphaBefore
		if want := sigma*sigma - kept*kept*sigmaBefore*sigmaBefore; !(math.Abs(q.Beta-want) <= 1e-12*(1+sigma*sigma)) {
			t.Fatalf("beta = %v, want %v", q.Beta, want)
		}
		if c, ok := p.(*Chain); ok && c.Preserving() {
			i := int(at)
			if got := PosteriorOf(c, float64(i), float64(i-1)).Beta; !(math.Abs(got-c.Beta(i)) <= 1e-13+1e-9*c.Beta(i)) {
				t.Fatalf("one step has beta = %v, want %v", got, c.Beta(i))
			}
		}
	})
}

// Source: huggingface/diffusers, tests/schedulers/test_scheduler_ddpm.py, test_variance (linear 1e-4 … 0.02).
func TestPosteriorVariance(t *testing.T) {
	c := newChainOf(t, "linear", 1e-4, 0.02, 1000)
	for at, want := range map[float64]float64{0: 0, 487: 0.00979, 999: 0.02} {
		if got := PosteriorOf(c, at, at-1).Variance; math.Abs(got-want) > 1e-5 {
			t.Errorf("variance at t = %v is %v, want %v", at, got, want)
		}
	}
	if q := PosteriorOf(c, 0, -1); q.X0 != 1 || q.Xt != 0 || q.Variance != 0 || relativeError(q.Beta, c.Beta(0)) > 1e-12 {
		t.Errorf("posterior at t = 0: %+v", q)
	}
	// Ho et al. 2020, equations 6 and 7, as they are written.
	for _, i := range []int{1, 487, 999} {
		q := PosteriorOf(c, float64(i), float64(i-1))
		left := 1 - c.AlphaBar(i)
		want := Posterior{
			X0:       math.Sqrt(c.AlphaBar(i-1)) * c.Beta(i) / left,
			Xt:       math.Sqrt(1-c.Beta(i)) * (1 - c.AlphaBar(i-1)) / left,
			Variance: (1 - c.AlphaBar(i-1)) / left * c.Beta(i),
			Beta:     c.Beta(i),
		}
		for k, pair := range [][2]float64{{q.X0, want.X0}, {q.Xt, want.Xt}, {q.Variance, want.Variance}, {q.Beta, want.Beta}} {
			if relativeError(pair[0], pair[1]) > 1e-9 {
				t.Errorf("t = %d, number %d: %v, want %v", i, k, pair[0], pair[1])
			}
		}
	}
	first := math.Log((1 - c.AlphaBar(0)) / (1 - c.AlphaBar(1)) * c.Beta(1))
	for at, want := range map[int]float64{0: first, 1: first, 487: math.Log(PosteriorOf(c, 487, 486).Variance)} {
		if got := c.PosteriorLogVariance(at); math.Abs(got-want) > 1e-9 {
			t.Errorf("log-variance at t = %d is %v, want %v", at, got, want)
		}
	}
	if got := newChainOf(t, "linear", 0.25, 0.5, 1).PosteriorLogVariance(0); math.Abs(got-math.Log(0.25)) > 1e-15 {
		t.Errorf("log-variance of the only step is %v", got)
	}
}

func TestTerminalKL(t *testing.T) {
	// Against the divergence as an integral, for data at ±√m.
	for _, p := range []Process{newChainOf(t, "sigmoid", 1e-5, 0.5e-2, 100), VE{0.01, 2}, Preserving(VE{0.01, 2}),
		SubVP{0.1, 3, 1e-3}, Flow{1e-3, 0.7}} {
		for _, m := range []float64{0.5, 1, 4} {
			_, _, last := p.Span()
			alpha, sigma := p.Marginal(last)
			prior := distuv.Normal{Sigma: p.PriorDeviation()}
			want := 0.0
			for _, x0 := range []float64{-math.Sqrt(m), math.Sqrt(m)} {
				q := distuv.Normal{Mu: alpha * x0, Sigma: sigma}
				want += quad.Fixed(func(x float64) float64 {
					return q.Prob(x) * (q.LogProb(x) - prior.LogProb(x))
				}, q.Mu-10*sigma, q.Mu+10*sigma, 200, quad.Legendre{}, 0) / 2
			}
			if got := TerminalKL(p, m); relativeError(got, want) > 1e-11 {
				t.Errorf("%T, m = %v: KL %v, want %v", p, m, got, want)
			}
		}
	}
	warning := TerminalWarning(newChainOf(t, "sigmoid", 1e-5, 0.5e-2, 100), 1)
	for _, part := range []string{"0.753 nats", "above 0.001", "0.882 of the data and 0.471 of noise", "start: marginal"} {
		if !strings.Contains(warning, part) {
			t.Errorf("warning %q does not contain %q", warning, part)
		}
	}
	for _, name := range Schedules().Names() {
		if warning := TerminalWarning(newChainOf(t, name, 1e-4, 0.02, 1000), 1); warning != "" && name != "scaled_linear" {
			t.Errorf("%s with 1000 steps: %s", name, warning)
		}
	}
	for _, p := range []Process{VP{0.1, 20, 1e-3}, SubVP{0.1, 20, 1e-3}, VE{0.01, 50}, EDM{0.002, 80}, Flow{1e-3, 0.999}, Flow{1e-3, 1}} {
		if warning := TerminalWarning(p, 1e6); warning != "" && !strings.Contains(warning, "data.standardize") {
			t.Errorf("%T: data of mean square 1e6 gets the advice %q", p, warning)
		}
		if warning := TerminalWarning(p, 1); warning != "" {
			t.Errorf("%T: %s", p, warning)
		}
	}
}

func TestTrainingBatchDoesNotAllocate(t *testing.T) {
	x0, eps, xt, times, weight := make([]float32, 64), make([]float32, 64), make([]float32, 64), make([]float64, 32), make([]float32, 32)
	for _, p := range []Process{newChainOf(t, "cosine", 0, 0, 100), VP{0.1, 20, 1e-3}, Preserving(VE{0.01, 50}), Flow{1e-3, 0.999}} {
		for _, name := range TimestepSamplers().Names() {
			if name == "importance" && p.Steps() == 0 {
				continue
			}
			sampler := newTimesteps(t, name, p, 0)
			q := Parameterization{Velocity, 0.5, true}
			weigh := weightOf(t, "min_snr")
			if n := testing.AllocsPerRun(10, func() {
				sampler.Fill(times, weight, 3, 0, 32)
				AddNoise(p, xt, x0, eps, times, 2)
				q.Target(p, xt, x0, eps, times, 2)
				q.ScaleInputs(p, xt, times, 2)
				for _, at := range times {
					weigh.Weight(q, p, at)
				}
				sampler.Update(times, weight)
			}); n != 0 {
				t.Errorf("%T, %s: %v allocations", p, name, n)
			}
		}
	}
}
