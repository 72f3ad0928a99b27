package euryale_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"euryale"
	"euryale/data"
	"euryale/nets"
	"euryale/ops"
	"euryale/train"
)

// small is a run of eight steps, four to an epoch.
func small(t testing.TB, overrides ...string) *euryale.Config {
	return tiny(t, append([]string{"data.points=64"}, overrides...)...)
}

// tiny is a run of two epochs with a log point every three steps and a checkpoint every four.
func tiny(t testing.TB, overrides ...string) *euryale.Config {
	t.Helper()
	config, err := euryale.Preset("scurve", append([]string{"name=small", "train.batch=16", "train.epochs=2", "train.log_every=3",
		"train.checkpoint_every=4", "net.width=8", "net.depth=1", "process.steps=10"}, overrides...)...)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// trained trains, and fails the test if that fails.
func trained(t testing.TB, c *euryale.Config, o ...euryale.Option) *euryale.Model {
	t.Helper()
	m, err := euryale.Train(t.Context(), c, o...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// drawn draws a few samples.
func drawn(t testing.TB, m *euryale.Model) []float32 {
	t.Helper()
	points, evaluations, err := m.Points(t.Context(), m.Request(5))
	if err != nil || len(points) != 5*m.Schema.Dim() || evaluations != 10 {
		t.Fatalf("%d numbers with %v evaluations of the net per sample, %v", len(points), evaluations, err)
	}
	return points
}

// fails reports an error that is missing or does not contain all of want.
func fails(t testing.TB, what string, err error, want ...string) {
	t.Helper()
	for _, part := range want {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v, want an error with %q", what, err, part)
		}
	}
}

// mlp is a net of a program: one hidden layer, for rows of dim numbers only.
type mlp struct{ dim int }

func (n mlp) Apply(b *ops.Builder, in nets.Input) *ops.Node {
	if in.X.Size() != n.dim {
		return b.Fail("mlp: want rows of %d numbers, got %d", n.dim, in.X.Size())
	}
	time := nets.TimeEmbedding(b, "time", &nets.Sinusoidal{Features: 4}, in, 8)
	h := b.SiLU("hidden", b.Add("hidden", nets.Dense(b, "in", in.X, 8), time))
	return nets.Dense(b, "out", h, in.Outputs)
}

// line returns rows of a program, in three classes.
func line(t testing.TB, dim int) data.Source {
	t.Helper()
	rows, labels := make([][]float64, 90), make([]int32, 90)
	for i := range rows {
		rows[i], labels[i] = slices.Repeat([]float64{float64(i % 10)}, dim), int32(i%3)
	}
	source, err := data.Rows(rows, labels)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func TestIn(t *testing.T) {
	t.Chdir(t.TempDir())
	first := trained(t, small(t))
	second := trained(t, small(t), euryale.In("elsewhere/run"), nil)
	for _, folder := range []string{"runs/small", "elsewhere/run"} {
		for _, name := range []string{"config.yaml", "metrics.jsonl", "checkpoints/step-00000004.safetensors",
			"checkpoints/step-00000008.safetensors"} {
			if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
				t.Error(err)
			}
		}
		opened, err := euryale.Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		if opened.Step != 8 || !slices.Equal(drawn(t, opened), drawn(t, first)) {
			t.Errorf("%s was opened at step %d, or draws other samples", folder, opened.Step)
		}
	}
	if !slices.Equal(drawn(t, first), drawn(t, second)) {
		t.Error("the folder changed the samples")
	}
	_, err := euryale.Open("nothing")
	if fails(t, "no folder", err, "nothing holds no run"); !errors.Is(err, euryale.ErrNone) {
		t.Errorf("no folder: %v is not ErrNone", err)
	}
}

func TestOverwrite(t *testing.T) {
	folder := t.TempDir()
	note := filepath.Join(folder, "note.txt")
	if err := os.WriteFile(note, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	trained(t, small(t), euryale.In(folder)) // a folder that holds no run may hold other things
	_, err := euryale.Train(t.Context(), small(t), euryale.In(folder))
	if fails(t, "a second run", err, "euryale.Resume", "euryale.Overwrite", "euryale.In"); !errors.Is(err, euryale.ErrExists) ||
		strings.Contains(err.Error(), "-resume") {
		t.Errorf("a second run: %v", err)
	}
	if m := trained(t, small(t, "train.epochs=1"), euryale.In(folder), euryale.Overwrite()); m.Step != 4 {
		t.Errorf("overwritten at step %d, want 4", m.Step)
	}
	if text, err := os.ReadFile(note); string(text) != "mine" {
		t.Errorf("the note in the folder: %q, %v", text, err)
	}
}

func TestResume(t *testing.T) {
	whole, parts := t.TempDir(), t.TempDir()
	want := trained(t, small(t), euryale.In(whole))
	trained(t, small(t, "train.epochs=1"), euryale.In(parts))
	got := trained(t, small(t), euryale.In(parts), euryale.Resume())
	if got.Step != 8 || !slices.Equal(drawn(t, got), drawn(t, want)) {
		t.Errorf("resumed to step %d, or it draws other samples", got.Step)
	}
	if again := trained(t, small(t), euryale.In(parts), euryale.Resume()); again.Step != 8 {
		t.Errorf("a run that was done went on to step %d", again.Step)
	}
	_, err := euryale.Train(t.Context(), small(t, "optimizer.learning_rate=0.01"), euryale.In(parts), euryale.Resume())
	fails(t, "another rate", err, "cannot change", "0.001 -> 0.01", "euryale.NewLearningRate")
	faster := small(t, "optimizer.learning_rate=0.01", "train.epochs=3")
	if m := trained(t, faster, euryale.In(parts), euryale.Resume(), euryale.NewLearningRate()); m.Step != 12 ||
		m.Config.Optimizer.LearningRate.Kind.At(12, 12) != 0.01 {
		t.Errorf("by another rate: step %d, %+v", m.Step, m.Config.Optimizer)
	}
	trained(t, faster, euryale.In(parts), euryale.Resume()) // it is the run's now
	_, err = euryale.Train(t.Context(), small(t, "optimizer.learning_rate=0.01", "net.width=16"), euryale.In(parts), euryale.Resume())
	fails(t, "another net", err, "cannot change", "net.width: 8 -> 16")
	_, err = euryale.Train(t.Context(), small(t), euryale.In(t.TempDir()), euryale.Resume())
	if !errors.Is(err, euryale.ErrNone) {
		t.Errorf("nothing to resume: %v", err)
	}
}

func TestWorkers(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	want := drawn(t, trained(t, small(t), euryale.In(t.TempDir()), euryale.Workers(1)))
	if got := drawn(t, trained(t, small(t), euryale.In(t.TempDir()), euryale.Workers(3))); !slices.Equal(got, want) {
		t.Error("three workers trained another model than one")
	}
	_, err := euryale.Train(t.Context(), small(t), euryale.In(t.TempDir()), euryale.Workers(1025))
	fails(t, "many workers", err, "at most 1024, got 1025")
}

func TestWithData(t *testing.T) {
	folder, source := t.TempDir(), line(t, 3)
	config := tiny(t, "data=program", "data.held_out=0.2", "data.standardize=true", "net.labels=true", "train.label_dropout=0.1")
	m := trained(t, config, euryale.In(folder), euryale.WithData(source))
	if m.Schema.Dim() != 3 || len(m.Schema.Classes) != 3 {
		t.Errorf("the schema of the model is %+v", m.Schema)
	}
	quality, err := euryale.Evaluate(t.Context(), m, 100)
	if err != nil || quality.Samples != 18 || len(quality.Mean) != 3 {
		t.Errorf("the evaluation %+v, %v; want as many samples as there are held-out rows", quality, err)
	}

	// Samples need no data; an evaluation must be given the same data.
	without, err := euryale.Open(folder)
	if err != nil || !slices.Equal(drawn(t, without), drawn(t, m)) {
		t.Errorf("opened without the data: %v", err)
	}
	_, err = euryale.Evaluate(t.Context(), without, 10)
	fails(t, "without the data", err, "given by a Go program", "again")
	for dim, want := range map[int]string{2: "rows of 2 columns, expected 3", 3: ""} {
		with, err := euryale.Open(folder, euryale.WithData(line(t, dim)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = euryale.Evaluate(t.Context(), with, 10); want == "" && err != nil {
			t.Error(err)
		} else if want != "" {
			fails(t, "other data", err, want)
		}
	}
	_, err = euryale.Train(t.Context(), config, euryale.In(folder), euryale.Resume())
	fails(t, "resumed without the data", err, "given by a Go program")
	if config.Data.Source.Name() != "program" || config.Data.Source.Kind.(*data.Program).Source != nil {
		t.Error("Train changed the configuration that it was given")
	}
}

func TestWithNet(t *testing.T) {
	folder := t.TempDir()
	m := trained(t, small(t), euryale.In(folder), euryale.WithNet(mlp{2}))
	_, err := euryale.Open(folder)
	fails(t, "without the net", err, "given by a Go program", "again")
	again, err := euryale.Open(folder, euryale.WithNet(mlp{2}))
	if err != nil || !slices.Equal(drawn(t, again), drawn(t, m)) {
		t.Errorf("opened with the net: %v", err)
	}
	if on := trained(t, small(t, "train.epochs=3"), euryale.In(folder), euryale.WithNet(mlp{2}), euryale.Resume()); on.Step != 12 {
		t.Errorf("resumed to step %d, want 12", on.Step)
	}
	_, err = euryale.Train(t.Context(), small(t, "train.epochs=4"), euryale.In(folder), euryale.Resume())
	fails(t, "resumed without the net", err, "cannot change", "its net was given by a Go program", "euryale.WithNet")
	_, err = euryale.Open(folder, euryale.WithNet(mlp{3}))
	fails(t, "another net", err, "want rows of 3 numbers, got 2")

	// A net may take only rows of the program's data.
	trained(t, small(t), euryale.In(t.TempDir()), euryale.WithNet(mlp{3}), euryale.WithData(line(t, 3)))
	_, err = euryale.Train(t.Context(), small(t), euryale.In(t.TempDir()), euryale.WithNet(mlp{2}), euryale.WithData(line(t, 3)))
	fails(t, "a net for other rows", err, "net does not fit", "want rows of 2 numbers, got 3")
	_, err = euryale.Train(t.Context(), small(t), euryale.In(t.TempDir()), euryale.WithNet(wrong{}))
	fails(t, "a net of other outputs", err, "net does not fit", `the net's output "out" [3] must have 2 numbers per row`)
}

// wrong is a net with a fixed number of outputs.
type wrong struct{}

func (wrong) Apply(b *ops.Builder, in nets.Input) *ops.Node { return nets.Dense(b, "out", in.X, 3) }

func TestHooks(t *testing.T) {
	var calls []string
	record := func(call string) { calls = append(calls, call) }
	hook := euryale.Hook{
		Name: "recorder", Every: 5,
		Start:  func(context.Context, *train.Loop) error { record("start"); return nil },
		Do:     func(_ context.Context, l *train.Loop, p euryale.Progress) error { record("do"); return nil },
		Finish: func(context.Context, *train.Loop) error { record("finish"); return nil },
		Stop:   func(_ *train.Loop, cause error) error { record("stop"); return cause },
	}
	var steps []int64
	trained(t, small(t), euryale.In(t.TempDir()), euryale.WithHook(hook), euryale.OnStep(3, func(p euryale.Progress) {
		steps = append(steps, p.Step)
		if p.Total != 8 || p.Epoch != float64(p.Step)/4 || !(p.Loss > 0) || p.LearningRate != 1e-3 {
			t.Errorf("the progress is %+v", p)
		}
	}))
	if diff := cmp.Diff([]string{"start", "do", "do", "finish", "stop"}, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{3, 6, 8}, steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}

	broken := errors.New("disk full")
	hook.Do = func(context.Context, *train.Loop, euryale.Progress) error { return broken }
	_, err := euryale.Train(t.Context(), small(t), euryale.In(t.TempDir()), euryale.WithHook(hook))
	if fails(t, "a broken hook", err, "hook recorder: disk full"); !errors.Is(err, broken) {
		t.Errorf("%v does not wrap the hook's error", err)
	}
}
