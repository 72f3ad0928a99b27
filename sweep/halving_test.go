package sweep

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"euryale/run"
	"euryale/selection"
	"euryale/train"
)

// halves is small with three budgets: four combinations, then two, then one, all with two seeds.
var halves = strings.NewReplacer(
	"seeds: 2", "seeds: 2\nmethod: {name: halving, factor: 2, steps: [4, 8, 12]}",
	"train.steps=12, ", "",
).Replace(small)

// The four combinations of small, the best first by the distances that trainer gives.
const (
	first  = "lr=0.001_schedule=linear"
	second = "lr=0.01_schedule=linear"
	third  = "lr=0.001_schedule=sigmoid"
	fourth = "lr=0.01_schedule=sigmoid"
)

// Of each budget the best half goes on, with all seeds, whenever the sweep is stopped.
func TestHalving(t *testing.T) {
	s := load(t, halves)
	var want []string // by distance: the schedule counts more than the rate
	for rung, combinations := range [][]string{{first, second, third, fourth}, {first, second}, {first}} {
		for _, c := range combinations {
			want = append(want, fmt.Sprint(c, "_seed=0 ", rung), fmt.Sprint(c, "_seed=1 ", rung))
		}
	}
	slices.Sort(want)
	for _, stop := range []int{0, 1, 8, 12, 13} {
		folder, f := t.TempDir(), &trainer{}
		ctx, cancel := context.WithCancel(context.Background())
		f.after = func(n int) {
			if n == stop {
				cancel()
			}
		}
		if _, err := Run(ctx, s, options(folder, f)); stop > 0 && stop < len(want) && !errors.Is(err, ErrInterrupted) {
			t.Fatalf("stopped after %d: %v", stop, err)
		}
		cancel()
		f.after = nil
		r := run1(t, s, options(folder, f))
		f.once(t, len(want))
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(f.count))); diff != "" {
			t.Fatalf("stopped after %d: %s", stop, diff)
		}
		for i, want := range []Combination{{Name: first, Rung: 2}, {Name: second, Rung: 1}, {Name: third}, {Name: fourth}} {
			if c := r.Combinations[i]; c.Name != want.Name || c.Rung != want.Rung || c.Missing != 0 {
				t.Errorf("%+v, want %+v", c, want)
			}
		}
		if r.Count(Done) != 2 || r.Count(Stopped) != 6 {
			t.Errorf("%+v", r.Trials)
		}
	}
}

// A trial that fails does not go on, and its combination counts by the other seeds.
func TestHalvingWithFailures(t *testing.T) {
	s := load(t, halves)
	f := &trainer{fail: map[string]error{first + "_seed=0": errTrial, second + "_seed=0": errTrial, second + "_seed=1": errTrial}}
	o := options(t.TempDir(), f)
	o.Progress = func(e Event) {
		if e.Rung > 0 && f.fail[e.Trial.Name] != nil {
			t.Errorf("%s goes on to budget %d", e.Trial.Name, e.Rung)
		}
	}
	failed := (*FailedError)(nil)
	r, err := Run(context.Background(), s, o)
	if o.Retry = true; errors.As(err, &failed) && failed.Failed == 3 {
		r, err = Run(context.Background(), s, o)
	}
	if !errors.As(err, &failed) || failed.Failed != 3 {
		t.Fatalf("%v", err)
	}
	if best := r.Combinations[0]; r.Count(Done) != 1 || best.Name != first || best.Missing != 1 || r.Combinations[3].Name != second {
		t.Errorf("%+v", r.Combinations)
	}
}

// A trial that fails at a later budget counts as it stood before, and its combination by the other seeds.
func TestHalvingWithLateFailure(t *testing.T) {
	s := load(t, halves)
	f := &trainer{fail: map[string]error{first + "_seed=0 1": errTrial}}
	r, err := Run(context.Background(), s, options(t.TempDir(), f))
	if failed := (*FailedError)(nil); !errors.As(err, &failed) || failed.Failed != 1 {
		t.Fatalf("%v", err)
	}
	best := r.Combinations[0] // trainer gives the seed 1 a distance of 1.5
	if d, _ := best.Get("sliced_w1"); best.Name != first || best.Rung != 2 || best.Missing != 1 || d.N != 1 || d.Mean != 1.5 {
		t.Errorf("%+v", best)
	}
	if r.Trials[0].State != Failed || r.Trials[0].Rung != 0 || r.Trials[1].State != Done {
		t.Errorf("%+v", r.Trials)
	}
	if n := f.count[first+"_seed=0 2"]; n != 0 {
		t.Error("the trial that failed went on")
	}
	if line := r.plot().Lines[0]; line.Name != first || len(line.Dots) != 1 {
		t.Errorf("the plot has %+v of the best combination", line)
	}
}

// Combinations without the metric do not go on.
func TestHalvingWithoutMetric(t *testing.T) {
	s := load(t, halves)
	r := run1(t, s, Options{Folder: t.TempDir(), Train: func(context.Context, Task) (*Outcome, error) { return &Outcome{Step: 4}, nil }})
	if r.Count(Waiting) != 8 {
		t.Errorf("%+v", r.Trials)
	}
}

// Budgets in epochs are multiples of the steps per epoch.
func TestHalvingInEpochs(t *testing.T) {
	s := load(t, strings.NewReplacer("steps: [4, 8, 12]", "epochs: [1, 3]", "train.log_every=5", "train.log_every=1, train.batch=20",
		"sliced_w1", "loss", "samples: 60", "samples: 0", "seeds: 2", "seeds: 1").Replace(halves))
	r := run1(t, s, Options{Folder: t.TempDir()})
	for _, trial := range r.Trials { // of 60 rows
		if want := []int64{3, 9}[trial.Rung]; trial.Step != want {
			t.Errorf("%s stopped at step %d, want %d", trial.Name, trial.Step, want)
		}
	}
}

// Where all trials fail, none goes on, whatever the number of budgets.
func TestHalvingOfFailures(t *testing.T) {
	s := load(t, halves)
	f := &trainer{fail: map[string]error{}}
	for _, trial := range s.Trials {
		f.fail[trial.Name] = errTrial
	}
	r, err := Run(context.Background(), s, options(t.TempDir(), f))
	if failed := (*FailedError)(nil); !errors.As(err, &failed) || failed.Failed != 8 || r.Count(Failed) != 8 {
		t.Fatalf("%v", err)
	}
}

// While trials of a budget wait that were chosen for it, the tables know them from those that were not.
func TestHalvingOnTheWay(t *testing.T) {
	s := load(t, halves)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	f := &trainer{after: func(n int) {
		if n == 9 { // one trial of the second budget
			cancel()
		}
	}}
	r, err := Run(ctx, s, options(t.TempDir(), f))
	if !errors.Is(err, ErrInterrupted) || r.Count(Waiting) != 4 || r.Count(Stopped) != 4 {
		t.Fatalf("%v, %+v", err, r.Trials)
	}
	for _, trial := range r.Trials {
		if chosen := trial.Combination == first || trial.Combination == second; chosen != (trial.State == Waiting) {
			t.Errorf("%s is %s", trial.Name, trial.State)
		}
	}
}

// Of equal combinations the first ones go on.
func TestHalvingOfEqualTrials(t *testing.T) {
	s := load(t, strings.Replace(halves, "metric: sliced_w1", "metric: loss", 1)) // trainer gives all the same loss
	r := run1(t, s, options(t.TempDir(), &trainer{}))
	for i, want := range []string{first, third} { // in the order of the sweep
		if c := r.Combinations[i]; c.Name != want || c.Rung != 2-i {
			t.Errorf("%s at %d, want %s", c.Name, c.Rung, want)
		}
	}
}

// What halving leaves out of a sweep cannot change later, and it goes with no shard.
func TestHalvingIsWhole(t *testing.T) {
	folder := t.TempDir()
	run1(t, load(t, halves), options(folder, &trainer{}))
	for old, new := range map[string]string{
		"seeds: 2": "seeds: 3", "factor: 2": "factor: 3", "[4, 8, 12]": "[4, 12]", "metric: sliced_w1": "metric: loss",
		"[linear,": "[cosine, linear,", "[linear, sigmoid]": "[sigmoid, linear]",
	} {
		s := load(t, strings.Replace(halves, old, new, 1))
		if _, err := Run(context.Background(), s, options(folder, &trainer{})); !errors.Is(err, ErrOther) {
			t.Errorf("%s: %v", new, err)
		}
	}
	o := options(folder, &trainer{})
	o.Shard, o.Shards = 1, 2
	_, err := Run(context.Background(), load(t, halves), o)
	if err == nil || !strings.Contains(err.Error(), "does not go with the method halving") {
		t.Errorf("%v", err)
	}
}

// A trial that goes on resumes its run: at the end it has the weights of a run that never paused, though its learning rate falls
// to the end of the whole training.
func TestPausedTrainingIsTheWhole(t *testing.T) {
	text := strings.Replace(halves, "process.steps=5", "process.steps=5, 'optimizer.learning_rate={name: cosine, rate: 0.01}'", 1)
	text = strings.NewReplacer("optimizer.learning_rate\n", "optimizer.learning_rate.rate\n", "seeds: 2", "seeds: 1").Replace(text)
	s := load(t, text)
	r := run1(t, s, Options{Folder: t.TempDir()})
	checked := 0
	for i, result := range r.Trials {
		if result.Step != []int64{4, 8, 12}[result.Rung] {
			t.Errorf("%s stopped at step %d", result.Name, result.Step)
		}
		if result.State != Done {
			continue
		}
		checked++
		config, err := s.configOf(s.Trials[i])
		if err != nil {
			t.Fatal(err)
		}
		whole := run.Folder(t.TempDir())
		if err := train.Run(context.Background(), config, train.Options{Folder: whole, Workers: 2, Evaluate: selection.Hook(nil)}); err != nil {
			t.Fatal(err)
		}
		sameWeights(t, r.Folder.Trial(result.Name), whole)
		points, err := os.ReadFile(r.Folder.Trial(result.Name).MetricsPath())
		if lines := strings.Count(string(points), "\n"); err != nil || lines != 3 {
			t.Errorf("%d log points, %v", lines, err)
		}
	}
	if checked != 1 {
		t.Errorf("%d trials went to the end", checked)
	}
}
