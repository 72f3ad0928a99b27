package solver

import (
	"strings"
	"testing"
)

// TestChoices holds every choice to what is said of it: its name, the solver that the default keys give, and that it
// reads the keys it lists and no others.
func TestChoices(t *testing.T) {
	want := map[string]Solver{
		"ancestral": Ancestral{}, "ddim": DDIM{}, "pndm": PNDM{}, "euler_maruyama": EulerMaruyama{}, "reverse_diffusion": ReverseDiffusion{},
		"predictor_corrector": PredictorCorrector{Corrections: 1, SNR: 0.16}, "annealed_langevin": AnnealedLangevin{StepsPerLevel: 100, SNR: 0.22},
		"flow_euler": FlowEuler{}, "euler": Euler{Churn{Noise: 1}}, "heun": Heun{Churn{Noise: 1}}, "rk45": RK45{1e-5, 1e-5},
		"dpm_2": DPM2{}, "dpm_2_ancestral": DPM2Ancestral{1}, "euler_ancestral": EulerAncestral{1}, "lms": LMS{4},
		"dpm++_1": DPMPP1{}, "dpm++_2s": DPMPP2S{}, "dpm++_2m": DPMPP2M{"midpoint", true}, "dpm++_3m": DPMPP3M{"published", true},
		"dpm++_2m_sde": DPMPP2MSDE{1, "midpoint"}, "dpm++_3m_sde": DPMPP3MSDE{1, "published"},
		"unipc": UniPC{2, "bh2", true}, "deis": DEIS{2, true},
	}
	// Another value for every key that belongs to some solvers; of a form the first that the solver takes.
	others := []struct {
		key, path string // as in Choice.Keys, and in full
		set       func(c *Config)
	}{
		{"variance", "variance", func(c *Config) { c.Variance = "learned" }},
		{"eta", "eta", func(c *Config) { c.Eta = 0.5 }},
		{"order", "order", func(c *Config) { c.Order = 1 }},
		{"form", "form", func(c *Config) {
			c.Form = map[string]string{"dpm++_2m": "heun", "dpm++_2m_sde": "heun", "unipc": "bh1"}[c.Sampler]
			if c.Form == "" {
				c.Form = "quadratic"
			}
		}},
		{"lower_order_final", "lower_order_final", func(c *Config) { c.LowerOrderFinal = false }},
		{"churn", "churn.amount", func(c *Config) { c.Churn.Amount = 40 }},
		{"churn", "churn.min", func(c *Config) { c.Churn.Min = 0.05 }},
		{"churn", "churn.max", func(c *Config) { c.Churn.Max = 50 }},
		{"churn", "churn.noise", func(c *Config) { c.Churn.Noise = 1.003 }},
		{"corrector", "corrector.steps", func(c *Config) { c.Corrector.Steps = 2 }},
		{"corrector", "corrector.snr", func(c *Config) { c.Corrector.SNR = 0.1 }},
		{"tolerance", "tolerance.relative", func(c *Config) { c.Tolerance.Relative = 1e-3 }},
		{"tolerance", "tolerance.absolute", func(c *Config) { c.Tolerance.Absolute = 1e-3 }},
	}
	if own := DefaultConfig().own(); len(own) != len(others) {
		t.Errorf("the test knows %d keys that belong to some solvers, of %d", len(others), len(own))
	}
	choices := Choices()
	if len(choices) != len(want) {
		t.Errorf("%d choices, expected %d", len(choices), len(want))
	}
	for _, choice := range choices {
		c := DefaultConfig()
		c.Sampler = choice.Name
		standard, err := New(c)
		if err != nil || standard != want[choice.Name] {
			t.Errorf("%s is %+v, %v; expected %+v", choice.Name, standard, err, want[choice.Name])
			continue
		}
		if standard.Name() != choice.Name {
			t.Errorf("%s calls itself %s", choice.Name, standard.Name())
		}
		if !strings.HasSuffix(choice.Summary, ")") || strings.Contains(choice.Summary, "\n") || len(choice.Summary) > 120 {
			t.Errorf("%s needs a line that ends with its paper, not %q", choice.Name, choice.Summary)
		}
		keys := strings.Join(choice.Keys, " ")
		for _, other := range others {
			changed := c
			other.set(&changed)
			s, err := New(changed)
			switch reads := strings.Contains(" "+keys+" ", " "+other.key+" "); {
			case reads && (err != nil || s == standard):
				t.Errorf("%s lists %s, but %s changes it to %+v, %v", choice.Name, other.key, other.path, s, err)
			case !reads && (err == nil || !strings.HasPrefix(err.Error(), "sample."+other.path+" is ") || !strings.HasSuffix(err.Error(), ", but "+choice.Name+" does not use it")):
				t.Errorf("%s does not list %s, but %s gives %+v, %v", choice.Name, other.key, other.path, s, err)
			}
		}
	}
	choices[0].Name, choices[0].Keys[0] = "other", "other"
	if again := Choices(); again[0].Name != "ancestral" || again[0].Keys[0] != "variance" {
		t.Error("the caller's change to the choices stays")
	}
}

func TestNewErrors(t *testing.T) {
	for _, test := range []struct {
		sampler string
		set     func(c *Config)
		want    string // the beginning
	}{
		{"dpmpp_2m", func(*Config) {}, "sample.sampler must be one of dpm++_2m, dpm++_2s, dpm++_3m, dpm++_2m_sde, ancestral … (23 in all)"},
		{"", func(*Config) {}, "sample.sampler must be one of ancestral, ddim, pndm, "},
		{"heun", func(c *Config) { c.Eta = 0.5 }, "sample.eta is 0.5, but heun does not use it"},
		{"ancestral", func(c *Config) { c.Variance = "beta_tide" }, "sample.variance must be one of beta_tilde, beta, learned, got \"beta_tide\""},
		{"ddim", func(c *Config) { c.Eta = 1.5 }, "sample.eta must be from 0 to 1, or -1 for the solver's own, got 1.5"},
		{"lms", func(c *Config) { c.Order = 7 }, "sample.order must be from 1 to 6 for lms, or 0 for its own, got 7"},
		{"unipc", func(c *Config) { c.Order = 4 }, "sample.order must be from 1 to 3 for unipc, or 0 for its own, got 4"},
		{"dpm++_2m", func(c *Config) { c.Form = "bh2" }, "sample.form must be one of midpoint, heun, got \"bh2\""},
		{"euler", func(c *Config) { c.Churn.Amount = -1 }, "sample.churn.amount must be from 0 (none) to 1000000, got -1"},
		{"euler", func(c *Config) { c.Churn.Min, c.Churn.Max = 2, 1 }, "sample.churn.max must be at least churn.min (2), or 0 for no bound, got 1"},
		{"euler", func(c *Config) { c.Churn.Noise = 0 }, "sample.churn.noise must be above 0 (1 in theory) and at most 100, got 0"},
		{"predictor_corrector", func(c *Config) { c.Corrector.SNR = 1 }, "sample.corrector.snr must be above 0 and below 1, or 0 for the solver's own, got 1"},
		{"annealed_langevin", func(c *Config) { c.Corrector.Steps = -1 }, "sample.corrector.steps must be from 1 to 1000000, or 0 for the solver's own, got -1"},
		{"rk45", func(c *Config) { c.Tolerance.Absolute = 0 }, "sample.tolerance.absolute must be at least 1e-08, as float32 has it, got 0"},
		{"rk45", func(c *Config) { c.Tolerance.Relative = 1 }, "sample.tolerance.relative must be at least 0 and below 1, got 1"},
	} {
		c := DefaultConfig()
		c.Sampler = test.sampler
		test.set(&c)
		if s, err := New(c); s != nil || err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s:\n got %v, %v\nwant %s…", test.sampler, s, err, test.want)
		}
	}
}
