package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// columns are what is compared of each preset.
var columns = [...]string{"tensors", "samples", "strip", "old checkpoint", "old run resumed"}

const (
	// The same seed on both sides, whatever the presets name.
	seed    = "seed=1"
	trained = "train.epochs=3"
	resumed = "train.epochs=4"
	samples = "1000"
)

// arguments of the sample command that a preset needs besides the common ones.
var arguments = map[string][]string{"moons_cfg": {"-label", "1", "-guidance", "1"}}

// classifiers draw no samples.
var classifiers = map[string]bool{"moons_classifier": true}

// retitled are presets whose pictures differ in their titles alone: they name σ where they named t.
var retitled = map[string]bool{"scurve_edm": true}

// finding is the outcome of one comparison.
type finding struct {
	what   string
	differ bool
}

// row are a preset's findings, one per column.
type row [len(columns)]finding

func (r row) cells() []string {
	var cells []string
	for _, f := range r {
		text := f.what
		if f.differ {
			text = "**" + text + "**"
		}
		cells = append(cells, text)
	}
	return cells
}

func (r row) differs() bool {
	for _, f := range r {
		if f.differ {
			return true
		}
	}
	return false
}

// compare trains and samples a preset with both sides. A command that fails is a difference.
func compare(ctx context.Context, old, present side, preset string) (r row) {
	for i := range r {
		r[i] = finding{what: "–"}
	}
	oldRun, presentRun := filepath.Join(old.runs, preset), filepath.Join(present.runs, preset)
	for _, s := range []side{old, present} {
		if err := s.train(ctx, preset); err != nil {
			r[0] = failure(err)
			return r
		}
	}
	r[0] = sameTensors(oldRun, presentRun)
	if !classifiers[preset] {
		oldPoints, presentPoints, opened := oldRun+".npy", presentRun+".npy", presentRun+"-of-old.npy"
		for _, s := range []struct {
			side
			run, to string
		}{{old, oldRun, oldPoints}, {present, presentRun, presentPoints}, {present, oldRun, opened}} {
			if err := s.sample(ctx, preset, s.run, s.to); err != nil {
				r[1] = failure(err)
				return r
			}
		}
		r[1] = sameFiles(oldPoints, presentPoints)
		r[3] = sameFiles(oldPoints, opened)
	}
	strip := filepath.Join("samples", "strip.png")
	if r[2] = sameFiles(filepath.Join(oldRun, strip), filepath.Join(presentRun, strip)); retitled[preset] {
		r[2] = finding{what: "other titles"}
	}
	for _, run := range []string{oldRun, presentRun} {
		if err := present.run(ctx, "train", "-resume", "-out", run, "-set", resumed); err != nil {
			r[4] = failure(err)
			return r
		}
	}
	r[4] = sameTensors(oldRun, presentRun)
	return r
}

func (s side) train(ctx context.Context, preset string) error {
	return s.run(ctx, "train", "-config", preset, "-set", seed, "-set", trained, "-out", filepath.Join(s.runs, preset))
}

func (s side) sample(ctx context.Context, preset, run, to string) error {
	return s.run(ctx, "sample", append([]string{"-run", run, "-n", samples, "-o", to}, arguments[preset]...)...)
}

// failure puts an error into a cell.
func failure(err error) finding {
	return finding{strings.ReplaceAll(strings.ReplaceAll(err.Error(), "\n", " "), "|", "\\|"), true}
}

// sameFiles compares two files, either of which may be missing if both are.
func sameFiles(old, present string) finding {
	a, errOld := os.ReadFile(old)
	b, errPresent := os.ReadFile(present)
	missing := func(err error) bool { return errors.Is(err, fs.ErrNotExist) }
	switch {
	case missing(errOld) && missing(errPresent):
		return finding{what: "none"}
	case errOld != nil || errPresent != nil:
		return failure(errors.Join(errOld, errPresent))
	case !bytes.Equal(a, b):
		return finding{fmt.Sprintf("differs: %d and %d bytes, the first %d are the same", len(a), len(b), common(a, b)), true}
	}
	return finding{what: "same"}
}

// common is the number of bytes that both begin with.
func common(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
