package sweep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"euryale/checkpoint"
	"euryale/run"
	"euryale/selection"
	"euryale/train"
)

// The environment of a process that runs the sweep of a folder and kills itself when it has trained a number of steps.
const (
	killedSweep = "EURYALE_TEST_SWEEP"
	killedAfter = "EURYALE_TEST_STEPS"
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(killedSweep); folder != "" {
		after, _ := strconv.Atoi(os.Getenv(killedAfter))
		if err := runUntilKilled(folder, after); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// runUntilKilled ends like a process that kill -9 ends: without a checkpoint of the moment, and without any cleaning up.
func runUntilKilled(folder string, after int) error {
	s, err := Load(filepath.Join(folder, "sweep.yaml"), nil)
	if err != nil {
		return err
	}
	steps := 0
	killer := train.Hook{Name: "killer", Every: 1, Do: func(context.Context, *train.Loop, train.Progress) error {
		if steps++; steps != after {
			return nil
		}
		self, err := os.FindProcess(os.Getpid())
		if err != nil {
			return err
		}
		if err := self.Kill(); err != nil {
			return err
		}
		select {}
	}}
	o := Options{Folder: filepath.Join(folder, "out"), Train: func(ctx context.Context, t Task) (*Outcome, error) {
		err := t.Train(ctx, func(ctx context.Context, resume bool, pause train.Hook) error {
			return train.Run(ctx, t.Config, train.Options{
				Folder: t.Folder, Resume: resume, Workers: 1, Evaluate: selection.Hook(nil), Hooks: []train.Hook{pause, killer},
			})
		})
		if err != nil {
			return nil, err
		}
		return t.Measure(ctx)
	}}
	_, err = Run(context.Background(), s, o)
	return err
}

// A sweep whose process is killed twice while it trains, and resumed, has lost no trial, trains none again, and ends with the
// weights and the tables of one that ran in one go.
func TestKilledTwice(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "sweep.yaml"), []byte(small), 0o666); err != nil {
		t.Fatal(err)
	}
	out := Folder(filepath.Join(folder, "out"))
	trained := 0 // steps in all processes
	before := map[string][]byte{}
	for _, after := range []int{30, 33, 0} { // of 12 per trial; a checkpoint every 4
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), killedSweep+"="+folder, killedAfter+"="+strconv.Itoa(after))
		text, err := cmd.CombinedOutput()
		if (err == nil) != (after == 0) || err != nil && !strings.Contains(err.Error(), "killed") {
			t.Fatalf("%v\n%s", err, text)
		}
		trained += after
		for name, content := range before { // what was done stays as it is
			if now, err := os.ReadFile(out.Path("results", name)); err != nil || !bytes.Equal(now, content) {
				t.Errorf("%s was measured again", name)
			}
		}
		entries, err := os.ReadDir(out.Path("results"))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if before[e.Name()], err = os.ReadFile(out.Path("results", e.Name())); err != nil {
				t.Fatal(err)
			}
		}
		// Of 30 steps 24 finish two trials; the checkpoint of step 4 of the third one saves 4 of the other 6.
		if want := map[int]int{30: 2, 33: 5, 0: 8}[after]; len(entries) != want {
			t.Errorf("%d trials are done after %d more steps, want %d", len(entries), after, want)
		}
	}
	s := load(t, small)
	whole := run1(t, s, Options{Folder: t.TempDir(), Jobs: 2})
	r, err := Collect(string(out))
	if err != nil {
		t.Fatal(err)
	}
	if r.CSV() != whole.CSV() || r.Count(Done) != 8 {
		t.Errorf("other tables:\n%s\n%s", r.CSV(), whole.CSV())
	}
	for _, trial := range s.Trials {
		sameWeights(t, out.Trial(trial.Name), whole.Folder.Trial(trial.Name))
	}
}

// A sweep that is killed while it makes its folder leaves the base alone, and goes on.
func TestKilledBeforeItsSweepFile(t *testing.T) {
	s, folder := load(t, small), t.TempDir()
	err := errors.Join(os.WriteFile(filepath.Join(folder, "base.yaml"), s.base, 0o666), os.Mkdir(filepath.Join(folder, "trials"), 0o777))
	if err != nil {
		t.Fatal(err)
	}
	run1(t, s, options(folder, &trainer{}))
}

// A trial that another process finished while this one had others to train is not trained again.
func TestTrainedElsewhere(t *testing.T) {
	s, folder := load(t, small), t.TempDir()
	f := &trainer{after: func(n int) {
		if n == 1 {
			if err := Folder(folder).record(nil, s.Trials[1], &Outcome{Step: 99}, nil); err != nil {
				t.Error(err)
			}
		}
	}}
	r := run1(t, s, options(folder, f))
	f.once(t, 7)
	if r.Trials[1].Step != 99 {
		t.Errorf("%+v", r.Trials[1])
	}
}

// sameWeights fails the test unless the newest checkpoints of two runs are the same, bit for bit.
func sameWeights(t *testing.T, a, b run.Folder) {
	t.Helper()
	var contents [2][]byte
	for i, folder := range []run.Folder{a, b} {
		c, err := folder.Latest()
		if err != nil || c == nil {
			t.Fatalf("%s: %v", folder, err)
		}
		if contents[i], err = os.ReadFile(checkpoint.Path(folder.Checkpoints(), c.Step)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(contents[0], contents[1]) {
		t.Errorf("%s and %s differ", a, b)
	}
}
