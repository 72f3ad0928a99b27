// Package parallel runs one function on a set of workers and lets them share out numbered pieces of work. It
// allocates nothing after New, so a training step may use it.
//
//   - A Team (this file) runs the function once per worker; inside it, Barrier lets the workers wait for each other.
//   - A Counter gives out the numbers of the pieces, each number once.
//   - Turns let workers hand in their pieces in order.
//   - wait.go is how a worker waits: it spins for a moment, then sleeps.
//   - adapt.go finds the fastest number of workers on a machine that others use too.
//
// The package decides who computes what, never what is computed: callers cut the work into pieces whose results do not
// depend on the worker, so a result never depends on the number of workers.
//
// Start reading at Team.
package parallel

import (
	"sync/atomic"
	"time"
)

// Team is a set of workers: the goroutine that calls Run, and others that wait for it. A Team is used by one
// goroutine at a time.
type Team struct {
	active int // workers that the next Run uses, or the current one
	adapt  *adaptation
	work   func(worker int)
	posts  []post // one per worker

	pending  atomic.Int32 // workers that have not finished the current Run
	finished signal       // when the last of them has
	arrived  atomic.Int32 // workers at the barrier
	passed   signal       // when the last of them arrives
}

// New starts a team that runs everything on a fixed number of workers; below 1 it is 1. Close ends them.
func New(workers int) *Team {
	workers = max(1, workers)
	t := &Team{active: workers, posts: make([]post, workers)}
	for worker := range t.posts {
		t.posts[worker].open(workers)
		if worker > 0 {
			go t.serve(worker)
		}
	}
	return t
}

// NewAdaptive starts a team of at most that many workers that finds the fastest number by itself: on a quiet machine usually
// all, on a busy one often fewer. It measures how long a Run takes, so all Runs should be of about the same size.
func NewAdaptive(workers int) *Team {
	t := New(workers)
	if t.Workers() > 1 {
		t.adapt = newAdaptation(t.Workers())
	}
	return t
}

// Workers is the number of workers.
func (t *Team) Workers() int { return len(t.posts) }

// Active is the number of workers that the current Run uses. They are numbered from 0.
func (t *Team) Active() int { return t.active }

// Use sets the number of workers that the next Runs use, from 1 to Workers. An adaptive team sets it by itself.
func (t *Team) Use(workers int) { t.active = min(max(1, workers), t.Workers()) }

// Run calls work once on each active worker and returns when all calls have returned. The calls may meet in Barrier.
func (t *Team) Run(work func(worker int)) {
	if t.adapt == nil {
		t.run(work)
		return
	}
	start := time.Now()
	t.run(work)
	t.Use(t.adapt.took(time.Since(start)))
}

func (t *Team) run(work func(worker int)) {
	t.work = work
	t.pending.Store(int32(t.active - 1))
	finished := t.finished.count.Load()
	t.call(t.active)
	work(0)
	if t.active > 1 {
		t.posts[0].await(&t.finished, finished)
	}
}

// call starts all of so many workers but worker 0, which is the caller.
func (t *Team) call(workers int) {
	for worker := 1; worker < workers; worker++ {
		t.posts[worker].calls.raise()
		t.posts[worker].rouse()
	}
}

// serve is the life of a worker.
func (t *Team) serve(worker int) {
	p := &t.posts[worker]
	for seen := uint32(0); ; seen++ {
		p.await(&p.calls, seen)
		if t.work == nil {
			return
		}
		t.work(worker)
		if t.pending.Add(-1) == 0 {
			t.finished.raise()
			t.posts[0].rouse()
		}
	}
}

// Barrier returns once every worker of the current Run has called it, each with its number. What was written before it is
// visible after it.
func (t *Team) Barrier(worker int) {
	if t.active == 1 {
		return
	}
	passed := t.passed.count.Load()
	if t.arrived.Add(1) < int32(t.active) {
		t.posts[worker].await(&t.passed, passed)
		return
	}
	t.arrived.Store(0)
	t.passed.raise()
	for other := range t.active {
		t.posts[other].rouse()
	}
}

// Close ends the workers. The team must be idle and is not usable afterwards.
func (t *Team) Close() {
	t.work = nil
	t.call(t.Workers())
}

// Counter shares out the numbers 0, 1, 2 … among workers, each number once.
type Counter struct{ next atomic.Int64 }

// Next returns the next number.
func (c *Counter) Next() int { return int(c.next.Add(1)) - 1 }

// Reset starts again at 0. No worker may be using the counter.
func (c *Counter) Reset() { c.next.Store(0) }
