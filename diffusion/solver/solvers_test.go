package solver

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"euryale/choice"
)

// leaf is a key of a section and its value, which can be set.
type leaf struct {
	key   string
	value reflect.Value
}

// leavesOf lists the keys of a kind, including those of its sections.
func leavesOf(kind any) []leaf {
	var leaves []leaf
	var walk func(prefix string, section reflect.Value)
	walk = func(prefix string, section reflect.Value) {
		for i := range section.NumField() {
			tag := section.Type().Field(i).Tag.Get("yaml")
			_, isText := section.Field(i).Interface().(encoding.TextMarshaler)
			switch value := section.Field(i); {
			case tag == "-":
			case value.Kind() == reflect.Struct && !isText:
				walk(prefix+tag+".", value)
			default:
				leaves = append(leaves, leaf{prefix + tag, value})
			}
		}
	}
	walk("", reflect.ValueOf(kind).Elem())
	return leaves
}

// keyOf is the key of an error, which must name one.
func keyOf(t interface{ Fatalf(string, ...any) }, err error) string {
	var of *choice.FieldError
	if !errors.As(err, &of) || of != err || of.Key == "" {
		t.Fatalf("the error %v names no key", err)
	}
	return of.Key
}

// TestSolvers checks every solver's name, its defaults, and its keys, each of which can be set to
// another value.
func TestSolvers(t *testing.T) {
	want := map[string]struct {
		solver Solver
		keys   string
	}{
		"ancestral":         {&Ancestral{}, "variance"},
		"ddim":              {&DDIM{}, "eta"},
		"pndm":              {&PNDM{}, ""},
		"euler_maruyama":    {&EulerMaruyama{}, ""},
		"reverse_diffusion": {&ReverseDiffusion{}, ""},
		"predictor_corrector": {
			&PredictorCorrector{Corrector: Langevin{Steps: 1, SNR: 0.16}}, "corrector.steps corrector.snr"},
		"annealed_langevin": {&AnnealedLangevin{Langevin{Steps: 100, SNR: 0.22}}, "corrector.steps corrector.snr"},
		"flow_euler":        {&FlowEuler{}, ""},
		"euler":             {&Euler{Churn{Noise: 1}}, "churn.amount churn.min churn.max churn.noise"},
		"heun":              {&Heun{Churn{Noise: 1}}, "churn.amount churn.min churn.max churn.noise"},
		"rk45":              {&RK45{Tolerance{1e-5, 1e-5}}, "tolerance.relative tolerance.absolute"},
		"dpm_2":             {&DPM2{}, ""},
		"dpm_2_ancestral":   {&DPM2Ancestral{1}, "eta"},
		"euler_ancestral":   {&EulerAncestral{1}, "eta"},
		"lms":               {&LMS{4}, "order"},
		"dpm++_1":           {&DPMPP1{}, ""},
		"dpm++_2s":          {&DPMPP2S{}, ""},
		"dpm++_2m":          {&DPMPP2M{"midpoint", true}, "variant lower_order_final"},
		"dpm++_3m":          {&DPMPP3M{"published", true}, "variant lower_order_final"},
		"dpm++_2m_sde":      {&DPMPP2MSDE{1, "midpoint"}, "eta variant"},
		"dpm++_3m_sde":      {&DPMPP3MSDE{1, "published"}, "eta variant"},
		"unipc":             {&UniPC{2, "bh2", true}, "order variant lower_order_final"},
		"deis":              {&DEIS{2, true}, "order lower_order_final"},
	}
	// Another value for every key; of a variant the first that the solver takes.
	others := map[string][]any{
		"variance": {VarianceLearned}, "eta": {0.5}, "order": {1}, "lower_order_final": {false},
		"variant":      {"heun", "quadratic", "bh1"},
		"churn.amount": {40.0}, "churn.min": {0.05}, "churn.max": {50.0}, "churn.noise": {1.003},
		"corrector.steps": {2}, "corrector.snr": {0.1}, "tolerance.relative": {1e-3}, "tolerance.absolute": {1e-3},
	}
	solvers := Solvers()
	if len(solvers) != len(want) {
		t.Errorf("%d solvers, expected %d", len(solvers), len(want))
	}
	for _, e := range solvers {
		expected, s := want[e.Name], e.New()
		if !reflect.DeepEqual(s, expected.solver) || s.Name() != e.Name || solvers.NameOf(s) != e.Name {
			t.Errorf("%s is %+v and calls itself %s, expected %+v", e.Name, s, s.Name(), expected.solver)
		}
		if !strings.HasSuffix(e.Summary, ")") || strings.Contains(e.Summary, "\n") || len(e.Summary) > 120 {
			t.Errorf("%s needs a line that ends with its paper, not %q", e.Name, e.Summary)
		}
		if err := validateKind("solver", s); err != nil {
			t.Errorf("the defaults of %s: %v", e.Name, err)
		}
		var keys []string
		for _, l := range leavesOf(s) {
			keys = append(keys, l.key)
			standard := l.value.Interface()
			passed := slices.ContainsFunc(others[l.key], func(other any) bool {
				l.value.Set(reflect.ValueOf(other))
				return other != standard && validateKind("solver", s) == nil
			})
			if !passed || reflect.DeepEqual(s, e.New()) {
				t.Errorf("%s: no other value of %s passes", e.Name, l.key)
			}
			l.value.Set(reflect.ValueOf(standard))
		}
		if got := strings.Join(keys, " "); got != expected.keys {
			t.Errorf("%s has the keys %q, expected %q", e.Name, got, expected.keys)
		}
		if _, ok := s.(interface{ Validate() error }); ok != (len(keys) > 0) {
			t.Errorf("%s has %d keys and validates them: %v", e.Name, len(keys), ok)
		}
	}
}

// TestSectionsRoundTrip: the keys of a solver or spacing and their values determine it: another of its kind with the
// same is the same.
func TestSectionsRoundTrip(t *testing.T) {
	roundTrip := func(name string, kind, fresh any) {
		for i, l := range leavesOf(kind) { // any values but the defaults
			switch l.value.Kind() {
			case reflect.Bool:
				l.value.SetBool(!l.value.Bool())
			case reflect.Int:
				l.value.SetInt(l.value.Int() + 1)
			case reflect.Float64:
				l.value.SetFloat(l.value.Float()/2 + float64(i+1)/64)
			case reflect.String:
				l.value.SetString(l.value.String() + "'")
			default:
				t.Errorf("%s.%s is a %v, which no value of a configuration is", name, l.key, l.value.Kind())
			}
		}
		section := map[string]any{}
		for _, l := range leavesOf(kind) {
			if !l.value.CanSet() || l.key == "" {
				t.Errorf("%s has a field that is no key: %q", name, l.key)
			}
			value := l.value.Interface()
			if text, ok := value.(encoding.TextMarshaler); ok {
				written, err := text.MarshalText()
				if err != nil {
					t.Fatal(err)
				}
				value = string(written)
			}
			section[l.key] = value
		}
		if reflect.DeepEqual(kind, fresh) && len(section) > 0 {
			t.Fatalf("%s did not change", name)
		}
		for _, l := range leavesOf(fresh) {
			if read, ok := l.value.Addr().Interface().(encoding.TextUnmarshaler); ok {
				if err := read.UnmarshalText([]byte(section[l.key].(string))); err != nil {
					t.Fatal(err)
				}
				continue
			}
			l.value.Set(reflect.ValueOf(section[l.key]))
		}
		if !reflect.DeepEqual(kind, fresh) {
			t.Errorf("%s was %+v and came back as %+v", name, kind, fresh)
		}
	}
	for _, e := range Solvers() {
		roundTrip(e.Name, e.New(), e.New())
	}
	for _, e := range Spacings() {
		roundTrip(e.Name, e.New(), e.New())
	}
}

// TestSolversValidate: every key of every solver is checked against its range, and the error names it.
func TestSolversValidate(t *testing.T) {
	for _, test := range []struct {
		solver    Solver
		key, want string
	}{
		{&Ancestral{Variance(3)}, "variance", `must be one of beta, beta_tilde, learned, got "Variance(3)"`},
		{&DDIM{1.5}, "eta", "must be from 0 to 1, got 1.5"},
		{&DDIM{math.NaN()}, "eta", "must be from 0 to 1, got NaN"},
		{&DPM2Ancestral{-1}, "eta", "must be from 0 to 1, got -1"},
		{&EulerAncestral{2}, "eta", "must be from 0 to 1, got 2"},
		{&DPMPP2MSDE{2, ""}, "eta", "must be from 0 to 1, got 2"},
		{&DPMPP3MSDE{2, "x"}, "eta", "must be from 0 to 1, got 2"},
		{&DPMPP2MSDE{1, "bh2"}, "variant", `must be one of midpoint, heun, got "bh2"`},
		{&DPMPP3MSDE{1, "heun"}, "variant", `must be one of published, quadratic, got "heun"`},
		{&DPMPP2M{"bh2", true}, "variant", `must be one of midpoint, heun, got "bh2"`},
		{&DPMPP3M{"x", true}, "variant", `must be one of published, quadratic, got "x"`},
		{&UniPC{2, "bh3", true}, "variant", `must be one of bh2, bh1, got "bh3"`},
		{&UniPC{4, "bh3", true}, "order", "must be from 1 to 3, got 4"},
		{&LMS{7}, "order", "must be from 1 to 6, got 7"},
		{&DEIS{0, true}, "order", "must be from 1 to 3, got 0"},
		{&Euler{Churn{Amount: -1, Noise: 1}}, "churn.amount", "must be from 0 (none) to 1000000, got -1"},
		{&Euler{Churn{Min: -1, Noise: 1}}, "churn.min", "must be at least 0, got -1"},
		{&Heun{Churn{Min: 2, Max: 1, Noise: 1}}, "churn.max", "must be at least min (2), or 0 for no bound, got 1"},
		{&Heun{Churn{Amount: 1}}, "churn.noise", "must be above 0 (1 in theory) and at most 100, got 0"},
		{&Heun{Churn{Noise: -1}}, "churn.noise", "must be above 0 (1 in theory) and at most 100, got -1"},
		{&Heun{Churn{Noise: 101}}, "churn.noise", "must be above 0 (1 in theory) and at most 100, got 101"},
		{&PredictorCorrector{Corrector: Langevin{1, 1}}, "corrector.snr", "must be at least 1e-6 and below 1, got 1"},
		{&PredictorCorrector{Corrector: Langevin{0, 0.1}}, "corrector.steps", "must be from 1 to 1000000, got 0"},
		{&AnnealedLangevin{Langevin{-1, 0.1}}, "corrector.steps", "must be from 1 to 1000000, got -1"},
		{&AnnealedLangevin{Langevin{1, math.NaN()}}, "corrector.snr", "must be at least 1e-6 and below 1, got NaN"},
		{&RK45{Tolerance{0, 0}}, "tolerance.absolute", "must be at least 1e-08, about the precision of float32, got 0"},
		{&RK45{Tolerance{1, 1}}, "tolerance.relative", "must be at least 0 and below 1, got 1"},
	} {
		err := test.solver.(interface{ Validate() error }).Validate()
		if err == nil || keyOf(t, err) != test.key || errors.Unwrap(err).Error() != test.want {
			t.Errorf("%s %+v: %v\nwant %s %s", test.solver.Name(), test.solver, err, test.key, test.want)
		}
	}
	for _, passes := range []interface{ Validate() error }{&Heun{}, Euler{}, &DPMPP2M{}, UniPC{Order: 1}, &Ancestral{VarianceLearned}} {
		if err := passes.Validate(); err != nil {
			t.Errorf("%T %+v: %v", passes, passes, err)
		}
	}
}

// TestVarianceNames: a variance is written and read by its name.
func TestVarianceNames(t *testing.T) {
	for v, name := range map[Variance]string{VarianceBeta: "beta", VarianceBetaTilde: "beta_tilde", VarianceLearned: "learned"} {
		text, err := v.MarshalText()
		var read Variance = 9
		if err2 := read.UnmarshalText(text); err != nil || err2 != nil || string(text) != name || read != v || fmt.Sprint(v) != name {
			t.Errorf("%v is written %q, %v and read %v, %v", v, text, err, read, err2)
		}
	}
	read := VarianceBetaTilde
	err := read.UnmarshalText([]byte("beta_tide"))
	if want := `must be one of beta_tilde, beta, learned, got "beta_tide"`; err == nil || err.Error() != want || read != VarianceBetaTilde {
		t.Errorf("%v, %v", err, read)
	}
	if text, err := Variance(-1).MarshalText(); err == nil {
		t.Errorf("no variance is written %q", text)
	}
	for _, test := range []struct {
		solver Solver
		want   bool
	}{{Ancestral{}, false}, {&Ancestral{VarianceBetaTilde}, false}, {Ancestral{VarianceLearned}, true},
		{&Ancestral{VarianceLearned}, true}, {&DDIM{}, false}} {
		if got := LearnsVariance(test.solver); got != test.want {
			t.Errorf("%s %+v learns its variance: %v", test.solver.Name(), test.solver, got)
		}
	}
}
