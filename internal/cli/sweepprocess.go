package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"euryale/sweep"
	"euryale/train"
)

// A trial is trained by a process of its own: one that runs out of memory or crashes takes no other with it, and the memory of
// a trial is free when it ends. The process is this program, called as sweep -trial. Its standard input is a pipe that ends
// with the sweep, so that no trial goes on alone when the sweep is killed; its standard output is one answer.

// answer is what the process of a trial prints.
type answer struct {
	Outcome     *sweep.Outcome `json:"outcome,omitempty"`
	Error       string         `json:"error,omitempty"`
	Interrupted bool           `json:"interrupted,omitempty"`
	Unable      bool           `json:"unable,omitempty"` // sweep.Unable
}

// process trains and measures a trial in a process.
func (c *sweepCommand) process(ctx context.Context, t sweep.Task) (*sweep.Outcome, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	path := sweep.Folder(c.out).Log(t.Name)
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sweep.ErrUnable, err)
	}
	defer log.Close()
	before, err := log.Seek(0, io.SeekEnd) // of earlier processes
	if err != nil {
		return nil, err
	}
	workers := strconv.Itoa(t.Workers)
	cmd := exec.CommandContext(ctx, program, "sweep", "-out", c.out, "-trial", t.Name, "-rung", strconv.Itoa(t.Rung), "-workers", workers)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append([]string{"GOMAXPROCS=" + workers}, os.Environ()...) // the last one counts
	cmd.Stderr = log
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	cmd.Cancel = input.Close // it ends with a checkpoint
	text, err := cmd.Output()
	var a answer
	switch told, exit := json.Unmarshal(text, &a), (*exec.ExitError)(nil); {
	case told != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	case told != nil && err == nil:
		return nil, fmt.Errorf("the process of the trial gave no answer; see %s", path)
	case told != nil && errors.As(err, &exit):
		return nil, fmt.Errorf("the process of the trial ended: %w%s; see %s", err, lastWords(path, before), path)
	case told != nil:
		return nil, fmt.Errorf("%w: the process of the trial: %w", sweep.ErrUnable, err)
	case a.Unable:
		return nil, fmt.Errorf("%w: %s", sweep.ErrUnable, a.Error)
	case a.Interrupted:
		return nil, train.ErrInterrupted
	case a.Error != "":
		return nil, errors.New(a.Error)
	}
	return a.Outcome, nil
}

// lastWords tells from its log, which begins behind those of earlier processes, why a process crashed.
func lastWords(path string, begins int64) string {
	text, err := os.ReadFile(path)
	if err != nil || begins > int64(len(text)) {
		return ""
	}
	words := ""
	for line := range strings.Lines(string(text[begins:])) {
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
			words = ": " + strings.TrimSpace(line)
		}
	}
	return words
}

// runTrial is the process of a trial.
func (c *sweepCommand) runTrial(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	out, err := c.trainTrial(ctx)
	a := answer{Outcome: out}
	if err != nil {
		interrupted := errors.Is(err, train.ErrInterrupted) || errors.Is(err, context.Canceled)
		a = answer{Error: plain(err), Interrupted: interrupted, Unable: sweep.Unable(err)}
	}
	text, failed := json.Marshal(a)
	if failed != nil {
		return failed
	}
	_, failed = io.Copy(os.Stdout, bytes.NewReader(append(text, '\n')))
	return errors.Join(err, failed)
}

// trainTrial trains a trial as the command train does, and measures it.
func (c *sweepCommand) trainTrial(ctx context.Context) (*sweep.Outcome, error) {
	s, err := sweep.Open(c.out)
	if err != nil {
		return nil, err
	}
	trial, err := s.Trial(c.trial)
	if err != nil {
		return nil, err
	}
	task, err := s.Task(sweep.Folder(c.out), trial, c.rung, c.options.Workers)
	if err != nil {
		return nil, err
	}
	err = task.Train(ctx, func(ctx context.Context, resume bool, pause train.Hook) error {
		args := []string{"-config", task.Base, "-out", string(task.Folder), "-workers", strconv.Itoa(task.Workers)}
		for _, change := range task.Changes {
			args = append(args, "-set", change)
		}
		if resume {
			args = append(args, "-resume")
		}
		return trainWith(ctx, args, pause)
	})
	if err != nil {
		return nil, err
	}
	return task.Measure(ctx)
}
