package train

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/checkpoint"
	"euryale/run"
)

// A new run may start from the weights of another, the averaged ones if there are any, at step 0 and with a fresh optimizer.
// The data may differ.
func TestInitialWeights(t *testing.T) {
	for _, test := range []struct{ name, transforms, prefix string }{
		{"averaged", "optimizer.transforms=[clip, adam, {name: ema, decay: 0.9}]", run.AveragePrefix},
		{"raw", withoutAverage, run.ModelPrefix},
	} {
		folder := run.Folder(t.TempDir())
		mustRun(t, smallConfig(t, test.transforms), Options{Folder: folder})
		old, err := folder.Latest()
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{string(folder), old.Name} {
			config := smallConfig(t, "train.init="+path, "data={name: s_curve, points: 70, noise: 0.2, scale: 0.3}", "data.standardize=true",
				"optimizer.learning_rate=0.01", "seed=9")
			trainer := newSmall(t, config, 1)
			if trainer.StepsDone() != 0 {
				t.Errorf("%s: it starts at step %d", test.name, trainer.StepsDone())
			}
			file, err := trainer.Checkpoint()
			if err != nil {
				t.Fatal(err)
			}
			for _, tensor := range file.Tensors {
				data, err := tensor.Values()
				if err != nil {
					t.Fatal(err)
				}
				want := make([]float32, len(data)) // the moments of a fresh optimizer
				for _, prefix := range []string{run.ModelPrefix, run.AveragePrefix} {
					if name, ok := strings.CutPrefix(tensor.Name, prefix); ok {
						if want, err = old.Tensor(test.prefix+name, tensor.Shape...); err != nil {
							t.Fatal(err)
						}
					}
				}
				if !slices.Equal(data, want) {
					t.Errorf("%s: %s differs", test.name, tensor.Name)
				}
			}
		}
	}
}

// A run that began with the weights of another resumes without them. The same run again gives the same bits.
func TestInitialWeightsOfAResumedRun(t *testing.T) {
	t.Chdir(t.TempDir())
	mustRun(t, smallConfig(t), Options{Folder: "first"})
	config := smallConfig(t, "train.init=first", "data.noise=0.2", "train.epochs=2")
	mustRun(t, config, Options{Folder: "a"})
	mustRun(t, config, Options{Folder: "b", Workers: 3})
	path := func(folder run.Folder) string { return checkpoint.Path(folder.Checkpoints(), 10) }
	if readFile(t, path("a")) != readFile(t, path("b")) {
		t.Error("the same run gave other bits")
	}
	// Before the first checkpoint the weights are still needed.
	if err := os.RemoveAll("b/checkpoints"); err != nil {
		t.Fatal(err)
	}
	mustRun(t, config, Options{Folder: "b", Resume: true})
	if readFile(t, path("a")) != readFile(t, path("b")) {
		t.Error("a run that was begun again gave other bits")
	}
	if err := os.RemoveAll("first"); err != nil {
		t.Fatal(err)
	}
	mustRun(t, smallConfig(t, "train.init=first", "data.noise=0.2", "train.epochs=3"), Options{Folder: "a", Resume: true})
	err := Run(context.Background(), smallConfig(t, "data.noise=0.2", "train.epochs=3"), Options{Folder: "a", Resume: true})
	if err == nil || !strings.Contains(err.Error(), "train.init: first -> ") {
		t.Errorf("without the key: %v", err)
	}
}

func TestInitialWeightsThatDoNotFit(t *testing.T) {
	folder := run.Folder(t.TempDir())
	mustRun(t, smallConfig(t, "train.epochs=1"), Options{Folder: folder})
	other := filepath.Join(t.TempDir(), "weights.pt")
	if err := os.WriteFile(other, []byte("nonsense"), 0o644); err != nil {
		t.Fatal(err)
	}
	first := checkpoint.Path(folder.Checkpoints(), 5)
	for _, test := range []struct{ path, override, want string }{
		{string(folder), "net.width=32", `train.init does not fit this net: checkpoint ` + first +
			`: tensor "ema.linears.0.weight" has shape [24 2], expected [32 2]`},
		{string(folder), "net.depth=2", `tensor "ema.linears.4.weight" has shape [24 24], expected [2 24]`},
		{string(folder), "net.depth=4", `tensor "ema.linears.6.weight" has shape [2 24], expected [24 24]`},
		{string(folder), "net.time=sinusoidal", `no tensor "ema.time.0.weight"`},
		{"nowhere", "", "train.init cannot be used: there is no nowhere; give it a checkpoint, "},
		{other, "", "train.init cannot be used: checkpoint " + other},
		// Before the data is read.
		{"nowhere", "data={name: npy, file: " + other + ".npy}", "train.init cannot be used"},
	} {
		overrides := []string{"train.init=" + test.path}
		if test.override != "" {
			overrides = append(overrides, test.override)
		}
		out := run.Folder(filepath.Join(t.TempDir(), "run"))
		err := Run(context.Background(), smallConfig(t, overrides...), Options{Folder: out})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s, %s: error %v, want %s", test.path, test.override, err, test.want)
		}
		if _, err := os.Stat(string(out)); err == nil {
			t.Errorf("%s: the folder was made all the same", test.override)
		}
	}
	// A damaged newest one gives way to the one before, with a warning.
	damageLast(t, first)
	trainer := newSmall(t, smallConfig(t, "train.init="+string(folder)), 1)
	if w := trainer.Warnings(); len(w) == 0 || !strings.Contains(w[0], first+": damaged") {
		t.Errorf("warnings %q", w)
	}
}

// A net with a trained row per step, and a loss with weight 0 at the last step: the row where sampling starts is never
// trained.
func TestUntrainedStepIsNamed(t *testing.T) {
	const zero = "process.schedule={name: cosine, zero_terminal_snr: true}"
	for _, test := range []struct {
		overrides []string
		warned    bool
	}{
		{[]string{zero, "objective.prediction=v", "objective.weight=min_snr"}, true},
		{[]string{zero, "objective.prediction=x0", "objective.weight=min_snr"}, true},
		{[]string{zero, "objective.prediction=v", "objective.weight=score_matching"}, true},
		{[]string{zero, "objective.prediction=F", "objective.weight=score_matching"}, true},
		{[]string{zero, "objective.prediction=x0", "objective.weight=p2"}, true},
		{[]string{zero, "objective.prediction=v"}, false},
		{[]string{zero, "objective.prediction=v", "objective.weight=min_snr", "net.time=sinusoidal"}, false},
		{[]string{"objective.prediction=v", "objective.weight=min_snr"}, false},
		{nil, false},
		{[]string{zero, "objective=classify", "data={name: moons, points: 50}"}, false},
	} {
		trainer := newSmall(t, smallConfig(t, test.overrides...), 1)
		warned := slices.ContainsFunc(trainer.Warnings(), func(w string) bool {
			return strings.Contains(w, "the loss has weight 0 at t = 9, where sampling starts, so the row of net.time embedding")
		})
		if warned != test.warned {
			t.Errorf("%v: warned %v", test.overrides, warned)
		}
		if !test.warned {
			continue
		}
		// The warning is true: the row stays as it was.
		row := func() []float32 {
			table, err := must(trainer.Checkpoint()).Tensor("model.step_embeddings.0.weight", 10, 24)
			return slices.Clone(must(table, err)[9*24:])
		}
		before := row()
		steps(t, trainer, 20)
		if !slices.Equal(row(), before) {
			t.Errorf("%v: the row was trained", test.overrides)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// The memory of the graph does not grow with the batch beyond a part, and the gradient of a large batch is the sum over its
// parts: gradient accumulation.
func TestLargeBatchesAreAccumulated(t *testing.T) {
	size := func(batch string) int {
		trainer := newSmall(t, smallConfig(t, "data.points=5000", "train.batch="+batch), 1)
		return len(trainer.program.Float("x"))
	}
	if part := size("1024"); part != 2*1024 || size("2048") != part || size("5000") != part || size("100") >= part {
		t.Errorf("rows in memory: %d, %d, %d, %d numbers for batches of 1024, 2048, 5000, 100", part, size("2048"), size("5000"), size("100"))
	}
	// The mean loss over 2500 rows is that of the parts, weighted by their rows.
	trainer := newSmall(t, smallConfig(t, "data.points=2500", "train.batch=2500"), 1)
	r, err := trainer.Step()
	if err != nil {
		t.Fatal(err)
	}
	mean := 0.0
	for _, loss := range trainer.losses {
		mean += float64(loss) / 2500
	}
	if len(trainer.losses) != 2500 || math.Abs(r.Loss/mean-1) > 1e-5 {
		t.Errorf("the loss is %v, the mean over %d rows %v", r.Loss, len(trainer.losses), mean)
	}
}
