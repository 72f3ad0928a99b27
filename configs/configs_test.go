package configs

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"euryale/data"
	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/nets"
	"euryale/optim"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// tutorial holds the values of the S-curve tutorial, written out: neither a default nor the preset may drift.
var tutorial = Config{
	Name: "scurve",
	Seed: 0,
	Data: data.Config{Name: "scurve", Points: 10000, Noise: 0.1, Scale: 0.1},
	Diffusion: diffusion.Config{
		Process:       "ddpm",
		Steps:         100,
		Schedule:      diffusion.ScheduleConfig{Name: "sigmoid", BetaStart: 1e-5, BetaEnd: 0.5e-2},
		Continuous:    diffusion.ContinuousConfig{BetaMin: 0.1, BetaMax: 20, FirstTime: 1e-3},
		Sigma:         diffusion.SigmaConfig{Min: 0.002, Max: 80},
		Prediction:    "eps",
		DataDeviation: 0.5,
		Loss:          diffusion.LossConfig{Weight: "simple", Distance: "squared", HuberDelta: 1, MinSNRGamma: 5, P2Gamma: 1, P2K: 1},
		Timesteps:     "paired",
		LogNormal:     diffusion.LogNormalConfig{Mean: -1.2, Deviation: 1.2},
	},
	Net:       nets.Config{Name: "mlp", Width: 128, Depth: 3, Time: "embedding", TimeFeatures: 64, FourierScale: 16},
	Optimizer: optim.Config{Name: "adam", LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, ClipNorm: 1},
	EMA:       optim.EMAConfig{Decay: 0, Warmup: true},
	Train:     Train{Batch: 128, Epochs: 4000, LogEvery: 100, CheckpointEvery: 7900, KeepCheckpoints: 3},
	Sample: solver.Config{
		Sampler: "ancestral", Spacing: "respaced", Rho: 7, Final: "data", Start: "prior", Rescale: "none", Variance: "beta", Eta: -1,
		LowerOrderFinal: true, Churn: solver.ChurnConfig{Noise: 1}, Tolerance: solver.ToleranceConfig{Relative: 1e-5, Absolute: 1e-5},
		RePaint: solver.RePaintConfig{JumpLength: 10, Resample: 1}, Label: -1,
	},
}

func TestPresets(t *testing.T) {
	if Default() != tutorial {
		t.Errorf("the defaults are not the tutorial's:\n%s", cmp.Diff(tutorial, Default()))
	}
	quick := tutorial
	quick.Name, quick.Train.Epochs, quick.Train.CheckpointEvery = "scurve_quick", 40, 790
	scurve := tutorial
	scurve.Seed = 57
	want := map[string]Config{"scurve": scurve, "scurve_quick": quick}
	for _, name := range Presets() {
		got, err := Load(name, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Name != name {
			t.Errorf("%s names itself %s", name, got.Name)
		}
		if want, ok := want[name]; ok && want != *got {
			t.Errorf("%s (-want +got):\n%s", name, cmp.Diff(want, *got))
		}
	}
	if got, want := Presets(), []string{"moons_cfg", "moons_classifier", "scurve", "scurve_ddim", "scurve_edm", "scurve_ncsn", "scurve_quick", "scurve_v_cosine", "scurve_vpsde"}; !slices.Equal(got, want) {
		t.Errorf("presets are %q", got)
	}
}

// A classifier sees the noise of the denoiser that it guides.
func TestMoonsShareTheirProcess(t *testing.T) {
	a, err := Load("moons_cfg", nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Load("moons_classifier", nil)
	if err != nil {
		t.Fatal(err)
	}
	if a.Data != b.Data || a.Diffusion.Process != b.Diffusion.Process || a.Diffusion.Steps != b.Diffusion.Steps || a.Diffusion.Schedule != b.Diffusion.Schedule {
		t.Errorf("the data or the process differ:\n%s", cmp.Diff(a, b))
	}
}

// The tutorial's preset is also the list of what may be set: it names every key, and says what each is. The others name
// what they change.
func TestPresetNamesEveryKey(t *testing.T) {
	const name = "scurve"
	text, err := os.ReadFile(name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var c Config
	s := source{name: name, keys: keysOf(&c), places: map[string]place{}}
	if err := s.decode(text); err != nil {
		t.Fatal(err)
	}
	for _, k := range s.keys {
		at, ok := s.places[k.path]
		if !ok {
			t.Errorf("%s does not name %s", name, k.path)
		} else if !k.section() && !strings.Contains(s.lines[at.line-1], " # ") {
			t.Errorf("%s has no comment on %s", name, k.path)
		}
	}
}

// Every field must have a key and a type that setScalar and formatScalar know.
func TestKeys(t *testing.T) {
	c := Default()
	seen := map[string]bool{}
	for _, k := range keysOf(&c) {
		_, name := split(k.path)
		if name == "" || strings.ToLower(name) != name || seen[k.path] {
			t.Errorf("key %q: expected a yaml tag of its own in lower case", k.path)
		}
		seen[k.path] = true
		if k.section() {
			continue
		}
		if !slices.Contains([]reflect.Kind{reflect.String, reflect.Bool, reflect.Int, reflect.Uint64, reflect.Float64}, k.value.Kind()) {
			t.Errorf("key %s: no scalar of kind %s", k.path, k.value.Kind())
		}
		if err := setScalar(k.value, strings.Trim(formatScalar(k.value), `"`)); err != nil {
			t.Errorf("key %s: its default %s: %v", k.path, formatScalar(k.value), err)
		}
	}
	if len(seen) != 96 { // sections and keys; says that the walk reaches all of them
		t.Errorf("got %d keys", len(seen))
	}
}

func TestLoad(t *testing.T) {
	t.Chdir(t.TempDir())
	check := func(nameOrPath, want string, cause error) {
		t.Helper()
		_, err := Load(nameOrPath, nil)
		if _, ok := errors.AsType[*Error](err); !ok {
			t.Fatalf("%q: error %v of type %T", nameOrPath, err, err)
		}
		if err.Error() != want || cause != nil && !errors.Is(err, cause) {
			t.Errorf("%q\n     got %s\nexpected %s", nameOrPath, err, want)
		}
	}
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	check("none.yaml", "none.yaml: no such file; presets are: moons_cfg, moons_classifier, scurve, scurve_ddim, scurve_edm, scurve_ncsn, scurve_quick, scurve_v_cosine, scurve_vpsde", fs.ErrNotExist)
	check("", "no configuration named: expected a file or a preset; presets are: moons_cfg, moons_classifier, scurve, scurve_ddim, scurve_edm, scurve_ncsn, scurve_quick, scurve_v_cosine, scurve_vpsde", nil)
	check("../scurve.yaml", "../scurve.yaml: no such file; presets are: moons_cfg, moons_classifier, scurve, scurve_ddim, scurve_edm, scurve_ncsn, scurve_quick, scurve_v_cosine, scurve_vpsde", fs.ErrNotExist)
	check("a\x00b", "a\x00b: cannot be read: invalid argument", nil)
	if err := os.Mkdir("folder", 0o777); err != nil {
		t.Fatal(err)
	}
	check("folder", "folder: is a folder, expected a file; presets are: moons_cfg, moons_classifier, scurve, scurve_ddim, scurve_edm, scurve_ncsn, scurve_quick, scurve_v_cosine, scurve_vpsde", nil)
	write("bad.yaml", "train: {batch: 0}\n")
	check("bad.yaml", "bad.yaml:1:16: train.batch must be at least 1, got 0\n> 1 | train: {batch: 0}\n    |                ^", nil)
	write("large.yaml", strings.Repeat("# large\n", maxSize))
	check("large.yaml", "large.yaml: expected a configuration of at most 1048576 bytes", nil)

	// A folder does not hide the preset of its name, a file does.
	if err := os.Mkdir("scurve", 0o777); err != nil {
		t.Fatal(err)
	}
	c, err := Load("scurve", []string{"seed=7"})
	if err != nil || c.Seed != 7 || c.Train.Epochs != 4000 {
		t.Errorf("preset: got %+v, %v", c, err)
	}
	if err := os.Remove("scurve"); err != nil {
		t.Fatal(err)
	}
	write("scurve", "train: {epochs: 5}")
	c, err = Load("scurve", nil)
	if err != nil || c.Train.Epochs != 5 {
		t.Errorf("file: got %+v, %v", c, err)
	}
	write(filepath.Join("folder", "own.yaml"), "name: own")
	c, err = Load(filepath.Join("folder", "own.yaml"), nil)
	if err != nil || c.Name != "own" {
		t.Errorf("file in a folder: got %+v, %v", c, err)
	}
}

func TestValidate(t *testing.T) {
	for _, test := range []struct {
		key string
		set func(*Config)
	}{
		{"", func(c *Config) {}},
		{"", func(c *Config) { c.Name = "_A.b-9" }},
		{"", func(c *Config) { c.Name = strings.Repeat("a", 128) }},
		{"name", func(c *Config) { c.Name = strings.Repeat("a", 129) }},
		{"name", func(c *Config) { c.Name = "" }},
		{"name", func(c *Config) { c.Name = "." }},
		{"name", func(c *Config) { c.Name = ".." }},
		{"name", func(c *Config) { c.Name = ".hidden" }},
		{"name", func(c *Config) { c.Name = "-flag" }},
		{"name", func(c *Config) { c.Name = `a\b` }},
		{"name", func(c *Config) { c.Name = "a b" }},
		{"name", func(c *Config) { c.Name = "ä" }},
		{"name", func(c *Config) { c.Name = "a\n" }},
		{"data.points", func(c *Config) { c.Data.Points = 0 }},
		{"diffusion.schedule.name", func(c *Config) { c.Diffusion.Schedule.Name = "" }},
		// An error of the schedule as a whole has the section as its key.
		{"diffusion.schedule", func(c *Config) { c.Diffusion.Steps, c.Diffusion.Schedule.BetaEnd = 1e6, 0.9 }},
		{"net.width", func(c *Config) { c.Net.Width = 0 }},
		{"optimizer.learning_rate", func(c *Config) { c.Optimizer.LearningRate = 0 }},
		{"ema.decay", func(c *Config) { c.EMA.Decay = 1 }},
		{"train.batch", func(c *Config) { c.Train.Batch = 0 }},
		{"", func(c *Config) { c.Train.Batch = 1 << 24 }},
		{"train.batch", func(c *Config) { c.Train.Batch = 1<<24 + 1 }},
		{"train.epochs", func(c *Config) { c.Train.Epochs = 0 }},
		{"train.log_every", func(c *Config) { c.Train.LogEvery = 0 }},
		{"", func(c *Config) { c.Train.CheckpointEvery, c.Train.KeepCheckpoints = 0, 0 }},
		{"train.checkpoint_every", func(c *Config) { c.Train.CheckpointEvery = -1 }},
		{"train.keep_checkpoints", func(c *Config) { c.Train.KeepCheckpoints = -1 }},
		{"sample.start", func(c *Config) { c.Sample.Start = "noise" }},
		{"", func(c *Config) { c.Data.Points, c.Train.Batch, c.Train.Epochs = 1<<20, 1, 1<<28 }},
		{"train.epochs", func(c *Config) { c.Data.Points, c.Train.Batch, c.Train.Epochs = 1<<20, 1, 1<<28+1 }},
		{"", func(c *Config) { c.Data.Points, c.Train.Batch, c.Train.Epochs = 1, 128, math.MaxInt32 }},
	} {
		c := Default()
		test.set(&c)
		key, err := c.Validate()
		if key != test.key || (err == nil) != (test.key == "") {
			t.Errorf("%+v: got %q, %v, expected %q", c, key, err, test.key)
		}
		if text, err := c.YAML(); (err == nil) != (test.key == "") {
			t.Errorf("%+v: written as\n%s%v", c, text, err)
		}
	}
}

func TestYAML(t *testing.T) {
	c := Default()
	c.Name, c.Seed = "1e3", 1<<64-1
	got, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/resolved.yaml") // written by hand: what YAML writes may not drift
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Any valid configuration reads back equal, however odd its name and numbers.
func TestYAMLRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Default()
		c.Name = rapid.OneOf(
			rapid.StringMatching(`[A-Za-z0-9_][A-Za-z0-9._-]{0,12}`),
			rapid.SampledFrom([]string{"null", "true", "yes", "0x10", "1.5", "1e3", "2024-01-01", "12", "010", "1_0", "0o7", "NaN", "_"}),
		).Draw(t, "name")
		c.Seed = rapid.Uint64().Draw(t, "seed")
		c.Optimizer.LearningRate = rapid.Float64Range(5e-324, 999).Draw(t, "learning_rate")
		c.Optimizer.ClipNorm = rapid.Float64Range(0, 1e29).Draw(t, "clip_norm")
		c.EMA.Decay = rapid.Float64Range(0, 0.999).Draw(t, "decay")
		c.EMA.Warmup = rapid.Bool().Draw(t, "warmup")
		c.Train.Batch = rapid.IntRange(1, 1<<24).Draw(t, "batch")
		c.Train.LogEvery = rapid.IntMin(1).Draw(t, "log_every")
		c.Sample.Start = rapid.SampledFrom([]string{"prior", "marginal"}).Draw(t, "start")
		text, err := c.YAML()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode("x.yaml", text, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if *back != c {
			t.Fatalf("got %+v, expected %+v\n%s", *back, c, text)
		}
	})
}

func TestDifferences(t *testing.T) {
	before, after := Default(), Default()
	if got := before.Differences(&after); got != nil {
		t.Errorf("equal configurations differ: %q", got)
	}
	after.Name = "other"
	after.Net.Width = 256
	after.Diffusion.Schedule.BetaEnd = 0.02
	after.EMA.Warmup = false
	after.Train = Train{Batch: 64, Epochs: 5000, LogEvery: 10, CheckpointEvery: 1, KeepCheckpoints: 0, LabelDropout: 0}
	after.Sample.Sampler, after.Sample.Variance, after.Sample.Start = "a", "b", "c"
	all := []string{
		"name: scurve -> other",
		"diffusion.schedule.beta_end: 0.005 -> 0.02",
		"net.width: 128 -> 256",
		"ema.warmup: true -> false",
		"train.batch: 128 -> 64",
		"train.epochs: 4000 -> 5000",
		"train.log_every: 100 -> 10",
		"train.checkpoint_every: 7900 -> 1",
		"train.keep_checkpoints: 3 -> 0",
		"sample.sampler: ancestral -> a",
		"sample.start: prior -> c",
		"sample.variance: beta -> b",
	}
	if diff := cmp.Diff(all, before.Differences(&after)); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(all[:5], ResumeConflicts(&before, &after)); diff != "" {
		t.Errorf("conflicts (-want +got):\n%s", diff)
	}
}
