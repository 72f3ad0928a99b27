// Package train is the loop: from a configuration to a run folder with checkpoints and metrics.
//
//   - Run (this file) opens the folder, resumes, loops and calls the hooks. A program adds hooks of its own.
//   - Trainer (step.go) is one training step: batch, noise, graph, clipping, Adam, shared by the workers.
//   - parts.go makes what a run consists of: data, encoder, net, objective, optimizer.
//   - state.go turns a Trainer into a checkpoint and back.
//   - hook.go declares hooks; hooks_folder.go keeps metrics and checkpoints, hooks_log.go logs and draws a bar.
//
// Start reading at Run, then Trainer.Step.
package train

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"euryale/configs"
	"euryale/run"
)

// MaxWorkers bounds the workers of a team.
const MaxWorkers = 1024

// Options are what a run needs besides its configuration. None of them changes its numbers.
type Options struct {
	Folder    run.Folder
	Resume    bool   // go on from the newest checkpoint
	Overwrite bool   // replace a run that the folder holds
	Workers   int    // 0: the processors that Go may use
	Hooks     []Hook // called after the folder's own, metrics and checkpoints
}

// ErrInterrupted means that the context ended a run: after a checkpoint was written, or while the data was read, before
// there was a folder.
var ErrInterrupted = errors.New("interrupted")

// Loop is a Trainer with a folder and hooks.
type Loop struct {
	*Trainer
	Folder   run.Folder
	Total    int64  // steps in all
	Resumed  string // the checkpoint that the run goes on from; "" at step 0
	resuming bool
	hooks    []Hook
	windows  []window // one per hook
}

// Run trains to the end of the configured epochs, in a new folder or, to resume, from the newest checkpoint of an old one.
// It returns ErrInterrupted when ctx ends first.
func Run(ctx context.Context, config *configs.Config, o Options) (err error) {
	if o.Workers < 1 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Workers > MaxWorkers {
		return fmt.Errorf("train: the number of workers must be at most %d, got %d", MaxWorkers, o.Workers)
	}
	// Before the data is made, and before the lock, which would make the folder.
	if err := o.Folder.Check(o.Resume, o.Overwrite); err != nil {
		return err
	}
	trainer, err := New(ctx, config, o.Workers)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return fmt.Errorf("train: %w while the data was read", ErrInterrupted)
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
	l := &Loop{Trainer: trainer, Folder: o.Folder, Total: trainer.total, resuming: o.Resume}
	if err := l.open(o); err != nil {
		return err
	}
	c := trainer.config.Train
	l.hooks = append([]Hook{Metrics(int64(c.LogEvery)), Checkpoints(int64(c.CheckpointEvery), c.KeepCheckpoints)}, o.Hooks...)
	l.windows = make([]window, len(l.hooks))
	return l.run(ctx)
}

// open makes the folder of a new run, or restores an old one.
func (l *Loop) open(o Options) error {
	if !o.Resume {
		return l.Folder.Create(&l.config, o.Overwrite)
	}
	file, err := l.Folder.Latest()
	if err != nil {
		return err
	}
	if err := l.checkChanges(file); err != nil {
		return err
	}
	if file != nil {
		if err := l.Restore(file); err != nil {
			return err
		}
		l.Resumed = file.Name
	}
	return l.Folder.WriteConfig(&l.config)
}

// checkChanges reports what the configuration must not differ in from that of the run it goes on with. What the weights were
// trained by is in their checkpoint, if there is one: the file config.yaml can be edited.
func (l *Loop) checkChanges(file *run.Checkpoint) error {
	old, err := l.Folder.Config()
	if file != nil {
		conflicts := configs.ResumeConflicts(file.Config, &l.config)
		if len(conflicts) > 0 && err == nil && len(configs.ResumeConflicts(old, &l.config)) == 0 {
			if err := l.Restore(file); err != nil { // it says more of a checkpoint that does not fit at all
				return err
			}
			return fmt.Errorf("train: checkpoint %s: trained by another configuration than config.yaml beside it: %v; "+
				"the file was edited, or the checkpoint is of another run", file.Name, conflicts)
		}
		old, err = file.Config, nil
	}
	if err != nil {
		return err
	}
	if conflicts := configs.ResumeConflicts(old, &l.config); len(conflicts) > 0 {
		return &configs.Error{Where: string(l.Folder), Message: fmt.Sprintf("a resumed run cannot change %v", conflicts)}
	}
	return nil
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

// call calls the hooks whose time has come after a step.
func (l *Loop) call(ctx context.Context, r StepResult) error {
	step := l.StepsDone()
	for i, h := range l.hooks {
		l.windows[i].add(r)
		if h.Do == nil || step != l.Total && (h.Every == 0 || step%h.Every != 0) {
			continue
		}
		if err := l.failed(ctx, h, h.Do(ctx, l, l.windows[i].progress(l))); err != nil {
			return err
		}
	}
	return nil
}

func (l *Loop) interrupted() error {
	return fmt.Errorf("train: %w at step %d; go on with -resume", ErrInterrupted, l.StepsDone())
}

// failed names the hook that an error is of. A hook that only gave up because the context ended was interrupted, as the
// run is.
func (l *Loop) failed(ctx context.Context, h Hook, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return l.interrupted()
	}
	return fmt.Errorf("train: hook %s: %w", h.Name, err)
}
