package sweep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"

	"euryale/choice"
	"euryale/eval"
	"euryale/metrics/tabular"
	"euryale/model"
	"euryale/run"
)

// Figure is one number that was measured of a trial.
type Figure struct {
	Name  string   `json:"name"`
	Value float64  `json:"value"`
	Floor *float64 `json:"floor,omitempty"` // the same measure of two sets of real rows
}

// Figures are what was measured of a trial, in the order in which they are read. What could not be measured is left out.
type Figures []Figure

// Get finds a figure.
func (f Figures) Get(name string) (Figure, bool) {
	for _, figure := range f {
		if figure.Name == name {
			return figure, true
		}
	}
	return Figure{}, false
}

// add appends a figure that is a number.
func (f *Figures) add(name string, value float64, floor *float64) {
	if !finite(value) {
		return
	}
	if floor != nil && !finite(*floor) {
		floor = nil
	}
	*f = append(*f, Figure{name, value, floor})
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Measure measures the newest checkpoint of a trial, or the best one of a run with train.keep best.
func (t Task) Measure(ctx context.Context) (*Outcome, error) {
	m, err := model.Open(t.Folder)
	if err != nil {
		return nil, err
	}
	o := &Outcome{Step: m.Step}
	if err := o.Figures.fromLog(t.Folder, m); err != nil {
		return nil, err
	}
	if t.Evaluate.Samples > 0 {
		if err := o.Figures.fromSamples(ctx, m, t); err != nil {
			return nil, err
		}
	}
	switch _, ok := o.Figures.Get(t.Metric); {
	case ok:
	case t.Metric == "loss":
		return nil, fmt.Errorf("sweep: no loss was logged up to step %d: lower train.log_every", m.Step)
	default:
		return nil, fmt.Errorf("sweep: %s could not be measured of %s", t.Metric, t.Folder)
	}
	return o, nil
}

// fromLog reads the figures of the training log up to the step of a model.
func (f *Figures) fromLog(folder run.Folder, m *model.Model) error {
	points, err := run.ReadMetrics(folder.MetricsPath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var last *run.Evaluation
	logged := false
	for _, p := range points {
		if p.Step > m.Step {
			break
		}
		logged = true
		if p.Evaluation != nil {
			last = p.Evaluation
		}
	}
	if logged {
		f.add("loss", m.TrainingLoss, nil)
	}
	if last != nil {
		f.add("held_out_loss", last.HeldOutLoss, nil)
		f.add("score", last.Score, nil)
		if m.Denoises() {
			f.add("quality", last.Quality, nil)
		}
	}
	return nil
}

// noiseLevels are those at which a classifier is measured, evenly spaced.
const noiseLevels = 11

// fromSamples measures samples, or the answers of a classifier.
func (f *Figures) fromSamples(ctx context.Context, m *model.Model, t Task) error {
	r := m.Request(t.Evaluate.Samples)
	r.Workers = t.Workers
	switch {
	case !m.Denoises():
		accuracies, err := m.Accuracies(ctx, r.N, r.Seed, noiseLevels)
		if err != nil {
			return err
		}
		sum := 0.0
		for _, a := range accuracies {
			sum += a.Correct
		}
		f.add("accuracy", sum/float64(len(accuracies)), nil)
		return nil
	case m.Table() != nil:
		return f.ofTable(ctx, m, r)
	case m.Image() != nil:
		return f.ofImages(ctx, m, r, t.Evaluate.Judge)
	}
	e, err := eval.Evaluate(ctx, m, r)
	if err != nil {
		return err
	}
	f.add("sliced_w1", e.SlicedW1, &e.Floor)
	if e.Nearest != nil {
		f.add("copied", e.Nearest.Copied, nil)
	}
	f.add("nfe", e.NFE, nil)
	return nil
}

func (f *Figures) ofTable(ctx context.Context, m *model.Model, r model.Request) error {
	rows, err := eval.NewTables(ctx, m, 0)
	if err != nil {
		return err
	}
	r.N = rows.Rows()
	e, err := rows.Evaluate(ctx, m, r, tabular.Options{Seed: m.Config.Seed, Workers: r.Workers})
	if err != nil {
		return err
	}
	for _, figure := range e.Figures {
		f.add(figure.Name, figure.Value, figure.Floor)
	}
	return nil
}

func (f *Figures) ofImages(ctx context.Context, m *model.Model, r model.Request, judge string) error {
	var o eval.ImageOptions
	if judge != "" {
		var err error
		if o.Classifier, err = openJudge(judge); err != nil {
			return err
		}
	}
	o.Copies = true
	e, err := eval.EvaluateImages(ctx, m, r, o)
	if err != nil {
		return err
	}
	f.add("sliced_w1", e.SlicedW1, &e.Floor)
	if e.PatchW1 > 0 {
		f.add("patch_w1", e.PatchW1, &e.PatchFloor)
	}
	if c := e.Features; c != nil {
		f.add("frechet", c.Frechet, &c.Floor)
		f.add("confidence", c.Confidence, &c.FreshConfidence)
	}
	if e.Nearest != nil {
		f.add("copied", e.Nearest.Copied, nil)
	}
	f.add("nfe", e.NFE, nil)
	return nil
}

// openJudge opens the classifier that judges images.
func openJudge(folder string) (*model.Model, error) {
	m, err := model.Open(run.Folder(folder))
	if err == nil {
		err = m.CheckFeatures()
	}
	if err != nil {
		return nil, choice.Wrong("evaluate.judge", "%s is no classifier of images: %w", folder, err)
	}
	return m, nil
}
