package configs

import (
	"reflect"
	"strings"
	"testing"

	"euryale/choice"
	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/internal/strictyaml"
	"euryale/nets"
	"euryale/objective"
	"euryale/optim"

	"github.com/google/go-cmp/cmp"
)

func valueOf(section any) reflect.Value { return reflect.ValueOf(section).Elem() }

func TestResumeConflicts(t *testing.T) {
	conflicts := func(base string, overrides ...string) []string {
		t.Helper()
		old, err := Decode("old.yaml", []byte("version: 2\n"+base), nil)
		if err != nil {
			t.Fatal(err)
		}
		new, err := old.With(overrides)
		if err != nil {
			t.Fatal(err)
		}
		return ResumeConflicts(old, new)
	}
	if got := conflicts("", "train.epochs=5000", "train.log_every=10", "train.checkpoint_every=1", "train.keep_checkpoints=0",
		"sample.solver=ddim", "sample.start=marginal", "sample.guidance.min=1"); got != nil {
		t.Errorf("what may change: %q", got)
	}
	want := []string{
		"name: scurve -> other", "seed: 0 -> 3", "data.points: 10000 -> 5", "data.held_out: 0 -> 0.1",
		"process.schedule.beta_end: 0.005 -> 0.02", "objective: denoise -> hybrid", "timesteps: paired -> uniform", "net.width: 128 -> 256",
		"optimizer.learning_rate: constant -> warmup", "optimizer.transforms: [clip, adam] -> [adamw]", "train.batch: 128 -> 64",
	}
	got := conflicts("", "name=other", "seed=3", "data.points=5", "data.held_out=0.1", "process.schedule.beta_end=0.02", "objective=hybrid",
		"timesteps=uniform", "net.width=256", "optimizer.learning_rate=warmup", "optimizer.transforms=[adamw]", "train.batch=64",
		"train.epochs=1")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Where the rate depends on the number of steps, so does every step of the run.
	if got := conflicts("optimizer: {learning_rate: cosine}", "train.epochs=5000"); len(got) != 1 || got[0] != "train.epochs: 4000 -> 5000" {
		t.Errorf("a cosine's epochs: %q", got)
	}
	if got := conflicts("optimizer: {learning_rate: warmup}", "train.epochs=5000"); got != nil {
		t.Errorf("a warmup's epochs: %q", got)
	}
}

func TestSameProcess(t *testing.T) {
	a, b := Default(), Default()
	b.Name, b.Seed, b.Data.HeldOut = "b", 5, 0.5
	if !SameProcess(a, b) {
		t.Error("equal processes differ")
	}
	for _, override := range []string{"process.steps=99", "process.schedule=linear", "process.schedule.beta_end=0.01", "process=ncsn"} {
		b, err := a.With([]string{override, "sample.rescale=preserving"})
		if err != nil {
			t.Fatal(err)
		}
		if SameProcess(a, b) {
			t.Errorf("%s: the same process", override)
		}
	}
}

func TestWith(t *testing.T) {
	c := Default()
	c.Name = "mine"
	changed, err := c.With([]string{"train.batch=64", "sample.solver=ddim"})
	if err != nil || changed.Train.Batch != 64 || changed.Name != "mine" || changed.Sample.Solver.Name() != "ddim" {
		t.Errorf("got %+v, %v", changed, err)
	}
	if c.Train.Batch != 128 || c.Sample.Solver.Name() != "ancestral" {
		t.Error("the original changed")
	}
	_, err = c.With([]string{"train.batch=0"})
	if want := "-set train.batch=0: must be at least 1, got 0"; err == nil || err.Error() != want {
		t.Errorf("got %v, expected %s", err, want)
	}
	_, err = c.With([]string{"sample.solver=heun", "sample.rescale=exploding", "process=vp", "sample.steps=9"})
	if want := "the configuration of mine: net.time must be"; err == nil ||
		!strings.Contains(err.Error(), "net.time must be sinusoidal or fourier") {
		t.Errorf("got %v, expected %s", err, want)
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
		{"version", func(c *Config) { c.Version = 1 }},
		{"version", func(c *Config) { c.Version = 3 }},
		{"data.points", func(c *Config) { set(t, c.Data.Source.Kind, "points", 0) }},
		{"data.held_out", func(c *Config) { c.Data.HeldOut = -0.1 }},
		{"process.schedule", func(c *Config) { // an error of the schedule as a whole has the section as its key
			chain := c.Process.Kind.(*diffusion.DDPM)
			chain.Steps = 1e6
			set(t, chain.Schedule.Kind, "beta_end", 0.9)
		}},
		{"net.width", func(c *Config) { c.Net.Kind.(*nets.MLP).Width = 0 }},
		{"optimizer.learning_rate.rate", func(c *Config) { c.Optimizer.LearningRate.Kind.(*optim.Constant).Rate = 0 }},
		{"optimizer.transforms.clip.norm", func(c *Config) { c.Optimizer.Transforms[0].Kind.(*optim.Clip).Norm = -1 }},
		{"optimizer.transforms", func(c *Config) { c.Optimizer.Transforms = nil }},
		{"train.batch", func(c *Config) { c.Train.Batch = 0 }},
		{"", func(c *Config) { c.Train.Batch = 1 << 24 }},
		{"train.batch", func(c *Config) { c.Train.Batch = 1<<24 + 1 }},
		{"train.epochs", func(c *Config) { c.Train.Epochs = -1 }},
		{"train.log_every", func(c *Config) { c.Train.LogEvery = 0 }},
		{"", func(c *Config) { c.Train.CheckpointEvery, c.Train.KeepCheckpoints = 0, 0 }},
		{"train.checkpoint_every", func(c *Config) { c.Train.CheckpointEvery = -1 }},
		{"train.keep_checkpoints", func(c *Config) { c.Train.KeepCheckpoints = -1 }},
		{"sample.start", func(c *Config) { c.Sample.Start = "noise" }},
		{"sample.steps", func(c *Config) { c.Sample.Steps = -1 }},
		{"sample.times", func(c *Config) { c.Sample.Times = []float64{5, 9} }},
		{"", func(c *Config) { set(t, c.Data.Source.Kind, "points", 1<<20); c.Train.Batch, c.Train.Epochs = 1, 1<<28 }},
		{"train.epochs", func(c *Config) {
			set(t, c.Data.Source.Kind, "points", 1<<20)
			c.Train.Batch, c.Train.Epochs = 1, 1<<28+1
		}},
		{"", func(c *Config) { set(t, c.Data.Source.Kind, "points", 1); c.Train.Epochs = 1<<31 - 1 }},
	} {
		c := Default()
		test.set(c)
		err := c.Validate()
		field, ok := err.(*choice.FieldError)
		if (err == nil) != (test.key == "") || err != nil && (!ok || field.Key != test.key) {
			t.Errorf("%s: got %v, expected %q", values(c), err, test.key)
		}
		if text, err := c.YAML(); (err == nil) != (test.key == "") {
			t.Errorf("%s: written as\n%s%v", values(c), text, err)
		}
	}
}

// Every kind of every set can be chosen by name, with its defaults, or the error says which other key does not go with it.
func TestEveryKind(t *testing.T) {
	sets := map[string][]string{
		"data": Sources().Names(), "process": diffusion.Processes().Names(), "process.schedule": diffusion.Schedules().Names(),
		"objective": objective.Objectives().Names(), "objective.prediction": diffusion.Predictions().Names(),
		"objective.weight": diffusion.Weights().Names(), "objective.distance": objective.Distances().Names(),
		"timesteps": diffusion.TimestepSamplers().Names(), "net": nets.Architectures().Names(), "net.time": nets.TimeEncodings().Names(),
		"optimizer.learning_rate": optim.Schedules().Names(), "sample.solver": solver.Solvers().Names(),
		"sample.spacing": solver.Spacings().Names(),
	}
	for path := range unions() {
		if _, ok := sets[path]; !ok && path != "optimizer.transforms" {
			t.Errorf("the kinds of %s are not tested", path)
		}
	}
	// What each needs that the default does not have.
	needs := map[string][]string{
		"data=npy": {"data.file=points.npy"}, "data=gaussian_mixture": nil, "data=idx": {"data.images=images.gz"},
		"data=cifar": {"data.files=[a.bin]"}, "data=folder": {"data.path=folder"}, "data=npy_images": {"data.file=images.npy"},
		"net=unet": {"data=digits"}, "net=dit": {"data=digits"}, "net=unet_classifier": {"data=digits", "objective=classify"},
		"process=ncsn": {"sample.rescale=preserving"}, "process=vp": {"net.time=fourier", "sample.steps=5", "sample.solver=ddim"},
		"process=sub_vp":                  {"net.time=fourier", "sample.steps=5", "sample.solver=rk45"},
		"process=flow":                    {"net.time=fourier", "sample.steps=5", "sample.solver=euler"},
		"process=ve":                      {"net.time=fourier", "sample.steps=5", "sample.solver=heun"},
		"process=edm":                     {"net.time=fourier", "sample.steps=5", "sample.solver=heun"},
		"sample.solver=annealed_langevin": {"sample.rescale=exploding"},
		"process.schedule=jsd":            {"objective.prediction=v"}, "objective=classify": {"data=moons"},
	}
	for path, names := range sets {
		for _, name := range names {
			override := path + "=" + name
			if _, err := Decode("x.yaml", []byte("version: 2"), []string{override}); err != nil && len(err.Error()) < 40 {
				t.Errorf("%s: %v", override, err)
			}
			c, err := Decode("x.yaml", []byte("version: 2"), append([]string{override}, needs[override]...))
			if err != nil {
				t.Errorf("%s: %v", override, err)
				continue
			}
			if d := strictyaml.Differences(c, roundTrip(t, c)); len(d) > 0 {
				t.Errorf("%s reads back with %v", override, d)
			}
		}
	}
	for _, name := range optim.Transforms().Names() {
		list := map[string]string{"clip": "clip, adam", "ema": "adamw, ema"}[name]
		if list == "" {
			list = name
		}
		if _, err := Decode("x.yaml", []byte("version: 2"), []string{"optimizer.transforms=[" + list + "]"}); err != nil {
			t.Errorf("%s: %v", list, err)
		}
	}
}
