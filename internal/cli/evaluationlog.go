package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"euryale/selection"
)

// evaluationLog logs the evaluations of a run, in words and as fields.
func evaluationLog(log *logrus.Logger) func(selection.Outcome) {
	return func(o selection.Outcome) {
		entry := log.WithField("step", o.Step)
		if o.Err != nil {
			entry.Warnf("step %d could not be evaluated: %s", o.Step, plain(o.Err))
			return
		}
		entry.WithFields(logrus.Fields{
			"steps": o.Total, "evaluation": o.Evaluation, "best_step": o.BestStep, "took_s": o.Took.Seconds(), "left_s": o.Left.Seconds(),
		}).Info(outcomeText(o))
	}
}

// outcomeText is an evaluation in words.
func outcomeText(o selection.Outcome) string {
	parts := []string{fmt.Sprintf("held-out loss %.4f", o.HeldOutLoss)}
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if t := o.Table; t != nil {
		if t.Detection != nil {
			add("detection AUC %.3f (0.5 is best)", *t.Detection)
		}
		if t.Pairs != nil && t.PairsFloor != nil {
			add("pairs %.3f (held-out rows %.3f)", *t.Pairs, *t.PairsFloor)
		}
		if t.DCRShare != nil && t.DCRShareError != nil {
			add("%.2f ± %.2f nearer to training rows (0.50 by chance)", *t.DCRShare, *t.DCRShareError)
		}
	}
	if t := o.Points; t != nil {
		add("sliced W1 %.4g (floor %.4g)", t.SlicedW1, t.Floor)
		if t.NearerToTraining != nil {
			add("%.2f ± %.2f nearer to training rows (%.2f by chance)", *t.NearerToTraining, *t.StandardError, *t.Expected)
		}
	}
	text := fmt.Sprintf("step %d of %d evaluated: %s", o.Step, o.Total, strings.Join(parts, ", "))
	if o.Step == o.BestStep {
		text += "; the best so far"
	} else if o.BestStep >= 0 {
		text += fmt.Sprintf("; step %d is the best so far", o.BestStep)
	}
	if o.Left > 0 {
		text += fmt.Sprintf("; %v left", o.Left.Round(time.Second))
	}
	return text
}
