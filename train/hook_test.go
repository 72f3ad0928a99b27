package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"euryale/run"
)

// diary is what hooks write down when they are called.
type diary struct{ lines []string }

func (d *diary) note(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

// hook notes its calls; those in fail end with that error.
func (d *diary) hook(name string, every int64, fail map[string]error) Hook {
	note := func(call string, l *Loop) error {
		d.note("%s %s %d", name, call, l.StepsDone())
		return fail[call]
	}
	return Hook{
		Name: name, Every: every,
		Start:  func(_ context.Context, l *Loop) error { return note("start", l) },
		Do:     func(_ context.Context, l *Loop, _ Progress) error { return note("do", l) },
		Finish: func(_ context.Context, l *Loop) error { return note("finish", l) },
		Stop: func(l *Loop, cause error) error {
			if cause != nil {
				d.note("%s is given: %v", name, cause)
			}
			return note("stop", l)
		},
	}
}

// Hooks are called in their order, each in its period and after the last step, and stop in reverse.
func TestHooksInOrder(t *testing.T) {
	d := new(diary)
	config := smallConfig(t, "train.epochs=2") // 10 steps
	mustRun(t, config, Options{Folder: run.Folder(t.TempDir()), Hooks: []Hook{
		d.hook("a", 4, nil), d.hook("b", 0, nil), {Name: "without functions", Every: 1}, d.hook("c", 5, nil),
	}})
	want := []string{
		"a start 0", "b start 0", "c start 0",
		"a do 4", "c do 5", "a do 8", "a do 10", "b do 10", "c do 10",
		"a finish 10", "b finish 10", "c finish 10",
		"c stop 10", "b stop 10", "a stop 10",
	}
	if diff := cmp.Diff(want, d.lines); diff != "" {
		t.Error(diff)
	}
}

// When no step is left, hooks start, finish and stop all the same.
func TestHooksOfARunThatIsDone(t *testing.T) {
	folder := run.Folder(t.TempDir())
	mustRun(t, smallConfig(t), Options{Folder: folder})
	d := new(diary)
	mustRun(t, smallConfig(t), Options{Folder: folder, Resume: true, Hooks: []Hook{d.hook("a", 1, nil)}})
	if want := []string{"a start 25", "a finish 25", "a stop 25"}; !slices.Equal(d.lines, want) {
		t.Errorf("calls %v, want %v", d.lines, want)
	}
}

// An error of a hook ends the run under the hook's name. Every hook that was started is stopped, and given the reason.
func TestHookErrors(t *testing.T) {
	full := errors.New("disk full")
	for _, test := range []struct {
		call string
		want []string
	}{
		{"start", []string{"a start 0", "b start 0", "b is given: train: hook b: disk full", "b stop 0",
			"a is given: train: hook b: disk full", "a stop 0"}},
		{"do", []string{"a start 0", "b start 0", "c start 0", "a do 3", "b do 3",
			"c is given: train: hook b: disk full", "c stop 3", "b is given: train: hook b: disk full", "b stop 3",
			"a is given: train: hook b: disk full", "a stop 3"}},
		{"finish", []string{"a start 0", "b start 0", "c start 0", "a do 3", "b do 3", "c do 3", "a do 5", "b do 5", "c do 5",
			"a finish 5", "b finish 5",
			"c is given: train: hook b: disk full", "c stop 5", "b is given: train: hook b: disk full", "b stop 5",
			"a is given: train: hook b: disk full", "a stop 5"}},
		{"stop", []string{"a start 0", "b start 0", "c start 0", "a do 3", "b do 3", "c do 3", "a do 5", "b do 5", "c do 5",
			"a finish 5", "b finish 5", "c finish 5",
			"c stop 5", "b stop 5", "a stop 5"}},
	} {
		t.Run(test.call, func(t *testing.T) {
			d := new(diary)
			err := Run(context.Background(), smallConfig(t, "train.epochs=1"), Options{Folder: run.Folder(t.TempDir()), Hooks: []Hook{
				d.hook("a", 3, nil), d.hook("b", 3, map[string]error{test.call: full}), d.hook("c", 3, nil),
			}})
			if !errors.Is(err, full) || err.Error() != "train: hook b: disk full" {
				t.Errorf("error %v, want the hook's under its name", err)
			}
			if diff := cmp.Diff(test.want, d.lines); diff != "" {
				t.Error(diff)
			}
		})
	}
	// A hook that cannot stop hides neither the first error nor that of another.
	d, closed := new(diary), errors.New("closed")
	err := Run(context.Background(), smallConfig(t), Options{Folder: run.Folder(t.TempDir()), Hooks: []Hook{
		d.hook("a", 1, map[string]error{"stop": closed}), d.hook("b", 2, map[string]error{"do": full}),
	}})
	if !errors.Is(err, full) || !errors.Is(err, closed) || !strings.Contains(err.Error(), "hook a: closed") {
		t.Errorf("error %v, want both", err)
	}
}

// A hook may end the run by ending its context; a hook that gives up because the context ended is no failure. The run leaves
// a checkpoint of that step.
func TestHookInterrupts(t *testing.T) {
	for _, gives := range []string{"nothing", "the context's error"} {
		t.Run(gives, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			d, folder := new(diary), run.Folder(t.TempDir())
			err := Run(ctx, smallConfig(t), Options{Folder: folder, Hooks: []Hook{d.hook("a", 0, nil), {
				Name: "enough", Every: 6,
				Do: func(ctx context.Context, _ *Loop, p Progress) error {
					cancel()
					if gives == "nothing" {
						return nil
					}
					return fmt.Errorf("drawing: %w", ctx.Err())
				},
			}}})
			if !errors.Is(err, ErrInterrupted) || err.Error() != "train: interrupted at step 6" {
				t.Errorf("error %v, want an interruption", err)
			}
			want := []string{"a start 0", "a is given: train: interrupted at step 6", "a stop 6"}
			if !slices.Equal(d.lines, want) {
				t.Errorf("calls %v, want %v", d.lines, want)
			}
			if c, err := folder.Latest(); err != nil || c.Step != 6 {
				t.Errorf("the newest checkpoint: %v, %v; want step 6", c, err)
			}
		})
	}
}

// A hook gets means over the steps since its last call, whatever the periods of the others; a resume starts them anew.
func TestProgressSinceTheLastCall(t *testing.T) {
	trainer := newSmall(t, smallConfig(t), 1)
	var losses, norms []float64
	for range 25 {
		r, err := trainer.Step()
		if err != nil {
			t.Fatal(err)
		}
		losses, norms = append(losses, r.Loss), append(norms, r.GradientNorm)
	}
	mean := func(v []float64, from, to int64) float64 {
		sum := 0.0
		for _, x := range v[from:to] {
			sum += x
		}
		return sum / float64(to-from)
	}
	watch := func(every, from int64) Hook {
		since := from
		return Hook{Name: fmt.Sprint("every ", every), Every: every, Do: func(_ context.Context, l *Loop, p Progress) error {
			for what, pair := range map[string][2]float64{
				"loss": {p.Loss, mean(losses, since, p.Step)}, "norm": {p.GradientNorm, mean(norms, since, p.Step)},
			} {
				if math.Abs(pair[0]-pair[1]) > 1e-12*pair[1] {
					t.Errorf("every %d, step %d: mean %s %v, want %v", every, p.Step, what, pair[0], pair[1])
				}
			}
			if n := float64(p.Step - 1); p.Step != l.StepsDone() || p.Total != 25 || p.Epoch != float64(p.Step)/5 ||
				p.LearningRate != 1e-3 ||
				p.EMADecay != min(0.9, (1+n)/(10+n)) || !(p.StepsPerSecond > 0) || p.Left < 0 || p.Step == 25 && p.Left != 0 {
				t.Errorf("every %d: %+v", every, p)
			}
			since = p.Step
			return nil
		}}
	}
	folder := run.Folder(t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := Hook{Name: "stop", Every: 8, Do: func(context.Context, *Loop, Progress) error { cancel(); return nil }}
	err := Run(ctx, smallConfig(t), Options{Folder: folder, Hooks: []Hook{watch(1, 0), watch(3, 0), stop}})
	if !errors.Is(err, ErrInterrupted) {
		t.Fatal(err)
	}
	mustRun(t, smallConfig(t), Options{Folder: folder, Resume: true, Hooks: []Hook{watch(1, 8), watch(3, 8), watch(0, 8)}})
}

// What hooks take is added up by their names.
func TestTimeOfHooks(t *testing.T) {
	var l *Loop
	slow := Hook{Name: "slow", Every: 2, Start: func(_ context.Context, loop *Loop) error { l = loop; return nil },
		Do: func(context.Context, *Loop, Progress) error {
			for began := time.Now(); time.Since(began) < time.Millisecond; {
			}
			return nil
		}}
	mustRun(t, smallConfig(t, "train.epochs=2"), Options{Folder: run.Folder(t.TempDir()), Hooks: []Hook{slow}})
	took := l.Took()
	calls := (l.Total + 1) / 2
	if took["slow"] < time.Duration(calls)*time.Millisecond || took["checkpoints"] <= 0 || took["metrics"] <= 0 {
		t.Errorf("%d calls of a millisecond and others took %v", calls, took)
	}
	took["slow"] = 0
	if l.Took()["slow"] == 0 {
		t.Error("the account can be changed from outside")
	}
}
