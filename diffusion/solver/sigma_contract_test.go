package solver

import (
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/diffusion"
	"euryale/internal/gaussian"
)

// sigmaSolvers are the solvers in σ/α and those of the adaptive ODE that go from noise to data.
func sigmaSolvers() []Solver {
	churn := Churn{Amount: 20, Noise: 1.003}
	return []Solver{
		Euler{}, Euler{churn}, Heun{}, Heun{churn}, DPM2{}, DPM2Ancestral{0.5}, DPM2Ancestral{1}, EulerAncestral{0.5}, EulerAncestral{1},
		LMS{1}, LMS{4}, LMS{6}, RK45{Tolerance{1e-3, 1e-3}},
	}
}

// sigmaMixture is two normal distributions in the plane.
func sigmaMixture() gaussian.Mixture {
	return gaussian.Mixture{{Weight: 2, Mean: []float64{1, 0.5}, Deviation: 0.3}, {Weight: 1, Mean: []float64{-1, 0}, Deviation: 0.5}}
}

func sigmaProcesses(t testing.TB) []diffusion.Process {
	return []diffusion.Process{
		linearChain(t, 1000), linearChain(t, 60), vp(t), edm(t), timesMust(diffusion.NewSubVP(0.1, 20, 1e-3)),
		timesMust(diffusion.NewVE(0.01, 50)),
		timesMust(diffusion.FromSigmas([]float64{0.01, 0.03, 0.1, 0.3, 1, 3, 10})),
		flowLine(t),
	}
}

func TestSigmaSolversStayFinite(t *testing.T) {
	for _, p := range sigmaProcesses(t) {
		for _, speaks := range []diffusion.Prediction{diffusion.Epsilon, diffusion.X0, diffusion.U} {
			model := oracle(t, p, sigmaMixture(), speaks)
			for _, final := range finals() {
				for steps := 1; steps <= 50; steps++ {
					times, err := Times(p, spacingOptions("karras", steps, final))
					if err != nil {
						t.Fatal(err)
					}
					for _, s := range sigmaSolvers() {
						if s.Name() == "rk45" && steps > 3 { // which chooses its steps
							continue
						}
						run := &Run{Model: model, Dim: 2, Noise: diffusion.NewRowNoise(1, 0, 2)}
						x := make([]float32, 2*2)
						diffusion.StartFromPrior(p, x, 1, 0, 2)
						mustSolve(t, s, run, x, times) // which fails if x is not finite
						for _, v := range x {
							if final == FinalData && steps >= 20 && s != (LMS{6}) && math.Abs(float64(v)) > 5 {
								t.Errorf("%T %s %v in %d steps: %v", p, s.Name(), speaks, steps, x)
								break
							}
						}
					}
				}
			}
		}
	}
}

func TestSigmaSolversHoldTheBound(t *testing.T) {
	p := vp(t)
	for _, s := range sigmaSolvers() {
		var results [3][]float32
		for i, bound := range []float64{0, 1e6, 0.25} {
			x := make([]float32, 2*8)
			diffusion.StartFromPrior(p, x, 5, 0, 2)
			run := &Run{Model: oracle(t, p, sigmaMixture(), diffusion.Velocity), Dim: 2, Noise: diffusion.NewRowNoise(1, 0, 2),
				Bound: Bound{Limit: bound}}
			mustSolve(t, s, run, x, []float64{1, 0.7, 0.5, 0.3, 0.1, 0.03, 0.001, 0})
			results[i] = x
		}
		for i := range results[0] {
			if d := math.Abs(float64(results[0][i] - results[1][i])); d > 2e-3 {
				t.Errorf("%T %+v: a bound of a million makes %v of %v", s, s, results[1][i], results[0][i])
			}
			// LMS takes the last step with earlier ε too.
			if v := math.Abs(float64(results[2][i])); s.Name() != "lms" && v > 0.25 {
				t.Errorf("%T %+v: a bound of 0.25 lets %v pass", s, s, v)
			}
		}
	}
}

func TestSigmaSolversRefuse(t *testing.T) {
	p := vp(t)
	zero := timesMust(diffusion.FromBetas(append(slices.Repeat([]float64{0.05}, 49), 1)))
	for _, s := range append(sigmaSolvers(), ODEInversion{Tolerance{1e-4, 1e-4}}) {
		times, noTimes := []float64{1, 0.5, 0}, []float64{49, 20, -1}
		if s.Name() == "ode_inversion" {
			slices.Reverse(times)
			slices.Reverse(noTimes)
		}
		if err := s.Check(zero, noTimes); err == nil || !strings.Contains(err.Error(), "some signal") {
			t.Errorf("%s without signal: %v", s.Name(), err)
		}
		slices.Reverse(times)
		if s.Check(p, times) == nil {
			t.Errorf("%s runs backwards", s.Name())
		}
	}
	for _, c := range []struct {
		solver Solver
		want   string
	}{
		{Euler{Churn{Amount: -1, Noise: 1}}, "churn must be at least 0"},
		{Heun{Churn{Amount: 1, Min: 2, Max: 1, Noise: 1}}, "in order"},
		{Heun{Churn{Amount: 1}}, "noise of the churn must be above 0"},
		{EulerAncestral{-0.1}, "eta must be from 0 to 1"},
		{DPM2Ancestral{math.NaN()}, "eta must be from 0 to 1"},
		{LMS{0}, "order must be from 1 to 6"},
		{RK45{}, "absolute tolerance"},
		{ODEInversion{Tolerance{-1, 1}}, "relative tolerance"},
	} {
		times := []float64{1, 0.5, 0}
		if c.solver.Name() == "ode_inversion" {
			slices.Reverse(times)
		}
		if err := c.solver.Check(p, times); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.solver, err)
		}
	}
}
