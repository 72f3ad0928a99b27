package guidance

import (
	"math"

	"euryale/choice"
	"euryale/diffusion"
)

// Options chooses towards what samples are drawn, and how strongly: a section of the configuration.
type Options struct {
	// Label of the samples; -1: none.
	Label int `yaml:"label"`
	// Weight is w of classifier-free and of classifier guidance; 0: the label alone, without guidance.
	Weight float64 `yaml:"weight"`
	// Min is the least noise σ/α at which classifier-free guidance acts.
	Min float64 `yaml:"min"`
	// Max is the most noise σ/α at which classifier-free guidance acts; 0: no bound.
	Max float64 `yaml:"max"`
}

// DefaultOptions is no label, and so no guidance.
func DefaultOptions() Options { return Options{Label: -1} }

// maxWeight bounds the weight of guidance.
const maxWeight = 1e6

// Validate returns an error that names the key that is wrong, if any is.
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

// Interval is where guidance acts over a process.
func (o Options) Interval(p diffusion.Process) Interval {
	if o.Min == 0 && o.Max == 0 {
		return Interval{}
	}
	return Interval{Process: p, Least: o.Min, Most: o.Max}
}

// Facts are what is known of data and net when guidance is asked for.
type Facts struct {
	// Classes is the number of the data's labels, 0 … Classes−1; 0 if it has none.
	Classes int
	// NetKnowsLabels is whether the net takes a label.
	NetKnowsLabels bool
	// TrainedWithoutLabels is whether such a net has also learned to do without one (train.label_dropout).
	TrainedWithoutLabels bool
	// Classifier is whether a classifier guides to the label, and not the net.
	Classifier bool
}

// Check holds the options to what net and data can do. Its error is a *choice.FieldError.
func (o Options) Check(f Facts) error {
	switch {
	case o.Label >= 0 && f.Classes == 0:
		return choice.Wrong("label", "must be -1: the data has no labels, got %d", o.Label)
	case o.Label >= f.Classes:
		return choice.Wrong("label", "must be -1 for none or from 0 to %d, got %d", f.Classes-1, o.Label)
	case f.Classifier:
		return o.checkWithClassifier(f)
	case o.Label >= 0 && !f.NetKnowsLabels:
		return choice.Wrong("label", "must be -1, got %d, as the net knows no labels (net.labels): a label needs a classifier that guides to it",
			o.Label)
	case o.Label < 0 && f.NetKnowsLabels && !f.TrainedWithoutLabels:
		return choice.Wrong("label", "must be a label from 0 to %d: the net was never trained without one (train.label_dropout)",
			f.Classes-1)
	case o.Weight != 0 && (o.Label < 0 || !f.TrainedWithoutLabels):
		return choice.Wrong("weight", "must be 0 unless there is a label and the net also learned to do without "+
			"(train.label_dropout above 0), got %v", o.Weight)
	}
	return nil
}

// checkWithClassifier is Check where a classifier guides: the net draws without a label.
func (o Options) checkWithClassifier(f Facts) error {
	switch {
	case o.Label < 0:
		return choice.Wrong("label", "must be a label from 0 to %d: guidance by a classifier needs a label and a weight", f.Classes-1)
	case o.Weight == 0:
		return choice.Wrong("weight", "must not be 0: guidance by a classifier needs a label and a weight")
	case f.NetKnowsLabels && !f.TrainedWithoutLabels:
		return choice.Wrong("weight", "must be 0: guidance by a classifier needs a net that was also trained without labels "+
			"(train.label_dropout), got %v", o.Weight)
	}
	return nil
}
