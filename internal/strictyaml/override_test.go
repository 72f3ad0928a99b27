package strictyaml

import (
	"strings"
	"testing"

	"euryale/choice"
)

func TestOverrides(t *testing.T) {
	transform := func(c *config, i int) transform { return c.Optimizer.Transforms[i].Kind }
	for _, test := range []struct {
		overrides []string
		set       func(*config)
	}{
		{nil, func(*config) {}},
		{[]string{"train.batch=64"}, func(c *config) { c.Train.Batch = 64 }},
		{[]string{"train.batch=64", "train.batch=+32"}, func(c *config) { c.Train.Batch = 32 }}, // the last one wins
		{[]string{"train.batch= 64 "}, func(c *config) { c.Train.Batch = 64 }},
		{[]string{"train.log_every=5"}, func(c *config) { c.Train.LogEvery = 5 }}, // inline
		{[]string{"name=true"}, func(c *config) { c.Name = "true" }},              // typed by the key: text
		{[]string{"name=1e3"}, func(c *config) { c.Name = "1e3" }},
		{[]string{"seed=18446744073709551615"}, func(c *config) { c.Seed = 18446744073709551615 }},
		{[]string{"ema.warmup=False", "ema.decay=.9"}, func(c *config) { c.EMA.Warmup, c.EMA.Decay = false, 0.9 }},
		{[]string{"diffusion.schedule.beta_end=2e-2"}, func(c *config) { c.Diffusion.Schedule.Kind.(*sigmoid).End = 0.02 }},
		{[]string{"sample.start=marginal"}, func(c *config) { c.Sample.Start = 1 }},
		// Only the outcome has to be valid, not each step on the way.
		{[]string{"diffusion.schedule.beta_start=0.1", "diffusion.schedule.beta_end=0.2"}, func(c *config) {
			c.Diffusion.Schedule = schedules().With(&sigmoid{betas{0.1, 0.2}, 6})
		}},
		// Paths of an older version.
		{[]string{"ema.rate=0.5", "optimizer.beta1=0.25"}, func(c *config) { c.EMA.Decay, transform(c, 1).(*adam).Beta1 = 0.5, 0.25 }},

		// Unions.
		{[]string{"sample.corrector=heun"}, func(c *config) { c.Sample.Corrector = solvers().Choose("heun") }},
		{[]string{"sample.corrector.name=heun", "sample.corrector.order=3"}, func(c *config) {
			c.Sample.Corrector = solvers().With(&heun{churn{0, 1}, 3})
		}},
		{[]string{"sample.corrector.churn.amount=40"}, func(c *config) { c.Sample.Corrector = solvers().With(&euler{churn{40, 1}}) }},
		{[]string{"sample.corrector={name: heun, order: 4}", "sample.corrector={churn: {noise: 2}}"}, func(c *config) {
			c.Sample.Corrector = solvers().With(&heun{churn{0, 2}, 4})
		}},
		{[]string{"sample.corrector={}"}, func(*config) {}},
		{[]string{"diffusion.prediction=v", "diffusion.timesteps=log_normal"}, func(c *config) {
			c.Diffusion.Prediction, c.Diffusion.Timesteps = predictions().Choose("v"), timesteps().Choose("log_normal")
		}},
		{[]string{"optimizer.learning_rate=3e-4"}, func(c *config) { c.Optimizer.Rate = rates().With(&constant{3e-4}) }},
		{[]string{"optimizer.learning_rate=warmup", "optimizer.learning_rate=3e-4"}, func(c *config) {
			c.Optimizer.Rate = rates().With(&warmup{3e-4, 1000})
		}},
		// Unions among common keys.
		{[]string{"data.standardize=true", "data=moons", "data.points=7"}, func(c *config) {
			c.Data.Source, c.Data.Standardize = sources().With(&moons{7, 0.05}), true
		}},
		{[]string{"data={name: moons, points: 100, held_out: 0.5}"}, func(c *config) {
			c.Data.Source, c.Data.HeldOut = sources().With(&moons{100, 0.05}), 0.5
		}},
		{[]string{"data.name=npy", "data.names=[a, \"b, c\"]"}, func(c *config) {
			c.Data.Source = sources().With(&file{"data.npy", []string{"a", "b, c"}})
		}},
		{[]string{"sample=heun", "sample.order=1", "sample.variance.x=1"}, nil},
		{[]string{"sample=heun", "sample.order=1"}, func(c *config) { c.Sample.One = solvers().With(&heun{churn{0, 1}, 1}) }},
		// Sections.
		{[]string{"train={batch: 5, log_every: 6}"}, func(c *config) { c.Train.Batch, c.Train.LogEvery = 5, 6 }},

		// Lists.
		{[]string{"sample.times=[99, 5e1, 0]"}, func(c *config) { c.Sample.Times = []float64{99, 50, 0} }},
		{[]string{"sample.times=99,50, 0", "sample.levels=3"}, func(c *config) {
			c.Sample.Times, c.Sample.Levels = []float64{99, 50, 0}, []int{3}
		}},
		{[]string{"sample.times=1", "sample.times=", "sample.levels=[1]", "sample.levels=[]"}, func(*config) {}},
		{[]string{"sample.times=1,2,3", "sample.times.1=5"}, func(c *config) { c.Sample.Times = []float64{1, 5, 3} }},
		{[]string{"report.grid=[[1, 2], [3]]", "report.grid.1=[4, 5]", "report.grid.0.1=6"}, func(c *config) {
			c.Report.Grid = [][]float64{{1, 6}, {4, 5}}
		}},
		{[]string{"report.columns=[{title: a}, {width: 5}]", "report.columns.0.width=3", "report.columns.1={title: b}"}, func(c *config) {
			c.Report.Columns = []column{{"a", 3}, {"b", 5}}
		}},
		{[]string{"report.bounds=[{low: -1}]"}, func(c *config) { c.Report.Bounds = boundsList{{-1, 1, solvers().Choose("euler")}} }},
		{[]string{"optimizer.transforms.adam.beta1=0.5", "optimizer.transforms.0.norm=2"}, func(c *config) {
			transform(c, 1).(*adam).Beta1, transform(c, 0).(*clip).Norm = 0.5, 2
		}},
		{[]string{"optimizer.transforms.1.beta1=.5"}, func(c *config) { transform(c, 1).(*adam).Beta1 = 0.5 }},
		{[]string{"optimizer.transforms.1=adamw", "optimizer.transforms.adamw={weight_decay: 0.5}"}, func(c *config) {
			c.Optimizer.Transforms[1] = transforms().With(&adamW{adam{0.9, 0.999}, 0.5})
		}},
		{[]string{"optimizer.transforms=[clip, {name: adamw, weight_decay: 0.1}]"}, func(c *config) {
			c.Optimizer.Transforms[1] = transforms().With(&adamW{adam{0.9, 0.999}, 0.1})
		}},
		{[]string{"optimizer.transforms.ema.decay=0.5"}, func(c *config) {
			c.Optimizer.Transforms = append(c.Optimizer.Transforms, transforms().With(&ema{Decay: 0.5}))
		}},
		// A kind is appended with its own defaults, also to a list that was emptied.
		{[]string{"optimizer.transforms.adam.beta1=0.5", "optimizer.transforms=[]", "optimizer.transforms.adam.beta2=0.5"}, func(c *config) {
			c.Optimizer.Transforms = []choice.One[transformKind]{transforms().With(&adam{0.9, 0.5})}
		}},
		{[]string{"optimizer.transforms=[clip, clip]", "optimizer.transforms.1.norm=5"}, func(c *config) {
			c.Optimizer.Transforms[1] = transforms().With(&clip{5})
		}},
	} {
		want := defaults()
		got, err := decode("x.yaml", []byte("name: scurve"), test.overrides)
		if test.set == nil {
			if err == nil {
				t.Errorf("%q: accepted", test.overrides)
			}
			continue
		}
		test.set(&want)
		if err != nil {
			t.Errorf("%q: %v", test.overrides, err)
		} else if diff := unequal(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.overrides, diff)
		}
	}
}

type transformKind = transform

func TestOverridesBad(t *testing.T) {
	const theKeys = "the keys are name, seed, data, diffusion, net, optimizer, ema, train, sample, report"
	const trainKeys = "its keys are batch, epochs, log_every, checkpoint_every, keep_checkpoints, label_dropout"
	for _, test := range []struct{ override, want string }{
		{"train.batch=ten", "-set train.batch=ten: expected a whole number"},
		{"train.batch=1.0", "-set train.batch=1.0: expected a whole number"},
		{"train.batch=1e2", "-set train.batch=1e2: expected a whole number"},
		{"train.batch=", "-set train.batch=: expected a whole number"},
		{"train.batch=9223372036854775808", "-set train.batch=9223372036854775808: expected a whole number that fits into 64 bits"},
		{"seed=-1", "-set seed=-1: expected a whole number of at least 0"},
		{"seed=+-1", "-set seed=+-1: expected a whole number of at least 0"},
		{"name=" + strings.Repeat("a", 5000), "-set name=" + strings.Repeat("a", 54) + "…: expected text of at most 4096 bytes"},
		{"ema.warmup=on", "-set ema.warmup=on: expected true or false"},
		{"optimizer.clip_norm=fast", "-set optimizer.clip_norm=fast: expected a number"},
		{"optimizer.clip_norm=NaN", "-set optimizer.clip_norm=NaN: expected a number"},
		{"optimizer.clip_norm=.nan", "-set optimizer.clip_norm=.nan: expected a finite number"},
		{"train.batch=-5", "-set train.batch=-5: must be at least 1, got -5"},
		{"name=", "-set name=: must not be empty"},
		{"name=a/b", "-set name=a/b: must consist of ASCII letters, digits, '.', '_' and '-', got \"a/b\""},
		{"train.batch", "-set train.batch: expected key=value"},
		{"", "-set : expected key=value"},
		{"=5", "-set =5: unknown key \"\"; " + theKeys},
		{"train=5", "-set train=5: train is a section; " + trainKeys},
		{"train.btach=5", "-set train.btach=5: unknown key \"train.btach\"; did you mean \"train.batch\"?"},
		{"trian.batch=5", "-set trian.batch=5: unknown key \"trian.batch\"; did you mean \"train.batch\"?"},
		{"nets.width=5", "-set nets.width=5: unknown key \"nets.width\"; did you mean \"net.width\"?"},
		{"beta_end=0.1", "-set beta_end=0.1: unknown key \"beta_end\"; did you mean \"diffusion.schedule.beta_end\"?"},
		{"diffusion.beta_end=0.1",
			"-set diffusion.beta_end=0.1: unknown key \"diffusion.beta_end\"; did you mean \"diffusion.schedule.beta_end\"?"},
		{"train.dropout=0.5", "-set train.dropout=0.5: unknown key \"train.dropout\"; " + trainKeys},
		{"train.batch.size=5", "-set train.batch.size=5: unknown key \"train.batch.size\"; " + theKeys},
		{"trains.x.y=5", "-set trains.x.y=5: unknown key \"trains.x.y\"; " + theKeys},
		{" train.batch=5", "-set  train.batch=5: unknown key \" train.batch\"; did you mean \"train.batch\"?"},
		{"train.batch=\x1b[2J", "-set train.batch=\ufffd[2J: expected a whole number"},
		{"diffusion.process=vp", "-set diffusion.process=vp: unknown key \"diffusion.process\"; since version 2 it is \"process.name\""},
		{"optimizer.beta1=x", "-set optimizer.beta1=x: expected a number"},
		// The file is not to blame for a value that an override does not go with, but its place is shown.
		{"diffusion.schedule.beta_start=0.1",
			"x.yaml:3:25: diffusion.schedule.beta_end must be at least beta_start (0.1) and below 1, got 0.01 (with -set " +
				"diffusion.schedule.beta_start=0.1)\n" +
				"  1 | name: scurve\n  2 | diffusion:\n> 3 |   schedule: {beta_end:  0.01}\n    |                         ^"},

		// Unions.
		{"diffusion.schedule=sine", "-set diffusion.schedule=sine: must be one of cosine, linear, sigmoid, got \"sine\""},
		{"diffusion.schedule.name=sine", "-set diffusion.schedule.name=sine: must be one of cosine, linear, sigmoid, got \"sine\""},
		{"diffusion.schedule.name.x=sine", "-set diffusion.schedule.name.x=sine: unknown key \"diffusion.schedule.name.x\"; " + theKeys},
		{"diffusion.schedule={name: sine}",
			"-set diffusion.schedule={name: sine}: diffusion.schedule.name must be one of cosine, linear, sigmoid, got \"sine\""},
		{"diffusion.schedule={beta_end: 5}",
			"-set diffusion.schedule={beta_end: 5}: diffusion.schedule.beta_end must be at least beta_start (1e-05) and below 1, got 5"},
		{"diffusion.schedule={beta_end: five}",
			"-set diffusion.schedule={beta_end: five}: diffusion.schedule.beta_end: expected a number, got \"five\""},
		{"diffusion.schedule={beta_edn: 5}",
			"-set diffusion.schedule={beta_edn: 5}: unknown key \"beta_edn\" in diffusion.schedule; did you mean \"beta_end\"?"},
		{"diffusion.schedule={", "-set diffusion.schedule={: expected YAML: could not find flow mapping end token '}'"},
		{"diffusion.schedule=[linear]", "-set diffusion.schedule=[linear]: must be one of linear, cosine, sigmoid, got \"[linear]\""},
		{"diffusion.schedule={a: &b c}",
			"-set diffusion.schedule={a: &b c}: expected a plain value, a list or a mapping of keys, got an anchor or alias"},
		{"sample.churn.amount=40", "-set sample.churn.amount=40: sample is ancestral (the default); \"churn\" belongs to euler and " +
			"heun; choose before with -set sample=euler"},
		{"sample.chrun.amount=40",
			"-set sample.chrun.amount=40: unknown key \"sample.chrun.amount\"; did you mean \"sample.churn.amount\", of euler and heun?"},
		{"sample.corrector.churn.amount=-1", "-set sample.corrector.churn.amount=-1: must be at least 0, got -1"},
		{"optimizer.learning_rate=fast",
			"-set optimizer.learning_rate=fast: expected a number (the rate) or the name of a kind: constant, warmup, none, got \"fast\""},
		{"optimizer.learning_rate=1e999", "-set optimizer.learning_rate=1e999: expected a finite number, got \"1e999\""},
		{"sample.start=margin", "-set sample.start=margin: must be one of marginal, prior, got \"margin\""},
		{"train={batch: 0}", "-set train={batch: 0}: train.batch must be at least 1, got 0"},

		// Lists.
		{"sample.times=[99, x]", "-set sample.times=[99, x]: sample.times.1: expected a number, got \"x\""},
		{"sample.times=99,x", "-set sample.times=99,x: expected a number between the commas, got \"99,x\""},
		{"sample.times={a: 5}", "-set sample.times={a: 5}: expected a number between the commas, got \"{a: 5}\""},
		{"sample.times.0=5", "-set sample.times.0=5: sample.times is empty, got the element \"0\""},
		{"report.titles=a,b", "-set report.titles=a,b: expected a list of texts, such as [a, b], got \"a,b\""},
		{"optimizer.transforms=clip", "-set optimizer.transforms=clip: expected a list of kinds, such as [clip, adam], got \"clip\""},
		{"report.columns=a", "-set report.columns=a: expected a list of mappings of keys, such as [{title: \"\"}], got \"a\""},
		{"report.flags=true", "-set report.flags=true: expected a list of true and false, such as [true, false], got \"true\""},
		{"report.grid=1,2", "-set report.grid=1,2: expected a list of lists of numbers, such as [[1, 2], [3, 4]], got \"1,2\""},
		{"optimizer.transforms=[clip", "-set optimizer.transforms=[clip: expected YAML: sequence end token ']' not found"},
		{"optimizer.transforms=[clip, 5]",
			"-set optimizer.transforms=[clip, 5]: optimizer.transforms.1 must be one of clip, adam, adamw, ema, got \"5\""},
		{"optimizer.transforms=[{norm: 5}]", "-set optimizer.transforms=[{norm: 5}]: optimizer.transforms.0: expected the key \"name\" " +
			"with the name of a kind: clip, adam, adamw, ema"},
		{"optimizer.transforms=[{name: clip, norm: 0}]",
			"-set optimizer.transforms=[{name: clip, norm: 0}]: optimizer.transforms.clip.norm must be above 0, got 0"},
		{"optimizer.transforms.clip.norm=0", "-set optimizer.transforms.clip.norm=0: must be above 0, got 0"},
		{"optimizer.transforms.0.norm=0", "-set optimizer.transforms.0.norm=0: must be above 0, got 0"},
		{"optimizer.transforms.2.norm=0", "-set optimizer.transforms.2.norm=0: optimizer.transforms has the elements 0 to 1, got \"2\""},
		{"optimizer.transforms.-1.norm=0", "-set optimizer.transforms.-1.norm=0: optimizer.transforms has the elements 0 to 1, got \"-1\""},
		{"optimizer.transforms.adan.beta1=0",
			"-set optimizer.transforms.adan.beta1=0: optimizer.transforms elements must be one of adam, adamw, clip, ema, got \"adan\""},
		{"optimizer.transforms.adam.norm=0", "-set optimizer.transforms.adam.norm=0: optimizer.transforms.1 is adam (the default); " +
			"\"norm\" belongs to clip; choose before with -set optimizer.transforms.1=clip"},
		{"optimizer.transforms.adam.beta3=0", "-set optimizer.transforms.adam.beta3=0: unknown key \"optimizer.transforms.adam.beta3\"; " +
			"did you mean \"optimizer.transforms.adam.beta1\"?"},
		{"optimizer.transforms.1.beta3=0",
			"-set optimizer.transforms.1.beta3=0: unknown key \"optimizer.transforms.1.beta3\"; did you mean \"optimizer.transforms.adam.beta1\"?"},
		{"optimizer.transforms.adamw.weight_decay=11", "-set optimizer.transforms.adamw.weight_decay=11: must be at most 10, got 11"},
		{"optimizer.transforms={name: clip}",
			"-set optimizer.transforms={name: clip}: expected a list of kinds, such as [clip, adam], got \"{name: clip}\""},
	} {
		_, err := decode("x.yaml", []byte("name: scurve\ndiffusion:\n  schedule: {beta_end:  0.01}\n"), []string{test.override})
		if err == nil {
			t.Errorf("-set %s: accepted", test.override)
			continue
		}
		if _, ok := err.(*Error); !ok {
			t.Errorf("-set %s: error of type %T", test.override, err)
		}
		if err.Error() != test.want {
			t.Errorf("-set %s\n     got %s\nexpected %s", test.override, err, test.want)
		}
	}
}

// A wrong file is reported before a wrong override, an override may mend a value of the file, and each error is laid at
// the door of what set the value.
func TestOverridesAndFile(t *testing.T) {
	for _, test := range []struct {
		text      string
		overrides []string
		want      string
	}{
		{"train: {batch: ten}", []string{"train.batch=64"}, "x.yaml:1:16: train.batch: expected a whole number, got \"ten\""},
		{"name: a", []string{"seed=1", "diffusion.schedule.beta_start=0.1"}, "x.yaml: diffusion.schedule.beta_end must be at least " +
			"beta_start (0.1) and below 1, got 0.005 (the default) (with -set diffusion.schedule.beta_start=0.1 -set seed=1)"},
		{"train: {batch: 0}", []string{"train.batch=64"}, ""},
		{"optimizer:\n  transforms: [{name: clip, norm: 0}]", []string{"optimizer.transforms=[adam]"}, ""},
		{"optimizer:\n  transforms: [{name: clip, norm: 0}]", []string{"optimizer.transforms.clip.norm=1"}, ""},
		{"optimizer:\n  transforms: [{name: clip, norm: 0}]", []string{"optimizer.transforms.0=adam"}, ""},
		{"optimizer:\n  transforms: [{name: clip, norm: 0}]", []string{"optimizer.transforms.adam.beta1=0"},
			"x.yaml:2:35: optimizer.transforms.clip.norm must be above 0, got 0 (with -set optimizer.transforms.adam.beta1=0)"},
		{"sample: {corrector: {churn: {amount: 5}}}", []string{"sample.corrector.churn={amount: -1}"},
			"-set sample.corrector.churn={amount: -1}: sample.corrector.churn.amount must be at least 0, got -1"},
		{"diffusion: {schedule: {name: linear, beta_end: 0.5}}", []string{"diffusion.schedule=sigmoid", "diffusion.schedule.beta_start=0.3"},
			"-set diffusion.schedule=sigmoid: diffusion.schedule.beta_end must be at least beta_start (0.3) and below 1, got 0.005 (the default)"},
		{"data: {name: moons, held_out: 1, points: 1}", []string{"data=scurve", "data.points=0"},
			"-set data.points=0: must be at least 1, got 0"},
		{"optimizer: {learning_rate: none}", []string{"optimizer.learning_rate=5"},
			"-set optimizer.learning_rate=5: is none, which has no key rate to set to \"5\""},
		{"optimizer: {transforms: [clip, adam, clip]}", []string{"optimizer.transforms.clip.norm=5"},
			"-set optimizer.transforms.clip.norm=5: optimizer.transforms has clip 2 times; name one by its number: 0 or 2"},
		{"optimizer: {transforms: [clip, ema, clip]}", []string{"optimizer.transforms.1.inner=[{name: clip, norm: -1}]"},
			"-set optimizer.transforms.1.inner=[{name: clip, norm: -1}]: optimizer.transforms.ema.inner.clip.norm must be above 0, got -1"},
		{"report:\n  bounds:\n    - {}\n    - high: -1\n", []string{"seed=1"},
			"x.yaml:4:7: report.bounds.1.low must be at most high (-1), got 0 (the default) (with -set seed=1)"},
	} {
		_, err := decode("x.yaml", []byte(test.text), test.overrides)
		got := ""
		if err != nil {
			got = err.(*Error).Where + ": " + err.(*Error).Message
		}
		if got != test.want {
			t.Errorf("%s, %q\n     got %s\nexpected %s", test.text, test.overrides, got, test.want)
		}
	}
}

// Both in a file and in an override, whatever the YAML library takes the spelling for; in a list, and as a scalar key.
func TestSpellings(t *testing.T) {
	check := func(text string) (numbers []float64, accepted int) {
		note := func(c config, err error, number func() float64) {
			if err == nil {
				accepted++
				numbers = append(numbers, number())
			}
		}
		c, err := decode("x.yaml", []byte("optimizer:\n  clip_norm: "+text+"\n"), nil)
		note(c, err, func() float64 { return c.Optimizer.ClipNorm })
		c, err = decode("x.yaml", []byte("name: a"), []string{"optimizer.clip_norm=" + text})
		note(c, err, func() float64 { return c.Optimizer.ClipNorm })
		c, err = decode("x.yaml", []byte("optimizer:\n  learning_rate: "+text+"\n"), nil)
		note(c, err, func() float64 { return c.Optimizer.Rate.Kind.(*constant).Rate })
		c, err = decode("x.yaml", []byte("name: a"), []string{"optimizer.learning_rate=" + text})
		note(c, err, func() float64 { return c.Optimizer.Rate.Kind.(*constant).Rate })
		c, err = decode("x.yaml", []byte("sample:\n  times:\n  - "+text+"\n"), nil)
		note(c, err, func() float64 { return c.Sample.Times[0] })
		c, err = decode("x.yaml", []byte("name: a"), []string{"sample.times=1," + text})
		note(c, err, func() float64 { return c.Sample.Times[len(c.Sample.Times)-1] })
		return numbers, accepted
	}
	for text, want := range map[string]float64{
		"1e-3": 1e-3, ".5e-2": 0.005, "5E-3": 0.005, "1": 1, "+1.5": 1.5, "1.": 1, "0": 0, "-0": 0, "0.0": 0, "1e+0": 1, "1e00": 1,
		"0.1e1": 1, "1E-05": 1e-5, "4e-324": 5e-324, "100": 100,
	} {
		numbers, accepted := check(text)
		if accepted != 6 {
			t.Errorf("%s: accepted in %d of 6 places", text, accepted)
		}
		for _, got := range numbers {
			if got != want {
				t.Errorf("%s: got %v, expected %v", text, numbers, want)
			}
		}
	}
	for _, text := range []string{
		"", "e", ".", "+", "-", "1e", "e3", "1e-", "0x1p-3", "0x10", "1_0", "010", "01.5", "1,x", "1 2", "inf", "Inf", "nan", ".inf", "-.Inf",
		".NaN",
		"1e999", "-1e999", "++1", "1.2.3", "ten", "true", "1f", "١", "~", "null", "'1'", "\"1\"",
	} {
		if numbers, accepted := check(text); accepted > 0 {
			t.Errorf("%q: accepted as %v", text, numbers)
		}
	}
}
