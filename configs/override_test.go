package configs

import (
	"errors"
	"strings"
	"testing"
)

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
		{[]string{"ema.warmup=False", "ema.decay=.9"}, func(c *Config) { c.EMA.Warmup, c.EMA.Decay = false, 0.9 }},
		{[]string{"diffusion.schedule.beta_end=2e-2"}, func(c *Config) { c.Diffusion.Schedule.BetaEnd = 0.02 }},
		{[]string{"optimizer.clip_norm=0"}, func(c *Config) { c.Optimizer.ClipNorm = 0 }},
		// Only the outcome has to be valid, not each step on the way.
		{[]string{"diffusion.schedule.beta_start=0.1", "diffusion.schedule.beta_end=0.2"}, func(c *Config) {
			c.Diffusion.Schedule.BetaStart, c.Diffusion.Schedule.BetaEnd = 0.1, 0.2
		}},
	} {
		want := Default()
		test.set(&want)
		got, err := Decode("x.yaml", []byte("name: scurve"), test.overrides)
		if err != nil {
			t.Errorf("%q: %v", test.overrides, err)
		} else if *got != want {
			t.Errorf("%q: got %+v, expected %+v", test.overrides, *got, want)
		}
	}
}

func TestOverridesBad(t *testing.T) {
	for _, test := range []struct{ override, want string }{
		{"train.batch=ten", "-set train.batch=ten: expected a whole number"},
		{"train.batch=1.0", "-set train.batch=1.0: expected a whole number"},
		{"train.batch=1e2", "-set train.batch=1e2: expected a whole number"},
		{"train.batch=", "-set train.batch=: expected a whole number"},
		{"train.batch=9223372036854775808", "-set train.batch=9223372036854775808: expected a whole number that fits into 64 bits"},
		{"seed=-1", "-set seed=-1: expected a whole number of at least 0"},
		{"seed=+-1", "-set seed=+-1: expected a whole number of at least 0"},
		{"name=" + strings.Repeat("a", 300), "-set name=" + strings.Repeat("a", 54) + "…: expected text of at most 200 bytes"},
		{"ema.warmup=on", "-set ema.warmup=on: expected true or false"},
		{"optimizer.learning_rate=fast", "-set optimizer.learning_rate=fast: expected a number"},
		{"optimizer.learning_rate=NaN", "-set optimizer.learning_rate=NaN: expected a number"},
		{"optimizer.learning_rate=.nan", "-set optimizer.learning_rate=.nan: expected a finite number"},
		{"train.batch=-5", "-set train.batch=-5: must be at least 1, got -5"},
		{"name=", "-set name=: must not be empty"},
		{"name=a/b", "-set name=a/b: must consist of ASCII letters, digits, '.', '_' and '-', got \"a/b\""},
		{"train.batch", "-set train.batch: expected key=value"},
		{"", "-set : expected key=value"},
		{"=5", "-set =5: unknown key \"\"; the keys are name, seed, data, diffusion, net, optimizer, ema, train, sample"},
		{"train=5", "-set train=5: train is a section; its keys are batch, epochs, log_every, checkpoint_every, keep_checkpoints, label_dropout"},
		{"diffusion.schedule=linear", "-set diffusion.schedule=linear: diffusion.schedule is a section; its keys are name, beta_start, beta_end, scale_betas, zero_terminal_snr"},
		{"train.btach=5", "-set train.btach=5: unknown key \"train.btach\"; did you mean \"train.batch\"?"},
		{"trian.batch=5", "-set trian.batch=5: unknown key \"trian.batch\"; did you mean \"train.batch\"?"},
		{"nets.name=mlp", "-set nets.name=mlp: unknown key \"nets.name\"; did you mean \"net.name\"?"},
		{"beta_end=0.1", "-set beta_end=0.1: unknown key \"beta_end\"; did you mean \"diffusion.schedule.beta_end\"?"},
		{"diffusion.beta_end=0.1", "-set diffusion.beta_end=0.1: unknown key \"diffusion.beta_end\"; did you mean \"diffusion.schedule.beta_end\"?"},
		{"train.dropout=0.5", "-set train.dropout=0.5: unknown key \"train.dropout\"; its keys are batch, epochs, log_every, checkpoint_every, keep_checkpoints, label_dropout"},
		{"train.batch.size=5", "-set train.batch.size=5: unknown key \"train.batch.size\"; the keys are name, seed, data, diffusion, net, optimizer, ema, train, sample"},
		{" train.batch=5", "-set  train.batch=5: unknown key \" train.batch\"; did you mean \"train.batch\"?"},
		{"train.batch=\x1b[2J", "-set train.batch=\ufffd[2J: expected a whole number"},
		// The file is not to blame for a value that an override does not go with, but its place is shown.
		{"diffusion.schedule.beta_start=0.1", "x.yaml:3:25: diffusion.schedule.beta_end must be at least beta_start (0.1) and below 1, got 0.01 (with -set diffusion.schedule.beta_start=0.1)\n  1 | name: scurve\n  2 | diffusion:\n> 3 |   schedule: {beta_end:  0.01}\n    |                         ^"},
	} {
		_, err := Decode("x.yaml", []byte("name: scurve\ndiffusion:\n  schedule: {beta_end:  0.01}\n"), []string{test.override})
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

// A wrong file is reported before a wrong override, and an override may mend a value of the file.
func TestOverridesAndFile(t *testing.T) {
	_, err := Decode("x.yaml", []byte("train: {batch: ten}"), []string{"train.batch=64"})
	if want := "x.yaml:1:16: train.batch: expected a whole number, got \"ten\""; err == nil || err.(*Error).Where+": "+err.(*Error).Message != want {
		t.Errorf("got %v, expected %s", err, want)
	}
	_, err = Decode("x.yaml", []byte("name: a"), []string{"seed=1", "diffusion.schedule.beta_start=0.1"})
	if want := "x.yaml: diffusion.schedule.beta_end must be at least beta_start (0.1) and below 1, got 0.005 (the default) (with -set seed=1) (with -set diffusion.schedule.beta_start=0.1)"; err == nil || err.Error() != want {
		t.Errorf("got %v, expected %s", err, want)
	}
	c, err := Decode("x.yaml", []byte("train: {batch: 0}"), []string{"train.batch=64"})
	if err != nil || c.Train.Batch != 64 {
		t.Errorf("got %+v, %v", c, err)
	}
}

// Both in a file and in an override, whatever the YAML library takes the spelling for.
func TestSpellings(t *testing.T) {
	for text, want := range map[string]float64{
		"1e-3": 1e-3, ".5e-2": 0.005, "5E-3": 0.005, "1": 1, "+1.5": 1.5, "1.": 1, "0": 0, "-0": 0, "0.0": 0, "1e+0": 1, "1e00": 1,
		"0.1e1": 1, "1E-05": 1e-5, "4e-324": 5e-324, "100": 100,
	} {
		inFile, err := Decode("x.yaml", []byte("optimizer: {clip_norm: "+text+"}"), nil)
		if err != nil || inFile.Optimizer.ClipNorm != want {
			t.Errorf("file, %s: got %v, %v", text, inFile, err)
		}
		set, err := Decode("x.yaml", []byte("name: a"), []string{"optimizer.clip_norm=" + text})
		if err != nil || set.Optimizer.ClipNorm != want {
			t.Errorf("override, %s: got %v, %v", text, set, err)
		}
	}
	for _, text := range []string{
		"", "e", ".", "+", "-", "1e", "e3", "1e-", "0x1p-3", "0x10", "1_0", "010", "01.5", "1,5", "1 2", "inf", "Inf", "nan", ".inf", "-.Inf", ".NaN",
		"1e999", "-1e999", "++1", "1.2.3", "ten", "true", "1f", "١",
	} {
		if c, err := Decode("x.yaml", []byte("optimizer:\n  clip_norm: "+text+"\n"), nil); err == nil {
			t.Errorf("file, %q: accepted as %v", text, c.Optimizer.ClipNorm)
		}
		if c, err := Decode("x.yaml", []byte("name: a"), []string{"optimizer.clip_norm=" + text}); err == nil {
			t.Errorf("override, %q: accepted as %v", text, c.Optimizer.ClipNorm)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, test := range []struct {
		from, to string
		want     int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"batch", "batch", 0}, {"batch", "btach", 1}, {"batch", "bach", 1}, {"batch", "batchs", 1},
		{"batch", "match", 1}, {"ca", "abc", 3}, {"kitten", "sitting", 3}, {"é", "e", 1},
	} {
		if got := editDistance(test.from, test.to); got != test.want {
			t.Errorf("%q to %q: got %d, expected %d", test.from, test.to, got, test.want)
		}
	}
}
