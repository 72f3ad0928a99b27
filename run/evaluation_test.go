package run

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"euryale/checkpoint"
	"euryale/configs"
)

// keepsBest is the default configuration with train.keep: best.
func keepsBest(t *testing.T) *configs.Config {
	t.Helper()
	config := configs.Default()
	config.Data.HeldOut, config.Train.EvaluateEvery, config.Train.Keep = 0.1, 10, configs.KeepBest
	return config
}

// best is a folder with checkpoints of steps 10, 20, 30 of a configuration, of which 20 is kept as the best.
func best(t *testing.T, config *configs.Config) Folder {
	t.Helper()
	folder := Folder(t.TempDir())
	if err := folder.Create(config, false); err != nil {
		t.Fatal(err)
	}
	for _, step := range []int64{10, 20, 30} {
		if _, err := folder.Save(ofStep(t, config, step), step); err != nil {
			t.Fatal(err)
		}
	}
	if err := folder.SaveBest(ofStep(t, config, 20), Evaluation{HeldOutLoss: 0.5, Score: 0.9}); err != nil {
		t.Fatal(err)
	}
	return folder
}

func opens(t *testing.T, folder Folder, which string, step int64, isBest bool) *Checkpoint {
	t.Helper()
	c, err := folder.Open(which)
	if err != nil || c.Step != step || c.Best != isBest {
		t.Fatalf("Open(%q): step %d, best %v, %v; want step %d, %v", which, c.Step, c.Best, err, step, isBest)
	}
	return c
}

// The best checkpoint is opened where the run keeps it, and resumed from never.
func TestOpenBest(t *testing.T) {
	folder := best(t, keepsBest(t))
	opens(t, folder, "", 20, true)
	opens(t, folder, Best, 20, true)
	opens(t, folder, "30", 30, false)
	if c, err := folder.Latest(); err != nil || c.Step != 30 || c.Best {
		t.Errorf("Latest: %+v, %v", c, err)
	}
	c, e, err := folder.Best()
	if want := (Evaluation{HeldOutLoss: 0.5, Score: 0.9}); err != nil || c.Step != 20 || e != want {
		t.Errorf("step %d, %+v, %v", c.Step, e, err)
	}
	if err := folder.Prune(ofStep(t, keepsBest(t), 30), 1); err != nil {
		t.Fatal(err)
	}
	opens(t, folder, "", 20, true)

	// A run that was trained on with keep: last is opened at its newest step; best is still chosen by name.
	last := keepsBest(t)
	last.Train.Keep = configs.KeepLast
	if _, err := folder.Save(ofStep(t, last, 40), 40); err != nil {
		t.Fatal(err)
	}
	opens(t, folder, "", 40, false)
	opens(t, folder, Best, 20, true)
}

// Without a best checkpoint that is whole and of the run, the newest is opened, and damage is named.
func TestOpenWithoutBest(t *testing.T) {
	config := keepsBest(t)
	folder := best(t, config)
	path := checkpoint.BestPath(folder.Checkpoints())
	damage(t, path)
	c := opens(t, folder, "", 30, false)
	if len(c.Skipped) != 1 || !strings.Contains(c.Skipped[0].Error(), "best.safetensors") ||
		!strings.Contains(c.Skipped[0].Error(), "the one of step 30 is used instead") {
		t.Errorf("skipped: %v", c.Skipped)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if c := opens(t, folder, "", 30, false); len(c.Skipped) > 0 {
		t.Errorf("skipped: %v", c.Skipped)
	}
	if _, _, err := folder.Best(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Best: %v", err)
	}
	other := keepsBest(t)
	other.Seed = 9
	if err := folder.SaveBest(ofStep(t, other, 25), Evaluation{}); err != nil {
		t.Fatal(err)
	}
	opens(t, folder, "", 30, false)
}

// A file in the place of the best checkpoint that is not of the run is put aside, one of the run is replaced.
func TestSaveBest(t *testing.T) {
	config := keepsBest(t)
	folder := best(t, config)
	path := checkpoint.BestPath(folder.Checkpoints())
	save := func(step int64) {
		t.Helper()
		if err := folder.SaveBest(ofStep(t, config, step), Evaluation{Score: float64(step)}); err != nil {
			t.Fatal(err)
		}
	}
	save(30)
	if _, err := os.Stat(path + asideSuffix); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a checkpoint of the run was put aside: %v", err)
	}
	put(t, path, "mine")
	save(40)
	if text, err := os.ReadFile(path + asideSuffix); err != nil || string(text) != "mine" {
		t.Errorf("%q, %v", text, err)
	}
	opens(t, folder, Best, 40, true)
	if c, _ := folder.BestOf(ofStep(t, configs.Default(), 5)); c != nil {
		t.Error("the best of another configuration")
	}

	// Overwriting the run removes it; what was put aside stays, and so does a folder in its place.
	if err := folder.Create(config, true); err != nil {
		t.Fatal(err)
	}
	left, _ := filepath.Glob(folder.Checkpoints() + "/*")
	if diff := cmp.Diff(left, []string{path + asideSuffix}); diff != "" {
		t.Error(diff)
	}
	if err := os.Mkdir(path, 0o777); err != nil {
		t.Fatal(err)
	}
	foreign := (*ForeignError)(nil)
	if err := folder.Check(false, true); !errors.As(err, &foreign) {
		t.Errorf("a folder in its place: %v", err)
	}
}

// A new configuration is taken over without a change of the tensors and the evaluation.
func TestAdoptBest(t *testing.T) {
	config := keepsBest(t)
	folder := best(t, config)
	changed := keepsBest(t)
	changed.Sample.Steps = 7
	if err := folder.AdoptBest(ofStep(t, changed, 30), changed); err != nil {
		t.Fatal(err)
	}
	c, e, err := folder.Best()
	if err != nil || c.Config.Sample.Steps != 7 || c.Step != 20 || c.Tensors[0].Data[0] != 20 || e.Score != 0.9 {
		t.Errorf("%+v, %+v, %v", c, e, err)
	}
	if err := created(t, 10).AdoptBest(ofStep(t, changed, 10), changed); err != nil {
		t.Errorf("without a best checkpoint: %v", err)
	}
}

// An evaluation goes into the log point of its step, and comes back.
func TestAddEvaluation(t *testing.T) {
	folder := created(t)
	auc := 0.6
	e := Evaluation{HeldOutLoss: 0.25, Table: &TableEvaluation{Samples: 3, Detection: &auc}, Score: -1, Best: true}
	if err := folder.AddEvaluation(20, e); err != nil { // there is no log yet
		t.Fatal(err)
	}
	metrics, err := OpenMetrics(folder.MetricsPath(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []int64{10, 20, 30} {
		if err := metrics.Write(LogPoint{Step: step, Loss: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(metrics.Close(), folder.AddEvaluation(20, e)); err != nil {
		t.Fatal(err)
	}
	points, err := ReadMetrics(folder.MetricsPath())
	if err != nil {
		t.Fatal(err)
	}
	want := []LogPoint{{Step: 10, Loss: 1}, {Step: 20, Loss: 1, Evaluation: &e}, {Step: 30, Loss: 1}}
	if diff := cmp.Diff(points, want); diff != "" {
		t.Error(diff)
	}
	for step, want := range map[int64]bool{10: false, 20: true, 40: false} {
		if got, err := folder.Evaluated(step); err != nil || got != want {
			t.Errorf("Evaluated(%d) = %v, %v", step, got, err)
		}
	}
}
