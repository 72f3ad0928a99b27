package selection

import (
	"context"
	"fmt"
	"math"

	"euryale/checkpoint"
	"euryale/eval"
	"euryale/metrics/tabular"
	"euryale/model"
	"euryale/run"
	"euryale/train"
)

// The sizes of an evaluation. Few samples would leave a leak of a small table unseen, many take long.
const (
	leastSamples = 1_000
	mostSamples  = 10_000
	mostPoints   = 2_000
	mostReal     = 20_000 // rows of a table, of those trained on and of those held out
)

// measure evaluates a checkpoint of the current step. The file is not changed but for its name.
func (s *selector) measure(ctx context.Context, l *train.Loop, file *checkpoint.File) (e run.Evaluation, err error) {
	if e.HeldOutLoss, err = l.HeldOutLoss(ctx); err != nil {
		return e, err
	}
	if math.IsNaN(e.HeldOutLoss) || math.IsInf(e.HeldOutLoss, 0) {
		return e, fmt.Errorf("selection: the loss on held-out rows is %v", e.HeldOutLoss)
	}
	m, err := modelOf(l, file)
	switch {
	case err != nil:
		return e, err
	case !m.Denoises():
		e.Score = -e.HeldOutLoss
		return e, nil
	case m.Table() != nil:
		return e, s.table(ctx, l, m, &e)
	}
	return e, points(ctx, l, m, &e)
}

// modelOf is the model of a checkpoint that is in memory, with the rows of the run.
func modelOf(l *train.Loop, file *checkpoint.File) (*model.Model, error) {
	file.Name = fmt.Sprintf("of step %d", l.StepsDone())
	c, err := run.Decode(file)
	if err != nil {
		return nil, err
	}
	parts := model.PartsOf(l.Config())
	parts.Weights = l.Weights(c.Weights())
	m, err := model.New(c, parts)
	if err != nil {
		return nil, err
	}
	m.UseData(l.Sources())
	return m, nil
}

// table compares samples with the rows of a table.
func (s *selector) table(ctx context.Context, l *train.Loop, m *model.Model, e *run.Evaluation) (err error) {
	if s.tables == nil {
		if s.tables, err = eval.NewTables(ctx, m, mostReal); err != nil {
			return err
		}
	}
	n := max(s.tables.Rows(), leastSamples)
	if m.Table().Unique() != nil { // there need not be more rows than the table has
		n = s.tables.Rows()
	}
	r := m.Request(min(n, mostSamples))
	r.Workers = l.Workers()
	of, err := s.tables.Evaluate(ctx, m, r, tabular.Options{Quick: true, Seed: m.Config.Seed, Workers: l.Workers()})
	if err != nil {
		return err
	}
	rateTable(e, of.Report)
	return nil
}

// points compares samples with rows that the net was not trained on.
func points(ctx context.Context, l *train.Loop, m *model.Model, e *run.Evaluation) error {
	r := m.Request(mostPoints)
	r.Workers = l.Workers()
	of, err := eval.Evaluate(ctx, m, r)
	if err != nil {
		return err
	}
	e.Points = &run.PointsEvaluation{Samples: of.Samples, SlicedW1: of.SlicedW1, Floor: of.Floor}
	var nearer rated
	if n := of.Nearest; n != nil {
		nearer = rated{n.NearerToTraining, n.Expected, n.StandardError}
		e.Points.NearerToTraining, e.Points.Expected, e.Points.StandardError = known(nearer.value), known(nearer.expected), known(nearer.err)
	}
	quality := 1.0
	if of.SlicedW1 > of.Floor {
		quality = of.Floor / of.SlicedW1
	}
	weigh(e, quality, nearer)
	return nil
}
