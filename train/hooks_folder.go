package train

import (
	"context"
	"errors"
	"fmt"

	"euryale/run"
)

const metricsHook = "metrics"

// Metrics is the hook that appends a log point to the run's metrics.jsonl every `every` steps (0: none) and after the last.
func Metrics(every int64) Hook {
	var metrics *run.Metrics
	return Hook{
		Name: metricsHook, Every: every,
		Start: func(_ context.Context, l *Loop) (err error) {
			metrics, err = run.OpenMetrics(l.Folder.MetricsPath(), l.StepsDone())
			return err
		},
		Do: func(_ context.Context, l *Loop, p Progress) error {
			return metrics.Write(run.LogPoint{
				Step: p.Step, Epoch: p.Epoch, Loss: p.Loss, GradientNorm: p.GradientNorm,
				LearningRate: p.LearningRate, EMADecay: p.EMADecay, StepsPerSecond: p.StepsPerSecond,
				Evaluation: l.evaluating.of(p.Step),
			})
		},
		Stop: func(*Loop, error) error {
			if metrics == nil {
				return nil
			}
			return metrics.Close()
		},
	}
}

// Checkpoints is the hook that writes a checkpoint every `every` steps (0: none), after the last step and on an
// interruption, and then keeps only the newest keep (0: all).
func Checkpoints(every int64, keep int) Hook {
	saved := int64(-1) // the step of the last checkpoint written or resumed from
	save := func(l *Loop) error {
		if saved == l.StepsDone() {
			return nil
		}
		file, err := l.Checkpoint()
		if err != nil && saved >= 0 {
			return fmt.Errorf("%w; the last good checkpoint is that of step %d", err, saved)
		}
		if err != nil {
			return err
		}
		l.logged().put(file)
		if _, err := l.Folder.Save(file, l.StepsDone()); err != nil {
			return err
		}
		saved = l.StepsDone()
		return l.Folder.Prune(file, keep)
	}
	return Hook{
		Name: "checkpoints", Every: every,
		Start: func(_ context.Context, l *Loop) error {
			if saved = -1; l.Resumed != "" {
				saved = l.StepsDone()
			}
			return nil
		},
		Do: func(_ context.Context, l *Loop, _ Progress) error { return save(l) },
		Stop: func(l *Loop, cause error) error {
			if !errors.Is(cause, ErrInterrupted) {
				return nil
			}
			if err := save(l); err != nil {
				return fmt.Errorf("writing the checkpoint of the interrupted run: %w", err)
			}
			return nil
		},
	}
}
