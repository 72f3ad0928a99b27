package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// watch observes how much of the machine other processes (and, on a virtual machine, its neighbors) take while something is
// measured. It reads /proc, which only Linux has; elsewhere it observes nothing.
type watch struct {
	patience time.Duration // that is left to wait for quiet and to repeat what was disturbed
	worst    float64       // the greatest share of the machine that others took in a measurement that counts
	now      func() (total, other float64, err error)
}

// disturbed is the share of the machine from which on others disturb.
const disturbed = 0.03

// measure runs call, again while others disturb it and there is patience.
func (w *watch) measure(ctx context.Context, call func() (figures, error)) (figures, error) {
	for {
		start := time.Now()
		w.settle(ctx)
		total, other, err := w.now()
		f, callErr := call()
		if err != nil || callErr != nil {
			return f, callErr // there is no /proc
		}
		totalAfter, otherAfter, err := w.now()
		if err != nil || totalAfter <= total {
			return f, nil
		}
		share := (otherAfter - other) / (totalAfter - total)
		if share < disturbed || w.patience <= 0 {
			w.worst = max(w.worst, share)
			return f, nil
		}
		w.patience -= time.Since(start)
	}
}

// settle waits until others are quiet.
func (w *watch) settle(ctx context.Context) {
	const glance = 300 * time.Millisecond
	for w.patience > 0 && ctx.Err() == nil {
		total, other, err := w.now()
		time.Sleep(glance)
		totalAfter, otherAfter, errAfter := w.now()
		if err != nil || errAfter != nil || otherAfter-other < disturbed*(totalAfter-total) {
			return
		}
		w.patience -= glance
	}
}

// linuxTime reads the processors' time since the system's start, in ticks: in all, and what of it went to others than this
// process and the children it has waited for.
func linuxTime() (total, other float64, err error) {
	system, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, err
	}
	self, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0, 0, err
	}
	return splitTime(string(system), string(self))
}

// splitTime takes the contents of /proc/stat and /proc/self/stat, as proc(5) describes them.
func splitTime(system, self string) (total, other float64, err error) {
	line, _, _ := strings.Cut(system, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, 0, fmt.Errorf("/proc/stat starts with %q", line)
	}
	busy := 0.0
	for i, field := range fields[1:9] { // user, nice, system, idle, iowait, irq, softirq, steal
		v, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return 0, 0, err
		}
		total += v
		if i != 3 && i != 4 {
			busy += v
		}
	}
	// The name in parentheses may hold anything; after it come the fields from the third on.
	fields = strings.Fields(self[strings.LastIndexByte(self, ')')+1:])
	if len(fields) < 15 {
		return 0, 0, errors.New("/proc/self/stat is short")
	}
	for _, field := range fields[11:15] { // utime, stime, cutime, cstime
		v, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return 0, 0, err
		}
		busy -= v
	}
	return total, busy, nil
}
