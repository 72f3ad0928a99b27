package train

import (
	"bytes"
	"context"
	"math"
	"path/filepath"
	"testing"

	"euryale/checkpoint"
	"euryale/configs"
	"euryale/diffusion/solver"
)

// kinds are small runs of every kind of process, prediction, loss, timesteps and net.
var kinds = map[string]func(c *configs.Config){
	"x0, huber, uniform": func(c *configs.Config) {
		c.Diffusion.Prediction, c.Diffusion.Timesteps, c.Diffusion.Loss.Distance = "x0", "uniform", "huber"
	},
	"v, cosine, zero SNR, min-SNR": func(c *configs.Config) {
		c.Diffusion.Prediction, c.Diffusion.Loss.Weight = "v", "min_snr"
		c.Diffusion.Schedule.Name, c.Diffusion.Schedule.ZeroTerminalSNR = "cosine", true
	},
	"importance, bound": func(c *configs.Config) {
		c.Diffusion.Timesteps, c.Diffusion.Loss.Weight, c.Diffusion.Steps = "importance", "bound", 3
	},
	"hybrid": func(c *configs.Config) {
		c.Diffusion.Loss.Weight, c.Sample.Variance = "hybrid", "learned"
	},
	"ncsn, score": func(c *configs.Config) {
		c.Diffusion.Process, c.Diffusion.Prediction, c.Diffusion.ScaleInput = "ncsn", "score", true
		c.Diffusion.Loss.Weight, c.Diffusion.Sigma.Min, c.Diffusion.Sigma.Max = "score_matching", 0.01, 2
		c.Sample.Sampler = "annealed_langevin"
		c.Sample.Corrector.Steps = 3
	},
	"vp, stratified": func(c *configs.Config) {
		c.Diffusion.Process, c.Diffusion.Timesteps, c.Net.Time = "vp", "stratified", "sinusoidal"
		c.Sample.Sampler = "euler_maruyama"
	},
	"sub-VP, absolute": func(c *configs.Config) {
		c.Diffusion.Process, c.Diffusion.Loss.Distance, c.Net.Time = "sub_vp", "absolute", "sinusoidal"
		c.Sample.Sampler = "reverse_diffusion"
	},
	"ve, paired": func(c *configs.Config) {
		c.Diffusion.Process, c.Diffusion.ScaleInput, c.Net.Time = "ve", true, "sinusoidal"
		c.Diffusion.Sigma.Min, c.Diffusion.Sigma.Max = 0.01, 2
		c.Sample.Sampler = "predictor_corrector"
	},
	"edm": func(c *configs.Config) {
		c.Diffusion.Process, c.Diffusion.Prediction, c.Diffusion.Timesteps = "edm", "F", "log_normal"
		c.Diffusion.Loss.Weight, c.Net.Time, c.Net.FourierScale = "edm", "fourier", 1
		c.Sample.Sampler, c.Sample.Spacing = "heun", "karras"
	},
	"labels": func(c *configs.Config) {
		c.Data.Name, c.Net.Labels, c.Train.LabelDropout = "moons", true, 0.3
		c.Sample.Label, c.Sample.Guidance = 1, 0.5
	},
	"classifier": func(c *configs.Config) {
		c.Data.Name, c.Data.Scale, c.Net.Name = "moons", 1, "classifier"
	},
}

func kind(t *testing.T, change func(c *configs.Config)) *configs.Config {
	t.Helper()
	c := smallConfig()
	change(c)
	if key, err := c.Validate(); err != nil {
		t.Fatalf("%s %v", key, err)
	}
	return c
}

// Every kind of run learns, allocates nothing, and goes on where it was stopped, by any number of workers.
func TestEveryKindOfRun(t *testing.T) {
	for name, change := range kinds {
		t.Run(name, func(t *testing.T) {
			const total, stop = 60, 37
			whole := newSmall(t, kind(t, change), 1)
			first, last := 0.0, 0.0
			for i := range total {
				r, err := whole.Step()
				if err != nil {
					t.Fatal(err)
				}
				if i < total/3 {
					first += r.Loss
				} else if i >= total-total/3 {
					last += r.Loss
				}
			}
			if !(last < first) {
				t.Errorf("the loss went from %v to %v in %d steps", first, last, total)
			}
			before := newSmall(t, kind(t, change), 3)
			steps(t, before, stop)
			path := filepath.Join(t.TempDir(), "c.safetensors")
			file, err := before.Checkpoint()
			if err != nil {
				t.Fatal(err)
			}
			if err := checkpoint.Write(path, file); err != nil {
				t.Fatal(err)
			}
			if file, err = checkpoint.Read(path); err != nil {
				t.Fatal(err)
			}
			after := newSmall(t, kind(t, change), 2)
			steps(t, after, 5)
			if err := after.Restore(file); err != nil {
				t.Fatal(err)
			}
			steps(t, after, total-stop)
			if !bytes.Equal(bytesOf(t, after), bytesOf(t, whole)) {
				t.Error("the end of a resumed run differs from one that was not stopped")
			}
			if n := testing.AllocsPerRun(20, func() { steps(t, after, 1) }); n != 0 {
				t.Errorf("%v allocations a step", n)
			}
		})
	}
}

func unguided(c solver.Config) solver.Config {
	c.Guidance = 0
	return c
}

// Every kind of model draws samples, which do not depend on their company, and has a likelihood.
func TestEveryKindOfModel(t *testing.T) {
	for name, change := range kinds {
		t.Run(name, func(t *testing.T) {
			trainer := newSmall(t, kind(t, change), 1)
			steps(t, trainer, 40)
			file, err := trainer.Checkpoint()
			if err != nil {
				t.Fatal(err)
			}
			m, err := LoadCheckpoint(file)
			if err != nil {
				t.Fatal(err)
			}
			o := SampleOptions{N: sampleRows + 3, Seed: 2, Sampling: m.Config.Sample, Workers: 2}
			if !m.Denoises() {
				steps(t, trainer, 400)
				if file, err = trainer.Checkpoint(); err != nil {
					t.Fatal(err)
				}
				if m, err = LoadCheckpoint(file); err != nil {
					t.Fatal(err)
				}
				accuracies, err := m.Accuracies(200, 1, 3)
				if err != nil || len(accuracies) != 3 || accuracies[0].Correct < 0.8 {
					t.Errorf("%+v, %v", accuracies, err)
				}
				if err := m.Sample(context.Background(), o, nil); err == nil {
					t.Error("a classifier draws samples")
				}
				return
			}
			all := draw(t, m, o)
			s, err := m.newSampling(o)
			if err != nil {
				t.Fatal(err)
			}
			defer s.team.Close()
			const first = sampleRows - 2 // the last of a piece and the first of the next
			alone := make([]float32, 5*2)
			if err := s.draw(context.Background(), alone, first, nil); err != nil {
				t.Fatal(err)
			}
			for i, v := range alone {
				if v != all[first*2+i] {
					t.Fatalf("sample %d differs alone", first+i/2)
				}
			}
			l, err := m.Likelihood(context.Background(), SampleOptions{N: 5, Seed: 2, Sampling: unguided(m.Config.Sample), Workers: 2})
			if err != nil {
				t.Fatal(err)
			}
			if math.IsNaN(l.Exact) || (l.Bound != nil) != (m.process.Steps() > 0) {
				t.Errorf("likelihood %+v", l)
			}
		})
	}
}

// BenchmarkConditions is a step of the tutorial's sizes by what the net is conditioned on.
func BenchmarkConditions(b *testing.B) {
	for name, change := range map[string]func(c *configs.Config){
		"embedding":        func(*configs.Config) {},
		"embedding+labels": func(c *configs.Config) { c.Data.Name, c.Net.Labels, c.Train.LabelDropout = "moons", true, 0.1 },
		"sinusoidal":       func(c *configs.Config) { c.Net.Time = "sinusoidal" },
		"fourier, edm": func(c *configs.Config) {
			c.Diffusion.Process, c.Diffusion.Prediction, c.Diffusion.Timesteps = "edm", "F", "log_normal"
			c.Net.Time, c.Net.FourierScale, c.Sample.Sampler = "fourier", 1, "heun"
		},
	} {
		b.Run(name, func(b *testing.B) {
			config := configs.Default()
			change(&config)
			trainer := newSmall(b, &config, 1)
			for b.Loop() {
				if _, err := trainer.Step(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
