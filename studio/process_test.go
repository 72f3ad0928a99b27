package studio_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"euryale/studio"
)

// pretend is a studio whose trainings are a script, which finds its folder in $out. Its failures are told to failures.
func pretend(t *testing.T, script string) (s *served, failures func() []string) {
	t.Helper()
	var mu sync.Mutex
	var list []string
	s = &served{t: t, runs: t.TempDir()}
	s.start(studio.Options{
		Runs: s.runs, Listen: "127.0.0.1:0",
		Program: []string{"/bin/sh", "-c", `for a; do out=$a; done; ` + script},
		Failed: func(err error) {
			mu.Lock()
			defer mu.Unlock()
			list = append(list, err.Error())
		},
	})
	return s, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(list)
	}
}

// goesOn is a training that has begun, and does something when it is asked to stop.
const goesOn = `trap 'onstop' TERM; echo '{}' >"$out/environment.json"; while :; do sleep 0.02; done`

// A training that cannot leave its checkpoint has failed, and is not reported as stopped.
func TestStopFails(t *testing.T) {
	s, failures := pretend(t, `onstop() { echo 'euryale train: the disk is full' >&2; exit 1; }; `+goesOn)
	for _, name := range []string{"one", "other"} {
		s.post("/api/start", map[string]any{"preset": "scurve", "name": name}, new(begun))
	}
	s.post("/api/stop", map[string]string{"id": "one"}, new(begun))
	until(t, "the first has ended", func() bool { return s.run("one").State != "running" })
	if r := s.run("one"); r.State != "failed" || r.Error != "the disk is full" {
		t.Errorf("%+v", r)
	}
	if stopped := s.Close(); len(stopped) != 0 {
		t.Errorf("stopped %q", stopped)
	}
	if got := failures(); len(got) != 1 || !strings.Contains(got[0], "other failed while it stopped: the disk is full") {
		t.Errorf("failures %q", got)
	}
}

// A training that is asked to stop before it can leave a checkpoint, and one that has ended by itself meanwhile.
func TestStopsEarly(t *testing.T) {
	s, failures := pretend(t, `case $out in *early) trap - TERM;; *) onstop() { exit 0; }; trap onstop TERM;; esac; `+
		`echo '{}' >"$out/environment.json"; while :; do sleep 0.02; done`)
	for _, name := range []string{"early", "ended"} {
		s.post("/api/start", map[string]any{"preset": "scurve", "name": name}, new(begun))
	}
	if stopped := s.Close(); !slices.Equal(stopped, []string{"early"}) || len(failures()) != 0 {
		t.Errorf("stopped %q, failures %q", stopped, failures())
	}
}

// A training that failed before it was a run is listed with its reason as long as its folder is there.
func TestFailedWithoutRun(t *testing.T) {
	s, _ := pretend(t, `echo '{}' >"$out/environment.json"; while [ ! -e "$out/go" ]; do sleep 0.02; done; echo 'no such column' >&2; exit 1`)
	s.post("/api/start", map[string]any{"preset": "scurve", "name": "new"}, new(begun))
	if r := s.run("new"); r == nil || r.State != "running" || !r.Mine {
		t.Errorf("%+v", r)
	}
	if err := os.WriteFile(filepath.Join(s.runs, "new", "go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	until(t, "it has failed", func() bool { return s.run("new").State == "failed" })
	if r := s.run("new"); r.Error != "no such column" {
		t.Errorf("%+v", r)
	}
	if err := os.RemoveAll(filepath.Join(s.runs, "new")); err != nil {
		t.Fatal(err)
	}
	if r := s.run("new"); r != nil {
		t.Errorf("its folder is gone: %+v", r)
	}
}
