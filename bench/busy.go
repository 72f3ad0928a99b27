package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// How fast Euryale is on a machine that does something else as well, with a fixed number of workers and with the default. The
// default is meant to be as good as the best fixed number whatever the load.

// load is what runs during a measurement: processes that compute without end, at normal priority.
type load struct {
	Name  string        `json:"name"`
	loops int           // processes
	pulse time.Duration // they compute and sleep alternately, this long each; 0: they never sleep
}

var loads = []load{
	{"none", 0, 0},
	{"1 busy loop", 1, 0},
	{"2 busy loops", 2, 0},
	{"1 loop, 0.3 s on and 0.3 s off", 1, 300 * time.Millisecond},
	{"2 loops, 0.3 s on and 0.3 s off", 2, 300 * time.Millisecond},
}

// crews are the numbers of workers, 0 for the default.
var crews = []int{0, 1, 2}

// rated are the jobs that are measured under load. A measurement lasts several pulses.
var rated = []struct {
	title string
	task  task
}{
	{"training steps/s, B 128, H 128, T 100", task{job: "train-rate", batch: 128, width: 128, timesteps: 100, points: 10_000, seconds: 2.4}},
	{"samples/s, NFE 100, H 128", task{job: "sample-rate", width: 128, timesteps: 100, samples: 10_000, seconds: 2.4}},
}

// busyResult is what one job reached under one load.
type busyResult struct {
	Title string       `json:"title"`
	Load  load         `json:"load"`
	Rates [3][]float64 `json:"rates"` // by crew, then round
}

// shop starts loads and measures rates.
type shop interface {
	startLoad(ctx context.Context, l load) (stop func(), err error)
	rateOf(ctx context.Context, t task, workers int) (figures, error)
}

// underLoad measures each rated job that matches under each load with each number of workers, once per round.
func underLoad(ctx context.Context, matches *regexp.Regexp, p pace, w *watch, s shop, say func(string, ...any)) ([]busyResult, error) {
	var all []busyResult
	for _, j := range rated {
		for _, l := range loads {
			if matches.MatchString(j.task.job) {
				all = append(all, busyResult{Title: j.title, Load: l})
			}
		}
	}
	for round := range p.rounds {
		say("round %d of %d", round+1, p.rounds)
		i := 0
		for _, j := range rated {
			if !matches.MatchString(j.task.job) {
				continue
			}
			j.task.seconds *= p.length
			for _, l := range loads {
				for crew, workers := range crews {
					f, err := rateUnder(ctx, l, w, s, func() (figures, error) { return s.rateOf(ctx, j.task, workers) })
					if err != nil {
						return nil, fmt.Errorf("%s under the load %q, workers %d: %w", j.task.job, l.Name, workers, err)
					}
					all[i].Rates[crew] = append(all[i].Rates[crew], f["rate"])
				}
				i++
			}
		}
	}
	return all, nil
}

// rateUnder measures under a load. Without one, w notices other processes that disturb; under one it only waits for quiet first.
func rateUnder(ctx context.Context, l load, w *watch, s shop, call func() (figures, error)) (figures, error) {
	if l.loops == 0 {
		return w.measure(ctx, call)
	}
	w.settle(ctx)
	stop, err := s.startLoad(ctx, l)
	if err != nil {
		return nil, err
	}
	defer stop()
	return call()
}

// startLoad starts the load's processes. They end when they are stopped, and when this process ends.
func (e *environment) startLoad(ctx context.Context, l load) (stop func(), err error) {
	var stops []func()
	stop = func() {
		for _, f := range stops {
			f()
		}
	}
	for range l.loops {
		c := exec.CommandContext(ctx, e.self, childArgument, "--job", "spin", "--seconds", strconv.FormatFloat(l.pulse.Seconds(), 'g', -1, 64))
		in, err := c.StdinPipe()
		if err == nil {
			err = c.Start()
		}
		if err != nil {
			stop()
			return nil, err
		}
		stops = append(stops, func() {
			_ = in.Close()
			_ = c.Wait()
		})
	}
	return stop, nil
}

// rateOf measures a job in a separate process, which may use all processors; workers is 0 for the default.
func (e *environment) rateOf(ctx context.Context, t task, workers int) (figures, error) {
	return program("Euryale", e.self, childArgument, "--workers", fmt.Sprint(workers)).run(ctx, t, setting{})
}

// spin computes until the other end of in is closed, all the time or in pulses.
func spin(in io.Reader, pulse time.Duration) error {
	closed := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, in)
		closed <- err
	}()
	for start := time.Now(); ; {
		select {
		case err := <-closed:
			return err
		default:
		}
		if past := time.Since(start); pulse > 0 && past/pulse%2 == 1 {
			time.Sleep(pulse - past%pulse)
		}
	}
}

// writeBusy prints a row per job and load.
func (r findings) writeBusy(w io.Writer) {
	fmt.Fprintf(w, "| job | load | default workers | 1 worker | 2 workers | default / best fixed |\n|---|---|---|---|---|---|\n")
	for _, b := range r.Busy {
		fmt.Fprintf(w, "| %s | %s |", b.Title, b.Load.Name)
		for _, rates := range b.Rates {
			fmt.Fprintf(w, " %s |", ranged(rates))
		}
		fmt.Fprintf(w, " %.2f |\n", b.share())
	}
}

// share is the default's rate as a part of that of the best fixed number of workers: the median over the rounds.
func (b busyResult) share() float64 {
	best := b.Rates[1]
	if median(b.Rates[2]) > median(best) {
		best = b.Rates[2]
	}
	shares := make([]float64, len(best))
	for round := range shares {
		shares[round] = b.Rates[0][round] / best[round]
	}
	return median(shares)
}
