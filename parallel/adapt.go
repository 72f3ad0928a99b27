package parallel

import (
	"math"
	"time"
)

// adaptation finds the fastest number of workers, and never stops looking. It compares the mean time of a Run at its number
// of workers with that at another one, which it tries for a short while, and stays there if that is faster.
//
// On a busy machine a worker loses its processor for milliseconds, while the others wait for it at the barrier: the time of
// a Run at full size jumps, and fewer workers are tried at once. With fewer workers nothing shows that a processor has
// become free, so more are tried regularly.
type adaptation struct {
	settled, size int     // the best number of workers known; that of the next Run, which may be on trial
	move          int     // index in moves of the next trial
	recent        []total // per number of workers
	reference     float64 // mean of the settled size when the last trial ended

	current      total         // of the current window
	since, pause time.Duration // time since the last trial, and until the next
}

// total adds up Runs at one number of workers.
type total struct{ runs, elapsed float64 } // nanoseconds

func (t total) mean() float64 { return t.elapsed / t.runs }

const (
	window     = 40 * time.Millisecond  // of a trial: long enough for a worker to lose its processor and to get it back
	maxLoss    = 5 * time.Millisecond   // a trial that has lost that much ends
	memory     = 150 * time.Millisecond // older Runs fade
	firstPause = 50 * time.Millisecond
	longPause  = 400 * time.Millisecond // the next trial of more workers
	quietPause = 4 * longPause          // the next trial at full size, where a change is noticed without
	trialShare = 20                     // a trial takes at most one part in so many of the time
)

func newAdaptation(workers int) *adaptation {
	return &adaptation{settled: workers, size: workers, recent: make([]total, workers+1)}
}

// took records how long a Run took at the current size, and returns the size of the next.
func (a *adaptation) took(d time.Duration) int {
	a.current.runs++
	a.current.elapsed += float64(d)
	trial, settled := a.size != a.settled, a.recent[a.settled]
	lost := trial && a.current.elapsed-a.current.runs*settled.mean() > float64(maxLoss)
	if !lost && a.current.elapsed < float64(window) {
		return a.size
	}
	elapsed := a.remember()
	switch {
	case !trial:
		a.settle(elapsed)
	case !lost && a.recent[a.size].mean() < 0.97*settled.mean():
		a.accept()
	default:
		a.reject(elapsed)
	}
	return a.size
}

// remember adds the window to the recent Runs of its size, while all others fade. It returns its length.
func (a *adaptation) remember() time.Duration {
	fade := math.Exp(-a.current.elapsed / float64(memory))
	for i := range a.recent {
		a.recent[i].runs *= fade
		a.recent[i].elapsed *= fade
	}
	r := &a.recent[a.size]
	r.runs += a.current.runs
	r.elapsed += a.current.elapsed
	elapsed := time.Duration(a.current.elapsed)
	a.current = total{}
	return elapsed
}

// settle begins a trial when it is time for one, or when the time of a Run has changed.
func (a *adaptation) settle(elapsed time.Duration) {
	a.since += elapsed
	mean := a.recent[a.settled].mean()
	slower, faster := mean > 1.25*a.reference, mean < 0.8*a.reference
	if slower {
		a.move = 0
	}
	if slower || faster || a.since >= a.pause {
		a.size = a.next()
	}
}

// moves lead from a number of workers to one that may be better. Halving many workers that all wait for each other may gain
// little, so a single one is tried as well.
var moves = [...]func(workers int) int{
	func(int) int { return 1 },
	func(workers int) int { return workers / 2 },
	func(workers int) int { return 2 * workers },
	func(workers int) int { return workers - max(1, workers/8) },
	func(workers int) int { return workers + max(1, workers/8) },
}

// next is the number of workers to try, by the next move that changes it.
func (a *adaptation) next() int {
	for ; ; a.move = (a.move + 1) % len(moves) {
		if size := min(max(1, moves[a.move](a.settled)), len(a.recent)-1); size != a.settled {
			return size
		}
	}
}

// accept settles at the size on trial. The same move is tried again at once.
func (a *adaptation) accept() {
	if a.size > a.settled {
		a.pause = max(firstPause, a.pause/2)
	}
	a.settled, a.reference = a.size, a.recent[a.size].mean()
	a.since = a.pause
}

func (a *adaptation) reject(elapsed time.Duration) {
	a.size, a.reference = a.settled, a.recent[a.settled].mean()
	a.move = (a.move + 1) % len(moves)
	most := longPause
	if a.settled == len(a.recent)-1 {
		most = quietPause
	}
	a.since, a.pause = 0, max(min(max(firstPause, 2*a.pause), most), trialShare*elapsed)
}
