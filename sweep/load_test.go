package sweep

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/metrics/tabular"
)

// A mistake in a sweep file is found before any trial, at its line.
func TestMistakes(t *testing.T) {
	axes := "\naxes: [{key: train.batch, values: [4, 8]}]\n"
	for _, test := range []struct{ name, text, want string }{
		{"no key", "axes:\n  - key: optimizer.leaning_rate\n    values: [1]\n",
			`:2:10: axes.0.key cannot be set: unknown key "optimizer.leaning_rate"; did you mean "optimizer.learning_rate"?`},
		{"a key of another kind", "axes:\n  - key: net.channels\n    values: [1]\n",
			`:2:10: axes.0.key cannot be set: net is mlp; "channels" belongs to unet and unet_classifier; choose before with net=unet`},
		{"a type", "axes:\n  - key: train.batch\n    values: [16, 0.5]\n", ":3:18: axes.0.values.1 train.batch expected a whole number"},
		{"a value", "axes:\n  - key: train.batch\n    values: [16, -5]\n", ":3:18: axes.0.values.1 train.batch must be at least 1, got -5"},
		{"a value of the second axis", "axes:\n  - key: train.batch\n    values: [16]\n  - key: net\n    values: [mlp, nope]\n",
			`:5:19: axes.1.values.1 net must be one of mlp`},
		{"a key of an axis", "axes:\n  - key: train.batch\n    valus: [16]\n", `:3:5: unknown key "valus" in axes.0; did you mean "values"?`},
		{"no values", "axes:\n  - key: train.batch\n",
			":2:10: axes.0.key train.batch needs one of values, uniform and log_uniform, got 0 of them"},
		{"a value twice", "axes:\n  - key: train.batch\n    values: [16, 16]\n", ":3:18: axes.0.values.1 has 16 twice"},
		{"an axis twice", "axes:\n  - {key: seed, values: [1]}\n  - {key: seed, values: [1]}\n", ":3:11: axes.1.key has seed twice"},
		{"seeds twice", "seeds: 2\naxes:\n  - {key: seed, values: [1]}\n", ":3:11: axes.0.key seed and seeds: 2 at the top exclude each other"},
		{"a seed", "axes:\n  - {key: seed, values: [1, x]}\n", ":2:29: axes.0.values.1 seed expected a whole number of at least 0"},
		{"one label", "axes:\n  - {key: process.steps, values: [5]}\n  - {key: train.steps, values: [5]}\n",
			":3:11: axes.1.key process.steps and train.steps would both be named steps: give one of them a label"},
		{"a label", "axes:\n  - {key: process.steps, values: [5], label: a/b}\n", ":2:46: axes.0.label must consist of ASCII letters"},
		{"bounds", "axes:\n  - {key: process.steps, uniform: [5], count: 2}\n",
			":2:35: axes.0.uniform must be two bounds, such as [0.1, 1], got 1 numbers"},
		{"bounds the other way", "axes:\n  - {key: process.steps, uniform: [5, 4], count: 2}\n",
			":2:35: axes.0.uniform must have the lower bound first"},
		{"a bound of 0", "axes:\n  - {key: process.steps, log_uniform: [0, 4], count: 2}\n",
			":2:39: axes.0.log_uniform must have bounds above 0, got 0"},
		{"infinite bounds", "axes:\n  - {key: process.steps, uniform: [-1e308, 1e308], count: 2}\n",
			":2:35: axes.0.uniform must have bounds whose"},
		{"no whole number", "axes:\n  - {key: train.batch, log_uniform: [0.2, 0.8], count: 1}\n",
			":2:11: axes.0.key train.batch takes whole numbers, and there is none between 0.2 and 0.8"},
		{"a label of the seed", "seeds: 2\naxes:\n  - {key: train.batch, values: [5], label: seed}\n",
			":3:11: axes.0.key seeds and train.batch would both be named seed"},
		{"no count", "axes:\n  - {key: process.steps, uniform: [4, 9]}\n", ":2:11: axes.0.key process.steps needs a count"},
		{"a large count", "axes:\n  - {key: process.steps, uniform: [4, 9], count: 7}\n", ":2:50: axes.0.count must be at most 6"},
		{"a count without effect", "method: random\naxes:\n  - {key: process.steps, uniform: [4, 9], count: 7}\n",
			":3:50: axes.0.count has no effect"},
		{"nothing to compare", "name: x\n", "axes must not be empty"},
		{"many trials", "seeds: 5001" + axes, "axes give more than 10000 trials: 2 combinations with 5001 seeds"},
		{"draws", "method: {name: random, trials: 5}" + axes, ":1:32: method.trials must be at most 2"},
		{"budgets", "method: halving" + axes, ":1:9: method needs one of epochs and steps, such as epochs: [5, 15, 45]"},
		{"budgets that fall", "method: {name: halving, epochs: [5, 4]}" + axes, ":1:33: method.epochs must be at least 1 and ascend, got [5 4]"},
		{"an axis of the budget", "method: {name: halving, epochs: [5, 9]}\naxes: [{key: train.epochs, values: [4, 8]}]\n",
			":2:14: axes.0.key train.epochs is set by the method halving"},
		{"a base", "config: scurv" + axes, ":1:9: config must be a file or a preset; there is no file"},
		{"an override", "set: [train.epoch=3]" + axes, `:1:7: set.0 train.epoch=3: unknown key "train.epoch"; did you mean "train.epochs"?`},
		{"a value of an override", "set: [train.epochs=-3]" + axes, ":1:7: set.0 train.epochs=-3: must be at least 1"},
		{"a metric", "metric: sliced_w2" + axes, `:1:9: metric must be one of sliced_w1,`},
		{"a metric of the log", "metric: score" + axes, ":1:9: metric score is measured while a trial trains, and train.evaluate_every is 0"},
		{"a metric of images", "metric: patch_w1" + axes, ":1:9: metric patch_w1 is no figure of such a run: must be one of"},
		{"a metric of samples", "evaluate: {samples: 0}" + axes, "metric sliced_w1 takes samples, and evaluate.samples is 0"},
		{"a metric of a classifier", "config: digits8\nmetric: frechet" + axes,
			":2:9: metric frechet takes a classifier: give the folder of its run as evaluate.judge"},
		{"no fresh rows", "set: ['data={name: npy, file: x.npy}']" + axes, "evaluate.samples are compared with rows"},
		{"a goal", "goal: best" + axes, `:1:7: goal must be one of min, max, got "best"`},
		{"samples", "evaluate: {samples: -1}" + axes, ":1:21: evaluate.samples must be from 0 (none) to"},
		{"a name", "name: a b" + axes, ":1:7: name must consist of"},
		{"a target", "config: table\nset: [data.file=x.csv, data.held_out=0.2]\nmetric: tstr_auc" + axes,
			":3:9: metric tstr_auc is how well a column"},
		{"a trial that cannot run", "axes:\n  - {key: process, values: [ddpm, ve]}\n",
			":2:3: axes give a trial that cannot run, process=ve: preset scurve:24:1: net.time must be sinusoidal"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := try(t, test.text)
			wrong := (*configs.Error)(nil)
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "sweep.yaml") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v\nwant %s", err, test.want)
			}
		})
	}
}

// Mistakes of others than the sweep file have their own places.
func TestOtherPlaces(t *testing.T) {
	text := "config: base.yaml\naxes: [{key: train.batch, values: [4, 8]}]\n"
	folder := t.TempDir()
	for name, content := range map[string]string{"sweep.yaml": text, "base.yaml": "version: 2\ntrain: {batch: 3, epoch: 2}\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Load(filepath.Join(folder, "sweep.yaml"), nil)
	if err == nil || !strings.Contains(err.Error(), `base.yaml:2:19: unknown key "epoch" in train`) {
		t.Errorf("%v", err)
	}
	if _, err := try(t, small, "train.epoch=3"); err == nil || !strings.HasPrefix(err.Error(), "-set train.epoch=3: unknown key") {
		t.Errorf("%v", err)
	}
	for name, want := range map[string]string{"scurv": "the embedded ones are scurve, scurve_halving, scurve_random", folder: "is a folder"} {
		if _, err := Load(name, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	t.Chdir(t.TempDir())
	if err := os.Mkdir("scurve", 0o777); err != nil { // such as the folder of the sweep
		t.Fatal(err)
	}
	if _, err := Load("scurve", nil); err != nil {
		t.Errorf("a folder hides the embedded sweep: %v", err)
	}
	if _, err := Open(t.TempDir()); !errors.Is(err, ErrNone) {
		t.Errorf("%v", err)
	}
}

// The base is the file beside the sweep file, before a preset of that name, and an override changes it for all trials.
func TestBase(t *testing.T) {
	s := load(t, small, "train.batch=17")
	c, err := s.configOf(s.Trials[1])
	if err != nil || c.Train.Batch != 17 || c.Train.Steps != 12 || c.Seed != 1 {
		t.Errorf("%+v, %v", c.Train, err)
	}
	folder := t.TempDir()
	for name, content := range map[string]string{"sweep.yaml": small, "scurve": "version: 2\nseed: 5\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if s, err = Load(filepath.Join(folder, "sweep.yaml"), nil); err != nil || s.Trials[1].Name != "lr=0.001_schedule=linear_seed=6" {
		t.Errorf("%+v, %v", s, err)
	}
}

// The presets are right, and what they train is known.
func TestPresets(t *testing.T) {
	for name, trials := range map[string]int{"scurve": 27, "scurve_halving": 12, "scurve_random": 24} {
		if s, err := Load(name, nil); err != nil || len(s.Trials) != trials {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(Presets()) != 3 {
		t.Errorf("%v", Presets())
	}
}

// Every figure of a table is a metric.
func TestTabularMetrics(t *testing.T) {
	table := &tabular.Table{Rows: 200}
	for range 2 {
		column := tabular.Column{Name: string(rune('a' + len(table.Columns)))}
		for i := range table.Rows {
			column.Numbers = append(column.Numbers, float64(i*i%97+len(table.Columns)*i))
		}
		table.Columns = append(table.Columns, column)
	}
	report, err := tabular.Compare(t.Context(), table, table, table, tabular.Options{Quick: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Figures {
		if m, ok := metricOf(f.Name); !ok || m.of&ofTables == 0 || m.Goal != Least && m.Goal != Most {
			t.Errorf("%s is no metric of a table: %+v", f.Name, m)
		}
	}
}

// Whatever a sweep file holds, it is read or refused, and its trials have different names.
func FuzzLoad(f *testing.F) {
	f.Add(small)
	f.Add("method: {name: random, trials: 3}\naxes:\n  - {key: net.width, log_uniform: [8, 64]}\n" +
		"  - {key: net, values: ['{name: mlp, depth: 2}', mlp]}\n")
	f.Add("method: {name: halving, steps: [3, 9]}\naxes: [{key: seed, values: [3, 9]}, {key: train.batch, values: [3]}]\nmetric: loss\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := decode("sweep.yaml", t.TempDir(), []byte(text), nil, true)
		if err != nil {
			if wrong := (*configs.Error)(nil); !errors.As(err, &wrong) {
				t.Errorf("%T: %v", err, err)
			}
			return
		}
		names := map[string]bool{}
		for _, trial := range s.Trials {
			if names[trial.Name] || trial.Name == "" || len(trial.Name) > 200 || strings.ContainsAny(trial.Name, "/\\\x00") {
				t.Errorf("trial %q", trial.Name)
			}
			names[trial.Name] = true
		}
	})
}
