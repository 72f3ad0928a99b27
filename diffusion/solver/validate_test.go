package solver

import (
	"math"
	"testing"

	"euryale/diffusion"

	"pgregory.net/rapid"
)

func TestValidate(t *testing.T) {
	if key, err := DefaultConfig().Validate(); key != "" || err != nil {
		t.Errorf("the defaults: %s %v", key, err)
	}
	for _, test := range []struct {
		set       func(c *Config)
		key, want string
	}{
		{func(c *Config) { c.Sampler = "huen" }, "sampler", ""},
		{func(c *Config) { c.Eta = 0.5 }, "eta", "is 0.5, but ancestral does not use it"},
		{func(c *Config) { c.Steps = -1 }, "steps", "must be from 1 to 1000000, or 0 for as many as the process has, got -1"},
		{func(c *Config) { c.Spacing = "karas" }, "spacing", ""},
		{func(c *Config) { c.Rho = 5 }, "rho", "is 5, but the spacing respaced does not use it"},
		{func(c *Config) { c.Spacing, c.Rho = "karras", -1 }, "rho", "must be above 0 and at most 1000, got -1"},
		{func(c *Config) { c.Rho = math.NaN() }, "rho", "must be above 0 and at most 1000, got NaN"},
		{func(c *Config) { c.Times = "9, 8, x" }, "times", "must be numbers with commas between them, but entry 3 is \"x\""},
		{func(c *Config) { c.Times = "8, 9" }, "times", "must decrease, but entry 2 is 9 after 8"},
		{func(c *Config) { c.Final = "last" }, "final", "must be one of data, first, got \"last\""},
		{func(c *Config) { c.Start = "noise" }, "start", "must be one of prior, marginal, got \"noise\""},
		{func(c *Config) { c.Rescale = "" }, "rescale", "must be one of none, preserving, exploding, got \"\""},
		{func(c *Config) { c.ClipX0 = -1 }, "clip_x0", "must be at least 0 (no bound), got -1"},
		{func(c *Config) { c.ThresholdPercentile = 0.9 }, "threshold_percentile", "is 0.9, but needs a bound, clip_x0, above 0"},
		{func(c *Config) { c.ClipX0, c.ThresholdPercentile = 1, 90 }, "threshold_percentile", "must be from 0 (off) to 1, got 90"},
		{func(c *Config) { c.RePaint.JumpLength = 0 }, "repaint.jump_length", "must be from 1 to 1000000, got 0"},
		{func(c *Config) { c.RePaint.Resample = 0 }, "repaint.resample", "must be from 1 to 1000000, got 0"},
		{func(c *Config) { c.Guidance = math.Inf(1) }, "guidance", "must be from -1e+06 to 1e+06, got +Inf"},
		{func(c *Config) { c.Label = -2 }, "label", "must be at least 0, or -1 for none, got -2"},
	} {
		c := DefaultConfig()
		test.set(&c)
		if key, err := c.Validate(); key != test.key || err == nil || test.want != "" && err.Error() != test.want {
			t.Errorf("got %s: %v\nwant %s: %s", key, err, test.key, test.want)
		}
	}
}

// TestValidateIsEnough: what Validate passes, Prepare takes on a process that suits the solver.
func TestValidateIsEnough(t *testing.T) {
	choices := Choices()
	processes := map[bool]diffusion.Process{false: vp(t), true: edm(t)}
	number := rapid.SampledFrom([]float64{math.Inf(-1), -2, -1, 0, 1e-9, 0.3, 0.999, 1, 2, 1e3, 1e4, 1e39, math.Inf(1), math.NaN()})
	whole := rapid.SampledFrom([]int{-2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 1000, 1_000_001})
	passed := 0
	rapid.Check(t, func(t *rapid.T) {
		choice := rapid.SampledFrom(choices).Draw(t, "solver")
		c := DefaultConfig()
		c.Sampler, c.Steps = choice.Name, 5
		c.Spacing = rapid.SampledFrom(SpacingNames()).Draw(t, "spacing")
		numbers := []*float64{&c.Rho, &c.ClipX0, &c.ThresholdPercentile, &c.Eta, &c.Churn.Amount, &c.Churn.Min, &c.Churn.Max, &c.Churn.Noise,
			&c.Corrector.SNR, &c.Tolerance.Relative, &c.Tolerance.Absolute, &c.Guidance}
		wholes := []*int{&c.Steps, &c.Order, &c.Corrector.Steps, &c.RePaint.JumpLength, &c.RePaint.Resample, &c.Label}
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			if rapid.Bool().Draw(t, "of numbers") {
				*rapid.SampledFrom(numbers).Draw(t, "key") = number.Draw(t, "value")
			} else {
				*rapid.SampledFrom(wholes).Draw(t, "key") = whole.Draw(t, "value")
			}
		}
		if rapid.Bool().Draw(t, "another form") {
			c.Form = rapid.SampledFrom([]string{"", "midpoint", "heun", "published", "quadratic", "bh1", "bh2", "x"}).Draw(t, "form")
		}
		if _, err := c.Validate(); err != nil {
			return
		}
		passed++
		p := processes[c.Sampler == "annealed_langevin"]
		s, _, times, err := Prepare(p, c)
		switch key, _ := KeyOf(err); {
		case key == "steps" && c.Steps == 0: // of a process in continuous time
		case err != nil:
			t.Fatalf("%+v: %v", c, err)
		case s.Name() == "" || len(times) != c.Steps+1:
			t.Fatalf("%s, %d times for %d steps", s.Name(), len(times), c.Steps)
		}
		if err := (Bound{c.ClipX0, c.ThresholdPercentile}).check(); err != nil {
			t.Fatal(err)
		}
	})
	if passed < 10 {
		t.Errorf("only %d configurations passed", passed)
	}
}
