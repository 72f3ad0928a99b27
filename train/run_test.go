package train

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus"
	"go.uber.org/goleak"

	"euryale/checkpoint"
	"euryale/configs"
	"euryale/run"
)

// cancelOn ends a context once its log has a line that contains the text.
type cancelOn struct {
	text   string
	cancel func()
	bytes.Buffer
}

func (c *cancelOn) Write(p []byte) (int, error) {
	if strings.Contains(string(p), c.text) {
		c.cancel()
	}
	return c.Buffer.Write(p)
}

func logTo(w *cancelOn) []Hook {
	l := logrus.New()
	l.SetOutput(w)
	return []Hook{Log(l, 7)}
}

// yamlOf is a configuration as it is on disk.
func yamlOf(t *testing.T, config *configs.Config) string {
	t.Helper()
	text, err := config.YAML()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestRunWritesItsFolder(t *testing.T) {
	defer goleak.VerifyNone(t)
	folder := run.Folder(filepath.Join(t.TempDir(), "deep", "run"))
	config := smallConfig(t)
	config.Train.KeepCheckpoints = 2
	mustRun(t, config, Options{Folder: folder, Workers: 2})

	entries, err := checkpoint.List(folder.Checkpoints())
	if err != nil || len(entries) != 2 || entries[0].Step != 24 || entries[1].Step != 25 {
		t.Errorf("checkpoints %v, %v; want steps 24 and 25", entries, err)
	}
	resolved, err := folder.Config()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(yamlOf(t, config), yamlOf(t, resolved)); diff != "" {
		t.Errorf("config.yaml differs from what was trained:\n%s", diff)
	}
	points, err := run.ReadMetrics(folder.MetricsPath())
	if err != nil || len(points) != 4 { // steps 7, 14, 21 and the last, 25
		t.Fatalf("log points %v, %v", points, err)
	}
	last := points[3]
	if last.Step != 25 || last.Epoch != 5 || last.LearningRate != 1e-3 || last.EMADecay != 25.0/34 || !(last.Loss > 0 &&
		last.GradientNorm > 0 && last.StepsPerSecond > 0) {
		t.Errorf("last log point %+v", last)
	}
}

func TestInterruptAndResume(t *testing.T) {
	whole, parts := run.Folder(t.TempDir()), run.Folder(t.TempDir())
	mustRun(t, smallConfig(t), Options{Folder: whole, Workers: 1})

	ctx, cancel := context.WithCancel(context.Background())
	// Before the first step: a checkpoint all the same.
	early := Hook{Name: "early", Start: func(context.Context, *Loop) error { cancel(); return nil }}
	err := Run(ctx, smallConfig(t), Options{Folder: parts, Workers: 1, Hooks: []Hook{early}})
	if !errors.Is(err, ErrInterrupted) || !strings.Contains(err.Error(), "at step 0") {
		t.Fatalf("error %v, want an interruption at step 0", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	log := &cancelOn{text: "step 7 of 25", cancel: cancel}
	if err := Run(ctx, smallConfig(t), Options{Folder: parts, Resume: true, Workers: 3, Hooks: logTo(log)}); !errors.Is(err,
		ErrInterrupted) {
		t.Fatalf("error %v, want an interruption\n%s", err, log)
	}
	if c, err := parts.Latest(); err != nil || c.Step != 7 {
		t.Fatalf("the newest checkpoint: %v, %v; want step 7", c, err)
	}
	// A process that dies leaves log points of steps after the last checkpoint, and half a line.
	old := readFile(t, parts.MetricsPath())
	if err := os.WriteFile(parts.MetricsPath(), []byte(old+`{"step":14,"loss":9}`+"\n"+`{"step":2`), 0o644); err != nil {
		t.Fatal(err)
	}
	log = &cancelOn{text: "\x00"}
	mustRun(t, smallConfig(t), Options{Folder: parts, Resume: true, Workers: 2, Hooks: logTo(log)})
	if !strings.Contains(log.String(), "resuming at step 7") {
		t.Errorf("log:\n%s", log)
	}
	for _, step := range []int64{8, 12, 24, 25} {
		a, b := readFile(t, checkpoint.Path(whole.Checkpoints(), step)), readFile(t, checkpoint.Path(parts.Checkpoints(), step))
		if a != b {
			t.Errorf("step %d: the checkpoint of the resumed run differs", step)
		}
	}
	points, err := run.ReadMetrics(parts.MetricsPath())
	if err != nil || len(points) != 4 || points[1].Step != 14 || points[1].Loss == 9 {
		t.Errorf("log points %v, %v", points, err)
	}
}

// While the data is read there is nothing to keep yet, and no folder.
func TestInterruptedBeforeTheStart(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	folder := run.Folder(filepath.Join(t.TempDir(), "run"))
	if err := Run(ctx, smallConfig(t), Options{Folder: folder}); !errors.Is(err, ErrInterrupted) {
		t.Errorf("error %v, want an interruption", err)
	}
	if _, err := os.Stat(string(folder)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the folder was made all the same")
	}
}

func TestResumeAfterTheEnd(t *testing.T) {
	folder := run.Folder(t.TempDir())
	config := smallConfig(t)
	mustRun(t, config, Options{Folder: folder})
	log := &cancelOn{text: "\x00"}
	mustRun(t, config, Options{Folder: folder, Resume: true, Hooks: logTo(log)})
	if !strings.Contains(log.String(), "all 25 steps are done already") {
		t.Errorf("log:\n%s", log)
	}
	config.Train.Epochs = 6
	mustRun(t, config, Options{Folder: folder, Resume: true})
	if c, err := folder.Latest(); err != nil || c.Step != 30 {
		t.Errorf("the newest checkpoint: %v, %v; want step 30", c, err)
	}
	if resolved, err := folder.Config(); err != nil || resolved.Train.Epochs != 6 {
		t.Errorf("config.yaml: %+v, %v", resolved, err)
	}
}

func TestRunRefuses(t *testing.T) {
	full := run.Folder(t.TempDir())
	mustRun(t, smallConfig(t), Options{Folder: full})
	before := readFile(t, full.MetricsPath())

	if err := Run(context.Background(), smallConfig(t), Options{Folder: full}); !errors.Is(err, run.ErrExists) {
		t.Errorf("a folder with a run: %v", err)
	}
	if err := Run(context.Background(), smallConfig(t), Options{Folder: full, Overwrite: true, Workers: MaxWorkers + 1}); err == nil ||
		!strings.Contains(err.Error(), "the number of workers must be at most 1024, got 1025") {
		t.Errorf("too many workers: %v", err)
	}
	for override, want := range map[string]string{
		"net.width=32":                        "net.width: 24 -> 32",
		"seed=4":                              "seed: 3 -> 4",
		"train.batch=10":                      "train.batch: 12 -> 10",
		"optimizer.learning_rate=cosine":      "optimizer.learning_rate: ",
		"optimizer.transforms.ema.decay=0.99": "0.9 -> 0.99",
		"data.name=moons":                     "data.name: s_curve -> moons", // another schema
	} {
		err := Run(context.Background(), smallConfig(t, override), Options{Folder: full, Resume: true})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "a resumed run cannot change") {
			t.Errorf("%s: %v", override, err)
		}
		if _, ok := errors.AsType[*configs.Error](err); !ok {
			t.Errorf("%s: error of type %T, want one of configuration", override, err)
		}
	}
	missing := run.Folder(filepath.Join(t.TempDir(), "nothing"))
	if err := Run(context.Background(), smallConfig(t), Options{Folder: missing, Resume: true}); !errors.Is(err, run.ErrNone) {
		t.Errorf("nothing to resume: %v", err)
	}
	if _, err := os.Stat(string(missing)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the folder was made all the same")
	}
	unlock, err := full.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if err := Run(context.Background(), smallConfig(t), Options{Folder: full, Overwrite: true}); err == nil ||
		!strings.Contains(err.Error(), "another process") {
		t.Errorf("a locked folder: %v", err)
	}
	unlock()
	if after := readFile(t, full.MetricsPath()); after != before {
		t.Error("a refused run changed the folder")
	}

	kept := full.Path("notes.txt")
	if err := os.WriteFile(kept, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	mustRun(t, smallConfig(t, "train.epochs=1"), Options{Folder: full, Overwrite: true})
	if entries, err := checkpoint.List(full.Checkpoints()); err != nil || len(entries) != 2 {
		t.Errorf("checkpoints after overwriting: %v, %v", entries, err)
	}
	readFile(t, kept)
}

// A run that diverges keeps its last good checkpoint.
func TestDivergingRun(t *testing.T) {
	folder := run.Folder(t.TempDir())
	config := smallConfig(t, "optimizer.learning_rate=999", "optimizer.transforms=[adam, {name: ema, decay: 0.9}]",
		"train.checkpoint_every=1", "train.epochs=2000", "train.keep_checkpoints=2")
	err := Run(context.Background(), config, Options{Folder: folder})
	if err == nil || !strings.Contains(err.Error(), "the timesteps were [") {
		t.Fatalf("error %v, want one that names the timesteps", err)
	}
	file, err := folder.Latest()
	if err != nil {
		t.Fatal(err)
	}
	for _, tensor := range file.Tensors {
		for _, v := range tensor.Data {
			if !finite(float64(v)) {
				t.Fatalf("the last checkpoint, %s, holds %v in %s", file.Name, v, tensor.Name)
			}
		}
	}
}
