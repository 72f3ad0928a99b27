package html

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
