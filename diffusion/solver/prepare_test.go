package solver

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"euryale/diffusion"
)

func TestPrepare(t *testing.T) {
	chain := linearChain(t, 5)
	s, p, times, err := DefaultOptions().Prepare(chain)
	if err != nil || !reflect.DeepEqual(s, &Ancestral{}) || p != chain || !slices.Equal(times, []float64{4, 3, 2, 1, 0, -1}) {
		t.Errorf("the defaults give %+v, %v, %v, %v", s, p, times, err)
	}
	o := DefaultOptions()
	o.Final = FinalFirst
	if _, _, times, err = o.Prepare(chain); err != nil || !slices.Equal(times, []float64{4, 3, 2, 1, 0}) {
		t.Errorf("to the first: %v, %v", times, err)
	}
	o.Times, o.Final = []float64{3.5, 2}, FinalData
	if _, _, times, err = o.Prepare(chain); err != nil || !slices.Equal(times, []float64{3.5, 2, -1}) {
		t.Errorf("explicit times: %v, %v", times, err)
	}

	// DDIM runs on a variance-exploding process in the other scale, at the same times and levels.
	o = optionsOf(&DDIM{}, 4, "karras")
	o.Rescale = RescalePreserving
	_, p, times, err = o.Prepare(edm(t))
	if err != nil || len(times) != 5 || times[0] != 80 {
		t.Fatalf("%v, %v", times, err)
	}
	if alpha, sigma := p.Marginal(80); p.Lambda(80) != edm(t).Lambda(80) || !(alpha < 0.02 && sigma > 0.99) {
		t.Errorf("rescaled, t = 80 has alpha %v and sigma %v", alpha, sigma)
	}
}

// TestPrepareErrors: one clear error, with the key, for combinations that do not fit.
func TestPrepareErrors(t *testing.T) {
	zero := timesProcesses(t)["zero"]
	solver := func(name string) func(o *Options) {
		return func(o *Options) { o.Solver = Solvers().Choose(name) }
	}
	for _, test := range []struct {
		p    diffusion.Process
		set  func(o *Options)
		want string // the beginning, with the key
	}{
		{edm(t), solver("ddim"), "solver ddim cannot run with these settings: it needs a variance-preserving process"},
		{flowLine(t), solver("ddim"), "solver ddim cannot run with these settings: it needs a variance-preserving process"},
		{vp(t), solver("annealed_langevin"),
			"solver annealed_langevin cannot run with these settings: it needs a variance-exploding process"},
		{flowLine(t), solver("annealed_langevin"),
			"solver annealed_langevin cannot run with these settings: it needs a variance-exploding process"},
		{zero, solver("euler"), "solver euler cannot run with these settings: it needs some signal at every time"},
		{timesMust(diffusion.NewFlow(0.01, 1)), solver("euler"),
			"solver euler cannot run with these settings: it needs some signal at every time"},
		{zero, func(o *Options) { o.Rescale = RescaleExploding }, "rescale cannot be exploding: the process has no signal at its end"},
		{zero, func(o *Options) { o.Spacing = Spacings().Choose("karras") }, "spacing karras needs some signal"},
		{vp(t), func(o *Options) { o.Steps = 0 }, "steps must be from 1 to 1000000 for a process in continuous time, got 0"},
		{vp(t), func(o *Options) { o.Times = []float64{2, 1} }, "times must lie from 0 to 1, but entry 1 is 2"},
		{vp(t), func(o *Options) { o.Solver = Solvers().With(&DDIM{-1}) }, "solver.eta must be from 0 to 1, got -1"},
		{vp(t), func(o *Options) { o.Spacing = Spacings().With(&Karras{}) }, "spacing.rho must be above 0 and at most 1000, got 0"},
		{linearChain(t, 3), func(o *Options) { o.Steps = 4 }, "steps must be at most 3 for the spacing respaced"},
		{linearChain(t, 1), func(o *Options) { o.Steps, o.Final = 0, FinalFirst }, "steps "},
		{vp(t), func(o *Options) { o.Steps = -3 }, "steps must be from 1 to 1000000, or 0 for as many"},
		{vp(t), func(o *Options) {
			o.Solver, o.Rescale = Solvers().With(&Ancestral{VarianceLearned}), RescaleExploding
		}, "rescale must be none with variance: learned, which holds for the process as it was trained, got exploding"},
	} {
		o := DefaultOptions()
		o.Steps = 3
		test.set(&o)
		s, p, times, err := o.Prepare(test.p)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("got %v, %v, %v, %v\nwant %s…", s, p, times, err, test.want)
			continue
		}
		if key, _, _ := strings.Cut(test.want, " "); keyOf(t, err) != key {
			t.Errorf("%v has the key %s", err, keyOf(t, err))
		}
	}
}
