package solver

import (
	"slices"
	"strings"
	"testing"

	"euryale/diffusion"
)

func TestPrepare(t *testing.T) {
	chain := linearChain(t, 5)
	s, p, times, err := Prepare(chain, DefaultConfig())
	if err != nil || s != (Ancestral{}) || p != chain || !slices.Equal(times, []float64{4, 3, 2, 1, 0, -1}) {
		t.Errorf("the defaults give %+v, %v, %v, %v", s, p, times, err)
	}
	c := DefaultConfig()
	c.Final = "first"
	if _, _, times, err = Prepare(chain, c); err != nil || !slices.Equal(times, []float64{4, 3, 2, 1, 0}) {
		t.Errorf("to the first: %v, %v", times, err)
	}
	c.Times, c.Final = "3.5, 2", "data"
	if _, _, times, err = Prepare(chain, c); err != nil || !slices.Equal(times, []float64{3.5, 2, -1}) {
		t.Errorf("own times: %v, %v", times, err)
	}

	// DDIM runs on a variance-exploding process in the other scale, at the same times and levels.
	c = DefaultConfig()
	c.Sampler, c.Rescale, c.Steps, c.Spacing = "ddim", "preserving", 4, "karras"
	_, p, times, err = Prepare(edm(t), c)
	if err != nil || len(times) != 5 || times[0] != 80 {
		t.Fatalf("%v, %v", times, err)
	}
	if alpha, sigma := p.Marginal(80); p.Lambda(80) != edm(t).Lambda(80) || !(alpha < 0.02 && sigma > 0.99) {
		t.Errorf("rescaled, t = 80 has alpha %v and sigma %v", alpha, sigma)
	}
}

// TestPrepareErrors: one clear error, with the key, for combinations that make no sense.
func TestPrepareErrors(t *testing.T) {
	zero := timesProcesses(t)["zero"]
	for _, test := range []struct {
		p    diffusion.Process
		set  func(c *Config)
		want string // the beginning
	}{
		{edm(t), func(c *Config) { c.Sampler = "ddim" }, "sample.sampler ddim cannot run so: it needs a variance-preserving process"},
		{vp(t), func(c *Config) { c.Sampler = "annealed_langevin" }, "sample.sampler annealed_langevin cannot run so: it needs a variance-exploding process"},
		{zero, func(c *Config) { c.Sampler = "euler" }, "sample.sampler euler cannot run so: it needs some signal at every time"},
		{zero, func(c *Config) { c.Rescale = "exploding" }, "sample.rescale cannot be exploding: the process has no signal at its end"},
		{zero, func(c *Config) { c.Spacing = "karras" }, "sample.spacing karras needs some signal"},
		{vp(t), func(c *Config) { c.Steps = 0 }, "sample.steps must be from 1 to 1000000 for a process in continuous time, got 0"},
		{vp(t), func(c *Config) { c.Times = "2, 1" }, "sample.times must lie from 0 to 1, but entry 1 is 2"},
		{vp(t), func(c *Config) { c.Eta = 0 }, "sample.eta is 0, but ancestral does not use it"},
		{linearChain(t, 3), func(c *Config) { c.Steps = 4 }, "sample.steps must be at most 3 for the spacing respaced"},
		{linearChain(t, 1), func(c *Config) { c.Steps, c.Final = 0, "first" }, "sample.steps "},
		{vp(t), func(c *Config) { c.Label = -3 }, "sample.label must be at least 0"},
	} {
		c := DefaultConfig()
		c.Steps = 3
		test.set(&c)
		s, p, times, err := Prepare(test.p, c)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("got %v, %v, %v, %v\nwant %s…", s, p, times, err, test.want)
		}
	}
}
