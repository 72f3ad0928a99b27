package train

import (
	"bytes"
	"testing"

	"euryale/configs"
)

// kinds are small runs of every kind of process, prediction, loss, timesteps, net and objective, as changes of small.
// The tests of package euryale have the same for the models of such runs.
func kinds() map[string][]string {
	return map[string][]string{
		"x0, huber, uniform": {"objective.prediction=x0", "timesteps=uniform", "objective.distance=huber"},
		"v, cosine, zero SNR, min-SNR": {"objective.prediction=v", "objective.weight=min_snr",
			"process.schedule={name: cosine, zero_terminal_snr: true}"},
		"u, P2":             {"objective.prediction=u", "objective.weight=p2"},
		"importance, bound": {"timesteps=importance", "objective.weight=bound", "process.steps=3"},
		"hybrid":            {"objective=hybrid", "sample.solver.variance=learned"},
		"multinomial":       {"objective=multinomial"},
		"ncsn, score": {"process={name: ncsn, steps: 10, sigma_min: 0.01, sigma_max: 2}", "objective.prediction=score",
			"objective.scale_input=true",
			"objective.weight=score_matching", "sample.solver={name: annealed_langevin, corrector: {steps: 3}}"},
		"vp, stratified": {"process=vp", "timesteps=stratified", "net.time=sinusoidal", "sample.solver=euler_maruyama",
			"sample.steps=10"},
		"sub-VP, absolute": {"process=sub_vp", "objective.distance=absolute", "net.time=sinusoidal",
			"sample.solver=reverse_diffusion", "sample.steps=10"},
		"ve, paired": {"process={name: ve, sigma_min: 0.01, sigma_max: 2}", "objective.scale_input=true", "net.time=sinusoidal",
			"sample.solver=predictor_corrector", "sample.steps=10"},
		"edm": {"process=edm", "objective.prediction=F", "timesteps=log_normal", "objective.weight=edm",
			"net.time={name: fourier, scale: 1}", "sample.solver=heun", "sample.spacing=karras", "sample.steps=10"},
		"flow": {"process=flow", "objective.prediction=u", "timesteps=logit_normal", "net.time=sinusoidal", "sample.solver=euler",
			"sample.steps=10"},
		"labels": {"data.name=moons", "data.points=50", "net.labels=true", "train.label_dropout=0.3", "sample.guidance.label=1",
			"sample.guidance.weight=0.5"},
		"standardized": {"data.standardize=true", "data.held_out=0.2"},
		"classifier":   {"data={name: moons, points: 50, noise: 0.1, scale: 1}", "objective=classify"},
	}
}

func kind(t testing.TB, name string) *configs.Config {
	t.Helper()
	return smallConfig(t, kinds()[name]...)
}

// Every kind of run learns, allocates nothing, and resumes where it was stopped, with any number of workers.
func TestEveryKindOfRun(t *testing.T) {
	for name := range kinds() {
		t.Run(name, func(t *testing.T) {
			const total, stop = 60, 37
			whole := newSmall(t, kind(t, name), 1)
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
			before := newSmall(t, kind(t, name), 3)
			steps(t, before, stop)
			after := newSmall(t, kind(t, name), 2)
			steps(t, after, 5)
			if err := after.Restore(saved(t, before)); err != nil {
				t.Fatal(err)
			}
			steps(t, after, total-stop)
			if !bytes.Equal(bytesOf(t, after), bytesOf(t, whole)) {
				t.Error("the end of a resumed run differs from one that was not stopped")
			}
			if n := testing.AllocsPerRun(20, func() { steps(t, after, 1) }); n != 0 {
				t.Errorf("%v allocations per step", n)
			}
		})
	}
}

// BenchmarkConditions measures a step at the tutorial's sizes, by what the net is conditioned on.
func BenchmarkConditions(b *testing.B) {
	for name, change := range map[string][]string{
		"embedding":        nil,
		"embedding+labels": {"data.name=moons", "net.labels=true", "train.label_dropout=0.1"},
		"sinusoidal":       {"net.time=sinusoidal"},
		"fourier, edm": {"process=edm", "objective.prediction=F", "timesteps=log_normal", "net.time={name: fourier, scale: 1}",
			"sample.solver=heun", "sample.steps=10"},
	} {
		b.Run(name, func(b *testing.B) {
			config, err := configs.Preset("scurve", change)
			if err != nil {
				b.Fatal(err)
			}
			trainer := newSmall(b, config, 1)
			for b.Loop() {
				if _, err := trainer.Step(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
