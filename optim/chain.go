package optim

import (
	"fmt"
	"math"

	"euryale/kernel"
)

// Chain is an optimizer at work on the weights of a run. A training step of several workers is, for each of them,
//
//	step := worker.Begin(number, squaredNorm) // number = 1, 2, …: the same for every worker
//	if step.Diverged() { … }                  // so every worker stops, and no weight has moved
//	worker.Apply(gradient, lo, hi)            // for ranges that cover the weights together
//
// Every worker has its Worker and computes the same few numbers in Begin, so that none waits for another. All must have
// finished a step before one begins the next.
type Chain struct {
	weights    []float32
	schedule   Schedule
	total      int64
	transforms []Transform
}

// New returns the chain of the options for weights, which it moves in place, before the first of total steps. It
// validates all options; the error of a wrong one wraps a *choice.FieldError with its key.
func New(o Options, weights []float32, total int64) (*Chain, error) {
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("optim: %w", err)
	}
	if total < 1 {
		return nil, fmt.Errorf("optim: the run must have at least 1 step, got %d", total)
	}
	c := &Chain{weights: weights, schedule: o.LearningRate.Kind, total: total}
	for _, t := range o.Transforms {
		c.transforms = append(c.transforms, t.Kind.New(weights))
	}
	return c, nil
}

// Rate is the learning rate of a step, counted from 1.
func (c *Chain) Rate(step int64) float64 { return c.schedule.At(step, c.total) }

// State is the memory of all transforms, in their order and with distinct prefixes. A resumed run copies the saved arrays
// into Data.
func (c *Chain) State() []Array {
	var all []Array
	for _, t := range c.transforms {
		all = append(all, t.State()...)
	}
	return all
}

// Average is the average of the weights that the chain keeps; nil if it keeps none.
func (c *Chain) Average() []float32 {
	if a := c.averager(); a != nil {
		return a.Average()
	}
	return nil
}

// AverageDecay is the weight of the old average in a step, counted from 1; 0 if the chain keeps none.
func (c *Chain) AverageDecay(step int64) float64 {
	if a := c.averager(); a != nil {
		return a.DecayAt(step)
	}
	return 0
}

func (c *Chain) averager() Averager {
	for _, t := range c.transforms {
		if a, ok := t.(Averager); ok {
			return a
		}
	}
	return nil
}

// Worker returns what one worker needs to take part in the steps.
func (c *Chain) Worker() *Worker {
	w := &Worker{chain: c}
	for _, t := range c.transforms {
		w.transforms = append(w.transforms, t.Fork())
	}
	return w
}

// Worker is one worker's part of a chain. It belongs to one goroutine at a time.
type Worker struct {
	chain      *Chain
	transforms []Transform
	step       Step
}

// Step is what all weights have in common in one step.
type Step struct {
	Number int64   // from 1
	Rate   float64 // the learning rate
	Norm   float64 // the L2 norm of the whole gradient before any transform
	Scale  float32 // the factor by which the gradient is multiplied, from clipping; NaN if Norm is not finite
}

// maxGradient is the largest norm whose square Adam's second moment can hold in float32.
const maxGradient = 1e19

// Diverged reports whether the gradient, scaled, is not finite or too large for the moments in float32. The caller should
// stop. A step with a norm that is not finite, if taken all the same, makes the weights NaN and cannot pass for a good one.
func (s Step) Diverged() bool { return !(s.Norm*float64(s.Scale) <= maxGradient) }

// Begin starts a step, counted from 1, whose gradient has the sum of squares squaredNorm. The sum is the caller's, so that
// it adds its parts in an order that does not depend on the workers. No weight moves.
func (w *Worker) Begin(step int64, squaredNorm float64) Step {
	norm := math.Sqrt(squaredNorm)
	w.step = Step{Number: step, Rate: w.chain.Rate(step), Norm: norm, Scale: ClipScale(norm, math.Inf(1))}
	for _, t := range w.transforms {
		t.Begin(&w.step)
	}
	return w.step
}

// Apply does the step for the weights [lo, hi). The gradient is that of all weights.
func (w *Worker) Apply(gradient []float32, lo, hi int) {
	for _, t := range w.transforms {
		t.Apply(w.chain.weights, gradient, lo, hi)
	}
}

// Step is Begin and Apply for all weights at once, as one goroutine does it. A step that diverged is not applied.
func (w *Worker) Step(step int64, gradient []float32) Step {
	s := w.Begin(step, kernel.SquaredNorm(gradient))
	if !s.Diverged() {
		w.Apply(gradient, 0, len(w.chain.weights))
	}
	return s
}
