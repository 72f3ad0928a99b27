package train

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/sirupsen/logrus"
)

// The shortest time between two progress updates: of the bar, and of lines in the log.
const (
	barInterval = 100 * time.Millisecond
	logInterval = 10 * time.Second
)

// Log is the hook that logs the run: the checkpoint it goes on from, warnings, and its progress.
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
			log.Infof("step %d of %d, epoch %.1f: loss %.4f, gradient norm %.3f, %.0f steps/s, %v left",
				p.Step, p.Total, p.Epoch, p.Loss, p.GradientNorm, p.StepsPerSecond, p.Left)
			return nil
		},
	}
}

// announce logs how a run begins.
func announce(log *logrus.Logger, l *Loop) {
	switch {
	case l.Resumed != "":
		log.Infof("resuming at step %d from %s", l.StepsDone(), l.Resumed)
	case l.resuming:
		log.Warnf("%s has no checkpoint yet: starting at step 0", l.Folder)
	}
	for _, warning := range l.Warnings() {
		log.Warn(warning)
	}
	if l.StepsDone() >= l.Total {
		log.Infof("all %d steps are done already; raise train.epochs to train on", l.Total)
		return
	}
	log.Infof("training %s to step %d, %d steps per epoch, %d workers", l.Folder, l.Total, l.StepsPerEpoch(), l.Workers())
}

// Bar is the hook that draws a progress bar on a terminal; the rest goes to the log.
func Bar(w io.Writer, log *logrus.Logger, every int64) Hook {
	var bar *progressbar.ProgressBar
	var shown time.Time
	return Hook{
		Name: "bar", Every: every,
		Start: func(_ context.Context, l *Loop) error {
			announce(log, l)
			if l.StepsDone() < l.Total {
				bar = newBar(w, l.Total)
			}
			return nil
		},
		Do: func(_ context.Context, _ *Loop, p Progress) error {
			if time.Since(shown) < barInterval && p.Step < p.Total {
				return nil
			}
			shown = time.Now()
			// The bar's own rate would count the steps before a resume.
			bar.Describe(fmt.Sprintf("loss %.4f  %.0f steps/s  %v left", p.Loss, p.StepsPerSecond, p.Left))
			return bar.Set64(p.Step)
		},
		Stop: func(*Loop, error) error {
			if bar == nil {
				return nil
			}
			return bar.Exit()
		},
	}
}

func newBar(w io.Writer, total int64) *progressbar.ProgressBar {
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription("loss"),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionFullWidth(),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(w) }),
	)
}
