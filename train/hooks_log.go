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
// every ten seconds.
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
			log.Infof("step %d of %d, epoch %.1f: loss %.4f, gradient norm %.3f, %s steps/s, %v left",
				p.Step, p.Total, p.Epoch, p.Loss, p.GradientNorm, speed(p.StepsPerSecond), p.Left)
			return nil
		},
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
		log.Infof("resuming at step %d from %s", l.StepsDone(), l.Resumed)
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
	log.Infof("training %s to step %d, %d steps per epoch, %d workers", l.Folder, l.Total, l.StepsPerEpoch(), l.Workers())
}

// Bar is the hook that draws the progress on a terminal, every `every` steps, and logs the rest.
func Bar(w io.Writer, log *logrus.Logger, every int64) Hook {
	var shows *bar.Bar
	return Hook{
		Name: "bar", Every: every,
		Start: func(_ context.Context, l *Loop) error {
			announce(log, l)
			if l.StepsDone() < l.Total {
				shows = bar.New(w, l.Total, "loss")
			}
			return nil
		},
		Do: func(_ context.Context, _ *Loop, p Progress) error {
			return shows.Show(p.Step, func() string {
				return fmt.Sprintf("loss %.4f  %s steps/s  %v left", p.Loss, speed(p.StepsPerSecond), p.Left)
			})
		},
		Stop: func(*Loop, error) error {
			if shows == nil {
				return nil
			}
			return shows.End()
		},
	}
}
