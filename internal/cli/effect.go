package cli

import (
	"fmt"

	"euryale/model"
)

// checkEffect refuses flags for how samples are drawn that would have no effect.
func (s *sampling) checkEffect(m *model.Model, r *model.Request) error {
	o := r.Sampling
	bounded := s.sets("guidance") && (o.Guidance.Min != 0 || o.Guidance.Max != 0)
	labeled := o.Guidance.Label >= 0 || len(r.Labels) > 0 || m.Schema.HasClassColumn() || m.LabelsOf(*r, 1)[0] >= 0
	switch {
	case len(o.Times) > 0 && s.sets("steps"):
		return usage("-steps has no effect where sample.times lists the times; -set times=[] removes the list")
	case len(o.Times) > 0 && s.sets("spacing"):
		return usage("-spacing has no effect where sample.times lists the times; -set times=[] removes the list")
	case s.flags.given("guidance") && o.Guidance.Weight != 0 && !labeled && len(m.Schema.Classes) == 0:
		return usage("-guidance has no effect: it draws samples toward a label, and the data of this run has none")
	case s.flags.given("guidance") && o.Guidance.Weight != 0 && !labeled:
		return usagef("-guidance has no effect without a label: it draws samples toward one; give -label: %s", classes(m, s.allLabels))
	case s.setsWhole("guidance") && (s.flags.given("label") || s.flags.given("guidance")):
		return usage("-set guidance={…} sets the whole section, which includes -label and -guidance; give one or the other")
	case bounded && o.Guidance.Weight == 0:
		return usage("guidance.min and guidance.max have no effect without guidance: give -guidance, the weight")
	case bounded && r.Classifier != nil:
		return usage("guidance.min and guidance.max have no effect with -classifier: they bound guidance by the labels of the net")
	}
	return nil
}

// classes are the labels that -label takes, in words.
func classes(m *model.Model, all bool) string {
	text := fmt.Sprintf("a class from 0 to %d", len(m.Schema.Classes)-1)
	if all {
		text += ", or all"
	}
	return text
}
