package html

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/checkpoint"
	"euryale/eval"
	"euryale/model"
	"euryale/run"
)

// oldRun is a copy of a run that version 1 wrote.
func oldRun(t *testing.T) run.Folder {
	t.Helper()
	folder := run.Folder(filepath.Join(t.TempDir(), "old"))
	must(t, os.CopyFS(string(folder), os.DirFS("../../internal/cli/testdata/version1")))
	return folder
}

// A run of version 1 has a page as well, with what is measured and drawn of its net.
func TestPrepare(t *testing.T) {
	folder := oldRun(t)
	seed := uint64(5)
	done := 0
	o := Options{N: 60, Seed: &seed, Workers: 1, Likelihood: true, Figures: true, Progress: func(n, _ int) { done = n }}
	c, err := Prepare(context.Background(), folder, o)
	must(t, err)
	if len(c.Notes) > 0 || done == 0 {
		t.Errorf("notes %q, %d samples shown", c.Notes, done)
	}
	page := mustPage(t, folder, c)
	for _, want := range []string{
		"60 samples of step ", "seed 5, against fresh rows", "two sets of fresh rows", "Likelihood of 60 rows", "negative log-density",
		"nearer to training rows", "emorizing", "There is no environment.json", "The forward process",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if m := c.Metrics[0]; m.Name != slicedW1 || m.Floor == nil || m.Value <= 0 || *m.Floor <= 0 {
		t.Errorf("%+v", m)
	}
	m, err := model.Open(folder)
	must(t, err)
	r := m.Request(60)
	r.Seed = seed
	e, err := eval.Evaluate(context.Background(), m, r)
	must(t, err)
	for i, want := range [][2]float64{
		{e.SlicedW1, e.Floor}, {e.Nearest.NearerToTraining, e.Nearest.Expected}, {e.Nearest.Samples, e.Nearest.Fresh},
	} {
		if got := c.Metrics[i]; got.Value != want[0] || *got.Floor != want[1] {
			t.Errorf("%s is %v with the floor %v, want %v", got.Name, got.Value, *got.Floor, want)
		}
	}
	o.Workers = 2
	if again, err := Prepare(context.Background(), folder, o); err != nil || mustPage(t, folder, again) != page {
		t.Errorf("two workers give another page; %v", err)
	}
	if entries, err := os.ReadDir(string(folder)); err != nil || len(entries) != 5 {
		t.Errorf("the folder holds %v, %v: nothing may be added", entries, err)
	}
}

// What cannot be made is a note; only an interruption is an error.
func TestPrepareWithout(t *testing.T) {
	if c, err := Prepare(context.Background(), "nowhere", Options{}); err != nil || c.Notes != nil {
		t.Errorf("nothing is wanted: %v, %v", c, err)
	}
	c, err := Prepare(context.Background(), bareRun(t, "bare", 0), Options{N: 10, Figures: true})
	if err != nil || len(c.Notes) != 1 || !strings.Contains(c.Notes[0], "Nothing was measured or drawn") {
		t.Errorf("without a checkpoint: %q, %v", c.Notes, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Prepare(ctx, oldRun(t), Options{N: 10}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// The steps of a training whose configuration leaves them to its rows are found out.
func TestCountSteps(t *testing.T) {
	for epochs, want := range map[int]int64{1: 0, 0: 500} { // of few rows
		folder := oldRun(t)
		entries, err := checkpoint.List(folder.Checkpoints())
		must(t, err)
		c, err := run.Read(entries[0].Path)
		must(t, err)
		c.Config.Train.Epochs = epochs
		must(t, c.Encode())
		must(t, checkpoint.Write(entries[0].Path, c.File))
		made, err := Prepare(context.Background(), folder, Options{Figures: true, Workers: 1})
		must(t, err)
		if made.Steps != want {
			t.Errorf("%d epochs: %d steps, want %d", epochs, made.Steps, want)
		}
	}
	page := mustPage(t, bareRun(t, "some", 0, "train.steps=0", "train.epochs=0"), Contents{Steps: 1200})
	if want := "At step 300 of 1,200 (25%)"; !strings.Contains(page, want) {
		t.Errorf("the page lacks %q", want)
	}
}
