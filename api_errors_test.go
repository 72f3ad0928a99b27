package euryale_test

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"euryale"
	"euryale/configs"
	"euryale/run"
)

func TestConfigurationErrors(t *testing.T) {
	_, err := euryale.Preset("scurve_edn")
	fails(t, "unknown preset", err, "must be one of scurve_edm", `got "scurve_edn"`)
	_, err = euryale.Preset("scurve", "train.epoch=3")
	fails(t, "unknown key", err, "train.epoch", "train.epochs")
	_, err = euryale.Preset("scurve", "train.epochs")
	fails(t, "no value", err, "train.epochs")
	_, err = euryale.Load(filepath.Join(t.TempDir(), "none.yaml"))
	fails(t, "no file", err, "no such file")
	config := small(t)
	config.Train.Batch = 0 // a program may set fields as it likes
	_, err = euryale.Train(t.Context(), config, euryale.In(t.TempDir()))
	var named *configs.Error
	if fails(t, "a bad field", err, "train.batch must be at least 1, got 0"); !errors.As(err, &named) {
		t.Errorf("%v is no configs.Error", err)
	}
	_, err = euryale.Train(t.Context(), nil)
	fails(t, "no configuration", err, "configuration")
	_, err = euryale.Train(t.Context(), tiny(t, "data=npy", "data.file=none.npy"), euryale.In(t.TempDir()))
	fails(t, "no data", err, "none.npy")

	path := filepath.Join(t.TempDir(), "mine.yaml")
	text, err := small(t).YAML()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if loaded, err := euryale.Load(path, "seed=7"); err != nil || loaded.Seed != 7 || loaded.Train.Batch != 16 {
		t.Errorf("loaded: %+v, %v", loaded, err)
	}
	if !slices.Contains(euryale.Presets(), "scurve_edm") {
		t.Errorf("the presets are %v", euryale.Presets())
	}
}

// A context that ends midway leaves a checkpoint, from which the run resumes to the same bits.
func TestInterrupted(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	whole, parts := t.TempDir(), t.TempDir()
	want := trained(t, small(t), euryale.In(whole))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := euryale.Train(ctx, small(t), euryale.In(parts), euryale.OnStep(1, func(p euryale.Progress) {
		if p.Step == 3 {
			cancel()
		}
	}))
	if !errors.Is(err, euryale.ErrInterrupted) {
		t.Fatalf("interrupted: %v", err)
	}
	if half, err := euryale.Open(parts); err != nil || half.Step != 3 {
		t.Fatalf("after the interruption: %+v, %v", half, err)
	}
	got := trained(t, small(t), euryale.In(parts), euryale.Resume())
	if !slices.Equal(drawn(t, got), drawn(t, want)) {
		t.Error("the interrupted run draws other samples")
	}
	a, errA := run.Folder(whole).Latest()
	b, errB := run.Folder(parts).Latest()
	if err := errors.Join(errA, errB); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a.Tensors, b.Tensors); diff != "" || len(a.Tensors) == 0 {
		t.Errorf("the last checkpoints (-whole +interrupted):\n%s", diff)
	}

	// While the data is read there is nothing to keep, and no folder.
	nowhere := filepath.Join(t.TempDir(), "run")
	if _, err := euryale.Train(ctx, small(t), euryale.In(nowhere)); !errors.Is(err, euryale.ErrInterrupted) {
		t.Errorf("interrupted at once: %v", err)
	}
	if _, err := os.Stat(nowhere); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of a run that never began: %v", err)
	}
	if _, _, err := got.Points(ctx, got.Request(5)); !errors.Is(err, context.Canceled) {
		t.Errorf("samples: %v", err)
	}
	if _, err := euryale.Evaluate(ctx, got, 5); !errors.Is(err, context.Canceled) {
		t.Errorf("evaluation: %v", err)
	}
}

func TestMetrics(t *testing.T) {
	folder := t.TempDir()
	m := trained(t, small(t), euryale.In(folder))
	points, err := euryale.Metrics(folder)
	if err != nil {
		t.Fatal(err)
	}
	var steps []int64
	for _, p := range points {
		steps = append(steps, p.Step)
		if !(p.Loss > 0) || !(p.GradientNorm > 0) || p.LearningRate != 1e-3 {
			t.Errorf("a log point is %+v", p)
		}
	}
	if diff := cmp.Diff([]int64{3, 6, 8}, steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	quality, err := euryale.Evaluate(t.Context(), m, 50)
	if mean := (points[0].Loss + points[1].Loss + points[2].Loss) / 3; err != nil || math.Abs(quality.Loss/mean-1) > 1e-12 {
		t.Errorf("the evaluation %+v, %v; want the loss %v of the last epochs", quality, err, mean)
	}
	if _, err := euryale.Metrics(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no log: %v", err)
	}
}

// A checkpoint is chosen by its step, by its loss or by its file, which needs no folder.
func TestCheckpoint(t *testing.T) {
	folder := t.TempDir()
	trained(t, small(t), euryale.In(folder)) // checkpoints of steps 4 and 8
	file := filepath.Join(folder, "checkpoints", "step-00000004.safetensors")
	for _, test := range []struct {
		folder, which string
		step          int64
	}{{folder, "", 8}, {folder, "4", 4}, {folder, "8", 8}, {folder, file, 4}, {"", file, 4}, {file, "", 4}} {
		m, err := euryale.Open(test.folder, euryale.Checkpoint(test.which))
		if err != nil || m.Step != test.step {
			t.Errorf("%q of %q: %v; want step %d", test.which, test.folder, err, test.step)
		}
	}
	points, err := euryale.Metrics(folder)
	if err != nil {
		t.Fatal(err)
	}
	want := int64(4)
	if first, all := points[0].Loss, (points[0].Loss+points[1].Loss+points[2].Loss)/3; all <= first {
		want = 8
	}
	if m, err := euryale.Open(folder, euryale.Checkpoint("best")); err != nil || m.Step != want {
		t.Errorf("the best: %v; want step %d", err, want)
	}
	_, err = euryale.Open(folder, euryale.Checkpoint("5"))
	fails(t, "no such step", err, "no checkpoint of step 5; it has those of steps 4, 8")
	if err := os.WriteFile(filepath.Join(folder, "checkpoints", "step-00000008.safetensors"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if m, err := euryale.Open(folder); err != nil || m.Step != 4 || len(m.Skipped) != 1 {
		t.Errorf("a damaged one: %+v, %v", m, err)
	}
}

// Nothing is printed: both streams belong to the program.
func TestSilence(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = w, w
	m, err := euryale.Train(t.Context(), small(t), euryale.In(t.TempDir()))
	if err == nil {
		_, err = euryale.Evaluate(t.Context(), m, 50)
	}
	os.Stdout, os.Stderr = stdout, stderr
	w.Close()
	printed, readErr := io.ReadAll(r)
	if err != nil || readErr != nil || len(printed) > 0 {
		t.Errorf("it printed %q, %v, %v", printed, err, readErr)
	}
}
