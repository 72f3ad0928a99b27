package selection

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"euryale/checkpoint"
	"euryale/configs"
	"euryale/rng"
	"euryale/run"
	"euryale/train"
)

// tiny is a table of 60 rows that a net knows by heart after a few hundred steps: two numbers that hang together, a category and
// a class.
func tiny(t testing.TB) string {
	t.Helper()
	var text bytes.Buffer
	text.WriteString("x,y,kind,class\n")
	numbers := make([]float32, 4)
	stream := rng.NewStream(1, rng.Data)
	for i := range 60 {
		stream.Normal(numbers, 0, uint64(i), len(numbers))
		kind := []string{"red", "green", "blue"}[i%3]
		fmt.Fprintf(&text, "%.3f,%.3f,%s,%s\n", numbers[0], numbers[0]*numbers[0]+numbers[1]/3, kind, []string{"a", "b"}[i/3%2])
	}
	path := filepath.Join(t.TempDir(), "tiny.csv")
	if err := os.WriteFile(path, text.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func tableConfig(t testing.TB, path string, overrides ...string) *configs.Config {
	t.Helper()
	config, err := configs.Preset("table", append([]string{
		"data.file=" + path, "data.target=class", "data.held_out=0.4", "net.width=64", "net.depth=2", "train.batch=36", "train.steps=400",
		"train.evaluate_every=50", "train.keep=best", "train.checkpoint_every=0", "train.log_every=70", "sample.steps=10",
		"optimizer.learning_rate=0.005", "optimizer.transforms=[clip, adam, {name: ema, decay: 0.9}]",
	}, overrides...))
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func pointsConfig(t testing.TB, overrides ...string) *configs.Config {
	t.Helper()
	config, err := configs.Preset("scurve", append([]string{
		"data.points=200", "data.held_out=0.3", "net.width=32", "train.steps=40", "train.evaluate_every=16", "train.keep=best", "process.steps=10",
	}, overrides...))
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// trained runs a configuration and returns its outcomes.
func trained(t testing.TB, folder run.Folder, config *configs.Config, change func(*train.Options)) []Outcome {
	t.Helper()
	outcomes, err := try(context.Background(), folder, config, change)
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}

func try(ctx context.Context, folder run.Folder, config *configs.Config, change func(*train.Options)) (outcomes []Outcome, err error) {
	o := train.Options{Folder: folder, Workers: 2, Evaluate: Hook(func(o Outcome) { outcomes = append(outcomes, o) })}
	if change != nil {
		change(&o)
	}
	err = train.Run(ctx, config, o)
	return outcomes, err
}

// evaluations are those in the log of a run.
func evaluations(t testing.TB, folder run.Folder) map[int64]run.Evaluation {
	t.Helper()
	points, err := run.ReadMetrics(folder.MetricsPath())
	if err != nil {
		t.Fatal(err)
	}
	all := map[int64]run.Evaluation{}
	for _, p := range points {
		if p.Evaluation != nil {
			all[p.Step] = *p.Evaluation
		}
	}
	return all
}

func bestFile(t testing.TB, folder run.Folder) []byte {
	t.Helper()
	content, err := os.ReadFile(checkpoint.BestPath(folder.Checkpoints()))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// A net that learns its rows by heart has its best checkpoint before the end: it is kept, opened, and has the score of the log.
func TestBestIsNotTheLast(t *testing.T) {
	folder := run.Folder(t.TempDir())
	outcomes := trained(t, folder, tableConfig(t, tiny(t), "train.steps=1200", "train.evaluate_every=150", "net.width=128",
		"optimizer.learning_rate={name: constant, rate: 0.003}"), nil)
	last := outcomes[len(outcomes)-1]
	if len(outcomes) != 8 || last.Step != 1200 || last.BestStep >= 1200 || last.Leak < 3 {
		t.Fatalf("%d outcomes, the last %+v", len(outcomes), last)
	}
	c, e, err := folder.Best()
	if err != nil || c.Step != last.BestStep {
		t.Fatalf("step %d, %v, want %d", c.Step, err, last.BestStep)
	}
	logged := evaluations(t, folder)
	if diff := cmp.Diff(logged[c.Step], e); diff != "" || len(logged) != 8 {
		t.Error(diff)
	}
	for step, other := range logged {
		if (scored{step, other.Score, other.HeldOutLoss}).beats(scored{c.Step, e.Score, e.HeldOutLoss}) {
			t.Errorf("step %d is better: %+v, chosen %+v", step, other, e)
		}
	}
	if opened, err := folder.Open(""); err != nil || opened.Step != c.Step || !opened.Best {
		t.Errorf("Open: %+v, %v", opened, err)
	}
	if e.Leak >= last.Leak || e.HeldOutLoss >= last.HeldOutLoss {
		t.Errorf("the best step is no better than the last: %+v, %+v", e, last)
	}
}

// A run that is stopped at any time, in an evaluation too, and resumed has the evaluations and the best checkpoint, bit for bit,
// of one that never stopped; and a run without evaluations the same weights.
func TestResumeBitForBit(t *testing.T) {
	path := tiny(t)
	config := tableConfig(t, path, "train.steps=150", "train.evaluate_every=40")
	whole := run.Folder(t.TempDir())
	trained(t, whole, config, nil)
	want, wanted := evaluations(t, whole), bestFile(t, whole)
	for _, stop := range []struct {
		step   int64
		during bool // the evaluation of that step
	}{{39, false}, {80, false}, {80, true}, {121, false}, {150, true}} {
		folder := run.Folder(t.TempDir())
		ctx, cancel := context.WithCancel(context.Background())
		outcomes, err := try(ctx, folder, config, func(o *train.Options) {
			end := func(_ context.Context, l *train.Loop, p train.Progress) error {
				if p.Step == stop.step {
					cancel()
				}
				return nil
			}
			if evaluate := o.Evaluate.Do; stop.during {
				o.Evaluate.Do = func(ctx context.Context, l *train.Loop, p train.Progress) error {
					return errors.Join(end(ctx, l, p), evaluate(ctx, l, p))
				}
				return
			}
			o.Hooks = []train.Hook{{Name: "end", Every: 1, Do: end}}
		})
		cancel()
		if failed := func(o Outcome) bool { return o.Err != nil }; (err == nil) != (stop.step == 150) || slices.ContainsFunc(outcomes, failed) {
			t.Fatalf("stopped at %v: %v, %+v", stop, err, outcomes)
		}
		if _, done := evaluations(t, folder)[stop.step]; stop.during && done {
			t.Errorf("%v: the evaluation was not interrupted", stop)
		}
		trained(t, folder, config, func(o *train.Options) { o.Resume, o.Workers = true, 1 })
		if diff := cmp.Diff(evaluations(t, folder), want); diff != "" {
			t.Errorf("stopped at %v:\n%s", stop, diff)
		}
		if !bytes.Equal(bestFile(t, folder), wanted) {
			t.Errorf("stopped at %v: another best checkpoint", stop)
		}
	}
	plain := run.Folder(t.TempDir())
	trained(t, plain, tableConfig(t, path, "train.steps=150", "train.evaluate_every=0", "train.keep=last"), nil)
	a, err := plain.Latest()
	if err != nil {
		t.Fatal(err)
	}
	b, err := whole.Latest()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a.Tensors, b.Tensors); diff != "" {
		t.Error("evaluations change the training")
	}
}

// A run that dies after its best checkpoint and before the next of its own finds its way back to it.
func TestResumeBeforeTheBest(t *testing.T) {
	config := tableConfig(t, tiny(t), "train.steps=160", "train.evaluate_every=40", "train.checkpoint_every=50", "train.keep_checkpoints=0")
	folder := run.Folder(t.TempDir())
	trained(t, folder, config, nil)
	want, wanted := evaluations(t, folder), bestFile(t, folder)
	backAndAgain := func() {
		t.Helper()
		later, err := filepath.Glob(folder.Checkpoints() + "/step-00000[1]*")
		if err != nil || len(later) < 2 {
			t.Fatalf("%v, %v", later, err)
		}
		for _, path := range later {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		trained(t, folder, config, func(o *train.Options) { o.Resume = true })
		if diff := cmp.Diff(evaluations(t, folder), want); diff != "" || !bytes.Equal(bestFile(t, folder), wanted) {
			t.Errorf("another best checkpoint, or other evaluations:\n%s", diff)
		}
	}
	backAndAgain()
	// As if the run had come to a better end with other settings.
	last, err := folder.Open("160")
	if err != nil {
		t.Fatal(err)
	}
	abandon := func() {
		t.Helper()
		if err := folder.SaveBest(last.File, run.Evaluation{Score: 2}); err != nil {
			t.Fatal(err)
		}
	}
	abandon()
	backAndAgain()
	// What is kept of a step is what the run had there last.
	abandon()
	if err := os.Remove(checkpoint.Path(folder.Checkpoints(), 160)); err != nil {
		t.Fatal(err)
	}
	trained(t, folder, config, func(o *train.Options) { o.Resume = true })
	if c, e, err := folder.Best(); err != nil || c.Step != 160 || !cmp.Equal(e, want[160]) {
		t.Errorf("kept is %+v, %v, want step 160 with %+v", e, err, want[160])
	}
}

// Without its log, a run still knows what it keeps.
func TestResumeWithoutTheLog(t *testing.T) {
	config := tableConfig(t, tiny(t), "train.steps=160", "train.evaluate_every=40")
	folder := run.Folder(t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	first, err := try(ctx, folder, config, func(o *train.Options) {
		o.Hooks = []train.Hook{{Name: "end", Every: 125, Do: func(context.Context, *train.Loop, train.Progress) error { cancel(); return nil }}}
	})
	if !errors.Is(err, train.ErrInterrupted) {
		t.Fatal(err)
	}
	if err := os.Remove(folder.MetricsPath()); err != nil {
		t.Fatal(err)
	}
	second := trained(t, folder, config, func(o *train.Options) { o.Resume = true })
	if best, last := first[2], second[0]; len(second) != 1 || best.BestStep != 120 || last.Score >= best.Score || last.BestStep != 120 {
		t.Errorf("%+v, then %+v", best, last)
	}
}

// keep: last evaluates and keeps nothing.
func TestKeepLast(t *testing.T) {
	folder := run.Folder(t.TempDir())
	outcomes := trained(t, folder, pointsConfig(t, "train.keep=last"), nil)
	if _, _, err := folder.Best(); len(outcomes) != 3 || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%d outcomes, %v", len(outcomes), err)
	}
}

// Points are compared by their distance and the nearest rows of training.
func TestPoints(t *testing.T) {
	folder := run.Folder(t.TempDir())
	outcomes := trained(t, folder, pointsConfig(t), nil)
	for _, o := range outcomes {
		p := o.Points
		if o.Err != nil || p == nil || o.Table != nil || p.Samples < 1 || !(p.SlicedW1 > 0) || p.NearerToTraining == nil {
			t.Fatalf("%+v", o)
		}
		if want := min(1, p.Floor/p.SlicedW1); math.Abs(o.Quality-want) > 1e-12 {
			t.Errorf("quality %v, want %v", o.Quality, want)
		}
	}
	if steps := []int64{outcomes[0].Step, outcomes[1].Step, outcomes[2].Step}; !slices.Equal(steps, []int64{16, 32, 40}) {
		t.Errorf("at %v", steps)
	}
	if outcomes[0].Left <= 0 || outcomes[2].Left != 0 {
		t.Errorf("left %v and %v", outcomes[0].Left, outcomes[2].Left)
	}
}

// A classifier draws no samples: its loss on held-out rows decides.
func TestClassifier(t *testing.T) {
	config := pointsConfig(t, "data={name: moons, points: 200, held_out: 0.3}", "objective=classify", "net.time=sinusoidal")
	folder := run.Folder(t.TempDir())
	for _, o := range trained(t, folder, config, nil) {
		if o.Err != nil || o.Score != -o.HeldOutLoss || o.Points != nil {
			t.Errorf("%+v", o)
		}
	}
}

// A table of numbers alone, of one column, and with missing cells can be evaluated.
func TestTablesOfAnyColumns(t *testing.T) {
	for name, text := range map[string]string{
		"one column":   "x\n" + strings.Repeat("1.5\n2.25\n3\n4\n5.5\n", 8),
		"a category":   "k\n" + strings.Repeat("a\nb\nb\nc\n", 10),
		"missing ones": "x,k\n" + strings.Repeat("1,a\n2,b\n,b\n4,\n", 10),
	} {
		path := filepath.Join(t.TempDir(), "F.csv")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		config := tableConfig(t, path, "data.target=", "data.missing=model", "train.steps=20", "train.evaluate_every=10")
		for _, o := range trained(t, run.Folder(t.TempDir()), config, nil) {
			if o.Err != nil || o.Table == nil || math.IsNaN(o.Score) {
				t.Errorf("%s: %+v", name, o)
			}
		}
	}
}
