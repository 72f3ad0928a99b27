package parallel

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// machine is a model of a machine in virtual time: how long a Run takes on a number of workers. When other processes are
// busy, workers without a processor to themselves lose it for a slice at random, and the others wait.
type machine struct {
	processors int
	run        time.Duration // of one worker that has a processor
	barriers   time.Duration // what each further worker adds
	random     *rand.Rand
	busy       int // other processes
}

const slice = 3 * time.Millisecond

func (m *machine) cost(workers int) time.Duration {
	d := m.run/time.Duration(min(workers, m.processors)) + m.barriers*time.Duration(workers-1)
	d += time.Duration(m.random.NormFloat64() * 0.03 * float64(d))
	shared := max(0, workers+m.busy-m.processors) // workers that share a processor with another process
	share := float64(min(shared, workers)) / 2
	if m.random.Float64() < share*float64(d)/float64(slice) {
		d += time.Duration(float64(slice) * (0.5 + m.random.Float64()))
	}
	return d
}

// best is the mean time of a Run on the best number of workers.
func (m *machine) best() (mean float64) {
	mean = math.Inf(1)
	for workers := range m.processors {
		sum := time.Duration(0)
		const runs = 2_000
		for range runs {
			sum += m.cost(workers + 1)
		}
		mean = min(mean, float64(sum)/runs)
	}
	return mean
}

// train runs for some time and returns the mean time of a Run.
func (m *machine) train(a *adaptation, length time.Duration) (mean float64) {
	elapsed, runs := time.Duration(0), 0
	for ; elapsed < length; runs++ {
		d := m.cost(a.size)
		elapsed += d
		a.took(d)
	}
	return float64(elapsed) / float64(runs)
}

func TestAdaptationFindsTheFastest(t *testing.T) {
	for _, test := range []struct {
		name          string
		processors    int
		run, barriers time.Duration
	}{
		{"two processors, a small step", 2, 140 * time.Microsecond, 10 * time.Microsecond},
		{"two processors, a large step", 2, 80 * time.Millisecond, 10 * time.Microsecond},
		{"eight processors, a small step", 8, 140 * time.Microsecond, 10 * time.Microsecond},
		{"64 processors, a small step", 64, 140 * time.Microsecond, 10 * time.Microsecond},
		{"64 processors, a large step", 64, 80 * time.Millisecond, 10 * time.Microsecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, busy := range []int{0, 1, test.processors} {
				sum := 0.0
				const seeds = 4
				for seed := range uint64(seeds) {
					m := &machine{test.processors, test.run, test.barriers, rand.New(rand.NewPCG(seed, 0)), busy}
					a := newAdaptation(m.processors)
					long := max(10*time.Second, 300*test.run)
					m.train(a, long)
					share := m.best() / m.train(a, long)
					if sum += share / seeds; share < 0.8 {
						t.Errorf("seed %d, %d busy processes: %.3f of the speed of the best number of workers", seed, busy, share)
					}
				}
				if t.Logf("%d busy processes: %.3f", busy, sum); sum < 0.9 {
					t.Errorf("%d busy processes: %.3f of the speed of the best number of workers, want 0.9", busy, sum)
				}
			}
		})
	}
}

// When a machine becomes busy and quiet in turns, the team follows.
func TestAdaptationFollows(t *testing.T) {
	m := &machine{processors: 2, run: 140 * time.Microsecond, barriers: 10 * time.Microsecond, random: rand.New(rand.NewPCG(0, 0))}
	a := newAdaptation(2)
	sum, best, runs := 0.0, 0.0, 0.0
	for turn := range 20 {
		m.busy = turn % 2 * 2
		const length = 2 * time.Second
		mean := m.train(a, length)
		runs += float64(length) / mean
		best += float64(length) / m.best()
		sum += float64(length)
	}
	if runs < 0.9*best {
		t.Errorf("%.0f Runs, %.0f with the best number of workers at each time", runs, best)
	}
}

// On one worker nothing is tried, and nothing measured.
func TestOneWorkerDoesNotAdapt(t *testing.T) {
	team := NewAdaptive(1)
	defer team.Close()
	if team.adapt != nil {
		t.Error("a team of one worker adapts")
	}
}

func BenchmarkAdaptation(b *testing.B) {
	a := newAdaptation(8)
	for b.Loop() {
		a.took(100 * time.Microsecond)
	}
}
