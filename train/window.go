package train

import (
	"fmt"
	"math"
	"slices"
	"time"

	"euryale/checkpoint"
)

// window adds up steps for one hook.
type window struct {
	loss, norm float64
	steps      int64
	before     int64 // of the steps, those of the process that the run goes on from
	since      time.Time
	pace       pace // up to the steps before these
}

func (w *window) add(r StepResult) {
	w.loss += r.Loss
	w.norm += r.GradientNorm
	w.steps++
}

// speed is in steps per second.
func (w *window) speed() float64 {
	return float64(w.steps-w.before) / max(time.Since(w.since), time.Nanosecond).Seconds()
}

// pace is the speed of about the last half minute: that of a hundred steps, which may take 20 milliseconds, jumps with whatever else
// the machine does. Both numbers fade exponentially.
type pace struct{ steps, seconds float64 }

const paceSeconds = 30

// add adds steps, and returns the speed in steps per second.
func (p *pace) add(steps, perSecond float64) float64 {
	took := steps / perSecond
	keep := math.Exp(-took / paceSeconds)
	p.steps, p.seconds = keep*p.steps+steps, keep*p.seconds+took
	return p.steps / p.seconds
}

// metaWindow is the metadata key of the sums since the last log point, so that the next one is the same if the run goes on from
// the checkpoint: the number of steps, their loss and their gradient norm. A checkpoint at a log point has none.
const metaWindow = "log.window"

// put writes the window into the metadata of a checkpoint.
func (w *window) put(file *checkpoint.File) {
	if w.steps > 0 {
		file.Metadata[metaWindow] = fmt.Sprint(w.steps, w.loss, w.norm)
	}
}

// readWindow reads it; a checkpoint without one, and one that cannot be read, give an empty window.
func readWindow(file *checkpoint.File) window {
	var w window
	_, err := fmt.Sscan(file.Metadata[metaWindow], &w.steps, &w.loss, &w.norm)
	if sum := w.loss + w.norm; err != nil || w.steps < 1 || math.IsNaN(sum) || math.IsInf(sum, 0) {
		return window{}
	}
	w.before = w.steps
	return w
}

// logged is the window of the hook that logs; before the first step, that of the checkpoint that the run goes on from.
func (l *Loop) logged() *window {
	i := slices.IndexFunc(l.hooks, func(h Hook) bool { return h.Name == metricsHook })
	if i < 0 || i >= len(l.windows) {
		return &l.restored
	}
	return &l.windows[i]
}
