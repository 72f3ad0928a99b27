package train

import (
	"context"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"euryale/checkpoint"
	"euryale/run"
)

// damageLast changes the last byte of a file, which is one of a tensor.
func damageLast(t *testing.T, path string) (content string) {
	t.Helper()
	bytes := []byte(readFile(t, path))
	bytes[len(bytes)-1] ^= 1
	if err := os.WriteFile(path, bytes, 0o644); err != nil {
		t.Fatal(err)
	}
	return string(bytes)
}

// A run whose newest checkpoint is damaged goes on from the newest whole one, bit for bit, with a warning, and keeps the
// damaged file. So does one whose file was renamed to a higher step.
func TestResumeBeforeDamage(t *testing.T) {
	whole, parts := run.Folder(t.TempDir()), run.Folder(t.TempDir())
	mustRun(t, smallConfig(t), Options{Folder: whole, Workers: 1})
	mustRun(t, smallConfig(t, "train.epochs=4"), Options{Folder: parts, Workers: 1}) // to step 20
	path := func(step int64) string { return checkpoint.Path(parts.Checkpoints(), step) }
	damaged := damageLast(t, path(20))
	if err := os.Rename(path(12), path(24)); err != nil {
		t.Fatal(err)
	}
	log := &cancelOn{text: "\x00"}
	mustRun(t, smallConfig(t), Options{Folder: parts, Resume: true, Workers: 1, Hooks: logTo(log)})
	for _, want := range []string{
		"resuming at step 16", path(20) + ": damaged: the file's checksum is", "the one of step 16 is used instead",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in the log:\n%s", want, log)
		}
	}
	for _, step := range []int64{20, 24, 25} {
		if readFile(t, path(step)) != readFile(t, checkpoint.Path(whole.Checkpoints(), step)) {
			t.Errorf("step %d: the checkpoint of the resumed run differs", step)
		}
	}
	if readFile(t, path(20)+".aside") != damaged {
		t.Error("the damaged file was not kept")
	}
	if c, err := run.Read(path(24) + ".aside"); err != nil || c.Step != 12 {
		t.Errorf("the renamed file: %v, %v", c, err)
	}
	points, err := run.ReadMetrics(parts.MetricsPath())
	if err != nil || len(points) != 4 || points[2].Step != 21 {
		t.Errorf("log points %v, %v; want those of steps 7, 14, 21 and 25", points, err)
	}
	for _, step := range stepsOf(t, parts) {
		damageLast(t, path(step))
	}
	if err := Run(context.Background(), smallConfig(t), Options{Folder: parts, Resume: true}); err == nil ||
		!strings.Contains(err.Error(), "is whole") || !strings.Contains(err.Error(), path(4)) {
		t.Errorf("no checkpoint is whole: %v", err)
	}
}

// What a resume may change holds at once, in config.yaml and in the newest checkpoint, even if the run is done.
func TestChangesHoldAtOnce(t *testing.T) {
	folder := run.Folder(t.TempDir())
	mustRun(t, smallConfig(t), Options{Folder: folder})
	before, err := folder.Latest()
	if err != nil {
		t.Fatal(err)
	}
	mustRun(t, smallConfig(t, "sample.solver=ddim", "train.log_every=5"), Options{Folder: folder, Resume: true})
	after, err := folder.Latest()
	if err != nil || after.Config.Sample.Solver.Name() != "ddim" || after.Config.Train.LogEvery != 5 || after.Step != 25 {
		t.Fatalf("the newest checkpoint: %+v, %v", after, err)
	}
	config, err := folder.Config()
	if err != nil || yamlOf(t, config) != yamlOf(t, after.Config) {
		t.Errorf("config.yaml and the newest checkpoint differ: %v", err)
	}
	if len(after.Tensors) != len(before.Tensors) {
		t.Fatalf("%d tensors, want %d", len(after.Tensors), len(before.Tensors))
	}
	for i, tensor := range after.Tensors {
		for j, v := range tensor.Data {
			if tensor.Name != before.Tensors[i].Name || math.Float32bits(v) != math.Float32bits(before.Tensors[i].Data[j]) {
				t.Fatalf("%s changed", tensor.Name)
			}
		}
	}
	for key, want := range before.Metadata {
		if key != "config" && after.Metadata[key] != want {
			t.Errorf("metadata %s changed to %s", key, after.Metadata[key])
		}
	}
}

// A longer run does not rewrite the checkpoint that it goes on from.
func TestLongerRunKeepsTheOldFile(t *testing.T) {
	folder := run.Folder(t.TempDir())
	mustRun(t, smallConfig(t, "train.epochs=2"), Options{Folder: folder})
	path := checkpoint.Path(folder.Checkpoints(), 10)
	before := readFile(t, path)
	mustRun(t, smallConfig(t, "train.epochs=3"), Options{Folder: folder, Resume: true})
	if readFile(t, path) != before {
		t.Error("the checkpoint of step 10 was written again")
	}
}

// The learning rate changes on a resume only with NewLearningRate; then the remaining steps and the checkpoint have it.
func TestNewLearningRate(t *testing.T) {
	folder := run.Folder(t.TempDir())
	mustRun(t, smallConfig(t, "train.epochs=2"), Options{Folder: folder}) // to step 10
	slower := smallConfig(t, "optimizer.learning_rate=1e-4")
	err := Run(context.Background(), slower, Options{Folder: folder, Resume: true})
	if _, ok := errors.AsType[*LearningRateError](err); !ok ||
		!strings.Contains(err.Error(), "optimizer.learning_rate.rate: 0.001 -> 0.0001") {
		t.Errorf("without NewLearningRate: %v", err)
	}
	slowerAndNarrower := smallConfig(t, "optimizer.learning_rate=1e-4", "net.width=8")
	err = Run(context.Background(), slowerAndNarrower, Options{Folder: folder, Resume: true, NewLearningRate: true})
	if _, ok := errors.AsType[*LearningRateError](err); ok || err == nil || strings.Contains(err.Error(), "learning_rate") ||
		!strings.Contains(err.Error(), "net.width: 24 -> 8") {
		t.Errorf("with another net: %v", err)
	}

	log, rates := &cancelOn{text: "\x00"}, map[int64]float64{}
	watch := Hook{Name: "rates", Every: 1, Do: func(_ context.Context, _ *Loop, p Progress) error {
		rates[p.Step] = p.LearningRate
		return nil
	}}
	mustRun(t, slower, Options{Folder: folder, Resume: true, NewLearningRate: true, Hooks: append(logTo(log), watch)})
	if want := "learning rate constant 0.001 → constant 0.0001 from step 10"; !strings.Contains(log.String(), want) {
		t.Errorf("no %q in the log:\n%s", want, log)
	}
	if len(rates) != 15 || rates[11] != 1e-4 || rates[25] != 1e-4 {
		t.Errorf("the rates are %v", rates)
	}
	c, err := folder.Latest()
	if err != nil || yamlOf(t, c.Config) != yamlOf(t, slower) {
		t.Errorf("the newest checkpoint has another configuration: %v", err)
	}
	// Checkpoints of the old rate still belong to the run, and are pruned.
	longer := smallConfig(t, "optimizer.learning_rate=1e-4", "train.epochs=6", "train.keep_checkpoints=1")
	mustRun(t, longer, Options{Folder: folder, Resume: true})
	if got := stepsOf(t, folder); len(got) != 1 || got[0] != 30 {
		t.Errorf("checkpoints of steps %v, want 30", got)
	}
	// Without the change, the run would have ended elsewhere.
	same := run.Folder(t.TempDir())
	mustRun(t, smallConfig(t), Options{Folder: same})
	if readFile(t, checkpoint.Path(same.Checkpoints(), 25)) == readFile(t, checkpoint.Path(folder.Checkpoints(), 30)) {
		t.Error("the rate changed nothing")
	}
}

// Weights that are not finite are not saved: the run ends with an error, and keeps the last good checkpoint.
func TestWeightsAreCheckedBeforeTheyAreSaved(t *testing.T) {
	for _, test := range []struct {
		tensor string
		value  float32
		spoil  func(l *Loop) []float32
	}{
		{"model.linears.0.weight", float32(math.NaN()), func(l *Loop) []float32 { return l.weights }},
		{"ema.linears.0.weight", float32(math.Inf(-1)), func(l *Loop) []float32 { return l.optimizer.Average() }},
	} {
		folder := run.Folder(t.TempDir())
		spoil := Hook{Name: "spoil", Every: 6, Do: func(_ context.Context, l *Loop, _ Progress) error {
			if l.StepsDone() == 24 { // one step before a checkpoint: the next batch may not use the weight
				test.spoil(l)[1] = test.value
			}
			return nil
		}}
		err := Run(context.Background(), smallConfig(t), Options{Folder: folder, Hooks: []Hook{spoil}})
		if test.tensor == "model.linears.0.weight" { // the loss has it at once
			if err == nil || !strings.Contains(err.Error(), "step 25: loss NaN") {
				t.Errorf("%s: %v", test.tensor, err)
			}
		} else if broken, ok := errors.AsType[*NotFiniteError](err); !ok || broken.Tensor != test.tensor || broken.Step != 25 ||
			!strings.Contains(err.Error(), "a lower optimizer.learning_rate helps") ||
			!strings.Contains(err.Error(), "the last good checkpoint is that of step 24") {
			t.Errorf("%s: %v", test.tensor, err)
		}
		if c, err := folder.Latest(); err != nil || c.Step != 24 {
			t.Errorf("%s: the newest checkpoint %v, %v; want step 24", test.tensor, c, err)
		}
		// Saved at once, without a step.
		trainer := newSmall(t, smallConfig(t), 1)
		test.spoil(&Loop{Trainer: trainer})[1] = test.value
		if broken, ok := errors.AsType[*NotFiniteError](second(trainer.Checkpoint())); !ok || broken.Tensor != test.tensor || broken.Step != 0 {
			t.Errorf("%s: %v", test.tensor, second(trainer.Checkpoint()))
		}
	}
}

func second[T any](_ T, err error) error { return err }

// A log that cannot be read is found before a resume with other settings changes anything.
func TestResumeWithADamagedLog(t *testing.T) {
	folder := run.Folder(t.TempDir())
	mustRun(t, smallConfig(t), Options{Folder: folder})
	before := readFile(t, folder.ConfigPath())
	log := readFile(t, folder.MetricsPath())
	if err := os.WriteFile(folder.MetricsPath(), []byte("no log\n"+log), 0o644); err != nil {
		t.Fatal(err)
	}
	err := Run(context.Background(), smallConfig(t, "train.epochs=9"), Options{Folder: folder, Resume: true})
	if err == nil || !strings.Contains(err.Error(), folder.MetricsPath()+":1: ") {
		t.Errorf("%v", err)
	}
	if readFile(t, folder.ConfigPath()) != before {
		t.Error("a refused resume changes config.yaml")
	}
}
