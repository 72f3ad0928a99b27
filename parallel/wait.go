package parallel

import (
	"runtime"
	"sync/atomic"
)

// spins is how many times a worker looks at its signal before it sleeps: about a tenth of a millisecond. The phases of a
// training step follow each other faster than a sleeping worker can be woken, and a worker that was just woken needs time to
// get a processor. Where workers outnumber the processors, the one that is waited for needs this one: spinsOfMany.
const (
	spins       = 100_000
	spinsOfMany = 64
)

// signal counts something that workers wait for. It fills a cache line, so nothing else disturbs those that watch it.
type signal struct {
	count atomic.Uint32
	_     [60]byte
}

func (s *signal) raise() { s.count.Add(1) }

// post is where a worker waits.
type post struct {
	calls    signal // raised by each Run that the worker takes part in
	asleep   atomic.Bool
	wake     chan struct{}
	patience int // looks at a signal before the worker sleeps
}

// open prepares the post of one of so many workers.
func (p *post) open(workers int) {
	p.wake = make(chan struct{}, 1)
	p.patience = spins
	if workers > runtime.GOMAXPROCS(0) {
		p.patience = spinsOfMany
	}
}

// await returns once the signal is no longer at old.
func (p *post) await(s *signal, old uint32) {
	for n := 0; s.count.Load() == old; n++ {
		if n < p.patience {
			continue
		}
		p.asleep.Store(true)
		// A signal that came before the worker fell asleep does not wake it.
		if s.count.Load() == old || !p.asleep.CompareAndSwap(true, false) {
			<-p.wake
		}
	}
}

// rouse wakes the worker if it is asleep. The signal that it waits for must have been raised.
func (p *post) rouse() {
	if p.asleep.Load() && p.asleep.CompareAndSwap(true, false) {
		p.wake <- struct{}{}
	}
}
