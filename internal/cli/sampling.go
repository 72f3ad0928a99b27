package cli

import (
	"strings"

	"euryale/model"
	"euryale/run"
)

// sampling holds the flags for how samples are drawn.
type sampling struct {
	flags      *flags
	overrides  []string
	classifier string
	label      int
	guidance   float64
}

// shortcuts are flags for keys of the section `sample`.
var shortcuts = [...]struct{ flag, key, usage string }{
	{"sampler", "solver", "reverse solver and its own settings, by a `name` of list (default: the run's)"},
	{"steps", "steps", "`number` of reverse steps (default: the run's)"},
	{"spacing", "spacing", "spacing of the times, by a `name` of list (default: the run's)"},
	{"variance", "solver.variance", "variance of an ancestral step, by its `name`: beta, beta_tilde or learned (default: the run's)"},
	{"start", "start", "where samples start, prior or marginal, by its `name` (default: the run's)"},
}

// newSampling declares the flags.
func newSampling(flags *flags) *sampling {
	s := &sampling{flags: flags}
	for _, shortcut := range shortcuts {
		flags.Func(shortcut.flag, shortcut.usage, func(value string) error {
			assignment := "sample." + shortcut.key + "=" + value
			if shortcut.key == "solver" { // first, for a solver's own keys come after its name
				s.overrides = append([]string{assignment}, s.overrides...)
			} else {
				s.overrides = append(s.overrides, assignment)
			}
			return nil
		})
	}
	const usage = "override a key of the section sample with `key=value`, as in solver.eta=0.5; repeatable"
	flags.Func("set", usage, func(assignment string) error {
		assignment = strings.TrimPrefix(assignment, "sample.")
		// These two depend on the classifier as well, so they are for apply, not for the configuration.
		switch key, value, _ := strings.Cut(assignment, "="); key {
		case "label", "guidance.label":
			return flags.Set("label", value)
		case "guidance", "guidance.weight":
			return flags.Set("guidance", value)
		}
		s.overrides = append(s.overrides, "sample."+assignment)
		return nil
	})
	flags.StringVar(&s.classifier, "classifier", "", "run `folder` of a classifier of noisy data that guides the samples to -label")
	flags.IntVar(&s.label, "label", -1, "`class` of the samples, -1 for none (default: the run's)")
	flags.Float64Var(&s.guidance, "guidance", 0, "`weight` w of the guidance to -label, 0 for none (default: the run's)")
	return s
}

// given reports whether any of the flags was on the command line.
func (s *sampling) given() bool {
	return len(s.overrides) > 0 || s.classifier != "" || s.flags.given("label") || s.flags.given("guidance")
}

// apply changes a request by the flags.
func (s *sampling) apply(m *model.Model, r *model.Request) error {
	config, err := m.Config.With(s.overrides)
	if err != nil {
		return err
	}
	r.Sampling = config.Sample
	if s.flags.given("label") {
		r.Sampling.Guidance.Label = s.label
	}
	if s.flags.given("guidance") {
		r.Sampling.Guidance.Weight = s.guidance
	}
	if s.classifier != "" {
		if r.Classifier, err = model.Open(run.Folder(s.classifier)); err != nil {
			return err
		}
	}
	if err := m.Check(*r); err != nil {
		return usage(plain(err))
	}
	return nil
}
