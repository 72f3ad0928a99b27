package guidance

import (
	"fmt"
	"math"

	"euryale/choice"
	"euryale/diffusion"
)

// Options chooses the label of the samples and the strength of the guidance: a section of the configuration.
type Options struct {
	// Label of the samples; -1: none.
	Label int `yaml:"label"`
	// Weight is w of classifier-free guidance, or the scale of classifier guidance; 0: no guidance, and Min
	// and Max have no effect.
	Weight float64 `yaml:"weight"`
	// Min is the lowest noise σ/α at which classifier-free guidance acts.
	Min float64 `yaml:"min"`
	// Max is the highest noise σ/α at which classifier-free guidance acts; 0: no bound.
	Max float64 `yaml:"max"`
}

// DefaultOptions is no label, and thus no guidance.
func DefaultOptions() Options { return Options{Label: -1} }

// maxWeight bounds the weight of guidance.
const maxWeight = 1e6

// Validate returns a *choice.FieldError for a wrong key.
func (o Options) Validate() error {
	switch {
	case !(math.Abs(o.Weight) <= maxWeight):
		return choice.Wrong("weight", "must be from %v to %v, got %v", -maxWeight, maxWeight, o.Weight)
	case !(o.Min >= 0 && o.Min <= math.MaxFloat32):
		return choice.Wrong("min", "must be at least 0, got %v", o.Min)
	case o.Max != 0 && !(o.Max > o.Min):
		return choice.Wrong("max", "must be above min (%v), or 0 for no bound, got %v", o.Min, o.Max)
	case o.Label < -1:
		return choice.Wrong("label", "must be at least 0, or -1 for none, got %d", o.Label)
	}
	return nil
}

// Interval is the part of a process where guidance acts.
func (o Options) Interval(p diffusion.Process) Interval {
	if o.Min == 0 && o.Max == 0 {
		return Interval{}
	}
	return Interval{Process: p, Least: o.Min, Most: o.Max}
}

// Facts are the properties of data and net on which guidance depends.
type Facts struct {
	// Classes is the number of labels of the data, 0 … Classes−1; 0 if it has none.
	Classes int
	// Unread is whether Classes is only the most that there can be, as the data is not read yet.
	Unread bool
	// NetKnowsLabels is whether the net is conditioned on a label.
	NetKnowsLabels bool
	// TrainedWithoutLabels is whether such a net was also trained without labels (train.label_dropout).
	TrainedWithoutLabels bool
	// Dealt is whether samples get labels by the shares of the classes where none is asked for.
	Dealt bool
	// Classifier is whether a classifier guides to the label, instead of the net.
	Classifier bool
}

// labels are the labels of the data, in words.
func (f Facts) labels() string {
	if f.Unread {
		return "of the data, from 0 on"
	}
	return fmt.Sprintf("from 0 to %d", f.Classes-1)
}

// Check checks the options against the net and the data. Its error is a *choice.FieldError.
func (o Options) Check(f Facts) error {
	switch {
	case o.Label >= 0 && f.Classes == 0:
		return choice.Wrong("label", "must be -1: the data has no labels, got %d", o.Label)
	case o.Label >= f.Classes:
		return choice.Wrong("label", "must be -1 for none or %s, got %d", f.labels(), o.Label)
	case f.Classifier:
		return o.checkWithClassifier(f)
	case o.Label >= 0 && !f.NetKnowsLabels:
		return choice.Wrong("label", "must be -1, got %d: the net was trained without labels (net.labels), "+
			"so a label needs a classifier that guides to it", o.Label)
	case o.Label < 0 && f.NetKnowsLabels && !f.TrainedWithoutLabels && !f.Dealt:
		return choice.Wrong("label", "must be a label %s: the net was never trained without one (train.label_dropout)", f.labels())
	case o.Weight != 0 && (o.Label < 0 && !f.Dealt || !f.TrainedWithoutLabels):
		return choice.Wrong("weight", "must be 0 unless there is a label and the net was also trained without one "+
			"(train.label_dropout above 0), got %v", o.Weight)
	}
	return nil
}

// checkWithClassifier is Check where a classifier guides: the net then samples without a label.
func (o Options) checkWithClassifier(f Facts) error {
	switch {
	case o.Label < 0:
		return choice.Wrong("label", "must be a label %s: guidance by a classifier needs a label and a weight", f.labels())
	case o.Weight == 0:
		return choice.Wrong("weight", "must not be 0: guidance by a classifier needs a label and a weight")
	case f.NetKnowsLabels && !f.TrainedWithoutLabels:
		return choice.Wrong("weight", "must be 0: guidance by a classifier needs a net that was also trained without labels "+
			"(train.label_dropout), got %v", o.Weight)
	}
	return nil
}
