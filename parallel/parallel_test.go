package parallel

import (
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestRunCallsEachWorkerOnce(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, workers := range []int{0, 1, 2, 3, 7} {
		team := New(workers)
		calls := make([]int, team.Workers())
		for range 100 {
			team.Run(func(worker int) { calls[worker]++ })
		}
		for worker, n := range calls {
			if n != 100 {
				t.Errorf("%d workers: worker %d was called %d times, want 100", workers, worker, n)
			}
		}
		team.Close()
	}
}

// Workers that fell asleep between two Runs wake up, whenever the next Run comes.
func TestRunAfterAPause(t *testing.T) {
	defer goleak.VerifyNone(t)
	team := New(3)
	defer team.Close()
	var calls atomic.Int32
	for i := range 60 {
		time.Sleep(time.Duration(i*i) * 3 * time.Microsecond)
		team.Run(func(int) { calls.Add(1) })
		if n := calls.Load(); int(n) != 3*(i+1) {
			t.Fatalf("%d calls after run %d", n, i)
		}
	}
}

func TestBarrierSeparatesPhases(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 7} {
		team := New(workers)
		defer team.Close()
		var counter [50]atomic.Int32
		team.Run(func(worker int) {
			for phase := range counter {
				counter[phase].Add(1)
				team.Barrier(worker)
				if n := counter[phase].Load(); int(n) != team.Workers() {
					t.Errorf("%d workers: passed barrier %d after %d arrivals", workers, phase, n)
				}
			}
		})
	}
}

// The number of workers may change between Runs, and those left out sleep or wake in time.
func TestUse(t *testing.T) {
	defer goleak.VerifyNone(t)
	team := New(5)
	defer team.Close()
	for i := range 2000 {
		want := 1 + i*i%7 // beyond the team, too
		team.Use(want)
		want = min(want, 5)
		if i%100 == 0 {
			time.Sleep(time.Millisecond)
		}
		calls := make([]int, 5)
		var arrived atomic.Int32
		team.Run(func(worker int) {
			calls[worker]++
			arrived.Add(1)
			team.Barrier(worker)
			if n := int(arrived.Load()); n != want {
				t.Errorf("run %d: passed the barrier after %d arrivals, want %d", i, n, want)
			}
		})
		for worker, n := range calls {
			if (n == 1) != (worker < want) || team.Active() != want {
				t.Fatalf("run %d on %d workers: worker %d was called %d times, %d are active", i, want, worker, n, team.Active())
			}
		}
	}
	team.Use(-1)
	if team.Active() != 1 {
		t.Errorf("%d workers are active, want 1", team.Active())
	}
}

func TestCounterGivesEachNumberOnce(t *testing.T) {
	team := New(4)
	defer team.Close()
	var counter Counter
	for range 20 {
		counter.Reset()
		var seen [1000]atomic.Int32
		team.Run(func(int) {
			for i := counter.Next(); i < len(seen); i = counter.Next() {
				seen[i].Add(1)
			}
		})
		for i := range seen {
			if n := seen[i].Load(); n != 1 {
				t.Fatalf("number %d was given %d times", i, n)
			}
		}
	}
}

func TestNoAllocation(t *testing.T) {
	team := New(2)
	defer team.Close()
	work := func(worker int) { team.Barrier(worker); team.Barrier(worker) }
	if n := testing.AllocsPerRun(100, func() { team.Run(work) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkRunWithTwoBarriers(b *testing.B) {
	team := New(2)
	defer team.Close()
	work := func(worker int) { team.Barrier(worker); team.Barrier(worker) }
	for b.Loop() {
		team.Run(work)
	}
}
