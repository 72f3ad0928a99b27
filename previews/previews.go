// Package previews draws samples at each checkpoint of a run, so that a person sees what it has learned so far: with the averaged
// weights, those that the run is sampled with, and with the raw ones, from the same noise each time.
//
//   - Hook (this file) is the hook of package train that does so.
//   - Request (request.go) is what it draws of a model.
//   - draw.go writes the files of one step, and their picture.
//
// A preview changes nothing that training reads. It depends on the weights of its step and on the configuration alone: a run that
// is stopped and resumed has the same previews as one that never stopped. They stay where old checkpoints are removed.
//
// Start reading at Hook.
package previews

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"euryale/data"
	"euryale/run"
	"euryale/train"
)

// Hook draws previews every `every` steps, that of train.checkpoint_every, and after the last: it is for train.Options.Hooks. How
// many samples they have is in train.previews. What cannot be drawn or written is given to failed, if that is not nil, and the
// training goes on.
func Hook(every int64, failed func(step int64, err error)) train.Hook {
	d := &drawer{failed: failed}
	return train.Hook{
		Name: "previews", Every: every,
		Start: func(ctx context.Context, l *train.Loop) error {
			if err := d.start(ctx, l, every); err != nil {
				return d.report(ctx, l, err)
			}
			return nil
		},
		Do: func(ctx context.Context, l *train.Loop, _ train.Progress) error {
			return d.report(ctx, l, d.draw(ctx, l))
		},
	}
}

// drawer is the state of the hook in one run.
type drawer struct {
	failed      func(step int64, err error)
	backdrop    []float32   // the rows of training that pictures of points show
	train, held data.Source // of samples that start from noised rows; opened once
}

// report lets the training go on after an error, unless its context has ended.
func (d *drawer) report(ctx context.Context, l *train.Loop, err error) error {
	if err == nil || ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return err
	}
	if d.failed != nil {
		d.failed(l.StepsDone(), err)
	}
	return nil
}

// start removes the previews of steps that will be done again, and makes up for one that was interrupted.
func (d *drawer) start(ctx context.Context, l *train.Loop, every int64) error {
	if l.Resumed == "" {
		return nil
	}
	step := l.StepsDone()
	if err := l.Folder.RemovePreviews(step); err != nil {
		return err
	}
	if step != l.Total && (every == 0 || step%every != 0) || there(l.Folder, step) {
		return nil
	}
	return d.draw(ctx, l)
}

// there reports whether a preview of a step is complete: its samples are written last.
func there(folder run.Folder, step int64) bool {
	for _, end := range []string{".npy", ".csv"} {
		if _, err := os.Stat(folder.PreviewPath(step, end)); !errors.Is(err, fs.ErrNotExist) {
			return true
		}
	}
	return false
}
