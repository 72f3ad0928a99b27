package sweep

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"euryale/choice"
	"euryale/configs"
)

// checkTrials lists the trials and, with all, checks the configuration of each. Own is the number of overrides that the sweep
// file has. A *choice.FieldError is of the sweep file; others have a place of their own.
func (s *Sweep) checkTrials(own int, all bool) error {
	combinations, err := s.combinations()
	if err != nil {
		return err
	}
	first, err := s.configOf(Trial{Settings: combinations[0]})
	if err != nil {
		return s.explain(err, Trial{Name: nameOf(combinations[0]), Settings: combinations[0]}, own)
	}
	if s.Trials, err = s.expand(first.Seed); err != nil {
		return err
	}
	if !all {
		return nil
	}
	for t := range s.representatives() {
		config, err := s.configOf(t)
		if err != nil {
			return s.explain(err, t, own)
		}
		if err := s.fits(config); err != nil {
			return err
		}
	}
	return nil
}

// representatives are the trials whose configurations stand for all: of the first combination each, of others the first.
func (s *Sweep) representatives() iter.Seq[Trial] {
	return func(yield func(Trial) bool) {
		for i, t := range s.Trials {
			first := i == 0 || t.Combination != s.Trials[i-1].Combination
			if (first || t.Combination == s.Trials[0].Combination) && !yield(t) {
				return
			}
		}
	}
}

// explain puts an error of a trial's configuration at the key of the sweep file that caused it.
func (s *Sweep) explain(err error, t Trial, own int) error {
	wrong := (*configs.Error)(nil)
	if !errors.As(err, &wrong) {
		return err
	}
	overrides, trial := s.overrides(t), len(s.Set)+len(s.length())
	for i, o := range slices.Backward(overrides) {
		if !names(wrong, o) {
			continue
		}
		switch {
		case i < own:
			return choice.Wrong(fmt.Sprintf("set.%d", i), "%s: %s", o, wrong.Message)
		case i < len(s.Set):
			return err // of the caller
		case i < trial:
			return choice.Wrong("method", "sets %s: %s", o, wrong.Message)
		}
		return s.ofAxis(t.Settings[i-trial], wrong)
	}
	if len(t.Settings) == 0 || s.baseIsWrong(own) {
		return err
	}
	return choice.Wrong("axes", "give a trial that cannot run, %s: %s: %s", t.Name, wrong.Where, wrong.Message)
}

// names reports whether an error is of an override, whose text may be cut in it.
func names(e *configs.Error, override string) bool {
	where, isSet := strings.CutPrefix(e.Where, "-set ")
	start, cut := strings.CutSuffix(where, "…")
	return isSet && (where == override || cut && strings.HasPrefix(override, start))
}

// baseIsWrong reports whether the configuration cannot be read without the axes either.
func (s *Sweep) baseIsWrong(own int) bool {
	_, err := configs.Decode(s.baseFile, s.base, s.Set[:own])
	return err != nil
}

// ofAxis is an error at the axis of a setting: at its key, if that is what is wrong, or at the value.
func (s *Sweep) ofAxis(set Setting, wrong *configs.Error) error {
	i := slices.IndexFunc(s.Axes, func(a Axis) bool { return a.Key == set.Key })
	if i < 0 { // a seed
		return choice.Wrong("seeds", "%s=%s: %s", set.Key, set.Value, wrong.Message)
	}
	a := s.Axes[i]
	value := slices.Index(a.Values, set.Value)
	switch {
	case wrong.UnknownKey:
		return choice.Wrong(fmt.Sprintf("axes.%d.key", i), "cannot be set: %s", strings.ReplaceAll(wrong.Message, "-set ", ""))
	case value >= 0:
		message := wrong.Message
		if !strings.HasPrefix(message, set.Key) {
			message = set.Key + " " + message
		}
		return choice.Wrong(fmt.Sprintf("axes.%d.values.%d", i, value), "%s", message)
	}
	return choice.Wrong(fmt.Sprintf("axes.%d.key", i), "%s=%s: %s", set.Key, set.Value, wrong.Message)
}
