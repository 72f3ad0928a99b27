package configs

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"euryale/choice"
	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/internal/strictyaml"
	"euryale/nets"
	"euryale/objective"
	"euryale/optim"
)

// values are the keys of a configuration that differ from the defaults, as Differences writes them.
func values(c *Config) string {
	var list []string
	for _, d := range strictyaml.Differences(Default(), c) {
		list = append(list, d.Path+"="+d.New)
	}
	return strings.Join(list, " ")
}

func TestOverrides(t *testing.T) {
	for _, test := range []struct {
		overrides []string
		set       func(*Config)
	}{
		{nil, func(*Config) {}},
		{[]string{"train.batch=64"}, func(c *Config) { c.Train.Batch = 64 }},
		{[]string{"train.batch=64", "train.batch=+32"}, func(c *Config) { c.Train.Batch = 32 }}, // the last one wins
		{[]string{"train.batch= 64 "}, func(c *Config) { c.Train.Batch = 64 }},
		{[]string{"name=true"}, func(c *Config) { c.Name = "true" }}, // typed by the key: text
		{[]string{"name=1e3"}, func(c *Config) { c.Name = "1e3" }},
		{[]string{"seed=18446744073709551615"}, func(c *Config) { c.Seed = 18446744073709551615 }},
		{[]string{"process.schedule.beta_end=2e-2"}, func(c *Config) {
			set(t, c.Process.Kind.(*diffusion.DDPM).Schedule.Kind, "beta_end", 0.02)
		}},
		{[]string{"optimizer.learning_rate=3e-4"}, func(c *Config) { c.Optimizer.LearningRate.Kind.(*optim.Constant).Rate = 3e-4 }},
		{[]string{"optimizer.transforms=[adamw]"}, func(c *Config) {
			c.Optimizer.Transforms = []choice.One[optim.TransformOptions]{optim.Transforms().Choose("adamw")}
		}},
		{[]string{"optimizer.transforms.ema.decay=0.9"}, func(c *Config) {
			c.Optimizer.Transforms = append(c.Optimizer.Transforms, optim.Transforms().With(&optim.EMA{Decay: 0.9, Warmup: true}))
		}},
		{[]string{"sample.solver={name: ddim, eta: 0.5}"}, func(c *Config) { c.Sample.Solver = solver.Solvers().With(&solver.DDIM{Eta: 0.5}) }},
		{[]string{"sample.times=[99, 50]"}, func(c *Config) { c.Sample.Times = []float64{99, 50} }},
		// Only the outcome has to be valid, not each step on the way.
		{[]string{"process.schedule.beta_start=0.1", "process.schedule.beta_end=0.2"}, func(c *Config) {
			schedule := c.Process.Kind.(*diffusion.DDPM).Schedule.Kind
			set(t, schedule, "beta_start", 0.1)
			set(t, schedule, "beta_end", 0.2)
		}},
		// A kind is chosen before its keys are set.
		{[]string{"sample.solver.eta=0.5", "sample.solver=ddim"},
			func(c *Config) { c.Sample.Solver = solver.Solvers().With(&solver.DDIM{Eta: 0.5}) }},
		{[]string{"data.points=5", "data.name=moons"}, func(c *Config) {
			c.Data.Source = Sources().Choose("moons")
			set(t, c.Data.Source.Kind, "points", 5)
		}},
		{[]string{"net.time.features=8", "net.width=16", "net.time=fourier"}, func(c *Config) {
			mlp := c.Net.Kind.(*nets.MLP)
			mlp.Width, mlp.Time = 16, nets.TimeEncodings().With(&nets.Fourier{Features: 8, Scale: 16})
		}},
		// But the last of two kinds wins, and a mapping is taken as it is.
		{[]string{"sample.solver=heun", "sample.solver.eta=0.5", "sample.solver=ddim"}, func(c *Config) {
			c.Sample.Solver = solver.Solvers().With(&solver.DDIM{Eta: 0.5})
		}},
		{[]string{"sample.solver={name: ddim, eta: 0.5}", "sample.solver=ddim"}, func(c *Config) {
			c.Sample.Solver = solver.Solvers().With(&solver.DDIM{Eta: 0.5})
		}},
	} {
		want := Default()
		test.set(want)
		got, err := Decode("x.yaml", []byte("version: 2"), test.overrides)
		if err != nil {
			t.Errorf("%q: %v", test.overrides, err)
		} else if d := strictyaml.Differences(want, got); len(d) > 0 {
			t.Errorf("%q: %v", test.overrides, d)
		}
	}
}

// Every alias leads from a key of version 1 to one of version 2 that takes the same values.
func TestAliases(t *testing.T) {
	old, new := map[string]string{}, map[string]string{}
	for _, key := range strictyaml.Keys(defaultVersion1()) {
		old[key.Path] = key.Type
	}
	for _, key := range strictyaml.Keys(Default()) {
		new[key.Path] = key.Type
	}
	texts := []string{"text", "one of"}
	for from, to := range aliases {
		a, ok := old[from]
		if !ok {
			t.Errorf("%s was no key of version 1", from)
		}
		b, ok := new[to]
		if !ok {
			t.Errorf("%s, now %s, is no key", from, to)
		}
		if a != b && !(slices.Contains(texts, a) && slices.Contains(texts, b)) {
			t.Errorf("%s was %s, %s is %s", from, a, to, b)
		}
		if _, still := new[from]; still {
			t.Errorf("%s is a key of version 2 too", from)
		}
	}
	// And every key of version 1 means something now.
	for path, kind := range old {
		if _, moved := aliases[path]; moved || kind == "section" || path == "optimizer.name" || path == "net.name" {
			continue
		}
		if _, ok := new[path]; !ok {
			t.Errorf("%s of version 1 is forgotten", path)
		}
	}
}

// Commands that were written for version 1 go on working, on the presets of this version.
func TestOverridesOfVersion1(t *testing.T) {
	for _, test := range []struct {
		preset    string
		overrides string // separated by ";"
		want      string // what differs from the default, apart from what the preset does
	}{
		{"", "diffusion.steps=50", "process.steps=50"},
		{"", "diffusion.process=ncsn; sample.sampler=annealed_langevin; sample.corrector.steps=3; diffusion.sigma.max=2", ""},
		{"", "diffusion.loss.weight=hybrid", "objective=hybrid"},
		{"", "diffusion.loss.weight=hybrid; sample.variance=learned; diffusion.steps=20",
			"process.steps=20 objective=hybrid sample.solver.variance=learned"},
		{"", "data.name=moons; net.name=classifier", "data.name=moons objective=classify"},
		{"", "ema.decay=0.99", "optimizer.transforms=[clip, adam, ema]"},
		{"", "ema.decay=0", ""},
		{"", "ema.warmup=false", ""},
		{"", "optimizer.clip_norm=0", "optimizer.transforms=[adam]"},
		{"", "optimizer.clip_norm=0; optimizer.clip_norm=2", "optimizer.transforms.clip.norm=2"},
		{"", "optimizer.clip_norm=2; optimizer.clip_norm=0.0", "optimizer.transforms=[adam]"},
		{"", "optimizer.clip_norm=0; ema.decay=0.9; ema.decay=0; optimizer.beta1=0.5; optimizer.clip_norm=1",
			"optimizer.transforms.adam.beta1=0.5"},
		{"", "optimizer.name=adam; optimizer.learning_rate=3e-4", "optimizer.learning_rate.rate=0.0003"},
		{"", "optimizer.epsilon=1e-6; optimizer.beta2=0.9", "optimizer.transforms.adam.beta2=0.9 optimizer.transforms.adam.epsilon=1e-06"},
		{"", "sample.eta=0.5; sample.sampler=ddim", "sample.solver=ddim"},
		{"", "sample.eta=-1", ""},
		{"", "sample.guidance=0; sample.label=-1; sample.guidance_min=0.1; sample.guidance_max=2",
			"sample.guidance.min=0.1 sample.guidance.max=2"},
		{"", "sample.times=99, 50", "sample.times=[99, 50]"},
		{"", "sample.times=", ""},
		{"", "data.name=scurve", ""},
		{"", "data.name=scurve; data.points=7", "data.points=7"},
		{"", "net.time_features=8; net.time=sinusoidal", "net.time=sinusoidal"},
		{"", "diffusion.schedule.name=quad; diffusion.schedule.beta_end=0.02", "process.schedule=scaled_linear"},
		{"", "diffusion.process=vp; net.time=sinusoidal", "process=vp net.time=sinusoidal sample.steps=100"},
		{"", "diffusion.process=vp; net.time=sinusoidal; diffusion.steps=20", "process=vp net.time=sinusoidal sample.steps=20"},
		{"", "diffusion.steps=20; diffusion.process=vp; net.time=sinusoidal; diffusion.continuous.beta_max=10",
			"process=vp net.time=sinusoidal sample.steps=20"},
		{"", "diffusion.loss.p2_k=2; diffusion.loss.p2_gamma=0.5; diffusion.loss.weight=p2", "objective.weight=p2"},
		{"", "diffusion.timesteps=log_normal; diffusion.log_normal.mean=-1", "timesteps=log_normal"},
		{"", "diffusion.loss.distance=huber; diffusion.loss.huber_delta=2", "objective.distance=huber"},
		{"", "diffusion.scale_input=true; diffusion.data_deviation=0.1; diffusion.prediction=v",
			"objective.prediction=v objective.scale_input=true objective.sigma_data=0.1"},
		{"", "sample.spacing=karras; sample.rho=3; sample.sampler=euler; sample.churn.amount=4; diffusion.steps=30",
			"process.steps=30 sample.solver=euler sample.spacing=karras"},
	} {
		overrides := strings.Split(test.overrides, ";")
		for i := range overrides {
			overrides[i] = strings.TrimLeft(overrides[i], " ")
		}
		var c *Config
		var err error
		if test.preset == "" {
			c, err = Decode("x.yaml", []byte("version: 2"), overrides)
		} else {
			c, err = Preset(test.preset, overrides)
		}
		if err != nil {
			t.Errorf("%s: %v", test.overrides, err)
			continue
		}
		if got := values(c); test.want != "" && got != test.want || test.want == "" && !strings.Contains(test.overrides, "ncsn") && got != "" {
			t.Errorf("%s:\n got %s\nwant %s", test.overrides, got, test.want)
		}
	}
}

// The keys of version 1 stood side by side: choosing a kind left the others alone.
func TestOverridesKeepOtherKeys(t *testing.T) {
	get := func(preset string, overrides ...string) *Config {
		t.Helper()
		c, err := Preset(preset, overrides)
		if err != nil {
			t.Fatalf("%s %q: %v", preset, overrides, err)
		}
		return c
	}
	c := get("scurve_v_cosine", "diffusion.schedule.zero_terminal_snr=false", "diffusion.loss.weight=hybrid")
	if h, ok := c.Objective.Kind.(*objective.Hybrid); !ok || h.Prediction.Name() != "v" {
		t.Errorf("hybrid of a preset with v: %s", values(c))
	}
	if c = get("scurve_v_cosine", "diffusion.loss.weight=hybrid", "diffusion.loss.weight=simple"); values(c) == "" ||
		c.Objective.Name() != "denoise" {
		t.Errorf("and back: %s", values(c))
	} else if o := c.Objective.Kind.(*objective.Denoise); o.Prediction.Name() != "v" || o.Weight.Name() != "simple" {
		t.Errorf("and back: %s", values(c))
	}
	c = get("moons_cfg", "diffusion.schedule.name=sigmoid", "data.noise=0.2", "data.name=scurve", "net.labels=false", "train.label_dropout=0")
	chain := c.Process.Kind.(*diffusion.DDPM)
	was := get("moons_cfg").Process.Kind.(*diffusion.DDPM)
	schedule, before := *chain.Schedule.Kind.(*diffusion.SigmoidSchedule), *was.Schedule.Kind.(*diffusion.LinearSchedule)
	if schedule != diffusion.SigmoidSchedule(before) {
		t.Errorf("schedule: %+v, before %+v", schedule, before)
	}
	if curve := fieldsByKey(valueOf(c.Data.Source.Kind)); curve["points"].Int() != 100000 || curve["noise"].Float() != 0.2 ||
		curve["scale"].Float() != 0.707 {
		t.Errorf("data: %+v", c.Data.Source.Kind)
	}
	c = get("scurve_ncsn", "sample.sampler=predictor_corrector")
	if s := c.Sample.Solver.Kind.(*solver.PredictorCorrector); s.Corrector != (solver.Langevin{Steps: 30, SNR: 0.16}) {
		t.Errorf("corrector: %+v", s)
	}
	c = get("scurve_ncsn", "sample.corrector.steps=0")
	if s := c.Sample.Solver.Kind.(*solver.AnnealedLangevin); s.Corrector.Steps != 100 {
		t.Errorf("the solver's own corrector: %+v", s)
	}
	c = get("scurve_ncsn", "sample.sampler=ddim", "sample.corrector.steps=0", "sample.rescale=preserving")
	if values(c) == "" || c.Sample.Solver.Name() != "ddim" {
		t.Error("a key that a solver does not have, left to the solver")
	}
	// The settings of a run are those of the file, which no override changes.
	a, b := get("scurve"), get("scurve", "optimizer.clip_norm=0", "diffusion.process=vp", "net.time=fourier", "data.name=moons",
		"data.points=3")
	if d := strictyaml.Differences(a, get("scurve")); len(d) > 0 || len(strictyaml.Differences(a, b)) == 0 {
		t.Errorf("a shared configuration changed: %v", d)
	}
}

func TestOverridesBad(t *testing.T) {
	for _, test := range []struct{ override, want string }{
		{"train.batch=ten", "-set train.batch=ten: expected a whole number"},
		{"train.batch=-5", "-set train.batch=-5: must be at least 1, got -5"},
		{"seed=-1", "-set seed=-1: expected a whole number of at least 0"},
		{"name=", "-set name=: must not be empty"},
		{"name=a/b", "-set name=a/b: must consist of ASCII letters, digits, '.', '_' and '-', got \"a/b\""},
		{"train.batch", "-set train.batch: expected key=value"},
		{"", "-set : expected key=value"},
		{"=5", "-set =5: unknown key \"\"; the keys are version, name, seed, data, process, objective, timesteps, net, optimizer, train, sample"},
		{"train=5", "-set train=5: train is a section; its keys are batch, epochs, steps, log_every, checkpoint_every, " +
			"keep_checkpoints, previews, evaluate_every, keep, tensorboard, report, label_dropout, init"},
		{"train.btach=5", "-set train.btach=5: unknown key \"train.btach\"; did you mean \"train.batch\"?"},
		{"nets.width=5", "-set nets.width=5: unknown key \"nets.width\"; did you mean \"net.width\"?"},
		{"beta_end=0.1", "-set beta_end=0.1: unknown key \"beta_end\"; did you mean \"process.schedule.beta_end\"?"},
		{"train.patience=5", "-set train.patience=5: unknown key \"train.patience\"; its keys are batch, epochs, steps, log_every, " +
			"checkpoint_every, keep_checkpoints, previews, evaluate_every, keep, tensorboard, report, label_dropout, init"},
		{"sample.etta=0.5",
			"-set sample.etta=0.5: unknown key \"sample.etta\"; did you mean \"sample.eta\", since version 2 \"sample.solver.eta\"?"},
		{"version=1", "-set version=1: must be 2, got 1"},
		{"diffusion=ddpm", "-set diffusion=ddpm: unknown key \"diffusion\"; since version 2 its keys are in process, objective and timesteps"},
		{"sample.solver=dimm",
			"-set sample.solver=dimm: must be one of ddim, ancestral, pndm, euler_maruyama, reverse_diffusion … (23 in all), got \"dimm\""},
		{"sample.sampler=dimm",
			"-set sample.sampler=dimm: must be one of ddim, ancestral, pndm, euler_maruyama, reverse_diffusion … (23 in all), got \"dimm\""},
		{"diffusion.steps=0", "-set diffusion.steps=0: must be from 1 to 1000000, got 0"},
		{"diffusion.steps=ten", "-set diffusion.steps=ten: expected a whole number"},
		{"optimizer.clip_norm=-1", "-set optimizer.clip_norm=-1: must be at least 1e-12 and below 1e30 (leave clip out to clip nothing), got -1"},
		{"optimizer.clip_norm=off", "-set optimizer.clip_norm=off: expected a number"},
		{"ema.decay=1", "-set ema.decay=1: must be above 0 and at most 0.9999999 (leave ema out to average nothing), got 1"},
		{"ema.warmup=on", "-set ema.warmup=on: expected true or false"},
		{"ema.warmup=1", "-set ema.warmup=1: expected true or false"},
		{"sample.guidance=much", "-set sample.guidance.weight=much: expected a number"},
		{"net.time_features=8", "-set net.time_features=8: net.time is embedding (the default); \"features\" belongs to sinusoidal, fourier " +
			"and octaves; choose before with -set net.time=sinusoidal"},
		{"sample.eta=0.5", "-set sample.eta=0.5: sample.solver is ancestral (the default); \"eta\" belongs to ddim, dpm_2_ancestral, " +
			"euler_ancestral, dpm++_2m_sde and dpm++_3m_sde; choose before with -set sample.solver=ddim"},
		{"data.name=scurv", "-set data.name=scurv: must be one of s_curve, swiss_roll, moons, circles, blobs … (21 in all), got \"scurv\""},
		{"train.batch=\x1b[2J", "-set train.batch=\ufffd[2J: expected a whole number"},
		// The file is not to blame for a value that an override does not go with, but its place is shown.
		{"process.schedule.beta_start=0.1",
			"x.yaml:4:25: process.schedule.beta_end must be at least beta_start (0.1) and below 1, got 0.01 (with -set " +
				"process.schedule.beta_start=0.1)\n" +
				"  2 | name: scurve\n  3 | process:\n> 4 |   schedule: {beta_end:  0.01}\n    |                         ^"},
		{"diffusion.schedule.beta_start=0.1",
			"x.yaml:4:25: process.schedule.beta_end must be at least beta_start (0.1) and below 1, got 0.01 (with -set " +
				"diffusion.schedule.beta_start=0.1)\n" +
				"  2 | name: scurve\n  3 | process:\n> 4 |   schedule: {beta_end:  0.01}\n    |                         ^"},
	} {
		_, err := Decode("x.yaml", []byte("version: 2\nname: scurve\nprocess:\n  schedule: {beta_end:  0.01}\n"), []string{test.override})
		if err == nil {
			t.Errorf("-set %s: accepted", test.override)
			continue
		}
		if _, ok := errors.AsType[*Error](err); !ok {
			t.Errorf("-set %s: error of type %T", test.override, err)
		}
		if err.Error() != test.want {
			t.Errorf("-set %s\n     got %s\nexpected %s", test.override, err, test.want)
		}
	}
}

// A wrong file is reported before a wrong override, and an override may mend a value of the file, of either version.
func TestOverridesAndFile(t *testing.T) {
	for _, version := range []string{"", "version: 1\n", "version: 2\n"} {
		_, err := Decode("x.yaml", []byte(version+"train: {batch: ten}"), []string{"train.batch=64"})
		if want := "train.batch: expected a whole number, got \"ten\""; err == nil || err.(*Error).Message != want {
			t.Errorf("got %v, expected %s", err, want)
		}
		c, err := Decode("x.yaml", []byte(version+"train: {batch: 0}"), []string{"train.batch=64"})
		if err != nil || c.Train.Batch != 64 {
			t.Errorf("got %+v, %v", c, err)
		}
	}
	_, err := Decode("x.yaml", []byte("version: 2"), []string{"seed=1", "process.schedule.beta_start=0.1"})
	if want := "x.yaml: process.schedule.beta_end must be at least beta_start (0.1) and below 1, got 0.005 (the default) (with -set " +
		"process.schedule.beta_start=0.1 -set seed=1)"; err == nil || err.Error() != want {
		t.Errorf("got %v, expected %s", err, want)
	}
	// Of many overrides only those are named that are nearest to the key.
	_, err = Decode("x.yaml", []byte("version: 2"), []string{"seed=1", "name=a", "train.batch=7", "process.schedule.beta_start=0.1",
		"net.width=8"})
	if want := "got 0.005 (the default) (with -set process.schedule.beta_start=0.1 -set seed=1 and 3 more)"; err == nil ||
		!strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, expected %s", err, want)
	}
	old := "diffusion: {steps: 0}"
	c, err := Decode("x.yaml", []byte(old), []string{"diffusion.steps=9"})
	if err != nil || c.Process.Kind.(*diffusion.DDPM).Steps != 9 {
		t.Errorf("got %+v, %v", c, err)
	}
	_, err = Decode("x.yaml", []byte(old), []string{"seed=1"})
	if want := "x.yaml:1:20: diffusion.steps must be from 1 to 1000000, got 0 (with -set seed=1) (read as version 1; since version " +
		"2 it is process.steps)\n" +
		"> 1 | diffusion: {steps: 0}\n    |                    ^"; err == nil || err.Error() != want {
		t.Errorf("got %v, expected %s", err, want)
	}
}
