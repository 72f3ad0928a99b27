package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// task is what one process measures. Every contender understands the same arguments.
type task struct {
	job                                             string // train, sample, …
	net, shape                                      string // of images, of a convolution; those that are "" are left out
	batch, width, timesteps, points, samples, count int    // those that are 0 are left out
	seconds                                         float64
}

func (t task) arguments() []string {
	args := []string{"--job", t.job}
	for _, a := range []struct{ name, value string }{{"net", t.net}, {"shape", t.shape}} {
		if a.value != "" {
			args = append(args, "--"+a.name, a.value)
		}
	}
	for _, a := range []struct {
		name  string
		value int
	}{
		{"batch", t.batch}, {"width", t.width}, {"timesteps", t.timesteps}, {"points", t.points}, {"samples", t.samples},
		{"count", t.count},
	} {
		if a.value != 0 {
			args = append(args, "--"+a.name, strconv.Itoa(a.value))
		}
	}
	return append(args, "--seconds", strconv.FormatFloat(t.seconds, 'g', -1, 64))
}

// setting is one way to run a contender.
type setting struct {
	label       string
	environment []string // NAME=value
	arguments   []string
}

// figures are what a process measured, by name; durations in ms, rates in GFLOP/s, memory in MB.
type figures map[string]float64

func (s setting) and(o setting) setting {
	label := s.label
	if label != "" && o.label != "" {
		label += ", "
	}
	return setting{label + o.label, slices.Concat(s.environment, o.environment), slices.Concat(s.arguments, o.arguments)}
}

// contender is a piece of software that can do a job, or nothing if run is nil.
type contender struct {
	name string
	axes [][]setting // it runs with one of each; of several, the best is sought
	run  func(ctx context.Context, t task, s setting) (figures, error)
}

func (c contender) with(axes ...[]setting) contender {
	c.axes = axes
	return c
}

// program is a contender that is one program with leading arguments.
func program(name string, command ...string) contender {
	return contender{name: name, run: func(ctx context.Context, t task, s setting) (figures, error) {
		c := exec.CommandContext(ctx, command[0], slices.Concat(command[1:], t.arguments(), s.arguments)...)
		c.Env = append(os.Environ(), s.environment...)
		output, err := c.Output()
		if err != nil {
			return nil, fmt.Errorf("%s: %w%s", name, err, complaint(err))
		}
		return parse(output)
	}}
}

// complaint is the end of what a failed process wrote to standard error.
func complaint(err error) string {
	exit, ok := err.(*exec.ExitError)
	if !ok {
		return ""
	}
	text := strings.TrimSpace(string(exit.Stderr))
	return ": " + text[max(0, len(text)-400):]
}

// parse reads the last line of a process's output.
func parse(output []byte) (figures, error) {
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	var f figures
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &f); err != nil || len(f) == 0 {
		return nil, fmt.Errorf("expected a line of JSON with figures, got %.200q", output)
	}
	return f, nil
}

// pace is how long to measure.
type pace struct {
	rounds int
	length float64 // factor of each task's seconds
}

// result has the figures of a job.
type result struct {
	Job    string             `json:"job"`
	Title  string             `json:"title"`
	Series map[string]*series `json:"series"` // by contender
	Order  []string           `json:"order"`
	Ratios []comparison       `json:"ratios"`
	Failed []string           `json:"failed,omitempty"`
}

// series are a contender's figures, one of each per round.
type series struct {
	Setting string               `json:"setting"`
	Figures map[string][]float64 `json:"figures"`
}

// measure measures each contender of a job once per round. A contender that fails is left out, with a message.
func measure(ctx context.Context, j job, p pace, w *watch, say func(string, ...any)) (result, error) {
	r := result{Job: j.name, Title: j.title, Series: map[string]*series{}}
	t := j.task
	t.seconds *= p.length
	fail := func(c contender, err error) {
		message := fmt.Sprintf("%s: %s: %v", j.title, c.name, err)
		say("left out: %s", message)
		r.Failed = append(r.Failed, message)
		delete(r.Series, c.name)
	}
	best := map[string]setting{}
	for _, c := range j.contenders {
		s, err := bestSetting(ctx, c, t, j.figure, p, w, say)
		if err != nil {
			fail(c, err)
			continue
		}
		best[c.name] = s
		r.Order = append(r.Order, c.name)
		r.Series[c.name] = &series{Setting: s.label, Figures: map[string][]float64{}}
	}
	rounds := p.rounds
	if j.rounds > 0 {
		rounds = min(rounds, j.rounds)
	}
	for round := range rounds {
		say("%s: round %d of %d", j.name, round+1, rounds)
		for _, c := range j.contenders {
			s, ok := r.Series[c.name]
			if !ok {
				continue
			}
			f, err := w.measure(ctx, func() (figures, error) { return c.run(ctx, t, best[c.name]) })
			if err != nil {
				fail(c, err)
				continue
			}
			for name, v := range f {
				s.Figures[name] = append(s.Figures[name], v)
			}
		}
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
	}
	r.Order = slices.DeleteFunc(r.Order, func(name string) bool { return r.Series[name] == nil })
	r.Ratios = compare(j, r)
	return r, nil
}

// tooLong ends the trial of a setting: threads that hinder each other can take a hundred times as long as one.
const tooLong = 15 * time.Second

// bestSetting chooses from one axis after the other what is best with the choices so far, in shorter measurements. In a
// quick run it takes the first of each.
func bestSetting(ctx context.Context, c contender, t task, figure string, p pace, w *watch, say func(string, ...any)) (setting, error) {
	t.seconds *= 0.5
	chosen := make([]int, len(c.axes))
	merged := func() (s setting) {
		for axis, i := range chosen {
			s = s.and(c.axes[axis][i])
		}
		return s
	}
	if p.length < 1 {
		return merged(), nil
	}
	best := 0.0 // 0: not measured
	for axis, settings := range c.axes {
		choice := chosen[axis]
		for i := range settings {
			if len(settings) == 1 || i == 0 && best > 0 {
				continue // nothing to choose, or measured with the axis before
			}
			chosen[axis] = i
			slow := false
			f, err := w.measure(ctx, func() (figures, error) {
				trial, cancel := context.WithTimeout(ctx, tooLong)
				defer cancel()
				f, err := c.run(trial, t, merged())
				slow = errors.Is(trial.Err(), context.DeadlineExceeded) && ctx.Err() == nil
				return f, err
			})
			if slow && err != nil && best > 0 {
				say("%s, %s: takes too long", c.name, merged().label)
				continue
			}
			if err != nil {
				return setting{}, err
			}
			cost := f[figure]
			if strings.HasPrefix(figure, "GFLOP/s") {
				cost = 1 / cost
			}
			if !(cost > 0) {
				return setting{}, fmt.Errorf("%s: expected a figure %q, got %v", c.name, figure, f)
			}
			say("%s, %s: %.4g", c.name, merged().label, f[figure])
			if best == 0 || cost < best {
				best, choice = cost, i
			}
		}
		chosen[axis] = choice
	}
	return merged(), nil
}

// median of the figure of a contender, if it was measured.
func (r result) median(contender, figure string) (float64, bool) {
	s, ok := r.Series[contender]
	if !ok || len(s.Figures[figure]) == 0 {
		return 0, false
	}
	return median(s.Figures[figure]), true
}

// median of at least one value.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// writeFigures is the last thing that a child does.
func writeFigures(w io.Writer, f figures) error { return json.NewEncoder(w).Encode(f) }
