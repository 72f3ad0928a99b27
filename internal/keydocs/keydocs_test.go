package keydocs

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"euryale/configs"
	"euryale/internal/strictyaml"
)

var update = flag.Bool("update", false, "write docs/configuration.md and studio/keys.tsv")

const root = "../.."

// The page in docs is what Page returns, and the list of the studio what Lines returns.
func TestPage(t *testing.T) {
	for path, write := range map[string]func(root string) (string, error){
		root + "/docs/configuration.md": Page,
		root + "/studio/keys.tsv":       Lines,
	} {
		want, err := write(root)
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is stale: run `go generate ./internal/keydocs`\n%s", path, cmp.Diff(string(got), want))
		}
	}
}

// Every key and every kind is on the page.
func TestPageIsWhole(t *testing.T) {
	text, err := Page(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range strictyaml.Keys(configs.Default()) {
		if !strings.Contains(text, "\n| `"+k.Path+"` | ") {
			t.Errorf("no key %s", k.Path)
		}
		for _, name := range k.Names {
			if !strings.Contains(text, "\n| `"+name+"` | ") && !strings.Contains(text, "\n| `"+name+"` (default) | ") {
				t.Errorf("no kind %s of %s", name, k.Path)
			}
		}
	}
}

// The configurations that pages show are valid, and what configuration.md states about them is true.
func TestExamples(t *testing.T) {
	examples := 0
	for page, text := range pages(t) {
		for _, block := range fence.FindAllStringSubmatch(text, -1) {
			switch block[1] {
			case "yaml":
				examples++
				if _, err := configs.Decode("example.yaml", []byte(block[2]), nil); err != nil {
					t.Errorf("%s: %v\n%s", page, err, block[2])
				}
			case "json":
				if !json.Valid([]byte(block[2])) {
					t.Errorf("%s: this is not JSON:\n%s", page, block[2])
				}
			}
		}
	}
	if examples < 4 {
		t.Errorf("found %d examples only", examples)
	}
	for text, want := range map[string]string{
		"process: {steps: 200}":              "process: {name: ddpm, steps: 200, schedule: {name: sigmoid, beta_start: 1e-5, beta_end: 0.005}}",
		"net: {time: sinusoidal}":            "net: {name: mlp, time: {name: sinusoidal, features: 64}}",
		"optimizer: {learning_rate: 0.0003}": "optimizer: {learning_rate: {name: constant, rate: 0.0003}}",
		"sample: {times: \"99, 50, 0\"}":     "sample: {times: [99, 50, 0]}",
	} {
		if diff := cmp.Diff(decoded(t, text), decoded(t, want)); diff != "" {
			t.Errorf("%s is not %s:\n%s", text, want, diff)
		}
	}
	_, err := configs.Decode("a.yaml", []byte("version: 2\nprocess: {name: vp, steps: 200}\n"), nil)
	if err == nil || !strings.Contains(err.Error(), "ddpm and ncsn") {
		t.Errorf("a key of another kind: %v", err)
	}
}

// What the text states about overrides is true.
func TestOverrides(t *testing.T) {
	set := func(overrides ...string) string {
		c, err := configs.Load("scurve", overrides)
		if err != nil {
			t.Fatal(err)
		}
		text, err := c.YAML()
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, pair := range [][2][]string{
		{{"sample.solver.eta=0.5", "sample.solver=ddim"}, {"sample.solver=ddim", "sample.solver.eta=0.5"}},
		{{"train.batch=64", "train.batch=32"}, {"train.batch=32"}},
		{{"optimizer.transforms.ema.decay=0.999"}, {"optimizer.transforms=[clip, adam, {name: ema, decay: 0.999}]"}},
		{{"optimizer.transforms.1.beta1=0.8"}, {"optimizer.transforms.adam.beta1=0.8"}},
		{{"diffusion.steps=200"}, {"process.steps=200"}},
	} {
		if diff := cmp.Diff(set(pair[0]...), set(pair[1]...)); diff != "" {
			t.Errorf("%q are not %q:\n%s", pair[0], pair[1], diff)
		}
	}
}

func decoded(t *testing.T, text string) string {
	t.Helper()
	c, err := configs.Decode("example.yaml", []byte("version: 2\n"+text+"\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	return string(whole)
}

// Only the keys that the text lists may change when a run goes on.
func TestResume(t *testing.T) {
	for override, free := range map[string]bool{
		"train.log_every=7": true, "train.checkpoint_every=7": true, "train.keep_checkpoints=7": true, "train.epochs=7": true,
		"sample.steps=7": true, "sample.solver=heun": true,
		"name=other": false, "seed=7": false, "train.batch=7": false, "data.points=7": false, "optimizer.learning_rate=0.1": false,
	} {
		before, err := configs.Load("scurve", nil)
		if err != nil {
			t.Fatal(err)
		}
		after, err := configs.Load("scurve", []string{override})
		if err != nil {
			t.Fatal(err)
		}
		if conflicts := configs.ResumeConflicts(before, after); (len(conflicts) == 0) != free {
			t.Errorf("%s: %q", override, conflicts)
		}
	}
	for _, rate := range []string{"constant", "warmup", "cosine", "linear", "step"} {
		before, err := configs.Load("scurve", []string{"optimizer.learning_rate=" + rate})
		if err != nil {
			t.Fatal(err)
		}
		after, err := before.With([]string{"train.epochs=7"})
		if err != nil {
			t.Fatal(err)
		}
		depends := rate == "cosine" || rate == "linear"
		if conflicts := configs.ResumeConflicts(before, after); (len(conflicts) > 0) != depends {
			t.Errorf("%s: %q", rate, conflicts)
		}
	}
}

// Comments become the words of a configuration.
func TestReworded(t *testing.T) {
	keys := map[string]string{"Min": "min", "Steps": "steps", "BetaMax": "beta_max"}
	for _, test := range []struct{ text, name, want string }{
		{"Max is S_max, at least Min.", "Max", "S_max, at least `min`."},
		{"Steps turns it round.", "Steps", "Turns it round."},
		{"Mean of the logit.", "Mean", "Mean of the logit."},
		{"Steps, if any: BetaMax.", "Steps", "`steps`, if any: `beta_max`."},
		{"BetaMin is β at t = 0.", "BetaMin", "β at t = 0."},
		{"Weight is w of it.", "Weight", "w of it."},
		{"Points are the rows.", "Points", "The rows."},
		{"no name.", "Points", "No name."},
	} {
		if got := reworded(test.text, test.name, keys); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}

// A tree without the sources, or without a comment, is an error and no page with holes.
func TestPageErrors(t *testing.T) {
	if text, err := Page(t.TempDir()); err == nil {
		t.Errorf("a page of %d characters without sources", len(text))
	}
}
