package html

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"euryale/checkpoint"
	"euryale/configs"
	"euryale/run"
)

// facts are what the folder of a run holds, as far as it can be read.
type facts struct {
	folder      run.Folder
	config      *configs.Config // nil: neither config.yaml nor a checkpoint has one that can be read
	points      []run.LogPoint
	environment *run.Environment // nil: there is none
	checkpoints []int64          // their steps
	previews    []run.Preview
	files       []fileLine
	fileCount   int   // with those that are not listed
	steps       int64 // of the whole training; 0: not known
	notes       []string
}

// note adds what is missing or damaged to the page.
func (f *facts) note(format string, args ...any) {
	f.notes = append(f.notes, fmt.Sprintf(format, args...))
}

// gather reads the folder of a run. What cannot be read is noted; only a folder without anything of a run is an error.
func gather(folder run.Folder, c Contents) (*facts, error) {
	f := &facts{folder: folder}
	held, err := folder.Held()
	if err != nil {
		return nil, fmt.Errorf("html: %w", err)
	}
	if !held {
		return nil, fmt.Errorf("html: %s %w", folder, run.ErrNone)
	}
	f.readCheckpoints()
	f.readConfig()
	f.readMetrics()
	f.readEnvironment()
	if f.previews, err = folder.Previews(); err != nil {
		f.note("The previews cannot be read: %s.", cause(err))
	}
	f.files, f.fileCount = filesOf(folder)
	f.notes = append(f.notes, c.Notes...)
	f.steps = c.Steps
	if last := f.last(); c.Finished && last != nil {
		f.steps = last.Step
	} else if f.steps == 0 {
		f.steps = f.plannedSteps()
	}
	return f, nil
}

// readCheckpoints lists the checkpoints.
func (f *facts) readCheckpoints() {
	entries, err := checkpoint.List(f.folder.Checkpoints())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.note("The checkpoints cannot be read: %s.", cause(err))
	}
	if len(entries) == 0 {
		f.note("There is no checkpoint yet.")
	}
	for _, e := range entries {
		f.checkpoints = append(f.checkpoints, e.Step)
	}
}

// readConfig reads config.yaml or, where that fails, the configuration in the newest checkpoint that has one.
func (f *facts) readConfig() {
	config, err := f.folder.Config()
	if err == nil {
		f.config = config
		return
	}
	what := fmt.Sprintf("config.yaml cannot be read: %s", cause(err))
	if errors.Is(err, fs.ErrNotExist) {
		what = "There is no config.yaml"
	}
	entries, _ := checkpoint.List(f.folder.Checkpoints()) // it has been read before
	for _, e := range slices.Backward(entries) {
		metadata, err := checkpoint.ReadMetadata(e.Path)
		if err != nil {
			continue
		}
		if f.config, err = configs.Decode(filepath.Base(e.Path), []byte(metadata["config"]), nil); err == nil {
			f.note("%s; the configuration is that of the checkpoint of step %d.", what, e.Step)
			return
		}
		f.config = nil
	}
	f.note("%s; the page is without a configuration.", what)
}

// readMetrics reads the log points, up to the first that is damaged.
func (f *facts) readMetrics() {
	points, err := run.ReadMetrics(f.folder.MetricsPath())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.note("There is no metrics.jsonl: no step has been logged yet, or the file is gone.")
	case err != nil:
		f.note("metrics.jsonl is damaged, and curves end before the damage: %s.", cause(err))
	case len(points) == 0:
		f.note("metrics.jsonl holds no log point yet.")
	}
	f.points = points
	if isCutOff(f.folder.MetricsPath()) {
		f.note("The last line of metrics.jsonl is cut off, and left out: the run was stopped while it wrote it, or is writing it now.")
	}
}

// isCutOff reports whether a file of lines ends within one.
func isCutOff(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil || size == 0 {
		return false
	}
	var last [1]byte
	_, err = file.ReadAt(last[:], size-1)
	return err == nil && last[0] != '\n'
}

// readEnvironment reads on what the run was trained. Runs of older versions do not have it.
func (f *facts) readEnvironment() {
	environment, err := f.folder.Environment()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.note("There is no environment.json: version, machine and times of the training are not known.")
	case err != nil:
		f.note("environment.json cannot be read: %s.", cause(err))
	default:
		f.environment = environment
	}
}

// last is the newest log point; nil if there is none.
func (f *facts) last() *run.LogPoint {
	if len(f.points) == 0 {
		return nil
	}
	return &f.points[len(f.points)-1]
}

// plannedSteps is the number of steps that the configuration asks for; 0: that is not known without the data.
func (f *facts) plannedSteps() int64 {
	last := f.last()
	switch {
	case f.config == nil:
		return 0
	case f.config.Train.Steps > 0:
		return f.config.Train.Steps
	case f.config.Train.Epochs == 0 || last == nil || last.Epoch <= 0:
		return 0
	}
	planned := float64(f.config.Train.Epochs) * math.Round(float64(last.Step)/last.Epoch)
	if planned > 1e18 { // the log is not of this configuration
		return 0
	}
	return int64(planned)
}

// loss is the mean loss over the last epochs, as run.Folder.LastLoss has it.
func (f *facts) loss() (mean float64, ok bool) {
	sum, n := 0.0, 0
	for _, p := range slices.Backward(f.points) {
		if n > 0 && p.Epoch <= f.last().Epoch-run.LossEpochs {
			break
		}
		sum += p.Loss
		n++
	}
	return sum / float64(max(n, 1)), n > 0
}

// trained is the time that the logged steps took, without pauses and evaluations.
func (f *facts) trained() time.Duration {
	seconds, before := 0.0, int64(0)
	for _, p := range f.points {
		if p.StepsPerSecond > 0 {
			seconds += float64(p.Step-before) / p.StepsPerSecond
		}
		before = p.Step
	}
	return time.Duration(min(seconds, 1e9) * float64(time.Second))
}

// evaluations are the newest point with an evaluation, and the newest of those that were the best; nil: there is none.
func (f *facts) evaluations() (newest, best *run.LogPoint) {
	for i := range f.points {
		if e := f.points[i].Evaluation; e != nil {
			newest = &f.points[i]
			if e.Best {
				best = newest
			}
		}
	}
	return newest, best
}
