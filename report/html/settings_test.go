package html

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"euryale/configs"
	"euryale/internal/strictyaml"
)

// Every preset is its own nearest, without overrides.
func TestNearestOfPresets(t *testing.T) {
	for _, name := range configs.Presets() {
		if preset, overrides := Nearest(config(t, name)); preset != name || len(overrides) > 0 {
			t.Errorf("%s: %s with %q", name, preset, overrides)
		}
	}
}

// A command makes the configuration again, whatever was set: numbers, texts, kinds within kinds, lists.
func TestCommandMakesTheConfiguration(t *testing.T) {
	settings := []string{
		"seed=18446744073709551615", "name=other", "data.noise=0.25", "process={name: ddpm, steps: 50, schedule: cosine}", "process.steps=70",
		"process.schedule={name: linear, beta_end: 0.03}", "net.width=24", "net.time=fourier",
		"optimizer.learning_rate={name: cosine, rate: 0.01}",
		"optimizer.transforms=[clip, adam, {name: ema, decay: 0.9}]", "train.batch=7", "train.epochs=3", "train.report=false",
		"sample.solver=ddim",
		"sample.steps=9", "data=moons", "data.held_out=0.25",
	}
	rapid.Check(t, func(t *rapid.T) {
		preset := rapid.SampledFrom([]string{"scurve", "scurve_quick", "moons_cfg"}).Draw(t, "preset")
		overrides := rapid.SliceOfDistinct(rapid.SampledFrom(settings), rapid.ID).Draw(t, "overrides")
		c, err := configs.Preset(preset, overrides)
		if err != nil {
			t.Skip() // they do not go together
		}
		args := Command(c, "config.yaml", "out")
		begin, end := []string{"euryale", "train", "-config"}, []string{"-out", "out"}
		if len(args) < 6 || !slices.Equal(args[:3], begin) || !slices.Equal(args[len(args)-2:], end) {
			t.Fatalf("%q", args)
		}
		nearest, set := Nearest(c)
		switch few := len(set) <= 16; {
		case nearest == "":
			t.Fatalf("no overrides lead to %q of %s", overrides, preset)
		case few && args[3] != nearest, !few && args[3] != "config.yaml":
			t.Fatalf("%q, with %d overrides of %s", args, len(set), nearest)
		case few:
			set = nil
			for i := 4; i+1 < len(args)-2; i += 2 {
				set = append(set, args[i+1])
			}
		}
		again, err := configs.Preset(nearest, set)
		if err != nil {
			t.Fatal(err)
		}
		if d := strictyaml.Differences(c, again); len(d) > 0 {
			t.Errorf("%q gives %v", args, d)
		}
	})
}

// Where few overrides do not make the configuration, the command names its file.
func TestCommandByFile(t *testing.T) {
	c := config(t, "scurve", "name=x", "data=moons", "net.width=11", "net.depth=2", "train.batch=3", "train.epochs=5", "train.log_every=6",
		"train.checkpoint_every=7", "train.keep_checkpoints=8", "process.steps=13",
		"process.schedule={name: linear, beta_start: 0.0003, beta_end: 0.04}",
		"sample.solver={name: ddim, eta: 0.5}", "sample.steps=5",
		"optimizer.transforms=[{name: clip, norm: 2}, {name: adam, beta1: 0.8, beta2: 0.9}]",
		"sample.clip_x0=2", "seed=4", "data.noise=0.2")
	if got := Command(c, "runs/x/config.yaml", ""); !slices.Equal(got, []string{"euryale", "train", "-config", "runs/x/config.yaml"}) {
		t.Errorf("%q", got)
	}
}

func TestChanges(t *testing.T) {
	base := config(t, "scurve")
	if got := Changes(base, config(t, "scurve")); got != nil {
		t.Errorf("of the same: %v", got)
	}
	got := Changes(base, config(t, "scurve", "seed=3", "process.schedule={name: linear, beta_start: 1e-5, beta_end: 0.02}", "data.noise=0.5"))
	want := []Change{{"seed", "3", "0"}, {"process.schedule", "linear", "sigmoid"}, {"process.schedule.beta_end", "0.02", "0.005"}}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%v lacks %v", got, w)
		}
	}
	for _, c := range Changes(config(t, "scurve", "net={name: mlp, width: 9}"), base) {
		if c.Path != "net.width" || c.Base != "9" {
			t.Errorf("%v", c)
		}
	}
}

// A shell reads quoted arguments as they were.
func TestQuote(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh to read the quoted arguments")
	}
	args := []string{"plain", "a b", "", "it's", `"$HOME" \n *`, "net={name: mlp}", "~", "#x", "é\n'"}
	out, err := exec.Command(shell, "-c", `printf '%s\0' `+Quote(args)).Output()
	must(t, err)
	if diff := cmp.Diff(args, strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")); diff != "" {
		t.Error(diff)
	}
}

func TestSeeds(t *testing.T) {
	list := []*configs.Config{
		config(t, "scurve"), config(t, "scurve", "seed=1", "name=b", "train.log_every=7"), nil,
		config(t, "scurve", "net.width=9"), config(t, "scurve", "seed=2", "train.evaluate_every=10", "train.keep=best"), nil,
	}
	if diff := cmp.Diff([][]int{{0, 1, 4}, {2}, {3}, {5}}, Seeds(list)); diff != "" {
		t.Error(diff)
	}
}
