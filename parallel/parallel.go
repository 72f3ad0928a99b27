// Package parallel runs one function on a fixed set of workers and lets them share out numbered pieces of
// work. It allocates nothing after New, so a training step may use it.
//
//   - A Team runs the function once per worker; inside it, Barrier lets the workers wait for each other.
//   - A Counter gives out the numbers of the pieces, each number once.
//
// It decides who computes what, never what is computed: callers cut the work into pieces whose results do
// not depend on the worker, so a result never depends on how many there are.
//
// Start reading at Team.
package parallel

import (
	"runtime"
	"sync/atomic"
)

// Team is a set of workers: the goroutine that calls Run, and others that wait for it. A Team is used by one
// goroutine at a time.
type Team struct {
	workers    int
	crowded    bool // more workers than processors
	work       func(worker int)
	start      atomic.Uint32 // grows by one with each Run
	pending    atomic.Int32  // workers that have not finished the current Run
	arrived    atomic.Int32  // at the barrier
	generation atomic.Uint32 // of the barrier: grows by one when all have arrived
	asleep     []sleeper
}

// sleeper is a worker's bed: it lies down when no work comes for a while.
type sleeper struct {
	lying atomic.Bool
	wake  chan struct{}
}

// New starts a team of at least one worker.
func New(workers int) *Team {
	t := &Team{workers: max(1, workers)}
	t.crowded = t.workers > runtime.GOMAXPROCS(0)
	t.asleep = make([]sleeper, t.workers)
	for worker := 1; worker < t.workers; worker++ {
		t.asleep[worker].wake = make(chan struct{}, 1)
		go t.serve(worker)
	}
	return t
}

// Workers is the number of workers.
func (t *Team) Workers() int { return t.workers }

// Run calls work once on each worker, numbered from 0, and returns when all calls have returned. The calls
// may meet in Barrier.
func (t *Team) Run(work func(worker int)) {
	t.work = work
	t.pending.Store(int32(t.workers - 1))
	t.call()
	work(0)
	for spins := 0; t.pending.Load() > 0; spins++ {
		t.relax(spins)
	}
}

// call starts the workers, those that lie down too.
func (t *Team) call() {
	t.start.Add(1)
	for worker := 1; worker < t.workers; worker++ {
		if s := &t.asleep[worker]; s.lying.CompareAndSwap(true, false) {
			s.wake <- struct{}{}
		}
	}
}

// serve is the life of a worker. Between two calls it watches for the next one, since training steps follow
// each other within microseconds and waking a sleeper takes longer than a phase of a step; after a while it
// lies down.
func (t *Team) serve(worker int) {
	s := &t.asleep[worker]
	for seen := uint32(0); ; {
		for spins := 0; t.start.Load() == seen; spins++ {
			if spins < patience {
				t.relax(spins)
				continue
			}
			s.lying.Store(true)
			// A call that came before this worker lay down does not wake it.
			if t.start.Load() == seen || !s.lying.CompareAndSwap(true, false) {
				<-s.wake
			}
		}
		seen++
		if t.work == nil {
			return
		}
		t.work(worker)
		t.pending.Add(-1)
	}
}

// Barrier returns once every worker of the running Run has called it. What was written before it is visible
// after it.
func (t *Team) Barrier() {
	if t.workers == 1 {
		return
	}
	generation := t.generation.Load()
	if t.arrived.Add(1) == int32(t.workers) {
		t.arrived.Store(0)
		t.generation.Add(1)
		return
	}
	for spins := 0; t.generation.Load() == generation; spins++ {
		t.relax(spins)
	}
}

// Close ends the workers. The team must be idle and is not usable afterwards.
func (t *Team) Close() {
	t.work = nil
	t.call()
}

// patience is how often a worker looks for work before it lies down: about a tenth of a millisecond.
const patience = 100_000

// relax passes a moment of waiting, and now and then gives the processor away. With a processor for every
// worker that is seldom: a goroutine that was just started must stay in its queue long enough for an idle
// processor to wake up and take it, or it is run here, in turns with the one that waits for it.
func (t *Team) relax(spins int) {
	every := 1 << 15 // some 20 µs
	if t.crowded {
		every = 1 << 6
	}
	if spins%every == every-1 {
		runtime.Gosched()
	}
}

// Counter shares out the numbers 0, 1, 2 … among workers, each number once.
type Counter struct{ next atomic.Int64 }

// Next returns the next number.
func (c *Counter) Next() int { return int(c.next.Add(1)) - 1 }

// Reset starts again at 0. No worker may be using the counter.
func (c *Counter) Reset() { c.next.Store(0) }
