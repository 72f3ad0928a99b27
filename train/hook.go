package train

import (
	"context"
	"time"
)

// Hook is something that happens alongside training: a log, a checkpoint, a picture. The loop calls hooks in the order
// in which they are registered. Every function may be nil; an error ends the run.
type Hook struct {
	Name string
	// Every is the number of steps between two calls of Do; 0: only after the last step.
	Every int64
	// Also is a second number of steps between two calls of Do; 0: none.
	Also int64
	// Start is called before the first step.
	Start func(ctx context.Context, l *Loop) error
	// Do is called every Every steps, and after the last step.
	Do func(ctx context.Context, l *Loop, p Progress) error
	// Finish is called when all steps are done, even if none was left to do.
	Finish func(ctx context.Context, l *Loop) error
	// Stop is called last, however the run ends, with the error that ended it, if any. Hooks stop in reverse order.
	Stop func(l *Loop, cause error) error
}

// due reports whether Do is to be called after a step.
func (h *Hook) due(step, total int64) bool {
	return step == total || h.Every > 0 && step%h.Every == 0 || h.Also > 0 && step%h.Also == 0
}

// Progress is the state of the training for a hook. Loss, gradient norm and speed are means over the steps since the last
// call of that hook.
type Progress struct {
	Step, Total    int64   // steps done, and in all
	Epoch          float64 // passes over the data done
	Loss           float64
	LossAverage    float64 // exponential moving average, over about a twentieth of the run, of this session
	GradientNorm   float64 // before clipping
	LearningRate   float64
	EMADecay       float64 // in force at this step; 0 without an average
	StepsPerSecond float64
	Left           time.Duration // at the speed of about the last half minute, with the evaluations to come
}

// movingAverage is an exponential moving average, in which the weight of a value falls to 1/e over so many steps.
type movingAverage struct{ steps, sum, weight float64 }

// newMovingAverage is that of the loss of a run: over a twentieth of it, but from 10 to 1,000 steps.
func newMovingAverage(total int64) movingAverage {
	return movingAverage{steps: float64(min(max(total/20, 10), 1000))}
}

func (m *movingAverage) add(v float64) {
	keep := 1 - 1/m.steps
	m.sum, m.weight = keep*m.sum+(1-keep)*v, keep*m.weight+(1-keep)
}

// value is the average so far; 0 before the first value.
func (m *movingAverage) value() float64 {
	if m.weight == 0 {
		return 0
	}
	return m.sum / m.weight
}

// mostLeft is the longest time left that is reported: a Duration holds less than 300 years.
const mostLeft = 100 * 365 * 24 * time.Hour

// progress closes the window at the loop's step.
func (w *window) progress(l *Loop) Progress {
	n := float64(w.steps)
	p := Progress{
		Step: l.StepsDone(), Total: l.Total, Epoch: float64(l.StepsDone()) / float64(l.StepsPerEpoch()),
		Loss: w.loss / n, LossAverage: l.loss.value(), GradientNorm: w.norm / n, StepsPerSecond: w.speed(),
	}
	p.LearningRate, p.EMADecay = l.optimizer.Rate(p.Step), l.optimizer.AverageDecay(p.Step)
	p.Left = mostLeft
	left := float64(p.Total-p.Step)/w.pace.add(float64(w.steps-w.before), p.StepsPerSecond) + l.evaluating.left(p.Step, p.Total).Seconds()
	if left < mostLeft.Seconds() {
		p.Left = time.Duration(left * float64(time.Second)).Round(time.Second)
	}
	*w = window{since: time.Now(), pace: w.pace}
	return p
}
