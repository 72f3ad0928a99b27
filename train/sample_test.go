package train

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/nets"
)

func smallModel(t testing.TB) *Model {
	t.Helper()
	trainer := newSmall(t, smallConfig(), 1)
	steps(t, trainer, 20)
	file, err := trainer.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	model, err := LoadCheckpoint(file)
	if err != nil {
		t.Fatal(err)
	}
	return model
}

func draw(t testing.TB, m *Model, o SampleOptions) []float32 {
	t.Helper()
	if o.Sampling == (solver.Config{}) {
		o.Sampling = m.Config.Sample
	}
	var all []float32
	if err := m.Sample(context.Background(), o, func(rows []float32) error {
		all = append(all, rows...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// Sample i is the same alone, among any number of others, and for any number of workers.
func TestSampleDoesNotDependOnCompany(t *testing.T) {
	m := smallModel(t)
	for _, start := range []string{"prior", "marginal"} {
		o := SampleOptions{N: waveRows + 700, Seed: 5, Workers: 1, Sampling: m.Config.Sample}
		o.Sampling.Start = start
		all := draw(t, m, o)
		if len(all) != o.N*2 {
			t.Fatalf("%d numbers, want %d", len(all), o.N*2)
		}
		// Rows from the middle, alone: another piece, another wave, another place in a piece.
		s, err := m.newSampling(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, first := range []int{1, 44, sampleRows, 2*sampleRows + 9, waveRows, waveRows + 300} {
			alone := make([]float32, 3*2)
			if err := s.draw(context.Background(), alone, first, nil); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(alone, all[first*2:(first+3)*2]) {
				t.Errorf("start %s: samples %d to %d differ alone from those among all", start, first, first+2)
			}
		}
		s.team.Close()
		for _, workers := range []int{2, 3, 7} {
			for _, n := range []int{1, 2, sampleRows + 1, 1000} {
				o.N, o.Workers = n, workers
				if !slices.Equal(draw(t, m, o), all[:n*2]) {
					t.Errorf("start %s: the first %d samples differ from those of a larger set", start, n)
				}
			}
		}
	}
}

func TestSeedAndStepsMatter(t *testing.T) {
	m := smallModel(t)
	a := draw(t, m, SampleOptions{N: 10, Seed: 1})
	if slices.Equal(a, draw(t, m, SampleOptions{N: 10, Seed: 2})) {
		t.Error("two seeds give the same samples")
	}
	for what, change := range map[string]func(c *solver.Config){
		"steps":    func(c *solver.Config) { c.Steps = 4 },
		"variance": func(c *solver.Config) { c.Variance = "beta_tilde" },
		"sampler":  func(c *solver.Config) { c.Sampler = "ddim" },
		"times":    func(c *solver.Config) { c.Times = "9, 4, 2" },
		"clip_x0":  func(c *solver.Config) { c.ClipX0 = 1e-3 },
	} {
		o := SampleOptions{N: 10, Seed: 1, Sampling: m.Config.Sample}
		change(&o.Sampling)
		if slices.Equal(a, draw(t, m, o)) {
			t.Errorf("%s makes no difference", what)
		}
	}
}

func TestTrajectory(t *testing.T) {
	m := smallModel(t)
	o := SampleOptions{N: 600, Seed: 5, Sampling: m.Config.Sample, Workers: 2}
	frames, err := m.Trajectory(context.Background(), o, 6)
	if err != nil {
		t.Fatal(err)
	}
	var moments []string
	for _, f := range frames {
		moments = append(moments, f.Title)
		if len(f.X) != 600*2 {
			t.Errorf("%s: %d numbers", f.Title, len(f.X))
		}
	}
	if want := []string{"t = 10", "t = 8", "t = 6", "t = 4", "t = 2", "t = 0"}; !slices.Equal(moments, want) {
		t.Errorf("moments %v, want %v", moments, want)
	}
	if !slices.Equal(frames[5].X, draw(t, m, o)) {
		t.Error("the last frame is not the samples")
	}
	start := make([]float32, 600*2)
	diffusion.StartFromPrior(m.process, start, 5, 0, 2)
	if !slices.Equal(frames[0].X, start) {
		t.Error("the first frame is not the start")
	}
	for _, moments := range []int{0, 1, 2, 11, 50} {
		frames, err := m.Trajectory(context.Background(), o, moments)
		if want := min(max(2, moments), 11); err != nil || len(frames) != want {
			t.Errorf("%d moments: %d frames, %v; want %d", moments, len(frames), err, want)
		}
	}
}

// An inversion starts at fresh data and ends near noise, each row by itself.
func TestInversion(t *testing.T) {
	m := smallModel(t)
	for _, sampler := range []string{"ddim", "rk45"} {
		o := SampleOptions{N: sampleRows + 5, Seed: 5, Sampling: m.Config.Sample.Switched(sampler), Invert: true, Workers: 2}
		all := draw(t, m, o)
		frames, err := m.Trajectory(context.Background(), o, 2)
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := m.fresh(o, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(frames[0].X, fresh[0]) || !slices.Equal(frames[1].X, all) || frames[0].Title != "t = 0" {
			t.Errorf("%s: the way from data to noise has other ends", sampler)
		}
		o.N = 3
		if !slices.Equal(draw(t, m, o), all[:3*2]) {
			t.Errorf("%s: three rows differ alone", sampler)
		}
	}
}

func TestSampleErrors(t *testing.T) {
	m := smallModel(t)
	good := SampleOptions{N: 3, Sampling: m.Config.Sample}
	for _, test := range []struct {
		change func(*SampleOptions)
		want   string
	}{
		{func(o *SampleOptions) { o.N = 0 }, "at least 1"},
		{func(o *SampleOptions) { o.Sampling.Steps = 11 }, "11"},
		{func(o *SampleOptions) { o.Sampling.Steps = -1 }, "-1"},
		{func(o *SampleOptions) { o.Sampling.Sampler = "ddimm" }, "sample.sampler"},
		{func(o *SampleOptions) { o.Sampling.Variance = "" }, "sample.variance"},
	} {
		o := good
		test.change(&o)
		err := m.Sample(context.Background(), o, func([]float32) error { return nil })
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %s", err, test.want)
		}
	}
	full := errors.New("disk full")
	if err := m.Sample(context.Background(), good, func([]float32) error { return full }); !errors.Is(err, full) {
		t.Errorf("error %v, want that of emit", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := m.Sample(ctx, good, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want a cancellation", err)
	}
}

// A model takes the averaged weights where there are some, and the last ones otherwise.
func TestLoadTakesTheAverage(t *testing.T) {
	trainer := newSmall(t, smallConfig(), 1)
	steps(t, trainer, 20)
	file, err := trainer.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	m, err := LoadCheckpoint(file)
	if err != nil {
		t.Fatal(err)
	}
	if !m.Averaged || !slices.Equal(m.weights, trainer.average.Average) || slices.Equal(m.weights, trainer.weights) {
		t.Error("the model does not hold the average")
	}
	config := smallConfig()
	config.EMA.Decay = 0
	trainer = newSmall(t, config, 1)
	steps(t, trainer, 20)
	if file, err = trainer.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	if m, err = LoadCheckpoint(file); err != nil || m.Averaged || !slices.Equal(m.weights, trainer.weights) {
		t.Errorf("the model does not hold the weights: %v", err)
	}
}

// The arrays have the names and shapes of the tutorial's state dict in PyTorch.
func TestCheckpointNames(t *testing.T) {
	trainer := newSmall(t, smallConfig(), 1)
	file, err := trainer.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	for name, shape := range map[string][]int{
		"model.linears.0.weight": {24, 2}, "model.linears.2.weight": {24, 24}, "model.linears.6.weight": {2, 24}, "model.linears.6.bias": {2},
		"model.step_embeddings.2.weight": {10, 24}, "ema.linears.0.weight": {24, 2}, "optim.m.linears.0.weight": {24, 2}, "optim.v.step_embeddings.0.weight": {10, 24},
	} {
		if _, err := file.Tensor(name, shape...); err != nil {
			t.Error(err)
		}
	}
	layout, _ := trainer.net.Layout()
	if arrays := nets.StateDict(layout, trainer.weights); len(arrays)*4 != len(file.Tensors) {
		t.Errorf("%d tensors, want %d", len(file.Tensors), len(arrays)*4)
	}
}

// A sampling step allocates nothing: a sampler's allocations do not grow with its steps.
func TestSamplingStepDoesNotAllocate(t *testing.T) {
	allocations := func(steps int) float64 {
		config := smallConfig()
		config.Diffusion.Steps = steps
		trainer := newSmall(t, config, 1)
		model, err := diffusion.NewModel(trainer.net.NewForward(trainer.weights), trainer.process, trainer.parameterisation)
		if err != nil {
			t.Fatal(err)
		}
		method, _, times, err := solver.Prepare(trainer.process, config.Sample)
		if err != nil {
			t.Fatal(err)
		}
		run, x := solver.Run{Model: model, Dim: 2, Noise: diffusion.NewRowNoise(1, 0, 2)}, make([]float32, 100*2)
		return testing.AllocsPerRun(5, func() {
			diffusion.StartFromPrior(trainer.process, x, 1, 0, 2)
			if err := method.Solve(context.Background(), &run, x, times); err != nil {
				t.Fatal(err)
			}
		})
	}
	for _, steps := range []int{10, 200} {
		if n := allocations(steps); n != 0 {
			t.Errorf("%d sampling steps: %v allocations", steps, n)
		}
	}
}

func BenchmarkSample(b *testing.B) {
	config := *smallConfig()
	config.Diffusion.Steps, config.Net.Width = 100, 128
	trainer := newSmall(b, &config, 1)
	file, err := trainer.Checkpoint()
	if err != nil {
		b.Fatal(err)
	}
	model, err := LoadCheckpoint(file)
	if err != nil {
		b.Fatal(err)
	}
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			for b.Loop() {
				draw(b, model, SampleOptions{N: 10_000, Workers: workers})
			}
		})
	}
}
