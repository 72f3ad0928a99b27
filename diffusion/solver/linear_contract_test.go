package solver

import (
	"context"
	"math"
	"strings"
	"testing"

	"euryale/diffusion"
	"euryale/internal/gaussian"
)

// The errors of the solvers that follow a formula.
func TestLinearSolversRefuse(t *testing.T) {
	betas := []float64{0.1, 0.5, 1}
	pureNoise, err := diffusion.FromBetas(betas)
	if err != nil {
		t.Fatal(err)
	}
	chain := linearChain(t, 10)
	for _, test := range []struct {
		solver Solver
		p      diffusion.Process
		times  []float64
		want   string
	}{
		{DDIM{math.NaN()}, chain, []float64{9, -1}, "eta must be from 0 to 1"},
		{DDIM{1.01}, chain, []float64{9, -1}, "eta must be from 0 to 1"},
		{DDIM{}, edm(t), []float64{80, 1, 0}, "variance-preserving"},
		{DDIMInversion{}, edm(t), []float64{0, 1, 80}, "variance-preserving"},
		{DDIMInversion{}, chain, []float64{9, 4}, "increase"},
		{DDIMInversion{}, chain, []float64{-1}, "at least two"},
		{DDIMInversion{}, chain, []float64{-1, -0.5, 4}, "only the first"},
		{DDIMInversion{}, chain, []float64{-1, 10}, "from -1 to 9"},
		{PNDM{}, pureNoise, []float64{2, 0, -1}, "signal"},
		{EulerMaruyama{}, pureNoise, []float64{2, 0, -1}, "signal"},
		{FlowEuler{}, pureNoise, []float64{2, 0, -1}, "signal"},
		{AnnealedLangevin{Langevin{1, 0.2}}, chain, []float64{9, 4, -1}, "variance-exploding"},
		{AnnealedLangevin{Langevin{0, 0.2}}, edm(t), []float64{80, 1}, "at least 1, got 0"},
		{AnnealedLangevin{Langevin{1, 0}}, edm(t), []float64{80, 1}, "above 0 and below 1"},
		{AnnealedLangevin{Langevin{1, 1}}, edm(t), []float64{80, 1}, "above 0 and below 1"},
		{PredictorCorrector{Corrector: Langevin{Steps: -1, SNR: 0.1}}, chain, []float64{9, 4}, "at least 0, got -1"},
		{PredictorCorrector{Corrector: Langevin{Steps: 1, SNR: math.NaN()}}, chain, []float64{9, 4}, "above 0 and below 1"},
	} {
		if err := test.solver.Check(test.p, test.times); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s %+v: error %v, want one with %q", test.solver.Name(), test.solver, err, test.want)
		}
	}
	// Noise is needed where it is drawn, and only there.
	for solver, needs := range map[Solver]bool{
		DDIM{}: false, DDIM{0.5}: true, PNDM{}: false, FlowEuler{}: false, EulerMaruyama{}: true, ReverseDiffusion{}: true,
		PredictorCorrector{}: true,
	} {
		run := &Run{Model: oracle(t, chain, normalData(0, 1), diffusion.Velocity), Dim: 1}
		x := []float32{1}
		if err := solver.Solve(context.Background(), run, x, []float64{9, -1}); err != nil {
			t.Errorf("%s in one step to the data: %v", solver.Name(), err)
		}
		err := solver.Solve(context.Background(), run, x, []float64{9, 4, -1})
		if needs && (err == nil || !strings.Contains(err.Error(), "needs noise")) || !needs && err != nil {
			t.Errorf("%s %+v without noise: %v", solver.Name(), solver, err)
		}
	}
}

// From 1 to 50 steps nothing is lost to float32, from pure noise too where that is allowed.
func TestLinearSolversAreFinite(t *testing.T) {
	cosine, err := diffusion.NewChain(&diffusion.CosineSchedule{}, 60)
	if err != nil {
		t.Fatal(err)
	}
	betas := make([]float64, 60)
	for i := range betas {
		betas[i] = 0.02 + 0.005*float64(i)
	}
	betas[59] = 1
	pureNoise, err := diffusion.FromBetas(betas)
	if err != nil {
		t.Fatal(err)
	}
	processes := linearProcesses(t)
	processes["cosine"], processes["pure noise"] = cosine, pureNoise
	solvers := []Solver{PNDM{}, ReverseDiffusion{}, PredictorCorrector{Corrector: Langevin{Steps: 3, SNR: 0.5}}}
	for _, c := range linearCases() {
		solvers = append(solvers, c.solver)
	}
	data := gaussian.Mixture{{Weight: 1, Mean: []float64{-1}, Deviation: 0}, {Weight: 1, Mean: []float64{1}, Deviation: 1}}
	for name, p := range processes {
		data0, first, last := p.Span()
		for steps := 1; steps <= 50; steps++ {
			times := []float64{}
			for i := range steps {
				times = append(times, last+(first-last)*float64(i)/float64(steps))
			}
			for _, end := range []float64{first, data0} {
				times := append(times, end)
				for _, s := range solvers {
					if s.Check(p, times) != nil {
						continue
					}
					x := make([]float32, 2)
					diffusion.StartFromPrior(p, x, 0, 0, 1)
					run := &Run{Model: oracle(t, p, data, diffusion.X0), Dim: 1, Noise: diffusion.NewRowNoise(0, 0, 1)}
					if err := s.Solve(context.Background(), run, x, times); err != nil {
						t.Fatalf("%s on %s, %d steps to %v: %v", s.Name(), name, steps, end, err)
					}
				}
			}
		}
	}
}
