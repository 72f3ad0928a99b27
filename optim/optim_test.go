package optim

import (
	"math"
	"strings"
	"testing"

	"euryale/choice"
)

func TestDefaults(t *testing.T) {
	o := DefaultOptions()
	if err := o.validate(); err != nil {
		t.Fatal(err)
	}
	if o.LearningRate.Name() != "constant" || o.LearningRate.ScalarKey() != "rate" ||
		*o.LearningRate.Kind.(*Constant) != (Constant{Rate: 1e-3}) {
		t.Errorf("learning rate %+v", o.LearningRate)
	}
	if len(o.Transforms) != 2 || *o.Transforms[0].Kind.(*Clip) != (Clip{Norm: 1}) ||
		*o.Transforms[1].Kind.(*Adam) != (Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}) {
		t.Errorf("transforms %+v", o.Transforms)
	}
	// PyTorch's AdamW has the same defaults and a decay of 0.01.
	if *defaultAdamW() != (AdamW{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 0.01}) {
		t.Errorf("adamw %+v", defaultAdamW())
	}
}

// Every kind is valid with its defaults, has a distinct name, summary and type, and no two arrays of a run share a
// prefix, each other's beginnings included: "optim.adam." and "optim.adamw." do not.
func TestKinds(t *testing.T) {
	prefixes := []string{"model."}
	for _, e := range Transforms() {
		kind := e.New()
		if err := kind.Validate(); err != nil || e.Summary == "" || Transforms().NameOf(kind) != e.Name {
			t.Errorf("%s: %v", e.Name, err)
		}
		weights := []float32{1, 2, 3}
		for _, a := range kind.New(weights).State() {
			if len(a.Data) != len(weights) || &a.Data[0] == &weights[0] || !strings.HasSuffix(a.Prefix, ".") {
				t.Errorf("%s: %q has %d numbers", e.Name, a.Prefix, len(a.Data))
			}
			for _, other := range prefixes {
				if strings.HasPrefix(a.Prefix, other) || strings.HasPrefix(other, a.Prefix) {
					t.Errorf("%s: prefixes %q and %q", e.Name, a.Prefix, other)
				}
			}
			prefixes = append(prefixes, a.Prefix)
		}
	}
	for _, e := range Schedules() {
		kind := e.New()
		if err := kind.Validate(); err != nil || e.Summary == "" || Schedules().NameOf(kind) != e.Name {
			t.Errorf("%s: %v", e.Name, err)
		}
	}
}

func TestOptionsErrors(t *testing.T) {
	rate := &Constant{Rate: 1}
	clip, adam, adamW, ema := &Clip{Norm: 1}, defaultAdam(), defaultAdamW(), &EMA{Decay: 0.9}
	for _, test := range []struct {
		options Options
		key     string
		says    string
	}{
		{optionsOf(rate, adam), "", ""},
		{optionsOf(rate, clip, adamW, ema), "", ""},
		{optionsOf(rate, adam, ema), "", ""},
		{optionsOf(rate), "transforms", "must have a transform that moves the weights (adam, adamw), got none"},
		{optionsOf(rate, clip, ema), "transforms", "(adam, adamw)"},
		{optionsOf(rate, adam, clip), "transforms[1]", "must come before adam: clip changes the gradient before the weights move"},
		{optionsOf(rate, ema, adam), "transforms[1]", "must come before ema: adam moves the weights"},
		{optionsOf(rate, clip, adam, adamW), "transforms[2]", "must be left out: adam moves the weights already"},
		{optionsOf(rate, clip, adam, adam), "transforms[2]", "must be given once: adam is there already"},
		{optionsOf(rate, clip, clip, adam), "transforms[1]", "must be given once: clip is there already"},
		{optionsOf(rate, adam, ema, &EMA{Decay: 0.5}), "transforms[2]", "must be given once"},
		{optionsOf(rate, clip, nil), "transforms[1]", "must be one of clip, adam, adamw, ema, got none"},
		{optionsOf(nil, adam), "learning_rate", "must be one of constant, warmup, cosine, linear, step, got none"},
		{Options{}, "learning_rate", "got none"},
	} {
		expectField(t, test.options.Validate(), test.key, test.says)
	}
}

func expectField(t *testing.T, err error, key, says string) {
	t.Helper()
	if err == nil {
		if key != "" {
			t.Errorf("no error, want one of %s: %s", key, says)
		}
		return
	}
	if field, ok := err.(*choice.FieldError); !ok || field.Key != key || !strings.Contains(field.Err.Error(), says) {
		t.Errorf("got %v, want %s: %s", err, key, says)
	}
}

func TestKindErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, test := range []struct {
		kind interface{ Validate() error }
		key  string
	}{
		{&Constant{Rate: 0}, "rate"},
		{&Constant{Rate: nan}, "rate"},
		{&Constant{Rate: 1e3}, "rate"},
		{&Warmup{Rate: 1, Steps: 0}, "steps"},
		{&Warmup{Rate: -1, Steps: 1}, "rate"},
		{&Cosine{Rate: 1, Warmup: -1}, "warmup"},
		{&Cosine{Rate: 1, Final: 1.1}, "final"},
		{&Cosine{Rate: 1, Final: 1}, ""},
		{&Linear{Rate: 1, Final: nan}, "final"},
		{&Linear{Rate: inf}, "rate"},
		{&StepDecay{Rate: 1, Every: 0, Factor: 1}, "every"},
		{&StepDecay{Rate: 1, Every: 1, Factor: 0}, "factor"},
		{&StepDecay{Rate: 1, Every: 1, Factor: 1}, ""},
		{&Clip{Norm: inf}, "norm"},
		{&Clip{Norm: 0}, "norm"},
		{&Clip{Norm: nan}, "norm"},
		{&Adam{Beta1: 1, Beta2: 0.9, Epsilon: 1e-8}, "beta1"},
		{&Adam{Beta1: 0.9, Beta2: -0.1, Epsilon: 1e-8}, "beta2"},
		{&Adam{Beta1: 0.9, Beta2: 0.9, Epsilon: 0}, "epsilon"},
		{&Adam{Beta1: 0, Beta2: 0, Epsilon: 1e-8}, ""},
		{&AdamW{Beta1: 0.9, Beta2: 1, Epsilon: 1e-8}, "beta2"},
		{&AdamW{Beta1: 0.9, Beta2: 0.9, Epsilon: 1e-8, WeightDecay: -1}, "weight_decay"},
		{&AdamW{Beta1: 0.9, Beta2: 0.9, Epsilon: 1e-8, WeightDecay: nan}, "weight_decay"},
		{&AdamW{Beta1: 0.9, Beta2: 0.9, Epsilon: 1e-8, WeightDecay: 0}, ""},
		{&EMA{Decay: 0}, "decay"},
		{&EMA{Decay: 1}, "decay"},
		{&EMA{Decay: -1}, "decay"},
		{&EMA{Decay: 0.999}, ""},
	} {
		expectField(t, test.kind.Validate(), test.key, "must be")
	}
}

func TestDependsOnTotal(t *testing.T) {
	for _, e := range Schedules() {
		depends := optionsOf(e.New(), defaultAdam()).DependsOnTotal()
		differs := false // between two runs of other lengths
		schedule := short(e.New())
		for step := int64(1); step <= 20; step++ {
			differs = differs || schedule.At(step, 20) != schedule.At(step, 30)
		}
		if depends != differs {
			t.Errorf("%s: DependsOnTotal is %v, but the rates differ: %v", e.Name, depends, differs)
		}
	}
}
