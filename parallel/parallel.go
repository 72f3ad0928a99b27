// Package parallel runs one function on a fixed set of workers and lets them share out numbered pieces of
// work. It allocates nothing after New, so a training step may use it.
//
// It decides who computes what, never what is computed: callers cut the work into pieces whose results do
// not depend on the worker. Start reading at Team.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Team is a set of workers: the goroutine that calls Run, and others that wait for it. A Team is used by one
// goroutine at a time.
type Team struct {
	workers int
	work    func(worker int)
	start   []chan struct{}
	done    sync.WaitGroup
	barrier barrier
}

// New starts a team of at least one worker.
func New(workers int) *Team {
	t := &Team{workers: max(1, workers)}
	t.barrier.size = int32(t.workers)
	for worker := 1; worker < t.workers; worker++ {
		start := make(chan struct{}, 1)
		t.start = append(t.start, start)
		go func() {
			for range start {
				t.work(worker)
				t.done.Done()
			}
		}()
	}
	return t
}

// Workers is the number of workers.
func (t *Team) Workers() int { return t.workers }

// Run calls work once on each worker, numbered from 0, and returns when all calls have returned. The calls
// may meet in Barrier.
func (t *Team) Run(work func(worker int)) {
	t.work = work
	t.done.Add(len(t.start))
	for _, start := range t.start {
		start <- struct{}{}
	}
	work(0)
	t.done.Wait()
}

// Barrier returns once every worker of the running Run has called it. What was written before it is visible
// after it.
func (t *Team) Barrier() { t.barrier.wait() }

// Close ends the workers. The team must be idle and is not usable afterwards.
func (t *Team) Close() {
	for _, start := range t.start {
		close(start)
	}
	t.start = nil
}

// barrier counts arrivals; the last one opens the next generation. Waiters yield the processor rather than
// sleep: phases of a step are tens of microseconds, less than it takes to wake a sleeper.
type barrier struct {
	size       int32
	arrived    atomic.Int32
	generation atomic.Uint32
}

func (b *barrier) wait() {
	if b.size == 1 {
		return
	}
	generation := b.generation.Load()
	if b.arrived.Add(1) == b.size {
		b.arrived.Store(0)
		b.generation.Add(1)
		return
	}
	for b.generation.Load() == generation {
		runtime.Gosched()
	}
}

// Counter shares out the numbers 0, 1, 2 … among workers, each number once.
type Counter struct{ next atomic.Int64 }

// Next returns the next number.
func (c *Counter) Next() int { return int(c.next.Add(1)) - 1 }

// Reset starts again at 0. No worker may be using the counter.
func (c *Counter) Reset() { c.next.Store(0) }
