package train

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"
	"go.uber.org/goleak"

	"euryale/checkpoint"
	"euryale/configs"
)

// pointwise ends a context once its log has a line that contains the text.
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

func logTo(w *cancelOn) *logrus.Logger {
	l := logrus.New()
	l.SetOutput(w)
	return l
}

func mustRun(t *testing.T, config *configs.Config, o Options) {
	t.Helper()
	if err := Run(context.Background(), config, o); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestRunWritesItsFolder(t *testing.T) {
	defer goleak.VerifyNone(t)
	folder := Folder(filepath.Join(t.TempDir(), "deep", "run"))
	config := smallConfig()
	config.Train.KeepCheckpoints = 2
	mustRun(t, config, Options{Folder: folder, Workers: 2})

	entries, err := checkpoint.List(folder.checkpoints())
	if err != nil || len(entries) != 2 || entries[0].Step != 24 || entries[1].Step != 25 {
		t.Errorf("checkpoints %v, %v; want steps 24 and 25", entries, err)
	}
	if resolved, err := folder.Config(); err != nil || *resolved != *config {
		t.Errorf("config.yaml gives %+v, %v", resolved, err)
	}
	points, err := ReadMetrics(folder.metricsPath())
	if err != nil || len(points) != 4 { // steps 7, 14, 21 and the last, 25
		t.Fatalf("log points %v, %v", points, err)
	}
	last := points[3]
	if last.Step != 25 || last.Epoch != 5 || last.LearningRate != 1e-3 || last.EMADecay != 25.0/34 || !(last.Loss > 0 && last.GradientNorm > 0 && last.StepsPerSecond > 0) {
		t.Errorf("last log point %+v", last)
	}
	if _, err := os.Stat(folder.Samples("strip.png")); err != nil {
		t.Error(err)
	}
}

func TestInterruptAndResume(t *testing.T) {
	whole, parts := Folder(t.TempDir()), Folder(t.TempDir())
	mustRun(t, smallConfig(), Options{Folder: whole, Workers: 1})

	ctx, cancel := context.WithCancel(context.Background())
	cancel() // before the first step: a checkpoint all the same
	err := Run(ctx, smallConfig(), Options{Folder: parts, Workers: 1})
	if !errors.Is(err, ErrInterrupted) || !strings.Contains(err.Error(), "at step 0") {
		t.Fatalf("error %v, want an interruption at step 0", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	log := &cancelOn{text: "step 7 of 25", cancel: cancel}
	if err := Run(ctx, smallConfig(), Options{Folder: parts, Resume: true, Workers: 3, Log: logTo(log)}); !errors.Is(err, ErrInterrupted) {
		t.Fatalf("error %v, want an interruption\n%s", err, log)
	}
	if file, err := parts.latest(); err != nil || file.Metadata["step"] != "7" {
		t.Fatalf("the newest checkpoint: %v, %v; want step 7", file, err)
	}
	// A process that dies leaves log points of steps that no checkpoint knows, and half a line.
	old := readFile(t, parts.metricsPath())
	if err := os.WriteFile(parts.metricsPath(), []byte(old+`{"step":14,"loss":9}`+"\n"+`{"step":2`), 0o644); err != nil {
		t.Fatal(err)
	}
	log = &cancelOn{text: "\x00"}
	mustRun(t, smallConfig(), Options{Folder: parts, Resume: true, Workers: 2, Log: logTo(log)})
	if !strings.Contains(log.String(), "resuming at step 7") {
		t.Errorf("log:\n%s", log)
	}
	for _, step := range []int64{8, 12, 24, 25} {
		a, b := readFile(t, checkpoint.Path(whole.checkpoints(), step)), readFile(t, checkpoint.Path(parts.checkpoints(), step))
		if a != b {
			t.Errorf("step %d: the checkpoint of the resumed run differs", step)
		}
	}
	points, err := ReadMetrics(parts.metricsPath())
	if err != nil || len(points) != 4 || points[1].Step != 14 || points[1].Loss == 9 {
		t.Errorf("log points %v, %v", points, err)
	}
	if a, b := readFile(t, whole.Samples("strip.png")), readFile(t, parts.Samples("strip.png")); a != b {
		t.Error("the pictures differ")
	}
}

func TestResumeAfterTheEnd(t *testing.T) {
	folder := Folder(t.TempDir())
	config := smallConfig()
	mustRun(t, config, Options{Folder: folder})
	log := &cancelOn{text: "\x00"}
	mustRun(t, config, Options{Folder: folder, Resume: true, Log: logTo(log)})
	if !strings.Contains(log.String(), "all 25 steps are done already") {
		t.Errorf("log:\n%s", log)
	}
	config.Train.Epochs = 6
	mustRun(t, config, Options{Folder: folder, Resume: true})
	if file, err := folder.latest(); err != nil || file.Metadata["step"] != "30" {
		t.Errorf("the newest checkpoint: %v, %v; want step 30", file, err)
	}
	if resolved, err := folder.Config(); err != nil || resolved.Train.Epochs != 6 {
		t.Errorf("config.yaml: %+v, %v", resolved, err)
	}
}

func TestRunRefuses(t *testing.T) {
	full := Folder(t.TempDir())
	mustRun(t, smallConfig(), Options{Folder: full})
	before := readFile(t, full.path("metrics.jsonl"))

	if err := Run(context.Background(), smallConfig(), Options{Folder: full}); !errors.Is(err, ErrRunExists) {
		t.Errorf("a folder with a run: %v", err)
	}
	wider := smallConfig()
	wider.Net.Width = 32
	err := Run(context.Background(), wider, Options{Folder: full, Resume: true})
	if err == nil || !strings.Contains(err.Error(), "net.width: 24 -> 32") {
		t.Errorf("another architecture: %v", err)
	}
	missing := Folder(filepath.Join(t.TempDir(), "nothing"))
	if err := Run(context.Background(), smallConfig(), Options{Folder: missing, Resume: true}); !errors.Is(err, ErrNoRun) {
		t.Errorf("nothing to resume: %v", err)
	}
	if _, err := os.Stat(string(missing)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the folder was made all the same")
	}
	unlock, err := full.lock()
	if err != nil {
		t.Fatal(err)
	}
	if err := Run(context.Background(), smallConfig(), Options{Folder: full, Overwrite: true}); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a locked folder: %v", err)
	}
	unlock()
	if after := readFile(t, full.path("metrics.jsonl")); after != before {
		t.Error("a refused run changed the folder")
	}

	kept := full.path("notes.txt")
	if err := os.WriteFile(kept, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	shorter := smallConfig()
	shorter.Train.Epochs = 1
	mustRun(t, shorter, Options{Folder: full, Overwrite: true})
	if entries, err := checkpoint.List(full.checkpoints()); err != nil || len(entries) != 2 {
		t.Errorf("checkpoints after overwriting: %v, %v", entries, err)
	}
	readFile(t, kept)
}

// A run that diverges keeps its last good checkpoint.
func TestDivergingRun(t *testing.T) {
	folder := Folder(t.TempDir())
	config := smallConfig()
	config.Optimizer.LearningRate = 999
	config.Optimizer.ClipNorm = 0
	config.Train.CheckpointEvery = 1
	config.Train.Epochs = 2000
	config.Train.KeepCheckpoints = 2
	err := Run(context.Background(), config, Options{Folder: folder})
	if err == nil || !strings.Contains(err.Error(), "the timesteps were [") {
		t.Fatalf("error %v, want one that names the timesteps", err)
	}
	file, err := folder.latest()
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

func TestMetricsErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	if err := os.WriteFile(path, []byte("{\"step\":1}\nnonsense\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadMetrics(path); err == nil || !strings.Contains(err.Error(), "metrics.jsonl:2:") {
		t.Errorf("error %v, want the line", err)
	}
	if _, err := openMetrics(path, 0); err == nil {
		t.Error("a damaged log was opened for writing")
	}
}

func TestLastLoss(t *testing.T) {
	folder := Folder(t.TempDir())
	if loss, err := folder.LastLoss(20); loss != 0 || err != nil {
		t.Errorf("no metrics: %v, %v", loss, err)
	}
	lines := `{"step":1,"epoch":10,"loss":8}` + "\n" + `{"step":2,"epoch":11,"loss":4}` + "\n" + `{"step":3,"epoch":30,"loss":2}` + "\n"
	if err := os.WriteFile(folder.metricsPath(), []byte(lines), 0o644); err != nil {
		t.Fatal(err)
	}
	if loss, err := folder.LastLoss(20); math.Abs(loss-3) > 1e-12 || err != nil {
		t.Errorf("loss %v, %v; want 3, the mean of the points above epoch 10", loss, err)
	}
}
