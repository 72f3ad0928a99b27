package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The jobs below watch the built commands from outside, as a user runs them.

// startOf measures the time from the start of the train command to the first line of its metrics, which is there
// when the first step is done.
func (e *environment) startOf(ctx context.Context, t task, _ setting) (figures, error) {
	const starts = 10
	var times []float64
	for i := range starts {
		out := filepath.Join(e.scratch, fmt.Sprintf("start-%d", i))
		ms, err := e.firstStep(ctx, out)
		if err != nil {
			return nil, err
		}
		times = append(times, ms)
		if err := os.RemoveAll(out); err != nil {
			return nil, err
		}
	}
	return summary(times), nil
}

func (e *environment) firstStep(ctx context.Context, out string) (ms float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, e.trainCommand, "-config", "scurve", "-set", "train.log_every=1", "-out", out)
	start := time.Now()
	if err := c.Start(); err != nil {
		return 0, err
	}
	defer func() {
		cancel() // it has seen enough
		_ = c.Wait()
	}()
	metrics := filepath.Join(out, "metrics.jsonl")
	for ctx.Err() == nil {
		if info, err := os.Stat(metrics); err == nil && info.Size() > 0 {
			return float64(time.Since(start).Nanoseconds()) / 1e6, nil
		}
		time.Sleep(100 * time.Microsecond)
	}
	return 0, fmt.Errorf("%s did not do a step: %w", e.trainCommand, ctx.Err())
}

// memoryOf measures the peak resident memory of the commands: of runs of t.count epochs and of a tenth of them, and of
// files of t.samples points and of a hundredth of them.
func (e *environment) memoryOf(ctx context.Context, t task, _ setting) (figures, error) {
	f := figures{}
	run := ""
	for _, epochs := range []int{t.count / 10, t.count} {
		run = filepath.Join(e.scratch, fmt.Sprintf("memory-%d", epochs))
		mb, err := peak(ctx, e.trainCommand, "-config", "scurve", "-set", fmt.Sprintf("train.epochs=%d", epochs), "-out", run, "-overwrite")
		if err != nil {
			return nil, err
		}
		f[fmt.Sprintf("train, %d epochs, MB", epochs)] = mb
	}
	for _, samples := range []int{t.samples / 100, t.samples} {
		file := filepath.Join(e.scratch, "samples.npy")
		mb, err := peak(ctx, e.sampleCommand, "-run", run, "-n", strconv.Itoa(samples), "-steps", "5", "-o", file)
		if err != nil {
			return nil, err
		}
		f[fmt.Sprintf("sample, %d points, MB", samples)] = mb
	}
	return f, nil
}

// peak runs a command and returns the most memory it had resident, in MB (10⁶ bytes), as Linux counts it. The resource
// usage that a parent can read starts with the memory of the parent itself, so the file of the process is read while it runs.
func peak(ctx context.Context, command string, arguments ...string) (mb float64, err error) {
	c := exec.CommandContext(ctx, command, arguments...)
	var complaints strings.Builder
	c.Stderr = &complaints
	if err := c.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	status := fmt.Sprintf("/proc/%d/status", c.Process.Pid)
	for {
		if v, err := highWater(status); err == nil {
			mb = max(mb, v)
		}
		select {
		case err := <-ended:
			if err != nil {
				return 0, fmt.Errorf("%s: %w: %s", command, err, complaints.String())
			}
			return mb, nil
		case <-time.After(500 * time.Microsecond):
		}
	}
}

// highWater is VmHWM of a process's status, in MB.
func highWater(status string) (float64, error) {
	file, err := os.Open(status)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) == 3 && fields[0] == "VmHWM:" && fields[2] == "kB" {
			kib, err := strconv.ParseFloat(fields[1], 64)
			return kib * 1024 / 1e6, err
		}
	}
	return 0, errors.Join(errors.New("no VmHWM"), fs.ErrNotExist)
}
