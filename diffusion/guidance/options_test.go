package guidance

import (
	"errors"
	"math"
	"testing"

	"euryale/choice"
	"euryale/diffusion/solver"

	"pgregory.net/rapid"
)

// wrongAt fails unless an error has the key and the reason.
func wrongAt(t *testing.T, err error, key, want string) {
	t.Helper()
	var field *choice.FieldError
	if !errors.As(err, &field) || field != err || field.Key != key || field.Err.Error() != want {
		t.Errorf("got %v\nwant %s %s", err, key, want)
	}
}

func TestOptionsValidate(t *testing.T) {
	for _, passes := range []Options{DefaultOptions(), {Label: 3, Weight: -1e6, Min: 1, Max: 2}, {Weight: 1e6, Min: math.MaxFloat32}} {
		if err := passes.Validate(); err != nil {
			t.Errorf("%+v: %v", passes, err)
		}
	}
	for _, test := range []struct {
		set       func(o *Options)
		key, want string
	}{
		{func(o *Options) { o.Weight = math.Inf(1) }, "weight", "must be from -1e+06 to 1e+06, got +Inf"},
		{func(o *Options) { o.Weight = math.NaN() }, "weight", "must be from -1e+06 to 1e+06, got NaN"},
		{func(o *Options) { o.Min = -1 }, "min", "must be at least 0, got -1"},
		{func(o *Options) { o.Min, o.Max = 2, 2 }, "max", "must be above min (2), or 0 for no bound, got 2"},
		{func(o *Options) { o.Max = math.NaN() }, "max", "must be above min (0), or 0 for no bound, got NaN"},
		{func(o *Options) { o.Label = -2 }, "label", "must be at least 0, or -1 for none, got -2"},
	} {
		o := DefaultOptions()
		test.set(&o)
		wrongAt(t, o.Validate(), test.key, test.want)
	}
}

func TestRePaintOptionsValidate(t *testing.T) {
	if err := DefaultRePaintOptions().Validate(); err != nil {
		t.Error(err)
	}
	wrongAt(t, RePaintOptions{0, 1}.Validate(), "jump_length", "must be from 1 to 1000000, got 0")
	wrongAt(t, RePaintOptions{1, 0}.Validate(), "resample", "must be from 1 to 1000000, got 0")
	wrongAt(t, RePaintOptions{1, 1_000_001}.Validate(), "resample", "must be from 1 to 1000000, got 1000001")
}

// What each label and weight needs of the net, the data and the classifier.
func TestOptionsCheck(t *testing.T) {
	dropout := Facts{Classes: 2, NetKnowsLabels: true, TrainedWithoutLabels: true}
	always := Facts{Classes: 2, NetKnowsLabels: true}
	without := Facts{Classes: 2}
	unread := Facts{Classes: 9, NetKnowsLabels: true, Unread: true}
	by := func(f Facts) Facts { f.Classifier = true; return f }
	for _, test := range []struct {
		label     int
		weight    float64
		facts     Facts
		key, want string
	}{
		{-1, 0, Facts{}, "", ""},
		{-1, 0, without, "", ""},
		{-1, 0, dropout, "", ""},
		{1, 0, always, "", ""},
		{1, 0, dropout, "", ""},
		{1, 3, dropout, "", ""},
		{0, 1, by(without), "", ""},
		{1, 1, by(dropout), "", ""},
		{0, 0, Facts{}, "label", "must be -1: the data has no labels, got 0"},
		{0, 0, by(Facts{}), "label", "must be -1: the data has no labels, got 0"},
		{2, 0, always, "label", "must be -1 for none or from 0 to 1, got 2"},
		{2, 1, by(without), "label", "must be -1 for none or from 0 to 1, got 2"},
		{9, 0, unread, "label", "must be -1 for none or of the data, from 0 on, got 9"},
		{-1, 0, unread, "label", "must be a label of the data, from 0 on: the net was never trained without one (train.label_dropout)"},
		{1, 0, without, "label",
			"must be -1, got 1: the net was trained without labels (net.labels), so a label needs a classifier that guides to it"},
		{-1, 0, always, "label", "must be a label from 0 to 1: the net was never trained without one (train.label_dropout)"},
		{1, 2, always, "weight",
			"must be 0 unless there is a label and the net was also trained without one (train.label_dropout above 0), got 2"},
		{-1, 2, dropout, "weight",
			"must be 0 unless there is a label and the net was also trained without one (train.label_dropout above 0), got 2"},
		{-1, 2, without, "weight",
			"must be 0 unless there is a label and the net was also trained without one (train.label_dropout above 0), got 2"},
		{-1, 1, by(without), "label", "must be a label from 0 to 1: guidance by a classifier needs a label and a weight"},
		{1, 0, by(without), "weight", "must not be 0: guidance by a classifier needs a label and a weight"},
		{1, 1, by(always), "weight",
			"must be 0: guidance by a classifier needs a net that was also trained without labels (train.label_dropout), got 1"},
	} {
		o := Options{Label: test.label, Weight: test.weight}
		if err := o.Check(test.facts); test.key != "" {
			wrongAt(t, err, test.key, test.want)
		} else if err != nil {
			t.Errorf("%+v with %+v: %v", o, test.facts, err)
		}
	}
}

// What Check passes is possible: a label is one of the data's, the net or a classifier has it, and guidance has the two
// predictions that it combines.
func TestOptionsCheckIsEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Options{Label: rapid.IntRange(-1, 3).Draw(t, "label"), Weight: rapid.SampledFrom([]float64{-1, 0, 2}).Draw(t, "weight")}
		f := Facts{
			Classes: rapid.IntRange(0, 3).Draw(t, "classes"), NetKnowsLabels: rapid.Bool().Draw(t, "net"),
			TrainedWithoutLabels: rapid.Bool().Draw(t, "dropout"), Classifier: rapid.Bool().Draw(t, "classifier"),
		}
		if err := o.Check(f); err != nil {
			var field *choice.FieldError
			if !errors.As(err, &field) || field.Key != "label" && field.Key != "weight" {
				t.Fatalf("the error %v names no key", err)
			}
			return
		}
		netAlone := !f.NetKnowsLabels || f.TrainedWithoutLabels // it can do without a label
		switch {
		case o.Label >= f.Classes:
			t.Fatal("a label that the data does not have")
		case f.Classifier && (o.Label < 0 || o.Weight == 0 || !netAlone):
			t.Fatal("a classifier without a label, a weight or an unconditional net")
		case !f.Classifier && o.Label >= 0 && !f.NetKnowsLabels:
			t.Fatal("neither the net nor a classifier has the label")
		case !f.Classifier && o.Label < 0 && !netAlone:
			t.Fatal("the net needs a label")
		case !f.Classifier && o.Weight != 0 && (o.Label < 0 || !f.TrainedWithoutLabels):
			t.Fatal("guidance without what it compares")
		}
	})
}

func TestOptionsInterval(t *testing.T) {
	p := processes["edm"]
	if got := DefaultOptions().Interval(p); got != (Interval{}) {
		t.Errorf("%+v", got)
	}
	if got := (Options{Min: 0.5}).Interval(p); got != (Interval{p, 0.5, 0}) {
		t.Errorf("%+v", got)
	}
	if got := (Options{Max: 2}).Interval(p); got != (Interval{p, 0, 2}) {
		t.Errorf("%+v", got)
	}
}

// RePaint has the variance of the solver that it is made of, which must be ancestral.
func TestNewRePaint(t *testing.T) {
	known := Known{[]bool{true, false}, []float32{1, 0}}
	o := RePaintOptions{JumpLength: 2, Resample: 3}
	for _, by := range []solver.Solver{solver.Ancestral{Variance: solver.VarianceLearned},
		&solver.Ancestral{Variance: solver.VarianceLearned}} {
		r, err := NewRePaint(o, known, by)
		if err != nil {
			t.Fatal(err)
		}
		if r.Variance != solver.VarianceLearned || r.JumpLength != 2 || r.Resample != 3 || len(r.Known.Mask) != 2 ||
			!solver.LearnsVariance(r) {
			t.Errorf("%+v", r)
		}
	}
	for _, e := range solver.Solvers() {
		if s := e.New(); e.Name != "ancestral" {
			_, err := NewRePaint(o, known, s)
			wrongAt(t, err, "resample", "is 3, but RePaint takes ancestral steps: the solver must be ancestral, got "+e.Name)
		}
	}
	_, err := NewRePaint(RePaintOptions{JumpLength: 1}, known, solver.Ancestral{})
	wrongAt(t, err, "resample", "must be from 1 to 1000000, got 0")
	var _ solver.VarianceChooser = &RePaint{}
	if _, err := solver.Inverse(&RePaint{}); err == nil {
		t.Error("RePaint has an inverse")
	}
}
