// Package train is the loop: from a configuration to a run folder with checkpoints and metrics.
//
//   - Run (this file) opens the folder, loops and calls the hooks, to which a program can add.
//   - Trainer (step.go) is one training step: batch, noise, graph, clipping, Adam, shared by the workers.
//   - parts.go makes what a run consists of: data, encoder, net, objective, optimizer.
//   - state.go turns a Trainer into a checkpoint and back; initial.go starts from the weights of another run.
//   - resume.go resumes a run, and refuses changes that would make it another one.
//   - evaluate.go calls the hook that evaluates a run while it trains, and measures the loss on held-out rows.
//   - hook.go declares hooks; hooks_folder.go keeps metrics and checkpoints, hooks_environment.go what a run was trained on,
//     hooks_log.go logs and draws a bar.
//
// Start reading at Run, then Trainer.Step.
package train

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"euryale/configs"
	"euryale/run"
)

// MaxWorkers is the most workers that a run may have.
const MaxWorkers = 1024

// Options are what a run needs besides its configuration. Only NewLearningRate changes its numbers.
type Options struct {
	Folder    run.Folder
	Resume    bool   // go on from the newest whole checkpoint
	Overwrite bool   // replace a run that the folder holds
	Workers   int    // at most MaxWorkers; 0: the fastest number up to GOMAXPROCS, found during the run
	Hooks     []Hook // called after those of the folder, metrics and checkpoints
	// Evaluate is called every train.evaluate_every steps, before all other hooks, so that what it reports goes into the log
	// point and before the checkpoint of the step: the hook of package selection. It must be there if that key is not 0.
	Evaluate *Hook
	// NewLearningRate lets a resumed run change to the optimizer.learning_rate of its configuration. Without it, a different
	// rate is refused as a mistake, with a LearningRateError.
	NewLearningRate bool
	// Command is the program and its arguments, for the run's environment.json.
	Command []string
}

// ErrInterrupted means that the context ended a run: after a checkpoint was written, or while the data was read, before
// there was a folder.
var ErrInterrupted = errors.New("interrupted")

// ErrNothingKept means that a run was interrupted before it had a folder.
var ErrNothingKept = errors.New("while the data was read")

// Loop is a Trainer with a folder and hooks.
type Loop struct {
	*Trainer
	Folder   run.Folder
	Total    int64  // steps in all
	Resumed  string // the checkpoint that the run goes on from; "" at step 0
	rate     string // how the learning rate changes on a resume; "" if it does not
	resuming bool
	hooks    []Hook
	windows  []window // one per hook
	restored window   // that of the log in the checkpoint that the run goes on from
	loss     movingAverage
	took     map[string]time.Duration // by the names of hooks

	evaluating evaluating
}

// Took is the time that each hook has taken so far, by its name. Steps wait meanwhile.
func (l *Loop) Took() map[string]time.Duration { return maps.Clone(l.took) }

// Run trains to the end of the configured epochs, in a new folder or, to resume, from the newest whole checkpoint of an old
// one. When ctx ends first, the error is ErrInterrupted. A folder that does not fit gives run.ErrExists, run.ErrNone or a
// run.ForeignError, a change that a resume does not allow a configs.Error or a LearningRateError.
func Run(ctx context.Context, config *configs.Config, o Options) (err error) {
	if o.Workers > MaxWorkers {
		return fmt.Errorf("train: the number of workers must be at most %d, got %d", MaxWorkers, o.Workers)
	}
	// Before the data is made, and before the lock, which would make the folder.
	if err := o.Folder.Check(o.Resume, o.Overwrite); err != nil {
		return err
	}
	if err := o.checkInitial(config.Train.Init); err != nil {
		return err
	}
	if config.Train.EvaluateEvery > 0 && o.Evaluate == nil {
		return fmt.Errorf("train: train.evaluate_every is %d and Options.Evaluate is nil: give it the hook of package selection",
			config.Train.EvaluateEvery)
	}
	begin := New
	if o.Resume {
		begin = newRaw // the initial weights no longer matter
	}
	trainer, err := begin(ctx, config, o.Workers)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return fmt.Errorf("train: %w %w", ErrInterrupted, ErrNothingKept)
	}
	if err != nil {
		return err
	}
	defer trainer.Close()
	unlock, err := o.Folder.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	l := &Loop{Trainer: trainer, Folder: o.Folder, Total: trainer.total, resuming: o.Resume,
		loss: newMovingAverage(trainer.total), took: map[string]time.Duration{}}
	if err := l.open(o); err != nil {
		return err
	}
	c := trainer.config.Train
	l.hooks = append([]Hook{
		Metrics(int64(c.LogEvery)), Checkpoints(int64(c.CheckpointEvery), c.KeepCheckpoints), environment(o.Command),
	}, o.Hooks...)
	if c.EvaluateEvery > 0 {
		l.evaluateBy(*o.Evaluate, int64(c.EvaluateEvery))
	}
	l.windows = make([]window, len(l.hooks))
	*l.logged() = l.restored
	return l.run(ctx)
}

// run calls the hooks around the steps.
func (l *Loop) run(ctx context.Context) (err error) {
	started := 0
	defer func() {
		cause := err
		for _, h := range slices.Backward(l.hooks[:started]) {
			if h.Stop != nil {
				err = errors.Join(err, l.failed(context.Background(), h, h.Stop(l, cause)))
			}
		}
	}()
	for _, h := range l.hooks {
		started++
		if h.Start != nil {
			if err := l.failed(ctx, h, h.Start(ctx, l)); err != nil {
				return err
			}
		}
	}
	for i := range l.windows {
		l.windows[i].since = time.Now()
	}
	for l.StepsDone() < l.Total {
		if ctx.Err() != nil {
			return l.interrupted()
		}
		result, err := l.Step()
		if err != nil {
			return err
		}
		if err := l.call(ctx, result); err != nil {
			return err
		}
	}
	for _, h := range l.hooks {
		if h.Finish != nil {
			if err := l.failed(ctx, h, h.Finish(ctx, l)); err != nil {
				return err
			}
		}
	}
	return nil
}

// call calls the hooks that are due after a step.
func (l *Loop) call(ctx context.Context, r StepResult) error {
	step := l.StepsDone()
	l.loss.add(r.Loss)
	for i, h := range l.hooks {
		l.windows[i].add(r)
		if h.Do == nil || !h.due(step, l.Total) {
			continue
		}
		began := time.Now()
		if err := l.failed(ctx, h, h.Do(ctx, l, l.windows[i].progress(l))); err != nil {
			return err
		}
		took := time.Since(began)
		l.took[h.Name] += took
		if i == 0 && l.evaluating.every > 0 {
			l.evaluated(took)
		}
	}
	return nil
}

func (l *Loop) interrupted() error {
	return fmt.Errorf("train: %w at step %d", ErrInterrupted, l.StepsDone())
}

// failed adds the name of the hook to an error. A hook that gave up because the context ended was interrupted, like the run.
func (l *Loop) failed(ctx context.Context, h Hook, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return l.interrupted()
	}
	return fmt.Errorf("train: hook %s: %w", h.Name, err)
}
