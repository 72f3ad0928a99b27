package train

import (
	"context"
	"errors"
	"fmt"

	"euryale/checkpoint"
	"euryale/run"
)

// Metrics is the hook that appends a log point to the run's metrics.jsonl every so many steps.
func Metrics(every int64) Hook {
	var metrics *run.Metrics
	return Hook{
		Name: "metrics", Every: every,
		Start: func(_ context.Context, l *Loop) (err error) {
			metrics, err = run.OpenMetrics(l.Folder.MetricsPath(), l.StepsDone())
			return err
		},
		Do: func(_ context.Context, _ *Loop, p Progress) error {
			return metrics.Write(run.LogPoint{
				Step: p.Step, Epoch: p.Epoch, Loss: p.Loss, GradientNorm: p.GradientNorm,
				LearningRate: p.LearningRate, EMADecay: p.EMADecay, StepsPerSecond: p.StepsPerSecond,
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

// Checkpoints is the hook that writes a checkpoint every so many steps (0: only at the end), after the last step and when
// the run is interrupted, and that removes the oldest beyond keep (0: none).
func Checkpoints(every int64, keep int) Hook {
	saved := int64(-1) // the step of the last checkpoint written or resumed from
	save := func(l *Loop) error {
		if saved == l.StepsDone() {
			return nil
		}
		file, err := l.Checkpoint()
		if err != nil {
			return err
		}
		if err := checkpoint.Write(checkpoint.Path(l.Folder.Checkpoints(), l.StepsDone()), file); err != nil {
			return err
		}
		saved = l.StepsDone()
		return checkpoint.Prune(l.Folder.Checkpoints(), keep)
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
				return fmt.Errorf("the checkpoint of the interruption: %w", err)
			}
			return nil
		},
	}
}
