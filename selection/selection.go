// Package selection evaluates a run on rows that it is not trained on while it trains, and keeps its best checkpoint. They are
// held-out rows or, where the distribution of the data is known, fresh ones.
//
//   - Hook (this file) is the hook of package train that does so, every train.evaluate_every steps.
//   - evaluate.go makes a model of the current weights, measures the loss on held-out rows, draws samples and compares them.
//   - score.go weighs the quality of samples and what they give away of the training rows.
//
// An evaluation draws no random number that training draws, and changes nothing that training reads: a run with evaluations
// has the same weights as one without, and one that is resumed the same evaluations and the same best checkpoint as one that
// never stopped.
//
// Start reading at Hook, then score.go.
package selection

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"time"

	"euryale/checkpoint"
	"euryale/configs"
	"euryale/eval"
	"euryale/run"
	"euryale/train"
)

// Outcome is an evaluation as it is reported.
type Outcome struct {
	Step, Total int64
	run.Evaluation
	BestStep int64         // the step of the best so far
	Took     time.Duration // by the evaluation
	Left     time.Duration // of the training, with the evaluations to come; 0: not known
	// Err is why the samples could not be drawn or compared. The training goes on, without an evaluation of this step.
	Err error
}

// Hook evaluates a run: it is for train.Options.Evaluate. report, if not nil, is called after each evaluation.
func Hook(report func(Outcome)) *train.Hook {
	s := &selector{report: report}
	return &train.Hook{
		Name:  "evaluation",
		Start: func(ctx context.Context, l *train.Loop) error { return s.start(ctx, l) },
		Do: func(ctx context.Context, l *train.Loop, p train.Progress) error {
			return s.evaluate(ctx, l, p.StepsPerSecond)
		},
	}
}

// selector is the state of the hook in one run.
type selector struct {
	report func(Outcome)
	tables *eval.Tables   // of a table; made by the first evaluation
	best   scored         // of the evaluations up to this step
	kept   scored         // of the checkpoint that is kept as the best
	last   run.Evaluation // of those done
	took   time.Duration
	tried  int
	done   int // those that did not fail
}

// scored is a step with its score.
type scored struct {
	step        int64
	score, loss float64 // loss is that of held-out rows
}

// none is worse than every step.
func none() scored { return scored{-1, math.Inf(-1), math.Inf(1)} }

// beats reports whether a step is better than another one: by its score or, of equal ones, by its loss on held-out rows.
func (s scored) beats(other scored) bool {
	return s.score > other.score || s.score == other.score && s.loss < other.loss
}

// start finds out what was the best so far, and makes up for an evaluation that was interrupted.
func (s *selector) start(ctx context.Context, l *train.Loop) error {
	*s = selector{report: s.report, best: none(), kept: none()}
	if l.Resumed == "" {
		return nil
	}
	if err := s.remember(l); err != nil {
		return err
	}
	step, every := l.StepsDone(), int64(l.Config().Train.EvaluateEvery)
	if step == 0 || step%every != 0 && step != l.Total {
		return nil
	}
	evaluated, err := l.Folder.Evaluated(step)
	if err != nil || evaluated {
		return err
	}
	if err := s.evaluate(ctx, l, 0); err != nil || s.done == 0 {
		return err
	}
	return l.Folder.AddEvaluation(step, s.last) // the log point is there already
}

// remember reads what the run has evaluated before.
func (s *selector) remember(l *train.Loop) error {
	file, err := l.Checkpoint()
	if err != nil {
		return err
	}
	if best, e := l.Folder.BestOf(file); best != nil {
		s.kept = scored{best.Step, e.Score, e.HeldOutLoss}
	}
	points, err := run.ReadMetrics(l.Folder.MetricsPath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, p := range points {
		if p.Evaluation == nil || p.Step > l.StepsDone() {
			continue
		}
		if then := (scored{p.Step, p.Evaluation.Score, p.Evaluation.HeldOutLoss}); then.beats(s.best) {
			s.best = then
		}
	}
	switch {
	case s.kept.step > l.StepsDone(): // of a step that is done again, perhaps with other settings: the best of the log is to beat
		s.kept.score, s.kept.loss = s.best.score, s.best.loss
	case s.best.step < 0: // the log is gone
		s.best = s.kept
	}
	return nil
}

// evaluate evaluates the current step. If the context ends meanwhile, there is no evaluation; a resume makes up for it.
func (s *selector) evaluate(ctx context.Context, l *train.Loop, speed float64) error {
	began, step := time.Now(), l.StepsDone()
	file, err := l.Checkpoint()
	if err != nil {
		return err
	}
	out := Outcome{Step: step, Total: l.Total}
	out.Evaluation, out.Err = s.measure(ctx, l, file)
	if ctx.Err() != nil {
		return nil
	}
	if out.Err == nil {
		if err := s.keep(l, file, &out); err != nil {
			return err
		}
	}
	out.BestStep, out.Took = s.best.step, time.Since(began)
	s.took += out.Took
	s.tried++
	if speed > 0 && step < l.Total {
		every := int64(l.Config().Train.EvaluateEvery)
		more := float64((l.Total-1)/every - step/every + 1)
		out.Left = time.Duration((float64(l.Total-step)/speed + more*s.took.Seconds()/float64(s.tried)) * float64(time.Second))
	}
	if s.report != nil {
		s.report(out)
	}
	return nil
}

// keep records an evaluation and, if it is the best, keeps the checkpoint.
func (s *selector) keep(l *train.Loop, file *checkpoint.File, out *Outcome) error {
	now := scored{out.Step, out.Score, out.HeldOutLoss}
	if now.beats(s.best) {
		s.best, out.Best = now, true
	}
	if l.Config().Train.Keep == configs.KeepBest && (now.beats(s.kept) || now.step == s.kept.step) {
		s.kept = now
		if err := l.Folder.SaveBest(file, out.Evaluation); err != nil {
			return err
		}
	}
	l.Report(out.Evaluation)
	s.last = out.Evaluation
	s.done++
	return nil
}
