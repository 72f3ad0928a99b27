package sweep

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"euryale/eval"
	"euryale/metrics/tabular"
	"euryale/model"
	"euryale/run"
	"euryale/train"
)

// only trains the one trial of a sweep, and opens its model.
func only(t *testing.T, text string) (*Results, *model.Model) {
	t.Helper()
	r := run1(t, load(t, text), Options{Folder: t.TempDir()})
	m, err := model.Open(r.Folder.Trial(r.Trials[0].Name))
	if err != nil {
		t.Fatal(err)
	}
	return r, m
}

// sameFigures fails the test unless the figures of the first trial have values.
func sameFigures(t *testing.T, r *Results, want map[string]float64) {
	t.Helper()
	for name, value := range want {
		if f, ok := r.Trials[0].Figures.Get(name); !ok || f.Value != value {
			t.Errorf("%s is %v, want %v", name, f.Value, value)
		}
	}
}

// The figures of the log are those of the checkpoint that is measured: of a run that keeps the best one, not of the last.
func TestMeasureBest(t *testing.T) {
	r, m := only(t, ofTable(t)+`, train.evaluate_every=2, train.keep=best]
axes: [{key: optimizer.learning_rate, values: [3]}] # the weights get worse
metric: score
evaluate: {samples: 0}
`)
	_, best, err := r.Folder.Trial(r.Trials[0].Name).Best()
	if err != nil {
		t.Fatal(err)
	}
	if step := r.Trials[0].Step; step != m.Step || step >= 4 || !m.Best {
		t.Fatalf("measured at step %d, the best is of %d", step, m.Step)
	}
	sameFigures(t, r, map[string]float64{
		"score": best.Score, "quality": best.Quality, "held_out_loss": best.HeldOutLoss, "loss": m.TrainingLoss,
	})
}

// A loss that was logged after the step that is measured is none.
func TestMeasureWithoutLoss(t *testing.T) {
	folder := run.Folder(t.TempDir())
	if err := os.WriteFile(folder.MetricsPath(), []byte(`{"step": 5, "loss": 1}`+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for step, want := range map[int64]int{4: 0, 5: 1} {
		var f Figures
		if err := f.fromLog(folder, &model.Model{Step: step, TrainingLoss: 1}); err != nil || len(f) != want {
			t.Errorf("at step %d: %+v, %v", step, f, err)
		}
	}
}

// ofTable begins a sweep of a table of 80 rows; its key set is open.
func ofTable(t *testing.T) string {
	file := filepath.Join(t.TempDir(), "rows.csv")
	text := "a,b\n"
	for i := range 80 {
		text += fmt.Sprintf("%d,%s\n", i*i%97, []string{"x", "y", "z"}[i*i%7%3])
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return `config: table
set: ['data.file=` + file + `', data.held_out=0.25, net.width=8, net.depth=1, train.steps=4, train.log_every=2, sample.steps=2`
}

// A trial of a table has the figures of eval, of as many samples as it has training rows.
func TestMeasureTable(t *testing.T) {
	r, m := only(t, ofTable(t)+`]
axes: [{key: train.batch, values: [16]}]
metric: column_shapes
`)
	rows, err := eval.NewTables(t.Context(), m, 0)
	if err != nil {
		t.Fatal(err)
	}
	e, err := rows.Evaluate(t.Context(), m, m.Request(60), tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{}
	for _, f := range e.Figures {
		want[f.Name] = f.Value
	}
	if len(want) < 20 {
		t.Errorf("%d figures", len(want))
	}
	sameFigures(t, r, want)
}

// A trial of images has the figures of eval, with those of a classifier.
func TestMeasureImages(t *testing.T) {
	const tiny = `config: digits8
seeds: 1
set: [data.held_out=0.1, train.epochs=0, train.steps=2, train.batch=8, train.log_every=1, train.label_dropout=0, sample.steps=2, `
	judges, _ := only(t, tiny+`objective=classify, 'net={name: unet_classifier, channels: 4, groups: 4, multipliers: [1]}']
metric: accuracy
evaluate: {samples: 20}
`)
	judge := string(judges.Folder.Trial(judges.Trials[0].Name))
	r, m := only(t, tiny+`'net={name: unet, channels: 4, groups: 4, multipliers: [1], labels: true}']
metric: frechet
evaluate: {samples: 20, judge: '`+judge+`'}
`)
	classifier, err := openJudge(judge)
	if err != nil {
		t.Fatal(err)
	}
	e, err := eval.EvaluateImages(t.Context(), m, m.Request(20), eval.ImageOptions{Classifier: classifier, Copies: true})
	if err != nil {
		t.Fatal(err)
	}
	sameFigures(t, r, map[string]float64{
		"sliced_w1": e.SlicedW1, "patch_w1": e.PatchW1, "frechet": e.Features.Frechet, "confidence": e.Features.Confidence,
		"copied": e.Nearest.Copied, "nfe": 2,
	})
	for name, want := range map[string]float64{"sliced_w1": e.Floor, "patch_w1": e.PatchFloor, "frechet": e.Features.Floor} {
		if f, _ := r.Trials[0].Figures.Get(name); f.Floor == nil || *f.Floor != want {
			t.Errorf("the floor of %s is %v, want %v", name, f.Floor, want)
		}
	}
}

// The accuracy of a classifier is the mean over noise levels.
func TestMeasureClassifier(t *testing.T) {
	r, m := only(t, `config: moons_classifier
set: [train.steps=4, train.log_every=2, train.evaluate_every=4]
seeds: 1
metric: accuracy
evaluate: {samples: 30}
`)
	levels, err := m.Accuracies(t.Context(), 30, m.Config.Seed, noiseLevels)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, level := range levels {
		sum += level.Correct
	}
	heldOut, _ := r.Trials[0].Figures.Get("held_out_loss")
	sameFigures(t, r, map[string]float64{"accuracy": sum / noiseLevels, "score": -heldOut.Value})
	if _, err := os.Stat(r.Folder.Path(comparisonFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("one trial is compared with itself: %v", err)
	}
}

// A trial that is interrupted half-way is not measured as if it were done, whatever its metric needs.
func TestInterruptedTraining(t *testing.T) {
	s := load(t, "config: scurve\nset: [data.points=60, net.width=8, net.depth=1, process.steps=5, train.steps=12, train.log_every=1]\n"+
		"seeds: 1\nmetric: loss\nevaluate: {samples: 0}\n")
	task, err := s.Task(Folder(t.TempDir()), s.Trials[0], 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stopper := train.Hook{Name: "stopper", Every: 5, Do: func(context.Context, *train.Loop, train.Progress) error {
		cancel()
		return nil
	}}
	err = task.Train(ctx, func(ctx context.Context, _ bool, pause train.Hook) error {
		return train.Run(ctx, task.Config, train.Options{Folder: task.Folder, Workers: 1, Hooks: []train.Hook{pause, stopper}})
	})
	if !errors.Is(err, ErrInterrupted) {
		t.Errorf("%v", err)
	}
	if o, err := task.Run(t.Context()); err != nil || o.Step != 12 {
		t.Errorf("%+v, %v", o, err)
	}
}
