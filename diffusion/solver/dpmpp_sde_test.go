package solver

import (
	"math"
	"slices"
	"testing"

	"euryale/diffusion"
	"euryale/internal/gaussian"
)

// sdeImpulse is Noise that is 1 at draw d for row d+2 and 0 otherwise.
type sdeImpulse struct{}

func (sdeImpulse) Fill(z []float32, draw int) {
	clear(z)
	if draw+2 < len(z) {
		z[draw+2] = 1
	}
}

// sdeMoments is the mean and the variance of x at the last time, for data N(mean, deviation²) and x at the first time with
// its marginal. With the exact model x is an affine function of the start and every z, and the response to a standard
// deviation of each gives its coefficient, so no sampling is needed.
func sdeMoments(t testing.TB, s Solver, p diffusion.Process, mean, deviation float64, times []float64) (gotMean, gotVariance float64) {
	t.Helper()
	alpha, sigma := p.Marginal(times[0])
	x := make([]float32, len(times)+1)
	for i := range x {
		x[i] = float32(alpha * mean)
	}
	x[1] += float32(math.Hypot(alpha*deviation, sigma))
	mustSolve(t, s, &Run{Model: oracle(t, p, normalData(mean, deviation), diffusion.X0), Dim: 1, Noise: sdeImpulse{}}, x, times)
	for _, v := range x[1:] {
		response := float64(v) - float64(x[0])
		gotVariance += response * response
	}
	return float64(x[0]), gotVariance
}

// Mean and variance of x at the end tend to those of q(x_t) with the square of the step, for any η: the
// distribution does not depend on it.
func TestSDESolversReachTheNormalDistribution(t *testing.T) {
	const mean, deviation = 1, 0.5
	line := timesMust(diffusion.NewFlow(0.005, 0.995)) // as wide in λ as the others
	for _, p := range []diffusion.Process{vp(t), edm(t), line} {
		_, first, last := p.Span()
		alpha, sigma := p.Marginal(first)
		for _, eta := range []float64{0, 0.3, 1, 2} {
			for _, s := range []Solver{DPMPP2MSDE{eta, "midpoint"}, DPMPP2MSDE{eta, "heun"}, DPMPP3MSDE{eta, "published"},
				DPMPP3MSDE{eta, "quadratic"}} {
				var off [2]float64 // relative error of the variance
				for i, n := range []int{50, 200} {
					m, v := sdeMoments(t, s, p, mean, deviation, exponentialTimes(p, last, first, n))
					off[i] = v/(alpha*alpha*deviation*deviation+sigma*sigma) - 1
					if !(math.Abs(m-alpha*mean) < 1e-5) {
						t.Errorf("%T, %s %+v, %d steps: mean %v, want %v", p, s.Name(), s, n, m, alpha*mean)
					}
				}
				order := math.Log2(math.Abs(off[0]/off[1])) / 2
				if !(order > 1.5 && math.Abs(off[1]) < 5e-3) {
					t.Errorf("%T, %s %+v: the variance is off by %.2e, order %.2f", p, s.Name(), s, off, order)
				}
			}
		}
	}
}

// sdeWave is Noise that depends on the draw only.
type sdeWave struct{}

func (sdeWave) Fill(z []float32, draw int) {
	for i := range z {
		z[i] = float32(math.Cos(float64(draw)))
	}
}

// The published update, for α = 1 and a single number: in few large steps, so that each term matters.
func TestSDESolversTakeThePublishedSteps(t *testing.T) {
	p := edm(t)
	times := []float64{80, 30, 7, 3, 0.8, 0.3, 0.02, 0}
	model := oracle(t, p, gaussian.Mixture{{Weight: 1, Mean: []float64{-1}, Deviation: 0.3},
		{Weight: 2, Mean: []float64{1}, Deviation: 0.4}}, diffusion.X0)
	published := func(s Solver, x float64) float64 {
		var d, h [3]float64 // newest first
		for i, sigma := range times[:len(times)-1] {
			var x0 [1]float32
			model.X0(x0[:], []float32{float32(x)}, sigma)
			d = [3]float64{float64(x0[0]), d[0], d[1]}
			if times[i+1] == 0 {
				return d[0]
			}
			h = [3]float64{math.Log(sigma / times[i+1]), h[0], h[1]}
			eta := 0.
			switch s := s.(type) {
			case DPMPP2MSDE:
				eta = s.Eta
			case DPMPP3MSDE:
				eta = s.Eta
			}
			decay := h[0] * (1 + eta)
			x = math.Exp(-decay)*x + (1-math.Exp(-decay))*d[0]
			phi2 := (math.Exp(-decay)-1)/decay + 1
			phi3 := phi2/decay - 0.5
			switch s := s.(type) {
			case DPMPP2MSDE:
				weight := (1 - math.Exp(-decay)) / 2
				if s.Variant == "heun" {
					weight = phi2
				}
				if i > 0 {
					x += weight * (d[0] - d[1]) * h[0] / h[1]
				}
			case DPMPP3MSDE:
				switch {
				case i == 1:
					x += phi2 * (d[0] - d[1]) * h[0] / h[1]
				case i > 1:
					r0, r1 := h[1]/h[0], h[2]/h[0]
					d10, d11 := (d[0]-d[1])/r0, (d[1]-d[2])/r1
					d2 := (d10 - d11) / (r0 + r1)
					x += phi2*(d10+r0*d2) - phi3*d2
				}
			}
			x += times[i+1] * math.Sqrt(1-math.Exp(-2*h[0]*eta)) * math.Cos(float64(i))
		}
		return x
	}
	for _, s := range []Solver{DPMPP2MSDE{1, "midpoint"}, DPMPP2MSDE{0.6, "heun"}, DPMPP3MSDE{1, "published"},
		DPMPP3MSDE{0.6, "published"}} {
		for _, start := range []float32{-60, 3, 90} {
			x := []float32{start}
			mustSolve(t, s, &Run{Model: model, Dim: 1, Noise: sdeWave{}}, x, times)
			if want := published(s, float64(start)); !(math.Abs(float64(x[0])-want) < 1e-4) {
				t.Errorf("%s %+v: from %v to %v, want %v", s.Name(), s, start, x[0], want)
			}
		}
	}
}

// Without noise they are the solvers of the ODE.
func TestSDESolversWithoutNoise(t *testing.T) {
	p := edm(t)
	times := append(exponentialTimes(p, 80, 0.002, 20), 0)
	model := oracle(t, p, gaussian.Mixture{{Weight: 1, Mean: []float64{-1}, Deviation: 0.3},
		{Weight: 2, Mean: []float64{1}, Deviation: 0.2}}, diffusion.Preconditioned)
	solve := func(s Solver) []float32 {
		x := []float32{-100, -3, 0, 20, 80}
		mustSolve(t, s, &Run{Model: model, Dim: 1}, x, times)
		return x
	}
	for _, variant := range []string{"midpoint", "heun"} {
		if a, b := solve(DPMPP2MSDE{0, variant}), solve(DPMPP2M{Variant: variant}); !slices.Equal(a, b) {
			t.Errorf("2M %s: %v, but the ODE's %v", variant, a, b)
		}
	}
	// The second step is of another variant.
	for _, variant := range []string{"published", "quadratic"} {
		a, b := solve(DPMPP3MSDE{0, variant}), solve(DPMPP3M{Variant: variant})
		for i := range a {
			if !(math.Abs(float64(a[i]-b[i])) < 1e-4) {
				t.Errorf("3M %s: %v, but the ODE's %v", variant, a, b)
			}
		}
	}
}

// Samples follow the distribution that the solver has at its number of steps.
func TestSDESolversSample(t *testing.T) {
	const mean, deviation, rows = 1, 0.5, 20000
	p := vp(t)
	times := append(exponentialTimes(p, 1, 0.001, 30), 0)
	for _, s := range []Solver{DPMPP2MSDE{Eta: 1}, DPMPP3MSDE{Eta: 0.5, Variant: "quadratic"}} {
		wantMean, wantVariance := sdeMoments(t, s, p, mean, deviation, times)
		x := make([]float32, rows)
		data := make([]float32, rows)
		normalData(mean, deviation).Sample(data, 4, 0)
		diffusion.StartFromMarginal(p, x, data, 1, 5, 0, 1)
		mustSolve(t, s, &Run{Model: oracle(t, p, normalData(mean, deviation), diffusion.X0), Dim: 1,
			Noise: diffusion.NewRowNoise(6, 0, 1)}, x, times)
		m, v := 0.0, 0.0
		for _, x := range x {
			m += float64(x) / rows
		}
		for _, x := range x {
			v += (float64(x) - m) * (float64(x) - m) / (rows - 1)
		}
		if z := (m - wantMean) / math.Sqrt(wantVariance/rows); !(math.Abs(z) < 4.5) {
			t.Errorf("%+v: mean %v, expected %v: %.1f standard errors off", s, m, wantMean, z)
		}
		if z := (v/wantVariance - 1) / math.Sqrt(2./rows); !(math.Abs(z) < 4.5) {
			t.Errorf("%+v: variance %v, expected %v: %.1f standard errors off", s, v, wantVariance, z)
		}
	}
}
