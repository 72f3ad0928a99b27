package diffusion

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"euryale/choice"

	"github.com/google/go-cmp/cmp"
)

// keysOf are the keys of a section, in order.
func keysOf(section any) []string {
	keys := []string{}
	v := reflect.TypeOf(section)
	if v.Kind() != reflect.Pointer {
		return keys // a kind without a section
	}
	for i := range v.Elem().NumField() {
		keys = append(keys, v.Elem().Field(i).Tag.Get("yaml"))
	}
	return keys
}

// described are the names of a set with the keys of their sections. Each kind needs a distinct name and summary, and valid
// defaults.
func described[K any](t *testing.T, set choice.Set[K]) map[string]string {
	t.Helper()
	all, summaries := map[string]string{}, map[string]bool{}
	for _, e := range set {
		kind := e.New()
		if _, ok := all[e.Name]; ok || e.Summary == "" || strings.Contains(e.Summary, "\n") || summaries[e.Summary] {
			t.Errorf("%+v", e)
		}
		if got := set.NameOf(kind); got != e.Name {
			t.Errorf("%s is called %q", e.Name, got)
		}
		if v, ok := any(kind).(interface{ Validate() error }); ok {
			if err := v.Validate(); err != nil {
				t.Errorf("the default of %s: %v", e.Name, err)
			}
		}
		all[e.Name], summaries[e.Summary] = strings.Join(keysOf(kind), " "), true
	}
	return all
}

// Each kind's section has the keys that it reads, and no other.
func TestSections(t *testing.T) {
	const ends = "beta_start beta_end scale_betas zero_terminal_snr"
	for _, test := range []struct{ got, want map[string]string }{
		{described(t, Processes()), map[string]string{
			"ddpm": "steps schedule", "ncsn": "steps sigma_min sigma_max", "vp": "beta_min beta_max first_time",
			"sub_vp": "beta_min beta_max first_time", "ve": "sigma_min sigma_max", "edm": "sigma_min sigma_max",
			"flow": "first_time last_time",
		}},
		{described(t, Schedules()), map[string]string{
			"linear": ends, "scaled_linear": ends, "sigmoid": ends, "warmup10": ends, "warmup50": ends,
			"const":  "beta_end scale_betas zero_terminal_snr",
			"cosine": "zero_terminal_snr", "sigmoid_alphabar": "zero_terminal_snr", "jsd": "zero_terminal_snr", "sqrt": "zero_terminal_snr",
		}},
		{described(t, Predictions()), map[string]string{"eps": "", "x0": "", "v": "", "score": "", "F": "", "u": ""}},
		{described(t, Weights()), map[string]string{
			"simple": "", "bound": "", "rescaled": "", "score_matching": "", "edm": "", "min_snr": "gamma", "p2": "gamma k",
		}},
		{described(t, TimestepSamplers()), map[string]string{
			"uniform": "", "paired": "", "stratified": "", "importance": "", "log_normal": "mean deviation stratified",
			"logit_normal": "mean deviation",
		}},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Error(diff)
		}
	}
}

// The defaults are those of the tutorial and of the papers.
func TestDefaults(t *testing.T) {
	for name, want := range map[string]any{
		"ncsn": &NCSN{100, 0.002, 80}, "vp": &VP{0.1, 20, 1e-3}, "sub_vp": &SubVP{0.1, 20, 1e-3}, "ve": &VE{0.002, 80},
		"edm":  &EDM{0.002, 80},
		"flow": &Flow{1e-3, 0.999},
	} {
		if got, err := Processes().New(name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	ddpm, err := Processes().New("ddpm")
	if o, ok := ddpm.(*DDPM); err != nil || !ok || o.Steps != 100 || o.Schedule.Name() != "sigmoid" {
		t.Errorf("ddpm: %+v, %v", ddpm, err)
	}
	for name, want := range map[string]any{
		"linear": &LinearSchedule{BetaStart: 1e-5, BetaEnd: 0.005}, "sigmoid": &SigmoidSchedule{BetaStart: 1e-5, BetaEnd: 0.005},
		"const": &ConstSchedule{BetaEnd: 0.005}, "cosine": &CosineSchedule{},
	} {
		if got, err := Schedules().New(name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, want := range map[string]Weight{"min_snr": &MinSNRWeight{5}, "p2": &P2Weight{1, 1}} {
		if got := weightOf(t, name); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for name, want := range map[string]TimestepOptions{"log_normal": &LogNormalTimesteps{Mean: -1.2, Deviation: 1.2},
		"logit_normal": &LogitNormalTimesteps{0, 1}} {
		if got, err := TimestepSamplers().New(name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func ddpm(steps int, s Schedule) *DDPM { return &DDPM{Steps: steps, Schedule: Schedules().With(s)} }

// The error for a wrong key names it and what is expected, for single keys and for combinations that do not fit.
func TestValidate(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct {
		section   interface{ Validate() error }
		key, want string // both "": it is valid
	}{
		{ddpm(0, &CosineSchedule{}), "steps", "must be from 1 to 1000000, got 0"},
		{ddpm(1_000_001, &CosineSchedule{}), "steps", "got 1000001"},
		{&DDPM{Steps: 5}, "schedule", "must be chosen"},
		{ddpm(100, &SigmoidSchedule{BetaEnd: 0.5}), "schedule.beta_start", "must be above 0 and below 1, got 0"},
		{ddpm(100, &ConstSchedule{BetaEnd: 0.01}), "", ""},
		{ddpm(100, &LinearSchedule{BetaStart: 0.1, BetaEnd: 0.01}), "schedule.beta_end",
			"must be at least beta_start (0.1) and below 1, got 0.01"},
		{ddpm(1e6, &SigmoidSchedule{BetaStart: 1e-5, BetaEnd: 0.9}), "schedule", "schedule with 1000000 steps: the signal is gone"},
		{ddpm(10, &SigmoidSchedule{BetaStart: 1e-5, BetaEnd: 0.02, ScaleBetas: true}), "schedule.scale_betas",
			"multiplies beta_end by 1000/10, to 2, which"},
		{ddpm(10, &ConstSchedule{BetaEnd: 0.02, ScaleBetas: true}), "schedule.scale_betas", "multiplies beta_end by 1000/10, to 2, which"},
		{ddpm(1, &CosineSchedule{ZeroTerminalSNR: true}), "schedule.zero_terminal_snr", "a single step"},
		{ddpm(1, &SigmoidSchedule{BetaStart: 1e-5, BetaEnd: 0.02, ZeroTerminalSNR: true}), "schedule.zero_terminal_snr", "a single step"},
		{&LinearSchedule{BetaStart: nan, BetaEnd: 0.01}, "beta_start", "got NaN"},
		{&ScaledLinearSchedule{BetaStart: 1, BetaEnd: 1}, "beta_start", "must be above 0 and below 1, got 1"},
		{&Warmup10Schedule{BetaStart: 1e-4, BetaEnd: 1}, "beta_end", "below 1, got 1"},
		{&Warmup50Schedule{BetaStart: 1e-4, BetaEnd: nan}, "beta_end", "got NaN"},
		{&ConstSchedule{BetaEnd: 1}, "beta_end", "must be above 0 and below 1, got 1"},
		{&ConstSchedule{}, "beta_end", "must be above 0 and below 1, got 0"},

		{&NCSN{1, 0.002, 80}, "steps", "must be from 2 to 1000000, got 1"},
		{&NCSN{100, 0, 80}, "sigma_min", "must be at least 1e-12 and below 1e+12, got 0"},
		{&NCSN{100, 1, 1}, "sigma_max", "must be above sigma_min (1) and at most 1e+12, got 1"},
		{&NCSN{100, 0.002, math.Nextafter(0.002, 1)}, "sigma_max", "is too close to sigma_min for 100 steps: sigma at t ="},

		{&VP{0, 20, 1e-3}, "beta_min", "must be above 0 and at most 200, got 0"},
		{&VP{0.1, 201, 1e-3}, "beta_max", "at most 200, got 201"},
		{&SubVP{0.1, 0.05, 1e-3}, "beta_max", "must be at least beta_min (0.1) and at most 200, got 0.05"},
		{&SubVP{nan, 20, 1e-3}, "beta_min", "got NaN"},
		{&VP{0.1, 20, 1}, "first_time", "must be above 0 and below 1, got 1"},
		{&SubVP{0.1, 20, 0}, "first_time", "must be above 0 and below 1, got 0"},
		{&VP{200, 200, 1e-3}, "beta_max", "signal is gone"},
		{&SubVP{200, 200, 1e-3}, "beta_max", "signal is gone"},
		{&VP{1e-30, 1, 1e-40}, "first_time", "first_time of 1e-40 has noise of variance"},
		{&SubVP{1e-20, 1, 1e-20}, "first_time", "has noise of variance"},

		{&VE{1e-13, 80}, "sigma_min", "must be at least 1e-12 and below 1e+12, got 1e-13"},
		{&EDM{nan, 80}, "sigma_min", "got NaN"},
		{&VE{0.1, 1e13}, "sigma_max", "at most 1e+12, got 1e+13"},
		{&EDM{0.002, 0.002}, "sigma_max", "must be above sigma_min (0.002) and at most 1e+12, got 0.002"},

		{&Flow{1e-3, 1}, "", ""},
		{&Flow{1e-3, 1.5}, "last_time", "must be above 0 and at most 1, got 1.5"},
		{&Flow{1e-3, 0}, "last_time", "must be above 0 and at most 1, got 0"},
		{&Flow{1e-3, nan}, "last_time", "got NaN"},
		{&Flow{0, 1}, "first_time", "must be above 0 and below last_time (1), got 0"},
		{&Flow{0.5, 0.5}, "first_time", "must be above 0 and below last_time (0.5), got 0.5"},
		{&Flow{nan, 0.5}, "first_time", "got NaN"},
		{&Flow{1e-31, 0.5}, "first_time", "below 1e-60: use a later time"},

		{&MinSNRWeight{0}, "gamma", "must be from 1e-6 to 1e6, got 0"},
		{&MinSNRWeight{2e6}, "gamma", "got 2e+06"},
		{&P2Weight{0, 1}, "gamma", "must be from 1e-6 to 1e6, got 0"},
		{&P2Weight{1, nan}, "k", "must be from 1e-6 to 1e6, got NaN"},

		{&LogNormalTimesteps{Mean: 101, Deviation: 1}, "mean", "must be from -100 to 100, got 101"},
		{&LogNormalTimesteps{Mean: 0, Deviation: 0}, "deviation", "must be above 0 and at most 100, got 0"},
		{&LogitNormalTimesteps{nan, 1}, "mean", "got NaN"},
		{&LogitNormalTimesteps{0, -1}, "deviation", "must be above 0"},

		{Parameterization{Prediction: -1}, "prediction", "must be a known prediction, got Prediction(-1)"},
		{Parameterization{Prediction: Preconditioned}, "sigma_data", "for scaled inputs and the prediction F, got 0"},
		{Parameterization{ScaleInput: true, SigmaData: -1}, "sigma_data", "for scaled inputs"},
		{Parameterization{}, "", ""},
	} {
		err := test.section.Validate()
		if test.want == "" {
			if err != nil {
				t.Errorf("%+v: %v", test.section, err)
			}
			continue
		}
		var field *choice.FieldError
		if !errors.As(err, &field) || field.Key != test.key || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v; want one about %q with %q", test.section, err, test.key, test.want)
		}
		if o, ok := test.section.(ProcessOptions); ok {
			if p, newErr := o.New(); p != nil || newErr == nil || newErr.Error() != err.Error() {
				t.Errorf("%+v: New returns %v, %v", test.section, p, newErr)
			}
		}
	}
}

// Where no signal is left, eps and the score are errors, and the others are not.
func TestPredictionsWithoutSignal(t *testing.T) {
	for _, p := range []Process{newChainOf(t, "jsd", 0, 0, 10), Flow{1e-3, 1}, Preserving(Flow{1e-3, 1})} {
		for _, name := range Predictions().Names() {
			err := parameterizationOf(t, name).Check(p)
			if wrong := name == "eps" || name == "score"; (err != nil) != wrong {
				t.Errorf("%s on %T: %v", name, p, err)
			}
			want := "prediction must be one of x0, v, F, u on a process with no signal at its end (alpha-bar = 0), " +
				"where the others contain no information about the data, got " + name
			if err != nil && err.Error() != want {
				t.Errorf("%q, want %q", err, want)
			}
			if err := parameterizationOf(t, name).Check(Flow{1e-3, 0.999}); err != nil {
				t.Errorf("%s where signal is left: %v", name, err)
			}
		}
	}
}
