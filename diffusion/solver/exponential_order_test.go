package solver

import (
	"math"
	"testing"

	"euryale/diffusion"
	"euryale/internal/gaussian"
)

// exponentialTimes returns n+1 times equally spaced in λ.
func exponentialTimes(p diffusion.Process, from, to float64, n int) []float64 {
	times := []float64{from}
	a, b := p.Lambda(from), p.Lambda(to)
	for i := 1; i < n; i++ {
		times = append(times, p.Time(a+(b-a)*float64(i)/float64(n)))
	}
	return append(times, to)
}

// exponentialFlowError is how far a solver is off the exact flow of N(1, ½²), in standard deviations of x: the root
// mean square over 64 starts, at the worst of its times. At a single time errors may cancel.
func exponentialFlowError(t testing.TB, s Solver, p diffusion.Process, times []float64) float64 {
	t.Helper()
	const mean, deviation = 1, 0.5
	spread := func(t float64) (center, width float64) {
		alpha, sigma := p.Marginal(t)
		return alpha * mean, math.Hypot(alpha*deviation, sigma)
	}
	x, start := make([]float32, 64), make([]float32, 64)
	center, width := spread(times[0])
	for i := range x {
		x[i] = float32(center + width*(float64(i)-31.5)/16)
	}
	copy(start, x)
	worst := 0.0
	run := &Run{Model: oracle(t, p, normalData(mean, deviation), diffusion.X0), Dim: 1}
	run.OnStep = func(_ int, at float64, x []float32) error {
		_, width := spread(at)
		sum := 0.0
		for i := range x {
			off := float64(x[i]) - endOfFlow(p, mean, deviation, float64(start[i]), times[0], at)
			sum += off * off
		}
		worst = max(worst, math.Sqrt(sum/float64(len(x)))/width)
		return nil
	}
	mustSolve(t, s, run, x, times)
	return worst
}

// With the exact score of a normal distribution the error falls as a power of the step: the solver's order. The
// number of steps is where that power dominates: with more steps, the rounding of float32 does, at about 1e-6.
func TestOrdersOfExponentialIntegrators(t *testing.T) {
	tests := []struct {
		name        string
		solver      Solver
		order       float64
		least, most int
	}{
		{"dpm++_1", DPMPP1{}, 1, 32, 256},
		{"dpm++_2s", DPMPP2S{}, 2, 32, 128},
		{"dpm++_2m midpoint", DPMPP2M{}, 2, 32, 128},
		{"dpm++_2m heun", DPMPP2M{Variant: "heun"}, 2, 32, 128},
		{"dpm++_3m published", DPMPP3M{}, 2, 96, 192},
		{"dpm++_3m quadratic", DPMPP3M{Variant: "quadratic"}, 3, 32, 128},
		{"dpm++_2m_sde, no noise", DPMPP2MSDE{}, 2, 32, 128},
		{"dpm++_3m_sde, no noise", DPMPP3MSDE{Variant: "quadratic"}, 3, 32, 128},
		{"unipc-1 bh1", UniPC{Order: 1, Variant: "bh1"}, 2, 32, 128},
		{"unipc-1 bh2", UniPC{Order: 1, Variant: "bh2"}, 2, 32, 128},
		{"unipc-2 bh1", UniPC{Order: 2, Variant: "bh1"}, 3, 32, 128},
		{"unipc-2 bh2", UniPC{Order: 2, Variant: "bh2"}, 3, 32, 128},
		{"unipc-3", UniPC{Order: 3}, 4, 24, 96},
		{"deis-1", DEIS{Order: 1}, 1, 32, 256},
		{"deis-2", DEIS{Order: 2}, 2, 32, 128},
		{"deis-3", DEIS{Order: 3}, 3, 32, 128},
	}
	for _, p := range []diffusion.Process{vp(t), edm(t), flowLine(t)} {
		_, first, last := p.Span()
		for _, test := range tests {
			few := exponentialFlowError(t, test.solver, p, exponentialTimes(p, last, first, test.least))
			many := exponentialFlowError(t, test.solver, p, exponentialTimes(p, last, first, test.most))
			order := math.Log(few/many) / math.Log(float64(test.most)/float64(test.least))
			if !(math.Abs(order-test.order) < 0.2) {
				t.Errorf("%s on %T: order %.2f, from errors %.3g and %.3g; want %v", test.name, p, order, few, many, test.order)
			}
		}
	}
}

// In x_0 or in ε, the first order is the same step: DDIM without noise.
func TestFirstOrdersAreOne(t *testing.T) {
	p := vp(t)
	times := []float64{1, 0.7, 0.4, 0.2, 0.05, 0}
	model := oracle(t, p, gaussian.Mixture{{Weight: 1, Mean: []float64{-1}, Deviation: 0.3},
		{Weight: 2, Mean: []float64{1}, Deviation: 0.2}}, diffusion.Velocity)
	start := []float32{-1.5, -0.5, 0.1, 0.4, 2}
	a, b := append([]float32(nil), start...), append([]float32(nil), start...)
	mustSolve(t, DPMPP1{}, &Run{Model: model, Dim: 1}, a, times)
	mustSolve(t, DEIS{Order: 1}, &Run{Model: model, Dim: 1}, b, times)
	want := append([]float32(nil), start...)
	x0, eps := make([]float32, 5), make([]float32, 5)
	for i, to := range times[1:] {
		model.X0(x0, want, times[i])
		model.Epsilon(eps, want, times[i])
		alpha, sigma := p.Marginal(to)
		for j := range want {
			want[j] = float32(alpha*float64(x0[j]) + sigma*float64(eps[j]))
		}
	}
	for i := range want {
		if math.Abs(float64(a[i]-want[i])) > 1e-5 || math.Abs(float64(b[i]-want[i])) > 1e-5 {
			t.Errorf("from %v: dpm++_1 gives %v, deis-1 %v, DDIM %v", start[i], a[i], b[i], want[i])
		}
	}
}
