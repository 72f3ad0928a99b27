package sweep

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"euryale/configs"
	"euryale/run"
	"euryale/train"
)

// However often a sweep is stopped, every trial is trained once, and the tables are those of a sweep that never stopped.
func TestStoppedAndResumed(t *testing.T) {
	s := load(t, small)
	whole := run1(t, s, options(t.TempDir(), &trainer{}))
	for _, jobs := range []int{1, 3} {
		folder, f := t.TempDir(), &trainer{}
		for stop := range len(s.Trials) {
			ctx, cancel := context.WithCancel(context.Background())
			f.after = func(n int) {
				if n > stop {
					cancel()
				}
			}
			o := options(folder, f)
			o.Jobs = jobs
			_, err := Run(ctx, s, o)
			cancel()
			if jobs == 1 && stop < len(s.Trials)-1 && !errors.Is(err, ErrInterrupted) {
				t.Fatalf("stopped after %d: %v", stop+1, err)
			}
		}
		f.after = nil
		r := run1(t, s, options(folder, f))
		f.once(t, len(s.Trials))
		if f.most > jobs {
			t.Errorf("%d trials at a time, want at most %d", f.most, jobs)
		}
		if r.CSV() != whole.CSV() || r.Markdown() != whole.Markdown() {
			t.Errorf("other tables with %d jobs:\n%s\n%s", jobs, r.Markdown(), whole.Markdown())
		}
	}
}

// A trial that was interrupted, and not the sweep, is neither done nor failed.
func TestInterruptedTrial(t *testing.T) {
	s, folder := load(t, small), t.TempDir()
	name := s.Trials[2].Name
	f := &trainer{fail: map[string]error{name: fmt.Errorf("train: %w", train.ErrInterrupted)}}
	_, err := Run(context.Background(), s, options(folder, f))
	if !errors.Is(err, ErrInterrupted) || !strings.Contains(err.Error(), "7 of 8") {
		t.Errorf("%v", err)
	}
	f.fail = nil
	run1(t, s, options(folder, f))
	f.once(t, 8)
}

// A trial that fails is recorded, the others go on, and the error names it. It is trained again on demand.
func TestFailingTrial(t *testing.T) {
	s, folder := load(t, small), t.TempDir()
	name := s.Trials[3].Name
	f := &trainer{fail: map[string]error{name: errTrial}}
	o := options(folder, f)
	var events []Event
	o.Progress = func(e Event) { events = append(events, e) }
	r, err := Run(context.Background(), s, o)
	failed := (*FailedError)(nil)
	if !errors.As(err, &failed) || failed.First != name || failed.Failed != 1 || failed.Trials != 8 || failed.Err != errTrial.Error() {
		t.Fatalf("%v", err)
	}
	if r.Count(Failed) != 1 || r.Count(Done) != 7 || r.Trials[3].Error != errTrial.Error() {
		t.Errorf("%+v", r.Trials)
	}
	last := events[len(events)-1]
	if len(events) != 16 || last.Done != 7 || last.Failed != 1 || last.Total != 8 || last.Left != 0 {
		t.Errorf("%d events, the last %+v", len(events), last)
	}
	if text := r.Markdown(); !strings.Contains(text, "7 of 8 trials done, 1 failed") || !strings.Contains(text, "| 1 of 2 |") ||
		!strings.Contains(text, "| "+name+" | "+errTrial.Error()+" |") {
		t.Error(text)
	}
	f.fail = nil
	if _, err := Run(context.Background(), s, o); !errors.As(err, &failed) { // not again by itself
		t.Errorf("%v", err)
	}
	o.Retry = true
	if r := run1(t, s, o); r.Count(Done) != 8 {
		t.Errorf("%+v", r.Trials)
	}
	f.once(t, 8)
}

// What is not a trial's, such as a full disk or another process in its folder, ends the sweep: no trial fails by it.
func TestUnableTrial(t *testing.T) {
	for _, reason := range []error{syscall.ENOSPC, run.ErrLocked, ErrUnable} {
		s, folder := load(t, small), t.TempDir()
		name := s.Trials[2].Name
		f := &trainer{fail: map[string]error{name: fmt.Errorf("train: %w", reason)}}
		_, err := Run(context.Background(), s, options(folder, f))
		if failed := (*FailedError)(nil); !errors.Is(err, reason) || errors.As(err, &failed) || !strings.Contains(err.Error(), name) {
			t.Errorf("%v", err)
		}
		f.fail = nil
		run1(t, s, options(folder, f))
		f.once(t, 8)
	}
}

// A trial that came to no outcome, or to one that is no number, failed.
func TestNoOutcome(t *testing.T) {
	s := load(t, small)
	nan := math.NaN()
	for want, out := range map[string]*Outcome{
		"came to nothing":        nil,
		"figure sliced_w1, or":   {Figures: Figures{{"sliced_w1", nan, nil}}},
		"its floor, is not fini": {Figures: Figures{{"sliced_w1", 1, &nan}}},
	} {
		o := Options{Folder: t.TempDir(), Train: func(context.Context, Task) (*Outcome, error) { return out, nil }}
		r, err := Run(context.Background(), s, o)
		if failed := (*FailedError)(nil); !errors.As(err, &failed) || failed.Failed != 8 || !strings.Contains(failed.Err, want) {
			t.Errorf("%v", err)
		} else if r.Count(Failed) != 8 || r.Combinations[0].Missing != 2 {
			t.Errorf("%+v", r.Combinations)
		}
	}
}

func TestPanic(t *testing.T) {
	task := Task{Trial: Trial{Name: "x"}} // without a configuration, which training needs
	task.Folder = Folder(t.TempDir()).Trial("x")
	if _, err := task.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "panic") {
		t.Errorf("%v", err)
	}
}

// Shards train disjoint trials, at the same time in one folder, or in folders that are copied into one.
func TestShards(t *testing.T) {
	s := load(t, small)
	whole := run1(t, s, options(t.TempDir(), &trainer{})).CSV()
	together, merged, f := t.TempDir(), t.TempDir(), &trainer{}
	for shard := 1; shard <= 3; shard++ {
		o := options(together, f)
		o.Shard, o.Shards = shard, 3
		run1(t, s, o)
		apart := t.TempDir()
		o = options(apart, &trainer{})
		o.Shard, o.Shards = shard, 3
		run1(t, s, o)
		for _, name := range []string{"results", "base.yaml", "sweep.yaml"} {
			copyInto(t, filepath.Join(apart, name), filepath.Join(merged, name))
		}
	}
	f.once(t, 8)
	for _, folder := range []string{together, merged} {
		r, err := Collect(folder)
		if err != nil || r.CSV() != whole {
			t.Errorf("%v\n%s", err, r.CSV())
		}
	}
}

// copyInto copies a file, or the files of a folder.
func copyInto(t *testing.T, from, to string) {
	t.Helper()
	if entries, err := os.ReadDir(from); err == nil {
		for _, e := range entries {
			copyInto(t, filepath.Join(from, e.Name()), filepath.Join(to, e.Name()))
		}
		return
	}
	text, err := os.ReadFile(from)
	if err := errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o777), os.WriteFile(to, text, 0o666)); err != nil {
		t.Fatal(err)
	}
}

// While a sweep runs, another one in its folder, and another process with the same shard, are refused; other shards are not.
func TestLocks(t *testing.T) {
	s := load(t, small)
	for _, test := range []struct {
		shard, other [2]int
		refused      bool
	}{
		{[2]int{}, [2]int{}, true},
		{[2]int{}, [2]int{1, 2}, true},
		{[2]int{1, 2}, [2]int{}, true},
		{[2]int{1, 2}, [2]int{1, 2}, true},
		{[2]int{1, 2}, [2]int{2, 2}, false},
	} {
		folder, f, other := t.TempDir(), &trainer{}, error(nil)
		f.after = func(n int) {
			if n == 1 {
				o := options(folder, &trainer{})
				o.Shard, o.Shards = test.other[0], test.other[1]
				_, other = Run(context.Background(), s, o)
			}
		}
		o := options(folder, f)
		o.Shard, o.Shards = test.shard[0], test.shard[1]
		run1(t, s, o)
		if errors.Is(other, ErrLocked) != test.refused || !test.refused && other != nil {
			t.Errorf("%v beside %v: %v", test.other, test.shard, other)
		}
	}
}

// Values, seeds and drawn trials that are added give new trials alone; what changes the old ones is refused.
func TestChangedSweep(t *testing.T) {
	random := strings.NewReplacer(
		"values: [0.001, 0.01]", "log_uniform: [0.001, 0.1]", "seeds: 2", "method: {name: random, trials: 3}",
	).Replace(small)
	for _, test := range []struct {
		name, before, old, new string
		trials                 int // in all
		refused                string
	}{
		{"a value", small, "[linear, sigmoid]", "[cosine, linear, sigmoid]", 12, ""},
		{"a seed", small, "seeds: 2", "seeds: 3", 12, ""},
		{"the order", small, "[linear, sigmoid]", "[sigmoid, linear]", 8, ""},
		{"the metric", small, "metric: sliced_w1", "metric: loss", 8, ""},
		{"drawn trials", random, "trials: 3", "trials: 5", 5, ""},
		{"the base", small, "train.steps=12", "train.steps=13", 0, "differs in [train.steps: 12 -> 13]"},
		{"the preset", small, "config: scurve", "config: scurve_quick", 0, "differs in [name: scurve -> scurve_quick"},
		{"less values", small, "[linear, sigmoid]", "[linear]", 0,
			"of its 8 trials 4 are not in this one, such as lr=0.001_schedule=sigmoid_seed=0"},
		{"an axis", small, "seeds: 2", "  - {key: train.batch, values: [8, 16]}\nseeds: 2", 0, "of its 8 trials 8 are not in this one"},
		{"samples", small, "samples: 60", "samples: 61", 0, "its evaluate.samples: 60 -> 61"},
		{"the bounds", random, "[0.001, 0.1]", "[0.001, 0.2]", 0, "are not in this one"},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder, f := t.TempDir(), &trainer{}
			run1(t, load(t, test.before), options(folder, f))
			before := f.count
			changed := strings.Replace(test.before, test.old, test.new, 1)
			if changed == test.before {
				t.Fatal("nothing is changed")
			}
			s := load(t, changed)
			f.count = nil
			_, err := Run(context.Background(), s, options(folder, f))
			if test.refused != "" {
				wrong := (*configs.Error)(nil)
				if !errors.Is(err, ErrOther) || !errors.As(err, &wrong) || !strings.Contains(err.Error(), test.refused) || len(f.count) > 0 {
					t.Errorf("%v, %v", err, f.count)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for name := range f.count {
				if before[name] > 0 {
					t.Errorf("%s was trained again", name)
				}
			}
			if len(before)+len(f.count) != test.trials || len(s.Trials) != test.trials {
				t.Errorf("%d and %d trials", len(before), len(f.count))
			}
		})
	}
}

// Files that no sweep wrote stay as they are.
func TestForeignFolder(t *testing.T) {
	s := load(t, small)
	for name, want := range map[string]error{
		"results.csv": ErrForeign, "base.yaml": ErrForeign, "trials/mine/x": ErrForeign, "notes.txt": nil,
	} {
		folder := t.TempDir()
		path := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte("mine"), 0o666)); err != nil {
			t.Fatal(err)
		}
		if _, err := Run(context.Background(), s, options(folder, &trainer{})); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != "mine" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	folder := t.TempDir() // a sweep file of the user's in the place of the folder's
	if err := os.WriteFile(filepath.Join(folder, "sweep.yaml"), []byte("name: [\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), s, options(folder, &trainer{})); err == nil {
		t.Error("a sweep file of the user's was replaced")
	}
}

func TestDamagedRecord(t *testing.T) {
	s, folder, f := load(t, small), t.TempDir(), &trainer{}
	run1(t, s, options(folder, f))
	path := Folder(folder).Path("results", s.Trials[0].Name+".json")
	for _, text := range []string{"", `{"trial": "oth`, `{"trial": "other"}`} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := Run(context.Background(), s, options(folder, f))
		if err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v", err)
		}
	}
}

func TestOptions(t *testing.T) {
	s := load(t, small)
	for _, o := range []Options{{Shard: 1}, {Shards: 1}, {Shard: 3, Shards: 2}, {Shard: -1, Shards: 2}} {
		o.Folder, o.Train = t.TempDir(), (&trainer{}).train
		if _, err := Run(context.Background(), s, o); err == nil || !strings.Contains(err.Error(), "shard") {
			t.Errorf("%d/%d: %v", o.Shard, o.Shards, err)
		}
	}
	if !slices.Contains(Presets(), "scurve") {
		t.Errorf("%v", Presets())
	}
}

// A folder that cannot be made ends the sweep at once: no trial fails for it.
func TestUnwritableFolder(t *testing.T) {
	s, folder := load(t, small), t.TempDir()
	o := options(folder, &trainer{after: func(int) {
		path := Folder(folder).Path("trials", s.Trials[1].Name)
		if err := os.WriteFile(path, nil, 0o666); err != nil && !errors.Is(err, os.ErrExist) {
			t.Error(err)
		}
	}})
	_, err := Run(context.Background(), s, o)
	if err == nil || errors.Is(err, ErrInterrupted) || !strings.Contains(err.Error(), s.Trials[1].Name) {
		t.Errorf("%v", err)
	}
	if record, err := Folder(folder).Record(s.Trials[1].Name); record != nil || err != nil {
		t.Errorf("%+v, %v", record, err)
	}
}
