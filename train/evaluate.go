package train

import (
	"context"
	"fmt"
	"time"

	"euryale/choice"
	"euryale/data"
	"euryale/kernel"
	"euryale/rng"
	"euryale/run"
)

// evaluating is the state of the evaluations of a run.
type evaluating struct {
	every int64 // steps between two; 0: there are none
	done  int
	took  time.Duration // all that are done
	step  int64         // of the last that was reported
	last  run.Evaluation
}

// left is how long the evaluations after a step will take.
func (e *evaluating) left(step, total int64) time.Duration {
	if e.every == 0 || e.done == 0 || step >= total {
		return 0
	}
	return time.Duration(float64(e.took) / float64(e.done) * float64((total-1)/e.every-step/e.every+1))
}

// of is the evaluation of a step; nil if there was none.
func (e *evaluating) of(step int64) *run.Evaluation {
	if e.step != step || step == 0 {
		return nil
	}
	last := e.last
	return &last
}

// evaluateBy puts the hook that evaluates before the others.
func (l *Loop) evaluateBy(h Hook, every int64) {
	h.Every = every
	l.evaluating.every = every
	l.hooks[0].Also = every // the log point
	l.hooks = append([]Hook{h}, l.hooks...)
}

// evaluated takes the time of an evaluation out of the speed of training.
func (l *Loop) evaluated(took time.Duration) {
	l.evaluating.took += took
	l.evaluating.done++
	for i := range l.windows {
		l.windows[i].since = l.windows[i].since.Add(took)
	}
}

// Report puts an evaluation of the current step into its log point.
func (l *Loop) Report(e run.Evaluation) { l.evaluating.step, l.evaluating.last = l.StepsDone(), e }

// Evaluation is that of the current step; nil if there was none.
func (l *Loop) Evaluation() *run.Evaluation { return l.evaluating.of(l.StepsDone()) }

// Dataset is the rows that are trained on, encoded. They must not be changed.
func (t *Trainer) Dataset() *data.Dataset { return t.dataset }

// Sources are the rows that are trained on and those that are held out; nil if train.evaluate_every is 0.
func (t *Trainer) Sources() (train, held data.Source) { return t.source, t.held }

// leastHeld is the fewest held-out rows to compare samples with: a floor takes two.
const leastHeld = 2

// checkHeldOut returns an error unless there are rows to evaluate the run with, before an old run is replaced by it.
func (t *Trainer) checkHeldOut() error {
	switch _, known := t.source.(data.Distribution); {
	case t.held == nil && !known:
		return choice.Wrong("train.evaluate_every", "needs held-out rows, as the distribution of the data is not known; set data.held_out")
	case t.held != nil && t.held.Rows() < leastHeld:
		return choice.Wrong("data.held_out", "must hold out at least %d rows to evaluate with, as train.evaluate_every asks for, got %d of %d; raise it",
			leastHeld, t.held.Rows(), t.held.Rows()+t.source.Rows())
	}
	return nil
}

// The pairs of a row and a time whose losses are averaged: rows are taken again where there are fewer.
const (
	leastHeldOut = 4096
	mostHeldOut  = 16384
	fewHeldOut   = leastHeldOut / 8 // images, each of which costs as much as many rows of numbers
)

// unseen is the rows that are held out or, without any, fresh ones of a known distribution.
func (t *Trainer) unseen() (data.Source, error) {
	if t.held != nil {
		return t.held, nil
	}
	known := t.source
	if changing, ok := known.(data.Changing); ok {
		known = changing.Unchanged()
	}
	distribution, ok := known.(data.Distribution)
	if !ok {
		return nil, fmt.Errorf("no rows are held out, and the distribution of the data is not known: set data.held_out")
	}
	n := leastHeldOut
	if len(t.layout.Image) > 0 {
		n = fewHeldOut
	}
	return data.Fresh(distribution, t.config.Seed, n, data.AnyClass)
}

// heldOut measures the loss of held-out rows, noised in the same way each time.
type heldOut struct {
	*Trainer // that makes batches of them, and does no steps
	ws       kernel.Workspace
}

// HeldOutLoss is the mean loss on held-out rows, or where none are held out on fresh ones, of the averaged weights if there are any.
// Rows, times and noise are the same in every call, so that losses differ by the weights alone. It draws nothing that training
// draws.
func (t *Trainer) HeldOutLoss(ctx context.Context) (float64, error) {
	if t.heldOut == nil {
		h, err := t.newHeldOut(ctx)
		if err != nil {
			return 0, fmt.Errorf("train: the loss on held-out rows: %w", err)
		}
		t.heldOut = h
	}
	return t.heldOut.loss(ctx, t.best())
}

// best are the weights that samples are drawn with.
func (t *Trainer) best() []float32 {
	if average := t.optimizer.Average(); average != nil {
		return average
	}
	return t.weights
}

// newHeldOut compiles the loss once more, with weights of its own.
func (t *Trainer) newHeldOut(ctx context.Context) (*heldOut, error) {
	stream := rng.NewStream(t.config.Seed, rng.HeldOutLoss)
	seed := func(step uint64) uint64 { return stream.Uint64(step, 0) }
	h := &Trainer{
		config: t.config, schema: t.schema, encoder: t.encoder, layout: t.layout, process: t.process,
		noise: rng.NewStream(seed(1), rng.TrainingNoise), dequantization: rng.NewStream(seed(2), rng.Dequantization),
	}
	h.config.Train.LabelDropout = 0
	var err error
	if h.timesteps, err = h.config.Timesteps.Kind.New(h.process, seed(0)); err != nil {
		return nil, choice.Within("timesteps", err)
	}
	held, err := t.unseen()
	if err != nil {
		return nil, err
	}
	if h.dataset, err = data.Load(ctx, held, t.encoder); err != nil {
		return nil, err
	}
	h.dataset.Classes = t.dataset.Classes
	if h.objective, err = h.config.Objective.Kind.New(h.process, h.layout); err != nil {
		return nil, choice.Within("objective", err)
	}
	if h.net, err = h.config.NewNet(h.process, h.objective, h.layout); err != nil {
		return nil, err
	}
	h.weights = make([]float32, len(t.weights))
	n := min(max(h.dataset.Rows(), leastHeldOut), mostHeldOut)
	if h.net.Builder.Images() {
		n = min(n, fewHeldOut)
	}
	if err := h.compileLoss(n, 1); err != nil {
		return nil, err
	}
	h.rows = make([]int32, n)
	for i := range h.rows {
		h.rows[i] = int32(i % h.dataset.Rows())
		if h.dataset.Rows() > n { // a part of them
			h.rows[i] = int32(i * h.dataset.Rows() / n)
		}
	}
	return &heldOut{Trainer: h}, nil
}

// loss is the mean over the batch of all rows.
func (h *heldOut) loss(ctx context.Context, weights []float32) (float64, error) {
	copy(h.weights, weights)
	h.setBatch(len(h.rows))
	if h.chunked != nil {
		return h.chunkLoss(ctx)
	}
	sum := 0.0
	for first := 0; first < len(h.rows); first += partRows {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		rows := min(partRows, len(h.rows)-first)
		h.draw(first, first+rows)
		h.prepare(h.program, first, 0, rows)
		h.program.RunRows(&h.ws, 0, rows)
		sum += h.program.Loss(rows)
	}
	return sum, nil
}
