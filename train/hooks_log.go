package train

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/sirupsen/logrus"

	"euryale/internal/bar"
)

// logInterval is the shortest time between two progress lines.
const logInterval = 10 * time.Second

// Log is the hook that logs the run: the checkpoint it goes on from, warnings, and its progress every `every` steps, at most
// every ten seconds. Lines of progress have their numbers as fields, too, for a formatter such as that of JSON.
func Log(log *logrus.Logger, every int64) Hook {
	var shown time.Time
	return Hook{
		Name: "log", Every: every,
		Start: func(_ context.Context, l *Loop) error {
			announce(log, l)
			return nil
		},
		Do: func(_ context.Context, _ *Loop, p Progress) error {
			if time.Since(shown) < logInterval && p.Step < p.Total {
				return nil
			}
			shown = time.Now()
			log.WithFields(p.fields()).Infof("step %d of %d, epoch %.1f: loss %.4f, average %.4f, gradient norm %.3f, %s steps/s, %v left",
				p.Step, p.Total, p.Epoch, p.Loss, p.LossAverage, p.GradientNorm, speed(p.StepsPerSecond), p.Left)
			return nil
		},
	}
}

// fields are the numbers of a line of progress. Those of metrics.jsonl have the names that they have there.
func (p Progress) fields() logrus.Fields {
	return logrus.Fields{
		"step": p.Step, "steps": p.Total, "epoch": p.Epoch, "loss": p.Loss, "loss_average": p.LossAverage, "grad_norm": p.GradientNorm,
		"lr": p.LearningRate, "steps_per_s": p.StepsPerSecond, "left_s": p.Left.Seconds(),
	}
}

// speed writes steps per second: those of images may take seconds each.
func speed(perSecond float64) string {
	if perSecond < 10 {
		return fmt.Sprintf("%.1f", perSecond)
	}
	return fmt.Sprintf("%.0f", perSecond)
}

// announce logs how a run begins.
func announce(log *logrus.Logger, l *Loop) {
	switch {
	case l.Resumed != "":
		log.WithField("step", l.StepsDone()).Infof("resuming at step %d from %s", l.StepsDone(), l.Resumed)
	case l.resuming:
		log.Warnf("%s has no checkpoint yet: starting at step 0", l.Folder)
	}
	if l.rate != "" {
		log.Info(l.rate)
	}
	for _, warning := range l.Warnings() {
		log.Warn(warning)
	}
	if l.StepsDone() >= l.Total {
		log.Infof("all %d steps are done already; raise train.epochs or train.steps to train on", l.Total)
		return
	}
	log.WithFields(logrus.Fields{
		"folder": string(l.Folder), "steps": l.Total, "steps_per_epoch": l.StepsPerEpoch(), "workers": l.Workers(),
	}).Infof("training %s to step %d, %d steps per epoch, %d workers", l.Folder, l.Total, l.StepsPerEpoch(), l.Workers())
}

// Bar is the hook that draws the progress on a terminal, every `every` steps, and logs the rest. A terminal that goes away ends no
// run.
func Bar(w io.Writer, log *logrus.Logger, every int64) Hook {
	var shows *bar.Bar
	return Hook{
		Name: "bar", Every: every,
		Start: func(_ context.Context, l *Loop) error {
			announce(log, l)
			if l.StepsDone() < l.Total {
				shows = bar.New(w, l.Total)
				log.AddHook(clearing{shows})
			}
			return nil
		},
		Do: func(_ context.Context, _ *Loop, p Progress) error {
			_ = shows.Show(p.Step, p.texts)
			return nil
		},
		Stop: func(*Loop, error) error {
			if shows != nil {
				_ = shows.End()
			}
			return nil
		},
	}
}

// texts are the numbers of a bar, from all of them to the most needed.
func (p Progress) texts() []string {
	loss, left := fmt.Sprintf("loss %.4f", p.Loss), fmt.Sprintf("%v left", p.Left)
	rate, average := speed(p.StepsPerSecond)+" steps/s", fmt.Sprintf("avg %.4f", p.LossAverage)
	return []string{
		fmt.Sprintf("%s %s grad %.3f %s %s", loss, average, p.GradientNorm, rate, left),
		fmt.Sprintf("%s %s %s %s", loss, average, rate, left),
		fmt.Sprintf("%s %s %s", loss, rate, left),
		fmt.Sprintf("%s %s", loss, left),
		left,
	}
}

// clearing makes room for a line of the log where a bar is drawn.
type clearing struct{ bar *bar.Bar }

// Levels implements logrus.Hook.
func (clearing) Levels() []logrus.Level { return logrus.AllLevels }

// Fire implements logrus.Hook.
func (c clearing) Fire(*logrus.Entry) error {
	_ = c.bar.Clear()
	return nil
}
