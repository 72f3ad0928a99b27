package diffusion

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A wrong key is named with what was expected of it, each key alone and combinations that make no sense.
func TestValidate(t *testing.T) {
	for _, test := range []struct {
		key, want string
		set       func(*Config)
	}{
		{"", "", func(*Config) {}},
		{"process", `must be one of ddpm`, func(c *Config) { c.Process = "ddmp" }},
		{"steps", "must be from 1 to 1000000, got 0", func(c *Config) { c.Steps = 0 }},
		{"steps", "must be from 2 to 1000000, got 1", func(c *Config) { c.Process, c.Steps = "ncsn", 1 }},
		{"steps", "got 1000001", func(c *Config) { c.Process, c.Steps = "vp", 1_000_001 }},
		{"schedule.name", "must be one of cosine", func(c *Config) { c.Schedule.Name = "cosin" }},
		{"", "", func(c *Config) { c.Schedule.Name = "quad" }},
		{"schedule.beta_start", "must be above 0 and below 1, got 0", func(c *Config) { c.Schedule.BetaStart = 0 }},
		{"", "", func(c *Config) { c.Schedule.Name, c.Schedule.BetaStart = "const", 0 }},
		{"", "", func(c *Config) { c.Schedule = ScheduleConfig{Name: "cosine", BetaStart: math.NaN(), BetaEnd: 7} }},
		{"schedule.beta_end", "must be at least beta_start (0.1) and below 1, got 0.01", func(c *Config) {
			c.Schedule = ScheduleConfig{Name: "linear", BetaStart: 0.1, BetaEnd: 0.01}
		}},
		{"schedule.beta_end", "must be above 0 and below 1, got 1", func(c *Config) { c.Schedule.Name, c.Schedule.BetaEnd = "const", 1 }},
		{"schedule", "signal is gone", func(c *Config) { c.Steps, c.Schedule.BetaEnd = 1e6, 0.9 }},
		{"schedule.scale_betas", "cosine, which is not given by betas", func(c *Config) { c.Schedule.Name, c.Schedule.ScaleBetas = "cosine", true }},
		{"schedule.scale_betas", "multiplies beta_end by 1000/10, to 2, which", func(c *Config) { c.Steps, c.Schedule.BetaEnd, c.Schedule.ScaleBetas = 10, 0.02, true }},
		{"schedule.scale_betas", "process ve, which has no schedule", func(c *Config) { c.Process, c.Schedule.ScaleBetas = "ve", true }},
		{"schedule.zero_terminal_snr", "process edm, which has no schedule", func(c *Config) { c.Process, c.Schedule.ZeroTerminalSNR = "edm", true }},
		{"schedule.zero_terminal_snr", "a single step", func(c *Config) { c.Steps, c.Schedule.ZeroTerminalSNR, c.Prediction = 1, true, "v" }},
		{"prediction", `must be v, x0 or F on a process with no signal`, func(c *Config) { c.Schedule.ZeroTerminalSNR = true }},
		{"prediction", `got score`, func(c *Config) { c.Schedule.Name, c.Prediction = "jsd", "score" }},
		{"", "", func(c *Config) { c.Schedule.ZeroTerminalSNR, c.Prediction = true, "F" }},
		{"continuous.beta_min", "must be above 0 and at most 200, got 0", func(c *Config) { c.Process, c.Continuous.BetaMin = "vp", 0 }},
		{"continuous.beta_max", "must be at least beta_min (0.1) and at most 200, got 0.05", func(c *Config) { c.Process, c.Continuous.BetaMax = "sub_vp", 0.05 }},
		{"continuous.first_time", "must be above 0 and below 1, got 1", func(c *Config) { c.Process, c.Continuous.FirstTime = "vp", 1 }},
		{"continuous", "signal is gone", func(c *Config) { c.Process, c.Continuous.BetaMin, c.Continuous.BetaMax = "vp", 200, 200 }},
		{"sigma.min", "must be at least 1e-12 and below 1e+12, got 0", func(c *Config) { c.Process, c.Sigma.Min = "ncsn", 0 }},
		{"sigma.max", "must be above min (0.002) and at most 1e+12, got 0.002", func(c *Config) { c.Process, c.Sigma.Max = "edm", 0.002 }},
		{"sigma", "sigma at t =", func(c *Config) { c.Process, c.Sigma.Max = "ncsn", math.Nextafter(0.002, 1) }},
		{"prediction", "must be one of eps", func(c *Config) { c.Prediction = "epsilon" }},
		{"data_deviation", "for scaled inputs and the prediction F, got 0", func(c *Config) { c.Prediction, c.DataDeviation = "F", 0 }},
		{"data_deviation", "for scaled inputs", func(c *Config) { c.ScaleInput, c.DataDeviation = true, -1 }},
		{"data_deviation", "for the weight edm", func(c *Config) { c.Loss.Weight, c.DataDeviation = "edm", math.Inf(1) }},
		{"", "", func(c *Config) { c.DataDeviation = 0 }},
		{"loss.weight", "must be one of bound", func(c *Config) { c.Loss.Weight = "bund" }},
		{"loss.weight", "must not be hybrid for the process vp", func(c *Config) { c.Process, c.Loss.Weight = "vp", "hybrid" }},
		{"loss.weight", "weight score_matching of prediction x0 at t = 1e-33 is", func(c *Config) {
			c.Process, c.Prediction, c.Loss.Weight, c.Continuous.FirstTime = "vp", "x0", "score_matching", 1e-33
		}},
		{"loss.distance", "must be one of huber", func(c *Config) { c.Loss.Distance = "hubert" }},
		{"loss.distance", `must be squared with the weight p2, which is defined for squared errors, got "absolute"`, func(c *Config) { c.Loss.Weight, c.Loss.Distance = "p2", "absolute" }},
		{"loss.huber_delta", "must be above 0", func(c *Config) { c.Loss.Distance, c.Loss.HuberDelta = "huber", 0 }},
		{"", "", func(c *Config) { c.Loss.HuberDelta = 0 }},
		{"loss.min_snr_gamma", "must be above 0", func(c *Config) { c.Loss.Weight, c.Loss.MinSNRGamma = "min_snr", 0 }},
		{"loss.p2_gamma", "must be above 0", func(c *Config) { c.Loss.Weight, c.Loss.P2Gamma = "p2", 0 }},
		{"loss.p2_k", "must be above 0", func(c *Config) { c.Loss.Weight, c.Loss.P2K = "p2", 0 }},
		{"timesteps", "must be one of paired", func(c *Config) { c.Timesteps = "pared" }},
		{"timesteps", "must not be importance for the process sub_vp", func(c *Config) { c.Process, c.Timesteps = "sub_vp", "importance" }},
		{"timesteps", "must not be log_normal with the loss weight rescaled", func(c *Config) { c.Timesteps, c.Loss.Weight = "log_normal", "rescaled" }},
		{"log_normal.mean", "must be from -100 to 100", func(c *Config) { c.Timesteps, c.LogNormal.Mean = "log_normal", 101 }},
		{"log_normal.deviation", "must be above 0", func(c *Config) { c.Timesteps, c.LogNormal.Deviation = "log_normal", 0 }},
		{"", "", func(c *Config) { c.LogNormal.Deviation = 0 }},
	} {
		c := DefaultConfig()
		test.set(&c)
		key, err := c.Validate()
		if key != test.key || (err == nil) != (test.key == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %q, %v; want %q with %q", c, key, err, test.key, test.want)
		}
	}
}

// Every choice is good for something: with the rest at its default, each passes for some process.
func TestEveryChoiceIsValidSomewhere(t *testing.T) {
	valid := func(set func(*Config)) bool {
		return slices.ContainsFunc(ProcessNames(), func(process string) bool {
			c := DefaultConfig()
			c.Process = process
			set(&c)
			_, err := c.Validate()
			return err == nil
		})
	}
	choices := slices.Concat(LossWeightChoices(), TimestepsChoices())
	for i, choice := range choices {
		if choice.Summary == "" || slices.ContainsFunc(choices[:i], func(c Choice) bool { return c.Name == choice.Name }) {
			t.Errorf("%+v", choice)
		}
	}
	for _, name := range ScheduleNames() {
		if !valid(func(c *Config) { c.Schedule.Name, c.Prediction = name, "v" }) {
			t.Errorf("schedule %s", name)
		}
	}
	for _, prediction := range predictionNames {
		for _, name := range LossWeights() {
			if !valid(func(c *Config) { c.Prediction, c.Loss.Weight = prediction, name }) {
				t.Errorf("weight %s with %s", name, prediction)
			}
		}
		for _, name := range TimestepsNames() {
			if !valid(func(c *Config) { c.Prediction, c.Timesteps = prediction, name }) {
				t.Errorf("timesteps %s with %s", name, prediction)
			}
		}
	}
	for _, name := range LossDistances() {
		if !valid(func(c *Config) { c.Loss.Distance = name }) {
			t.Errorf("distance %s", name)
		}
	}
}

// What Validate passes, the constructors accept, and what they make works.
func TestValidateIsEnough(t *testing.T) {
	number := func(t *rapid.T, name string, usual ...float64) float64 {
		return rapid.SampledFrom(append(usual, usual[0], usual[0], 0, 1e-300, 1e-31, 1e-5, 0.5, 0.999, 1, 30, 1e12, 1e300, -1, math.Inf(1), math.NaN())).Draw(t, name)
	}
	passed := 0
	rapid.Check(t, func(t *rapid.T) {
		name := func(key string, names []string) string { return rapid.SampledFrom(append(names, "")).Draw(t, key) }
		c := Config{
			Process: name("process", ProcessNames()),
			Steps:   rapid.SampledFrom([]int{100, 1000, 1, 2, 3, 20, 3000, 0, -1}).Draw(t, "steps"),
			Schedule: ScheduleConfig{
				Name: name("schedule", append(ScheduleNames(), "quad")), BetaStart: number(t, "beta_start", 1e-4, 1e-70), BetaEnd: number(t, "beta_end", 0.02, 0.3),
				ScaleBetas: rapid.Bool().Draw(t, "scale_betas"), ZeroTerminalSNR: rapid.Bool().Draw(t, "zero_terminal_snr"),
			},
			Continuous:    ContinuousConfig{number(t, "beta_min", 0.1), number(t, "beta_max", 20, 200), number(t, "first_time", 1e-3, 1e-20)},
			Sigma:         SigmaConfig{number(t, "sigma.min", 0.002, 1e-12), number(t, "sigma.max", 80, 0.0021)},
			Prediction:    name("prediction", slices.Clone(predictionNames[:])),
			ScaleInput:    rapid.Bool().Draw(t, "scale_input"),
			DataDeviation: number(t, "data_deviation", 0.5, 1e-12),
			Loss: LossConfig{
				Weight: name("weight", LossWeights()), Distance: name("distance", append(LossDistances(), "squared", "squared", "squared")),
				HuberDelta: number(t, "huber_delta", 1), MinSNRGamma: number(t, "min_snr_gamma", 5), P2Gamma: number(t, "p2_gamma", 1), P2K: number(t, "p2_k", 1),
			},
			Timesteps: name("timesteps", TimestepsNames()),
			LogNormal: LogNormalConfig{number(t, "mean", -1.2, -100), number(t, "deviation", 1.2, 100)},
		}
		// Each group is as usual in two of three draws, or hardly any configuration would be valid.
		usual := DefaultConfig()
		for group, restore := range []func(){
			func() { c.Steps = usual.Steps },
			func() { c.Schedule = usual.Schedule },
			func() { c.Continuous, c.Sigma, c.LogNormal = usual.Continuous, usual.Sigma, usual.LogNormal },
			func() { c.Loss = usual.Loss },
			func() { c.DataDeviation = usual.DataDeviation },
		} {
			if rapid.IntRange(0, 2).Draw(t, fmt.Sprintf("group %d", group)) > 0 {
				restore()
			}
		}
		if c.Process != "ddpm" && rapid.Bool().Draw(t, "no schedule") {
			c.Schedule = ScheduleConfig{}
		}
		key, err := c.Validate()
		if (err == nil) != (key == "") {
			t.Fatalf("key %q with error %v", key, err)
		}
		if err != nil {
			return
		}
		passed++
		p, err := NewProcess(c)
		if err != nil {
			t.Fatal(err)
		}
		q, err := NewParameterisation(c)
		if err != nil {
			t.Fatal(err)
		}
		model, err := NewModel(normal.Denoiser(p, q), p, q)
		if err != nil {
			t.Fatal(err)
		}
		loss, err := NewLoss(c, p)
		if err != nil {
			t.Fatal(err)
		}
		sampler, err := NewTimesteps(c, p, 1)
		if err != nil {
			t.Fatal(err)
		}
		const rows = 4
		times, weight, x0, eps, x := make([]float64, rows), make([]float32, rows), []float32{-1, 0, 1, 2}, []float32{1, -1, 0.5, -0.5}, make([]float32, rows)
		sampler.Fill(times, weight, 3, 0, rows)
		for _, at := range times {
			if w := loss.Weight(at); !(w >= 0 && w <= 1.01*maxWeight) {
				t.Fatalf("weight %v at %v", w, at)
			}
			if c, d := q.Coefficients(p.Marginal(at)); !(math.Hypot(c, d) < math.MaxFloat32) {
				t.Fatalf("target of %v x_0 + %v ε at %v", c, d, at)
			}
			if scale := q.InputScale(p.Marginal(at)); !(scale < math.MaxFloat32) {
				t.Fatalf("the input is scaled by %v at %v", scale, at)
			}
		}
		Diffuse(p, x, x0, eps, times, 1)
		q.Target(p, x, x0, eps, times, 1)
		model.Epsilon(make([]float32, 1), x[:1], times[0])
		for _, v := range x {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				t.Fatalf("targets %v at %v", x, times)
			}
		}
	})
	if passed == 0 {
		t.Error("no configuration was valid")
	}
	if key, err := DefaultConfig().Validate(); err != nil {
		t.Errorf("the default is not valid: %s %v", key, err)
	}
}
