package studio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A run is trained by a separate process, this program as the command train. It never waits for the studio: its messages go to
// memory as fast as they come. It is in a separate group, so that Ctrl-C in the terminal of the studio reaches the studio
// alone, which then asks each process to stop: it leaves a checkpoint.

// processes are those that the studio started, by the ids of their runs.
type processes struct {
	program []string
	failed  func(error)
	mu      sync.Mutex
	by      map[string]*process
	closed  bool
}

// process trains a run.
type process struct {
	command  *exec.Cmd
	log      lastLines
	ended    chan struct{}
	state    string
	problem  string    // why it failed
	end      time.Time // when it ended
	stopping bool
}

func newProcesses(o Options) *processes {
	return &processes{program: o.Program, failed: o.Failed, by: map[string]*process{}}
}

// start starts a process for a run, with the input as its standard input.
func (p *processes) start(id string, args []string, input string) error {
	program := p.program
	if program == nil {
		path, err := os.Executable()
		if err != nil {
			return fmt.Errorf("finding the program: %w", err)
		}
		program = []string{path}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return failf(http.StatusServiceUnavailable, "the studio is closing")
	}
	if old := p.by[id]; old != nil && old.state == running {
		return failf(http.StatusConflict, "the run %s is being trained by the studio already", id)
	}
	started := &process{ended: make(chan struct{}), state: running}
	c := exec.Command(program[0], slices.Concat(program[1:], args)...)
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(input), &started.log, &started.log
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	started.command = c
	if err := c.Start(); err != nil {
		return fmt.Errorf("starting the training: %w", err)
	}
	p.by[id] = started
	go p.wait(started)
	return nil
}

// wait notes how a process ended.
func (p *processes) wait(started *process) {
	err := started.command.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch exit := (*exec.ExitError)(nil); {
	case err == nil:
		started.state = finished
	case errors.As(err, &exit) && (exit.ExitCode() == interruptedStatus || started.stopping && endedByStop(exit)):
		started.state = stopped
	default:
		started.state = failed
		started.problem = started.log.last()
		if started.problem == "" {
			started.problem = err.Error()
		}
	}
	started.end = time.Now()
	close(started.ended)
}

// interruptedStatus is that of a command that was interrupted.
const interruptedStatus = 130

// endedByStop reports whether a process was asked to stop so early that the signal itself ended it.
func endedByStop(exit *exec.ExitError) bool {
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGTERM
}

// forget forgets the process of a run, which has ended.
func (p *processes) forget(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.by, id)
}

// state is how the process of a run is. It is "" if the studio started none, or if the files of the run are the better source:
// after a process that ended in order, or that failed before they last changed.
func (p *processes) state(id string, changed time.Time) (state, problem string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	started := p.by[id]
	if started == nil || started.state == finished || started.state == stopped || started.state == failed && changed.After(started.end) {
		return "", ""
	}
	return started.state, started.problem
}

// ids are the runs whose processes run or failed.
func (p *processes) ids() (ids []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, started := range p.by {
		if started.state == running || started.state == failed {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// stop asks the process of a run to stop.
func (p *processes) stop(id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	started := p.by[id]
	if started == nil {
		return failf(http.StatusConflict, "the studio did not start the run %s, and does not stop it: press Ctrl-C where it was started", id)
	}
	if started.state != running {
		return failf(http.StatusConflict, "the run %s is not being trained", id)
	}
	return started.stop()
}

func (started *process) stop() error {
	if started.stopping {
		return nil // a second signal would end it without a checkpoint
	}
	started.stopping = true
	if err := started.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stopping the training: %w", err)
	}
	return nil
}

// lines are the last messages of the process of a run.
func (p *processes) lines(id string) []string {
	p.mu.Lock()
	started := p.by[id]
	p.mu.Unlock()
	if started == nil {
		return []string{}
	}
	return started.log.lines()
}

// close stops all processes and waits until they have ended. It returns the runs that were stopped, each with a checkpoint.
func (p *processes) close() (ids []string) {
	p.mu.Lock()
	p.closed = true
	going := map[string]*process{}
	for id, started := range p.by {
		if started.state != running {
			continue
		}
		going[id] = started
		if err := started.stop(); err != nil {
			p.failed(err)
		}
	}
	p.mu.Unlock()
	const longest = 2 * time.Minute // a large checkpoint on a slow disk
	late, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	for _, id := range slices.Sorted(maps.Keys(going)) {
		started := going[id]
		select {
		case <-started.ended:
		case <-late.Done():
		}
		p.mu.Lock()
		state, problem := started.state, started.problem
		p.mu.Unlock()
		switch state {
		case stopped:
			ids = append(ids, id)
		case failed:
			p.failed(fmt.Errorf("the run %s failed while it stopped: %s", id, problem))
		case running:
			p.failed(fmt.Errorf("the run %s has not stopped, and its process %d is left alone", id, started.command.Process.Pid))
		}
	}
	return ids
}

// lastLines keeps the end of what a process writes.
type lastLines struct {
	mu   sync.Mutex
	text []byte
}

const mostLog = 64 << 10

// Write implements io.Writer. It never blocks, and never fails.
func (l *lastLines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, text...)
	if len(l.text) > 2*mostLog {
		l.text = append([]byte(nil), l.text[len(l.text)-mostLog:]...)
	}
	return len(text), nil
}

// lines are the last whole lines.
func (l *lastLines) lines() []string {
	const most = 200
	l.mu.Lock()
	defer l.mu.Unlock()
	list := []string{}
	for line := range bytes.Lines(l.text) {
		list = append(list, strings.TrimRight(string(line), "\r\n"))
	}
	return list[max(0, len(list)-most):]
}

// last is the last line, without the name of the command.
func (l *lastLines) last() string {
	lines := l.lines()
	for _, line := range slices.Backward(lines) {
		if line = strings.TrimSpace(line); line != "" {
			return strings.TrimPrefix(line, "euryale train: ")
		}
	}
	return ""
}
