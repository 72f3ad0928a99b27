package sweep

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"euryale/choice"
	"euryale/run"
	"euryale/train"
)

// Options are what a sweep needs besides its file. None of them changes a result.
type Options struct {
	Folder  string // "": sweeps/NAME
	Jobs    int    // trials at a time; 0: 1
	Workers int    // of each trial; 0: processors/Jobs, at least 1
	// Shard is which part of the trials are trained, from 1 to Shards. 0 of 0: all.
	Shard, Shards int
	// Retry trains trials again that failed, from their last checkpoint.
	Retry bool
	// Train trains and measures a task; nil: Task.Run, in this process. The command starts a process for each. An error that is
	// ErrInterrupted leaves the trial for another time, one that is Unable ends the sweep, and any other is the trial's.
	Train func(ctx context.Context, t Task) (*Outcome, error)
	// Progress is called when a trial begins and when it ends, by one goroutine at a time; nil: never.
	Progress func(Event)
}

// Event is a trial that begins or ends.
type Event struct {
	Trial Trial
	Rung  int      // the number of the budget
	Ended bool     // or began
	Out   *Outcome // of a trial that ended well
	Err   error    // why it failed; ErrInterrupted if it was
	// Of the trials of this process and budget: those that are done, those that failed, and all.
	Done, Failed, Total int
	Left                time.Duration // at the speed so far; 0: not known
}

// ErrInterrupted means that the context ended a sweep before all of its trials.
var ErrInterrupted = train.ErrInterrupted

// ErrUnable means that a trial could not be trained for a reason that is not its own. It ends the sweep, and the trial is left for
// another time.
var ErrUnable = errors.New("cannot go on")

// Unable reports whether an error of a trial is not its own: ErrUnable, a full disk, or another process in its folder.
func Unable(err error) bool {
	return slices.ContainsFunc([]error{ErrUnable, syscall.ENOSPC, syscall.EDQUOT, run.ErrLocked},
		func(reason error) bool { return errors.Is(err, reason) })
}

// FailedError means that trials failed; all others are done.
type FailedError struct {
	Failed, Trials int
	First          string // the first of them
	Err            string // why
}

func (e *FailedError) Error() string {
	return fmt.Sprintf("sweep: %d of %d trials failed; the first is %s: %s", e.Failed, e.Trials, e.First, e.Err)
}

// Run trains the trials of a sweep, in a new folder or one that holds a part of them, and writes its tables. When ctx ends
// first, the error is ErrInterrupted; if trials failed, a *FailedError; with both there are results, those so far. A folder that
// does not fit gives ErrLocked, ErrForeign or ErrOther, and what ends a sweep, such as a full disk, an error that is Unable.
func Run(ctx context.Context, s *Sweep, o Options) (*Results, error) {
	folder, err := o.check(s)
	if err != nil {
		return nil, err
	}
	if s.Evaluate.Judge != "" {
		if _, err := openJudge(s.Evaluate.Judge); err != nil {
			return nil, err
		}
	}
	unlock, err := folder.lock(o.Shard, o.Shards)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := folder.tables(func() error { return folder.adopt(s) }); err != nil {
		return nil, err
	}
	r := &runner{sweep: s, folder: folder, options: o}
	switch err = r.run(ctx); {
	case err == nil:
		err = r.failures()
	case !errors.Is(err, ErrInterrupted):
		return nil, err
	}
	results, collected := collect(folder, s)
	if collected != nil {
		return nil, errors.Join(err, collected)
	}
	return results, errors.Join(err, results.Write())
}

// failures is an error if trials of this process failed.
func (r *runner) failures() error {
	trials := r.sweep.shard(r.options.Shard, r.options.Shards)
	e := &FailedError{Trials: len(trials)}
	for _, t := range trials {
		record, err := r.folder.Record(t.Name)
		switch {
		case err != nil:
			return err
		case !record.failed():
			continue
		case e.Failed == 0:
			e.First, e.Err = t.Name, record.Error
		}
		e.Failed++
	}
	if e.Failed == 0 {
		return nil
	}
	return e
}

// check fills in what the options leave out.
func (o *Options) check(s *Sweep) (Folder, error) {
	if o.Folder == "" {
		o.Folder = Folder("sweeps").Path(s.Name)
	}
	o.Jobs = max(o.Jobs, 1)
	if o.Workers == 0 {
		o.Workers = max(1, runtime.GOMAXPROCS(0)/o.Jobs)
	}
	if o.Train == nil {
		o.Train = func(ctx context.Context, t Task) (*Outcome, error) { return t.Run(ctx) }
	}
	switch {
	case o.Shards < 0 || o.Shard < 0 || o.Shard > o.Shards || (o.Shard == 0) != (o.Shards == 0):
		return "", choice.Wrong("shard", "must be one of 1/%d to %d/%d, got %d/%d", o.Shards, o.Shards, o.Shards, o.Shard, o.Shards)
	case o.Shards > 0 && len(s.Method.Kind.budgets()) > 0:
		return "", choice.Wrong("shard", "does not go with the method halving, which compares all trials before it goes on: give more -jobs")
	}
	return Folder(o.Folder), nil
}

// runner is a sweep that runs.
type runner struct {
	sweep   *Sweep
	folder  Folder
	options Options

	mutex        sync.Mutex
	total        int // trials of the present budget in this process
	done, failed int
	ran          int // those that were neither before
	began        time.Time
	broken       error // what ended the sweep, such as a full disk; trials that fail end nothing
}

// run trains all trials, budget by budget.
func (r *runner) run(ctx context.Context) error {
	trials := r.sweep.shard(r.options.Shard, r.options.Shards)
	for rung := range max(len(r.sweep.Method.Kind.budgets()), 1) {
		if rung > 0 {
			var err error
			if trials, err = r.sweep.promoted(r.folder, trials, rung); err != nil {
				return err
			}
		}
		if err := r.rung(ctx, trials, rung); err != nil {
			return err
		}
	}
	return nil
}

// shard are the trials of a part of the sweep.
func (s *Sweep) shard(shard, shards int) []Trial {
	var list []Trial
	for i, t := range s.Trials {
		if shards == 0 || i%shards == shard-1 {
			list = append(list, t)
		}
	}
	return list
}

// rung trains trials up to a budget, some at a time.
func (r *runner) rung(ctx context.Context, trials []Trial, rung int) error {
	r.total, r.done, r.failed, r.ran, r.began = 0, 0, 0, 0, time.Now()
	var left []Trial
	for _, t := range trials {
		switch record, err := r.folder.Record(t.Name); {
		case err != nil:
			return err
		case record.done(rung):
			r.done++
		case record.failed() && !r.options.Retry:
			r.failed++
		default:
			left = append(left, t)
		}
	}
	r.total = len(trials)
	queue := make(chan Trial)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var jobs sync.WaitGroup
	for range min(r.options.Jobs, len(left)) {
		jobs.Go(func() {
			for t := range queue {
				if err := r.trial(ctx, t, rung); err != nil {
					r.mutex.Lock()
					r.broken = cmp.Or(r.broken, err) // others mostly end for the same reason
					r.mutex.Unlock()
					stop()
				}
			}
		})
	}
feed:
	for _, t := range left {
		select {
		case queue <- t:
		case <-ctx.Done():
			break feed
		}
	}
	close(queue)
	jobs.Wait()
	if r.broken != nil || r.done+r.failed == r.total {
		return r.broken
	}
	return fmt.Errorf("sweep: %w with %d of %d trials done", ErrInterrupted, r.done, r.total)
}

// trial trains one trial up to a budget and records it. Its error is one of the sweep.
func (r *runner) trial(ctx context.Context, t Trial, rung int) error {
	if ctx.Err() != nil {
		return nil
	}
	task, err := r.sweep.Task(r.folder, t, rung, r.options.Workers)
	if err != nil {
		return err
	}
	if err := free(ctx, task.Folder); err != nil || ctx.Err() != nil {
		return err
	}
	record, err := r.folder.Record(t.Name)
	if err != nil {
		return err
	}
	var out *Outcome
	var failure error
	if record.done(rung) { // by another process meanwhile
		out = &record.Outcomes[rung]
	} else {
		r.report(Event{Trial: t, Rung: rung})
		out, failure = r.options.Train(ctx, task)
		if failure == nil {
			failure = out.check()
		}
		if failure != nil && (ctx.Err() != nil || errors.Is(failure, ErrInterrupted) || Unable(failure)) {
			// It goes on from its checkpoint another time.
			r.report(Event{Trial: t, Rung: rung, Ended: true, Err: fmt.Errorf("sweep: %w: %w", ErrInterrupted, failure)})
			if Unable(failure) {
				return fmt.Errorf("sweep: the trial %s: %w", t.Name, failure)
			}
			return nil
		}
		if err := r.folder.record(record, t, out, failure); err != nil {
			return err
		}
	}
	r.report(Event{Trial: t, Rung: rung, Ended: true, Out: out, Err: failure})
	return nil
}

// report counts a trial and passes it on.
func (r *runner) report(e Event) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	switch {
	case !e.Ended || errors.Is(e.Err, ErrInterrupted):
	case e.Err != nil:
		r.failed++
		r.ran++
	default:
		r.done++
		r.ran++
	}
	e.Done, e.Failed, e.Total = r.done, r.failed, r.total
	if r.ran > 0 {
		e.Left = time.Since(r.began) / time.Duration(r.ran) * time.Duration(e.Total-e.Done-e.Failed)
	}
	if r.options.Progress != nil {
		r.options.Progress(e)
	}
}

// patience is how long a trial's folder may be held by a process that is about to end: a child whose sweep was killed stops
// at its next step and writes a checkpoint.
const patience = time.Minute

// free waits until no other process trains in a folder.
func free(ctx context.Context, folder run.Folder) error {
	for began := time.Now(); ; {
		unlock, err := folder.Lock()
		if err == nil {
			unlock()
			return nil
		}
		if !errors.Is(err, run.ErrLocked) || time.Since(began) > patience {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(50 * time.Millisecond):
		}
	}
}
