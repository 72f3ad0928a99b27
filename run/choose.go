package run

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"euryale/checkpoint"
	"euryale/configs"
)

// Best makes Open choose the checkpoint that evaluations found best or, without evaluations, the one with the lowest training
// loss.
const Best = "best"

// LossEpochs is the number of epochs over which the training loss of a checkpoint is averaged: the loss of a single log
// point depends on which times its batches drew.
const LossEpochs = 20

// Latest reads the newest whole checkpoint, by the step in its metadata; nil if the run has none yet. Skipped lists newer
// damaged files. If all are damaged, the error names each.
func (f Folder) Latest() (*Checkpoint, error) {
	entries, err := f.list()
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	slices.Reverse(entries)
	return f.firstWhole(entries)
}

// Open reads a checkpoint, chosen by
//
//	""       the newest whole one, as Latest does, or with train.keep best the one kept as the best; where f is itself a
//	         file, that file
//	"best"   the one kept as the best of the run by its evaluations; without one, the lowest mean training loss over the last
//	         LossEpochs epochs up to the checkpoint, of those that are kept
//	"12000"  that step
//	a path   that file, whatever f is
//
// Without any checkpoint in the folder the error is ErrNone.
func (f Folder) Open(which string) (*Checkpoint, error) {
	step, notNumber := strconv.ParseUint(which, 10, 63)
	if notNumber != nil && which != "" && which != Best {
		return readFile(which)
	}
	if f == "" {
		return nil, errors.New("run: no run folder is given to choose a checkpoint from")
	}
	if info, err := os.Stat(string(f)); which == "" && err == nil && info.Mode().IsRegular() {
		return Read(string(f))
	}
	entries, err := f.list()
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("run: %s %w with a checkpoint", f, ErrNone)
	}
	slices.Reverse(entries)
	switch which {
	case "":
		newest, err := f.firstWhole(entries)
		if err == nil && newest.Config.Train.Keep == configs.KeepBest {
			return f.bestInstead(newest), nil
		}
		return newest, err
	case Best:
		if newest, err := f.firstWhole(entries); err == nil {
			if best, _ := f.BestOf(newest.File); best != nil {
				return best, nil
			}
		}
		if entries, err = f.byLoss(entries); err != nil {
			return nil, err
		}
		return f.firstWhole(entries)
	}
	return f.ofStep(entries, int64(step))
}

// bestInstead is the best checkpoint of the run of another one, which is used if there is none, as before the first evaluation.
func (f Folder) bestInstead(newest *Checkpoint) *Checkpoint {
	best, _, err := f.Best()
	switch {
	case err == nil && sameRun(newest.File)(best.Metadata):
		best.Skipped = newest.Skipped
		return best
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		newest.Skipped = append(newest.Skipped, fmt.Errorf("%w; the one of step %d is used instead", err, newest.Step))
	}
	return newest
}

// readFile reads a chosen file.
func readFile(path string) (*Checkpoint, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run: there is no checkpoint file %s; a checkpoint is chosen by its step, by %q or by the path of "+
			"its file: %w", path, Best, fs.ErrNotExist)
	}
	return Read(path)
}

// list lists the checkpoints, ascending by step; none if there is no folder for them.
func (f Folder) list() ([]checkpoint.Entry, error) {
	entries, err := checkpoint.List(f.Checkpoints())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, syscall.ENOTDIR):
		return nil, fmt.Errorf("run: %s is a file, want a run folder", f)
	case err != nil:
		return nil, fmt.Errorf("run: %w", err)
	}
	return entries, nil
}

// firstWhole reads the first whole checkpoint of a list that is not empty. A file of a newer format is not passed over: it
// may be whole.
func (f Folder) firstWhole(entries []checkpoint.Entry) (*Checkpoint, error) {
	var skipped []error
	for _, e := range entries {
		file, err := checkpoint.Read(e.Path)
		if err == nil {
			c, err := Decode(file)
			if err != nil {
				return nil, err
			}
			for _, damage := range skipped {
				c.Skipped = append(c.Skipped, fmt.Errorf("%w; the one of step %d is used instead", damage, c.Step))
			}
			return c, nil
		}
		if errors.Is(err, checkpoint.ErrNewer) {
			return nil, err
		}
		skipped = append(skipped, err)
	}
	parts := []any{f}
	for _, damage := range skipped {
		parts = append(parts, damage)
	}
	return nil, fmt.Errorf("run: no checkpoint of %s is whole: %w"+strings.Repeat("; %w", len(skipped)-1), parts...)
}

// ofStep reads the checkpoint of a step; of two, the one with the right name.
func (f Folder) ofStep(entries []checkpoint.Entry, step int64) (*Checkpoint, error) {
	i := slices.IndexFunc(entries, func(e checkpoint.Entry) bool { return e.Step == step })
	if i < 0 {
		var steps []string
		for _, e := range slices.Backward(entries) {
			steps = append(steps, strconv.FormatInt(e.Step, 10))
		}
		return nil, fmt.Errorf("run: %s has no checkpoint of step %d; it has those of steps %s", f, step, strings.Join(steps, ", "))
	}
	return Read(entries[i].Path)
}

// byLoss sorts checkpoints by their loss, the lowest first, and leaves out those without one.
func (f Folder) byLoss(entries []checkpoint.Entry) ([]checkpoint.Entry, error) {
	points, err := ReadMetrics(f.MetricsPath())
	if err != nil {
		return nil, fmt.Errorf("run: choosing the best checkpoint needs the training log: %w", err)
	}
	losses := map[int64]float64{}
	var known []checkpoint.Entry
	for _, e := range entries {
		if loss, ok := meanLoss(points, e.Step, LossEpochs); ok {
			losses[e.Step] = loss
			known = append(known, e)
		}
	}
	if len(known) == 0 {
		return nil, fmt.Errorf("run: %s has no log point up to any of the checkpoints, so none is the best", f.MetricsPath())
	}
	slices.SortStableFunc(known, func(a, b checkpoint.Entry) int { return cmp.Compare(losses[a.Step], losses[b.Step]) })
	return known, nil
}
