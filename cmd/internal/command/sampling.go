package command

import (
	"strings"

	"euryale/train"
)

// Sampling holds the flags that say how to draw samples.
type Sampling struct {
	flags      *Flags
	sampler    string
	overrides  []string
	classifier string
	label      int
	guidance   float64
}

// shortcuts are flags for keys of the section `sample`.
var shortcuts = [...]struct{ flag, usage string }{
	{"steps", "`number` of reverse steps (default: the run's)"},
	{"spacing", "spacing of the times, by a `name` of sample -list (default: the run's)"},
	{"variance", "variance of an ancestral step: beta, beta_tilde or learned (default: the run's)"},
	{"start", "where samples start: prior or marginal (default: the run's)"},
}

// NewSampling declares the flags.
func NewSampling(flags *Flags) *Sampling {
	s := &Sampling{flags: flags}
	flags.StringVar(&s.sampler, "sampler", "", "reverse solver, by a `name` of sample -list, with its own defaults (default: the run's)")
	for _, shortcut := range shortcuts {
		flags.Func(shortcut.flag, shortcut.usage, func(value string) error {
			s.overrides = append(s.overrides, "sample."+shortcut.flag+"="+value)
			return nil
		})
	}
	flags.Func("set", "override a key of the section sample, as in eta=0.5; repeatable (`key=value`)", func(assignment string) error {
		assignment = strings.TrimPrefix(assignment, "sample.")
		// These two depend on the classifier as well, so they are for Apply, not for the configuration.
		if key, value, _ := strings.Cut(assignment, "="); key == "label" || key == "guidance" {
			return flags.Set(key, value)
		}
		s.overrides = append(s.overrides, "sample."+assignment)
		return nil
	})
	flags.StringVar(&s.classifier, "classifier", "", "run `folder` of a classifier of noisy data that guides the samples to -label")
	flags.IntVar(&s.label, "label", -1, "class of the samples, -1 for none (default: the run's)")
	flags.Float64Var(&s.guidance, "guidance", 0, "`weight` w of the guidance to -label: 0 none (default: the run's)")
	return s
}

// Given says whether any of the flags was on the command line.
func (s *Sampling) Given() bool {
	return len(s.overrides) > 0 || s.sampler != "" || s.classifier != "" || s.flags.Given("label") || s.flags.Given("guidance")
}

// Apply reads the sampling of a model's configuration, changed by the flags.
func (s *Sampling) Apply(model *train.Model, o *train.SampleOptions) error {
	base := *model.Config
	overrides := s.overrides
	if own := base.Sample.Sampler; s.sampler != "" && s.sampler != own {
		base.Sample = base.Sample.Switched(s.sampler)
		base.Sample.Sampler = own // the name itself is an override, so that an error points at it
		overrides = append([]string{"sample.sampler=" + s.sampler}, overrides...)
	}
	config, err := base.With(overrides)
	if err != nil {
		return err
	}
	o.Sampling = config.Sample
	if s.flags.Given("label") {
		o.Sampling.Label = s.label
	}
	if s.flags.Given("guidance") {
		o.Sampling.Guidance = s.guidance
	}
	if s.classifier != "" {
		if o.Classifier, err = train.Load(train.Folder(s.classifier)); err != nil {
			return err
		}
	}
	if err := model.Check(*o); err != nil {
		return Usage(strings.TrimPrefix(err.Error(), "train: "))
	}
	return nil
}
