package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"euryale/choice"
	"euryale/configs"
	"euryale/internal/strictyaml"
	"euryale/model"
	"euryale/run"
)

// sampling holds the flags for how samples are drawn.
type sampling struct {
	flags      *flags
	settings   []setting
	classifier string
	label      string // a class, −1, "all", or "" for the run's
	guidance   float64
	allLabels  bool // whether the command takes -label all
	classes    classFlags
	// others takes assignments of -set that are not of the section sample, and reports whether it did; nil: none are taken.
	others func(assignment string) bool
}

// setting is a key of the section sample that a flag gives a value.
type setting struct{ flag, key, value string }

// shortcuts are flags for keys of the section `sample`.
var shortcuts = [...]struct{ flag, key, usage string }{
	{"sampler", "solver", "the reverse solver, a `name` from euryale list (default: the run's)"},
	{"steps", "steps", "the `number` of reverse steps (default: the run's)"},
	{"spacing", "spacing", "the spacing of the times, a `name` from euryale list (default: the run's)"},
	{"variance", "solver.variance", "the `variance` of an ancestral step: beta, beta_tilde or learned (default: the run's)"},
	{"start", "start", "the `distribution` that samples start from: prior or marginal (default: the run's)"},
}

// newSampling declares the flags.
func newSampling(flags *flags) *sampling {
	s := &sampling{flags: flags}
	for _, shortcut := range shortcuts {
		flags.Func(shortcut.flag, shortcut.usage, func(value string) error {
			if shortcut.key == "steps" {
				n, ok := readInt(value)
				if !ok {
					flags.failed = usagef("-steps must be a whole number such as 10000 or 1e4, got %q", value)
					return flags.failed
				}
				value = fmt.Sprint(n)
			}
			return s.set(setting{"-" + shortcut.flag, shortcut.key, value})
		})
	}
	const usage = "override a key of the section sample with `key=value`, as in solver.eta=0.5; repeatable"
	flags.Func("set", usage, s.override)
	flags.StringVar(&s.classifier, "classifier", "",
		"the run `folder` of a classifier of noisy data that guides samples toward -label")
	flags.StringVar(&s.label, "label", "", "the `class` of the samples, from 0 on, or -1 for none (default: the run's)")
	flags.Float64Var(&s.guidance, "guidance", 0, "the `weight` w of guidance toward -label, (1+w)·conditional − w·unconditional; "+
		"0 for none (default: the run's)")
	return s
}

// takeAllLabels lets -label take all.
func (s *sampling) takeAllLabels() {
	s.allLabels = true
	s.flags.Lookup("label").Usage = "the `class` of the samples, from 0 on, -1 for none, or all, which deals out the classes in turn " +
		"and adds the labels to an output file of rows (default: the run's; of a table or of images, classes as often as in its rows)"
	s.classes.declare(s.flags)
}

// set keeps a setting. A key may be given again by the same flag, which is the usual way to change a command, but not by
// two flags.
func (s *sampling) set(new setting) error {
	for _, before := range s.settings {
		if before.key == new.key && before.flag != new.flag {
			s.flags.failed = usagef("%s and %s set the same key, sample.%s; give one of them", before.flag, new.flag, new.key)
			return s.flags.failed
		}
	}
	if new.value == "" {
		s.flags.failed = usagef("%s is empty; leave it out for the run's", new.flag)
		return s.flags.failed
	}
	if new.key == "solver" { // first: the keys of a solver come after its name
		s.settings = slices.Insert(s.settings, 0, new)
	} else {
		s.settings = append(s.settings, new)
	}
	return nil
}

// override reads a -set.
func (s *sampling) override(assignment string) error {
	if s.others != nil && s.others(assignment) {
		return nil
	}
	key, value, ok := strings.Cut(strings.TrimPrefix(assignment, "sample."), "=")
	section, _, _ := strings.Cut(key, ".")
	switch {
	case !ok:
		s.flags.failed = usagef("-set %s: expected key=value, as in solver.eta=0.5", assignment)
	case slices.Contains(otherSections(), section):
		s.flags.failed = usagef("-set %s: only keys of the section sample can be set here, as in solver.eta=0.5; %s belongs to training, "+
			"which is done", assignment, key)
	}
	if s.flags.failed != nil {
		return s.flags.failed
	}
	value = strings.TrimSpace(value)
	switch key { // these depend on the classifier too, so apply sets them, not the configuration
	case "label", "guidance.label":
		return s.flags.Set("label", value)
	case "guidance", "guidance.weight":
		if !strings.HasPrefix(value, "{") {
			return s.flags.Set("guidance", value)
		}
	}
	return s.set(setting{"-set " + key, renamed(key), value})
}

// renamed is a key of sample by the name that the shortcuts use.
func renamed(key string) string {
	switch key {
	case "sampler", "solver.name":
		return "solver"
	case "variance":
		return "solver.variance"
	case "spacing.name":
		return "spacing"
	}
	return key
}

// otherSections are the sections of a configuration besides sample, of this version and of the first.
func otherSections() []string {
	sections := []string{"diffusion", "ema"}
	for _, key := range strictyaml.Keys(configs.Default()) {
		if section, _, _ := strings.Cut(key.Path, "."); section != "sample" {
			sections = append(sections, section)
		}
	}
	return sections
}

// names are those of the flags that were on the command line.
func (s *sampling) names() []string {
	var names []string
	for _, name := range []string{"classifier", "label", "class", "balance", "proportions", "guidance"} {
		if s.flags.given(name) {
			names = append(names, "-"+name)
		}
	}
	for _, set := range s.settings {
		names = append(names, set.flag)
	}
	return names
}

// sets reports whether a flag gives the key of the section sample a value, or one below it.
func (s *sampling) sets(key string) bool {
	return slices.ContainsFunc(s.settings, func(set setting) bool { return set.key == key || strings.HasPrefix(set.key, key+".") })
}

// setsWhole reports whether a flag gives a section of the section sample as a whole.
func (s *sampling) setsWhole(section string) bool {
	return slices.ContainsFunc(s.settings, func(set setting) bool { return set.key == section })
}

// is reports whether a flag gives a key this value.
func (s *sampling) is(key, value string) bool {
	return slices.ContainsFunc(s.settings, func(set setting) bool { return set.key == key && set.value == value })
}

// all reports whether samples of all labels are wanted.
func (s *sampling) all() bool { return s.label == "all" }

// overrides are the keys of a configuration that flags give values.
func (s *sampling) overrides() (list []string) {
	for _, set := range s.settings {
		list = append(list, "sample."+set.key+"="+set.value)
	}
	return list
}

// apply changes a request by the flags.
func (s *sampling) apply(m *model.Model, r *model.Request) error {
	config, err := m.Config.With(s.overrides())
	if err != nil {
		return err
	}
	r.Sampling = config.Sample
	if len(r.Labels) > 0 { // of rows that were read
		r.Sampling.Guidance.Label = -1
	}
	if err := s.applyLabel(m, r); err != nil {
		return err
	}
	if err := s.classes.apply(s.flags, m, r); err != nil {
		return err
	}
	if s.flags.given("guidance") {
		r.Sampling.Guidance.Weight = s.guidance
	}
	if s.classifier != "" {
		if r.Classifier, err = model.Open(run.Folder(s.classifier)); err != nil {
			return fmt.Errorf("-classifier: %w", err)
		}
		warnSkipped(s.flags.console, r.Classifier)
	}
	if err := s.checkEffect(m, r); err != nil {
		return err
	}
	if err := m.Check(*r); err != nil {
		if wrong := (*choice.FieldError)(nil); r.Between != nil && errors.As(err, &wrong) && wrong.Key == "sample.solver" {
			return usagef("-between: %s; give -sampler ddim or rk45, or -from-time", plain(err))
		}
		return usage(plain(err))
	}
	return nil
}

// applyLabel changes a request by -label.
func (s *sampling) applyLabel(m *model.Model, r *model.Request) error {
	switch {
	case !s.flags.given("label"):
		return nil
	case s.all() && !s.allLabels:
		return usage("-label all is for sample; a single class is measured here")
	case s.all() && len(m.Schema.Classes) == 0:
		return usage("-label all needs data with labels, and that of this run has none")
	case s.all():
		r.Sampling.Guidance.Label = -1
		if r.Labels == nil {
			r.Labels = m.AllLabels()
		}
		return nil
	}
	label, ok := readInt(s.label)
	if !ok {
		want := "a class from 0 on, or -1 for none"
		if s.allLabels {
			want = "a class from 0 on, -1 for none, or all"
		}
		return usagef("-label must be %s, got %q", want, s.label)
	}
	r.Sampling.Guidance.Label = label
	if label == -1 && m.Schema.ClassCounts != nil { // not one of the usual classes
		r.Labels = []int32{-1}
	}
	return nil
}
