package solver

import (
	"encoding"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"euryale/diffusion"

	"pgregory.net/rapid"
)

func TestDefaultOptions(t *testing.T) {
	o := DefaultOptions()
	if err := o.Validate(); err != nil {
		t.Error(err)
	}
	if o.Solver.Name() != "ancestral" || o.Spacing.Name() != "respaced" || o.Final != "data" || o.Start != "prior" || o.Rescale != "none" {
		t.Errorf("%+v", o)
	}
	o.ClipX0, o.ThresholdPercentile = 2, 0.9
	if got := o.Bound(); got != (Bound{Limit: 2, Percentile: 0.9}) {
		t.Errorf("%+v", got)
	}
}

func TestOptionsValidate(t *testing.T) {
	for _, test := range []struct {
		set       func(o *Options)
		key, want string
	}{
		{func(o *Options) { o.Solver.Kind = nil }, "solver", ""},
		{func(o *Options) { o.Solver.Kind = &DDIM{1.5} }, "solver.eta", "must be from 0 to 1, got 1.5"},
		{func(o *Options) { o.Solver.Kind = &Heun{Churn{Amount: -1}} }, "solver.churn.amount", "must be from 0 (none) to 1000000, got -1"},
		{func(o *Options) { o.Steps = -1 }, "steps", "must be from 1 to 1000000, or 0 for as many as the process has, got -1"},
		{func(o *Options) { o.Spacing.Kind = nil }, "spacing", ""},
		{func(o *Options) { o.Spacing.Kind = &Karras{-1} }, "spacing.rho", "must be above 0 and at most 1000, got -1"},
		{func(o *Options) { o.Spacing.Kind = &Karras{math.NaN()} }, "spacing.rho", "must be above 0 and at most 1000, got NaN"},
		{func(o *Options) { o.Times = []float64{9, 8, math.NaN()} }, "times", "must be finite, but entry 3 is NaN"},
		{func(o *Options) { o.Times = []float64{8, 9} }, "times", "must decrease, but entry 2 is 9 after 8"},
		{func(o *Options) { o.Final = "last" }, "final", "must be one of data, first, got \"last\""},
		{func(o *Options) { o.Start = "noise" }, "start", "must be one of prior, marginal, got \"noise\""},
		{func(o *Options) { o.Rescale = "" }, "rescale", "must be one of none, preserving, exploding, got \"\""},
		{func(o *Options) { o.ClipX0 = -1 }, "clip_x0", "must be 0 (no bound) or at least 1e-12, got -1"},
		{func(o *Options) { o.ThresholdPercentile = 0.9 }, "threshold_percentile", "is 0.9, but it needs a bound: clip_x0 above 0"},
		{func(o *Options) { o.ClipX0, o.ThresholdPercentile = 1, 90 }, "threshold_percentile", "must be from 0 (off) to 1, got 90"},
	} {
		o := DefaultOptions()
		test.set(&o)
		if err := o.Validate(); err == nil || keyOf(t, err) != test.key || test.want != "" && err.Error() != test.key+" "+test.want {
			t.Errorf("got %v\nwant %s %s", err, test.key, test.want)
		}
	}
	if err := (Options{}).Validate(); err == nil || !strings.HasPrefix(err.Error(), "solver must be one of ancestral, ddim, ") {
		t.Errorf("of nothing: %v", err)
	}
}

// TestNames: the names of a configuration are read as they are written, and others are errors.
func TestNames(t *testing.T) {
	for name, test := range map[string]struct {
		to   encoding.TextUnmarshaler
		want string
	}{
		"data":       {new(Final), "must be one of data, first, got"},
		"first":      {new(Final), "must be one of data, first, got"},
		"prior":      {new(Start), "must be one of prior, marginal, got"},
		"marginal":   {new(Start), "must be one of prior, marginal, got"},
		"none":       {new(Rescale), "must be one of none, preserving, exploding, got"},
		"preserving": {new(Rescale), "must be one of none, preserving, exploding, got"},
		"exploding":  {new(Rescale), "must be one of none, preserving, exploding, got"},
	} {
		if err := test.to.UnmarshalText([]byte(name)); err != nil {
			t.Error(err)
		}
		if err := test.to.UnmarshalText([]byte("x")); err == nil || err.Error() != test.want+` "x"` {
			t.Errorf("x: %v", err)
		}
		value := reflect.ValueOf(test.to).Elem()
		text, err := value.Interface().(encoding.TextMarshaler).MarshalText()
		if err != nil || string(text) != name {
			t.Errorf("%s is written %q, %v", name, text, err)
		}
		value.SetString("")
		if text, err := value.Interface().(encoding.TextMarshaler).MarshalText(); err == nil {
			t.Errorf("nothing is written %q", text)
		}
	}
}

// TestValidateIsEnough: Prepare accepts what Validate passes, on a process that suits the solver.
func TestValidateIsEnough(t *testing.T) {
	processes := map[bool][]diffusion.Process{ // for annealed_langevin: true
		false: {vp(t), diffusion.Preserving(flowLine(t))}, true: {edm(t), timesMust(diffusion.Exploding(flowLine(t)))},
	}
	number := rapid.SampledFrom([]float64{math.Inf(-1), -2, -1, 0, 1e-9, 0.3, 0.999, 1, 2, 1e3, 1e4, 1e39, math.Inf(1), math.NaN()})
	whole := rapid.SampledFrom([]int{-2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 1000, 1_000_001})
	variant := rapid.SampledFrom([]string{"", "midpoint", "heun", "published", "quadratic", "bh1", "bh2", "x"})
	passed := 0
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(Solvers()).Draw(t, "solver").New()
		o := optionsOf(s, 5, rapid.SampledFrom(Spacings().Names()).Draw(t, "spacing"))
		leaves := append(leavesOf(s), leavesOf(o.Spacing.Kind)...)
		for key, of := range map[string]any{"steps": &o.Steps, "clip_x0": &o.ClipX0, "threshold_percentile": &o.ThresholdPercentile} {
			leaves = append(leaves, leaf{key, reflect.ValueOf(of).Elem()})
		}
		slices.SortFunc(leaves, func(a, b leaf) int { return strings.Compare(a.key, b.key) })
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			switch l := rapid.SampledFrom(leaves).Draw(t, "key"); l.value.Kind() {
			case reflect.Float64:
				l.value.SetFloat(number.Draw(t, l.key))
			case reflect.Int:
				l.value.SetInt(int64(whole.Draw(t, l.key)))
			case reflect.String:
				l.value.SetString(variant.Draw(t, l.key))
			case reflect.Bool:
				l.value.SetBool(rapid.Bool().Draw(t, l.key))
			}
		}
		if o.Validate() != nil {
			return
		}
		passed++
		p := rapid.SampledFrom(processes[s.Name() == "annealed_langevin"]).Draw(t, "process")
		prepared, _, times, err := o.Prepare(p)
		switch {
		case err != nil && keyOf(t, err) == "steps" && o.Steps == 0: // of a process in continuous time
		case err != nil:
			t.Fatalf("%+v: %v", o, err)
		case prepared != s || len(times) != o.Steps+1:
			t.Fatalf("%s, %d times for %d steps", prepared.Name(), len(times), o.Steps)
		}
		if err := o.Bound().check(); err != nil {
			t.Fatal(err)
		}
	})
	if passed < 10 {
		t.Errorf("only %d options passed", passed)
	}
}
