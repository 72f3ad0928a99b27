package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"euryale/diffusion"
	"euryale/diffusion/solver"
)

// Sample i is the same alone, among any number of others, and with any number of workers.
func TestSampleIsTheSameAmongOthers(t *testing.T) {
	const waveRows = wavePieces * sampleRows // of narrow rows
	m := smallModel(t)
	for _, start := range []string{"prior", "marginal"} {
		r := request(t, m, waveRows+700, 5, "sample.start="+start)
		r.Workers = 1
		all := draw(t, m, r)
		if len(all) != r.N*2 {
			t.Fatalf("%d numbers, want %d", len(all), r.N*2)
		}
		// Rows from the middle, alone: another piece, another wave, another place in a piece.
		s, err := m.newSampling(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		for _, first := range []int{1, 44, sampleRows, 2*sampleRows + 9, waveRows, waveRows + 300} {
			alone := make([]float32, 3*2)
			if _, err := s.draw(context.Background(), alone, wave{first: first}, nil); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(alone, all[first*2:(first+3)*2]) {
				t.Errorf("start %s: samples %d to %d differ alone from those among all", start, first, first+2)
			}
		}
		s.team.Close()
		for _, workers := range []int{2, 3, 7} {
			for _, n := range []int{1, 2, sampleRows + 1, 1000} {
				r.N, r.Workers = n, workers
				if !slices.Equal(draw(t, m, r), all[:n*2]) {
					t.Errorf("start %s: the first %d samples differ from those of a larger set", start, n)
				}
			}
		}
	}
}

func TestSeedAndStepsMatter(t *testing.T) {
	m := smallModel(t)
	a := draw(t, m, request(t, m, 10, 1))
	if slices.Equal(a, draw(t, m, request(t, m, 10, 2))) {
		t.Error("two seeds give the same samples")
	}
	for _, change := range []string{
		"sample.steps=4", "sample.solver.variance=beta_tilde", "sample.solver=ddim", "sample.times=[9, 4, 2]", "sample.clip_x0=0.001",
	} {
		if slices.Equal(a, draw(t, m, request(t, m, 10, 1, change))) {
			t.Errorf("%s makes no difference", change)
		}
	}
}

// Request follows the run's configuration. Points draws the samples of Draw, and counts the net's evaluations.
func TestPointsAndRequest(t *testing.T) {
	m := smallModel(t, "sample.solver=heun", "sample.rescale=exploding", "sample.steps=6")
	r := m.Request(300)
	if r.N != 300 || r.Seed != 3 || r.Sampling.Steps != 6 {
		t.Errorf("request %+v", r)
	}
	for _, workers := range []int{1, 3} {
		r.Workers = workers
		points, evaluations, err := m.Points(context.Background(), r)
		if err != nil || !slices.Equal(points, draw(t, m, r)) {
			t.Errorf("the points are not the samples: %v", err)
		}
		if evaluations != 11 { // two per step of Heun's method, one in the last
			t.Errorf("%v evaluations per sample, want 11", evaluations)
		}
	}
}

func TestSampleErrors(t *testing.T) {
	m := smallModel(t)
	good := m.Request(3)
	for _, test := range []struct {
		change func(*Request)
		want   string
	}{
		{func(r *Request) { r.N = 0 }, "at least 1, got 0"},
		{func(r *Request) { r.N = maxRows + 1 }, "at most 2147483647"},
		{func(r *Request) { r.Workers = MaxWorkers + 1 }, "the number of workers must be at most 1024, got 1025"},
		{func(r *Request) { r.Sampling.Steps = 11 }, "11"},
		{func(r *Request) { r.Sampling.Steps = -1 }, "-1"},
		{func(r *Request) { r.Sampling.Solver = solver.Solvers().With(nil) }, "sample.solver"},
		{func(r *Request) { r.Sampling.Solver = solver.Solvers().With(&solver.Ancestral{Variance: 77}) }, "sample.solver.variance"},
		{func(r *Request) { r.Sampling.Solver = solver.Solvers().Choose("annealed_langevin") }, "sample.solver"},
		{func(r *Request) {
			r.Sampling.Solver = solver.Solvers().With(&solver.Ancestral{Variance: solver.VarianceLearned})
		}, "sample.solver.variance"},
		{func(r *Request) { r.Sampling.Guidance.Label = 0 }, "sample.guidance.label"},
		{func(r *Request) { r.Invert = true }, "sample.solver"},
		{func(r *Request) { r.Known = map[int]float64{2: 1} }, "known coordinates must be from 0 to 1, got 2"},
		{func(r *Request) { r.Known = map[int]float64{-1: 1} }, "known coordinates must be from 0 to 1, got -1"},
		{func(r *Request) {
			r.Invert, r.Sampling.Solver, r.Known = true, solver.Solvers().Choose("ddim"), map[int]float64{0: 1}
		}, "known coordinates are for drawing samples"},
	} {
		r := good
		test.change(&r)
		for what, err := range map[string]error{
			"Draw":  m.Draw(context.Background(), r, func([]float32) error { return nil }),
			"Check": m.Check(r),
		} {
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "model: ") {
				t.Errorf("%s: error %v, want %s", what, err, test.want)
			}
		}
	}
	full := errors.New("disk full")
	if err := m.Draw(context.Background(), good, func([]float32) error { return full }); !errors.Is(err, full) {
		t.Errorf("error %v, want that of emit", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := m.Draw(ctx, good, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want a cancellation", err)
	}
}

// A sampling step allocates nothing: allocations do not grow with the number of steps.
func TestSamplingStepDoesNotAllocate(t *testing.T) {
	for _, steps := range []int{10, 200} {
		m := smallModel(t, fmt.Sprint("process.steps=", steps))
		net, err := m.newDenoiser(-1, new(int64), nil)
		if err != nil {
			t.Fatal(err)
		}
		model, err := diffusion.NewModel(net, m.process, m.objective.Parameterization())
		if err != nil {
			t.Fatal(err)
		}
		method, _, times, err := m.Config.Sample.Prepare(m.process)
		if err != nil {
			t.Fatal(err)
		}
		run, x := solver.Run{Model: model, Dim: 2, Noise: diffusion.NewRowNoise(1, 0, 2)}, make([]float32, 100*2)
		if n := testing.AllocsPerRun(5, func() {
			diffusion.StartFromPrior(m.process, x, 1, 0, 2)
			if err := method.Solve(context.Background(), &run, x, times); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%d sampling steps: %v allocations", steps, n)
		}
	}
}

func BenchmarkSample(b *testing.B) {
	m := smallModel(b, "process.steps=100", "net.width=128")
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			r := m.Request(10_000)
			r.Workers = workers
			for b.Loop() {
				draw(b, m, r)
			}
		})
	}
}
