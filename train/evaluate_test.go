package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"euryale/run"
)

// Overrides of small.
const heldOutRows, evaluates = "data.held_out=0.3", "train.evaluate_every=6"

// The held-out loss is the mean of the losses of training, for rows of the same distribution and weights that do not move. It
// repeats itself bit for bit, and it falls.
func TestHeldOutLoss(t *testing.T) {
	ctx := context.Background()
	const rows = "data.points=400"
	still, mean := newSmall(t, smallConfig(t, heldOutRows, rows, "optimizer.learning_rate=1e-9"), 2), 0.0
	for range 400 {
		result, err := still.Step()
		if err != nil {
			t.Fatal(err)
		}
		mean += result.Loss / 400
	}
	trainer := newSmall(t, smallConfig(t, heldOutRows, evaluates, rows), 2)
	first, err := trainer.HeldOutLoss(ctx)
	if err != nil {
		t.Fatal(err)
	}
	again, err := trainer.HeldOutLoss(ctx)
	if err != nil || again != first {
		t.Errorf("%v, then %v, %v", first, again, err)
	}
	if math.Abs(first-mean) > 0.05*mean {
		t.Errorf("the loss of an untrained net is %v, in training %v", first, mean)
	}
	steps(t, trainer, 300)
	if last, err := trainer.HeldOutLoss(ctx); err != nil || last > 0.9*first {
		t.Errorf("%v before, %v after 300 steps, %v", first, last, err)
	}
}

// Loss of the averaged weights, not of those that are trained.
func TestHeldOutLossOfAverage(t *testing.T) {
	ctx := context.Background()
	trainer := newSmall(t, smallConfig(t, heldOutRows, evaluates), 1)
	steps(t, trainer, 5)
	before, err := trainer.HeldOutLoss(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for i := range trainer.weights {
		trainer.weights[i] = 7
	}
	if after, err := trainer.HeldOutLoss(ctx); err != nil || after != before {
		t.Errorf("%v, with other weights %v, %v", before, after, err)
	}
	trainer.optimizer.Average()[0]++
	if after, err := trainer.HeldOutLoss(ctx); err != nil || after == before {
		t.Errorf("%v, with another average %v, %v", before, after, err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := trainer.HeldOutLoss(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context ended: %v", err)
	}
	if _, err := newSmall(t, smallConfig(t, heldOutRows), 1).HeldOutLoss(ctx); err == nil {
		t.Error("without evaluations no rows are kept")
	}
}

// Held-out losses take no random number of the training and no step of it: the run ends in the same bits.
func TestHeldOutLossChangesNothing(t *testing.T) {
	config := smallConfig(t, heldOutRows, evaluates, "timesteps=importance")
	plain, watched := newSmall(t, config, 1), newSmall(t, config, 2)
	steps(t, plain, 20)
	for range 20 {
		if _, err := watched.HeldOutLoss(context.Background()); err != nil {
			t.Fatal(err)
		}
		steps(t, watched, 1)
	}
	if !bytes.Equal(bytesOf(t, plain), bytesOf(t, watched)) {
		t.Error("the run is another one")
	}
}

// Many and few held-out rows, labels, and a batch that takes several parts.
func TestHeldOutLossOfAnyRows(t *testing.T) {
	for name, overrides := range map[string][]string{
		"two rows":  {"data.held_out=0.04"},
		"many rows": {"data.points=40000", "data.held_out=0.5"},
		"labels":    {"data={name: moons, points: 90, held_out: 0.4}", "net.labels=true", "train.label_dropout=0.5"},
		"classes":   {"data={name: moons, points: 90, held_out: 0.4}", "objective=classify"},
	} {
		trainer := newSmall(t, smallConfig(t, append(overrides, evaluates)...), 1)
		if loss, err := trainer.HeldOutLoss(context.Background()); err != nil || !(loss > 0.1 && loss < 10) {
			t.Errorf("%s: %v, %v", name, loss, err)
		}
	}
}

// The hook that evaluates comes first and at its steps, what it reports stands in the log points of these steps, and its time
// is not the training's.
func TestEvaluateHook(t *testing.T) {
	folder := run.Folder(t.TempDir())
	var at []int64
	var order []string
	evaluate := Hook{Name: "evaluation", Do: func(_ context.Context, l *Loop, p Progress) error {
		at, order = append(at, p.Step), append(order, "evaluation")
		train, held := l.Sources()
		if train.Rows() != 35 || held.Rows() != 15 {
			t.Errorf("%d rows to train on, %d held out", train.Rows(), held.Rows())
		}
		l.Report(run.Evaluation{HeldOutLoss: float64(p.Step)})
		return nil
	}}
	other := Hook{Name: "other", Every: 6, Do: func(_ context.Context, l *Loop, p Progress) error {
		order = append(order, "other")
		return nil
	}}
	config := smallConfig(t, heldOutRows, evaluates) // 3 steps per epoch, 15 in all
	mustRun(t, config, Options{Folder: folder, Evaluate: &evaluate, Hooks: []Hook{other}})
	if want := []int64{6, 12, 15}; !slices.Equal(at, want) {
		t.Errorf("at %v, want %v", at, want)
	}
	if order[0] != "evaluation" || order[1] != "other" {
		t.Errorf("order %v", order)
	}
	points, err := run.ReadMetrics(folder.MetricsPath())
	if err != nil {
		t.Fatal(err)
	}
	var logged []int64
	for _, p := range points {
		logged = append(logged, p.Step)
		evaluated := slices.Contains(at, p.Step)
		if evaluated != (p.Evaluation != nil) || evaluated && p.Evaluation.HeldOutLoss != float64(p.Step) {
			t.Errorf("step %d: %+v", p.Step, p.Evaluation)
		}
	}
	if want := []int64{6, 7, 12, 14, 15}; !slices.Equal(logged, want) {
		t.Errorf("log points at %v, want %v", logged, want)
	}
}

func TestEvaluateIsNeeded(t *testing.T) {
	err := Run(context.Background(), smallConfig(t, heldOutRows, evaluates), Options{Folder: run.Folder(t.TempDir())})
	if err == nil || !strings.Contains(err.Error(), "Options.Evaluate is nil") {
		t.Errorf("%v", err)
	}
	// Without the key the hook is not called.
	called := &Hook{Name: "evaluation", Do: func(context.Context, *Loop, Progress) error { return errors.New("called") }}
	mustRun(t, smallConfig(t, heldOutRows), Options{Folder: run.Folder(t.TempDir()), Evaluate: called})
}

// The time that is left has the evaluations to come.
func TestTimeLeftOfEvaluations(t *testing.T) {
	e := evaluating{every: 10, done: 2, took: 8 * time.Second}
	for step, want := range map[int64]time.Duration{
		0: 5 * 4 * time.Second, 9: 5 * 4 * time.Second, 10: 4 * 4 * time.Second, 39: 2 * 4 * time.Second, 40: 4 * time.Second, 41: 4 * time.Second, 45: 0,
	} {
		if got := e.left(step, 45); got != want {
			t.Errorf("after step %d: %v, want %v", step, got, want)
		}
	}
	if left := (&evaluating{}).left(3, 45); left != 0 {
		t.Errorf("without evaluations: %v", left)
	}
}
