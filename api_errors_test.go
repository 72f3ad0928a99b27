package euryale_test

import (
	"context"
	"errors"
	"io"
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

// A context that ends in the middle leaves a checkpoint, from which the run goes on to the same bits.
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

	// Before the first step there is nothing to keep, and no folder.
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
	trained(t, small(t), euryale.In(folder))
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
	if _, err := euryale.Metrics(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no log: %v", err)
	}
}

// Nothing is printed: a program has both streams for itself.
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
