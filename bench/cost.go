package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"euryale/configs"
)

// The jobs below measure what a training shows and leaves besides its checkpoints: log, metrics, previews, pictures and report, at
// their default settings. The train command takes the time of it, while the steps wait: the difference of two trainings, one of them
// without, is smaller than what a machine changes its speed by from one to the next.

// costJob is a whole training of a preset; quick is a length of it, in epochs, with as many checkpoints.
func costJob(e *environment, preset string, quick bool) job {
	return job{
		name: "cost-" + preset, title: "training of " + preset + ", with all that it shows and leaves", rounds: 3,
		task:       task{job: "cost", net: preset, count: costEpochs(preset, quick)},
		contenders: []contender{{name: trainCommand, run: e.trainingOf}},
		ratios:     []ratio{{text: "share of the time for what it shows and leaves", unit: "%", value: shownShare}},
	}
}

const (
	trainCommand = "the train command"
	shownFigure  = "ms for what it shows"
)

// costEpochs shortens a training that is only to show that all of it works; 0: the whole.
func costEpochs(preset string, quick bool) int {
	if !quick {
		return 0
	}
	return map[string]int{"scurve": 100, "digits8": 2}[preset]
}

// costSettings are the overrides of a task.
func costSettings(t task) ([]string, error) {
	if t.count == 0 {
		return nil, nil
	}
	whole, err := configs.Preset(t.net, nil)
	if err != nil {
		return nil, err
	}
	every := max(1, whole.Train.CheckpointEvery*t.count/whole.Train.Epochs)
	return []string{fmt.Sprintf("train.epochs=%d", t.count), fmt.Sprintf("train.checkpoint_every=%d", every)}, nil
}

// trainingOf measures the train command, in a new folder.
func (e *environment) trainingOf(ctx context.Context, t task, _ setting) (figures, error) {
	settings, err := costSettings(t)
	if err != nil {
		return nil, err
	}
	arguments := []string{
		"-config", t.net, "-workers", "2", "-out", filepath.Join(e.scratch, "cost"), "-overwrite", "-log-format", "json",
	}
	for _, s := range settings {
		arguments = append(arguments, "-set", s)
	}
	var log strings.Builder
	c := exec.CommandContext(ctx, e.trainCommand, arguments...)
	c.Stderr = &log
	if err := c.Run(); err != nil {
		text := log.String()
		return nil, fmt.Errorf("%s: %w: %s", c.Path, err, text[max(0, len(text)-400):])
	}
	return spentOf(log.String())
}

// spentOf is what the last line of a log says of the time.
func spentOf(log string) (figures, error) {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	var spent struct {
		Took  float64 `json:"took_s"`
		Shown float64 `json:"shown_s"`
	}
	last := lines[len(lines)-1]
	if err := json.Unmarshal([]byte(last), &spent); err != nil {
		return nil, fmt.Errorf("the log of a training ends with %q: %w", last, err)
	}
	if spent.Took <= spent.Shown || spent.Shown <= 0 {
		return nil, fmt.Errorf("the log of a training ends without the time it took: %q", last)
	}
	return figures{"ms": 1e3 * spent.Took, shownFigure: 1e3 * spent.Shown}, nil
}

// shownShare is the share of the time that what is shown takes beyond the rest, in percent; the median of the rounds.
func shownShare(r result) (float64, bool) {
	s := r.Series[trainCommand]
	if s == nil || len(s.Figures["ms"]) == 0 || len(s.Figures["ms"]) != len(s.Figures[shownFigure]) {
		return 0, false
	}
	var shares []float64
	for i, took := range s.Figures["ms"] {
		shown := s.Figures[shownFigure][i]
		shares = append(shares, 100*shown/(took-shown))
	}
	return median(shares), true
}
