package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"euryale/configs"
	"euryale/run"
	"euryale/train"
)

// The jobs below measure what a training shows and leaves besides its checkpoints: log, metrics, previews, pictures and report, at
// their default settings. The command with all of it takes turns with the loop alone, which writes checkpoints and nothing else.

const (
	everything = "the train command"
	loopAlone  = "the loop and its checkpoints alone"
)

// costJob is a whole training of a preset; quick is a length of it, in epochs, with as many checkpoints.
func costJob(e *environment, preset string, quick bool) job {
	return job{
		name: "cost-" + preset, title: "training of " + preset + ", with all that it shows and leaves, and without", rounds: 3,
		task: task{job: "bare", net: preset, count: costEpochs(preset, quick)},
		contenders: []contender{
			{name: everything, run: e.trainingOf}, {name: loopAlone, run: e.bareTrainingOf},
		},
		ratios: []ratio{
			overhead("ms", "share of the time for what it shows and leaves"),
			overhead("CPU s", "share of the processor time for it"),
		},
	}
}

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
	arguments := []string{"-config", t.net, "-workers", "2", "-out", filepath.Join(e.scratch, "cost"), "-overwrite"}
	for _, s := range settings {
		arguments = append(arguments, "-set", s)
	}
	return processTime(exec.CommandContext(ctx, e.trainCommand, arguments...))
}

// bareTrainingOf measures a process that trains by bareChild.
func (e *environment) bareTrainingOf(ctx context.Context, t task, _ setting) (figures, error) {
	arguments := append([]string{childArgument}, t.arguments()...)
	return processTime(exec.CommandContext(ctx, e.self, append(arguments, "--workers", "2")...))
}

// processTime is how long a process takes, and how long its threads compute.
func processTime(c *exec.Cmd) (figures, error) {
	var complaints strings.Builder
	c.Stderr = &complaints
	start := time.Now()
	if err := c.Run(); err != nil {
		text := complaints.String()
		return nil, fmt.Errorf("%s: %w: %s", c.Path, err, text[max(0, len(text)-400):])
	}
	used := c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	return figures{"ms": float64(time.Since(start).Nanoseconds()) / 1e6, "CPU s": used.Seconds()}, nil
}

// bareChild trains a preset, and does nothing else but write its checkpoints.
func bareChild(t task, workers int) (figures, error) {
	settings, err := costSettings(t)
	if err != nil {
		return nil, err
	}
	config, err := configs.Preset(t.net, settings)
	if err != nil {
		return nil, err
	}
	config.Train.LogEvery = math.MaxInt32
	folder, err := os.MkdirTemp("", "euryale-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	err = train.Run(context.Background(), config, train.Options{Folder: run.Folder(folder), Workers: workers})
	return figures{"steps": 1}, err
}

// overhead is the share of a figure that the command takes beyond the loop, the median of the rounds, each of which compares
// neighbors in time.
func overhead(figure, text string) ratio {
	return ratio{text: text, unit: "%", value: func(r result) (float64, bool) {
		with, without := r.Series[everything], r.Series[loopAlone]
		if with == nil || without == nil || len(with.Figures[figure]) == 0 || len(without.Figures[figure]) == 0 {
			return 0, false
		}
		var shares []float64
		for i, v := range with.Figures[figure][:min(len(with.Figures[figure]), len(without.Figures[figure]))] {
			shares = append(shares, 100*(v/without.Figures[figure][i]-1))
		}
		return median(shares), true
	}}
}
