package train

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"euryale/configs"
)

// TestQualityOfPresets trains the presets in earnest and holds their samples to what docs/samplers.md says. `make
// quality` runs it.
func TestQualityOfPresets(t *testing.T) {
	if os.Getenv("EURYALE_QUALITY") == "" {
		t.Skip("minutes of training; set EURYALE_QUALITY=1, or run make quality")
	}
	for name, most := range map[string]float64{ // sliced W1, in floors
		"scurve_ddim": 2, "scurve_v_cosine": 2, "scurve_vpsde": 2, "scurve_ncsn": 2, "scurve_edm": 2,
	} {
		m := trainPreset(t, name)
		e := evaluate(t, m, func(*SampleOptions) {})
		t.Logf("%s: sliced W1 %.5f, floor %.5f, %g calls", name, e.SlicedW1, e.Floor, e.Calls)
		if e.SlicedW1 > most*e.Floor {
			t.Errorf("%s: sliced W1 %v, want at most %v floors of %v", name, e.SlicedW1, most, e.Floor)
		}
	}
}

// Guided samples of a class are nearer to their own moon, and near to its law.
func TestQualityOfGuidance(t *testing.T) {
	if os.Getenv("EURYALE_QUALITY") == "" {
		t.Skip("minutes of training; set EURYALE_QUALITY=1, or run make quality")
	}
	labelled := trainPreset(t, "moons_cfg")
	plain := trainPreset(t, "moons_cfg", "net.labels=false", "train.label_dropout=0")
	classifier := trainPreset(t, "moons_classifier")
	for _, test := range []struct {
		what string
		m    *Model
		set  func(o *SampleOptions)
		most float64
	}{
		{"classifier-free, w = .5 up to sigma/alpha = .1", labelled, func(o *SampleOptions) { o.Sampling.Guidance, o.Sampling.GuidanceMax = 0.5, 0.1 }, 2},
		{"by a classifier, s = 1", plain, func(o *SampleOptions) { o.Sampling.Guidance, o.Classifier = 1, classifier }, 2},
	} {
		w1, floor := 0.0, 0.0
		for label := range 2 {
			e := evaluate(t, test.m, func(o *SampleOptions) {
				o.Sampling.Label = label
				test.set(o)
			})
			t.Logf("%s, label %d: %.2f%% nearer to their own moon, sliced W1 %.5f, floor %.5f", test.what, label, 100**e.Own, e.SlicedW1, e.Floor)
			if *e.Own < 0.99 {
				t.Errorf("%s, label %d: only %v are nearer to their own moon", test.what, label, *e.Own)
			}
			w1, floor = w1+e.SlicedW1/2, floor+e.Floor/2
		}
		if w1 > test.most*floor {
			t.Errorf("%s: sliced W1 %v over both labels, want at most %v floors of %v", test.what, w1, test.most, floor)
		}
	}
}

// With 12 calls of the net deis, the best of the table in docs/samplers.md, comes as near to the data as the ancestral
// solver with 100, on the S-curve of the tutorial, from the true marginal.
func TestQualityOfSolvers(t *testing.T) {
	if os.Getenv("EURYALE_QUALITY") == "" {
		t.Skip("a minute of training; set EURYALE_QUALITY=1, or run make quality")
	}
	m := trainPreset(t, "scurve")
	mean := func(sampler string, steps int) float64 {
		sum := 0.0
		const rounds = 4
		for round := range uint64(rounds) {
			sum += evaluate(t, m, func(o *SampleOptions) {
				o.N, o.Seed = 50_000, o.Seed+round
				o.Sampling.Sampler, o.Sampling.Steps, o.Sampling.Start = sampler, steps, "marginal"
			}).SlicedW1
		}
		return sum / rounds
	}
	few, many := mean("deis", 12), mean("ancestral", 100)
	t.Logf("deis with 12 calls: %.5f; ancestral with 100: %.5f", few, many)
	if few > many {
		t.Errorf("deis with 12 calls is at %v, ancestral with 100 at %v", few, many)
	}
}

func trainPreset(t *testing.T, name string, overrides ...string) *Model {
	t.Helper()
	config, err := configs.Load(name, overrides)
	if err != nil {
		t.Fatal(err)
	}
	folder := Folder(filepath.Join(t.TempDir(), "run"))
	mustRun(t, config, Options{Folder: folder})
	m, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func evaluate(t *testing.T, m *Model, set func(o *SampleOptions)) *Evaluation {
	t.Helper()
	o := SampleOptions{N: 10_000, Seed: m.Config.Seed, Sampling: m.Config.Sample}
	set(&o)
	e, err := m.Evaluate(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
