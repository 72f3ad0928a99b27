// Package run manages the folder of a run: its lock, its configuration, its metrics, and what its checkpoints hold.
//
//	config.yaml      the resolved configuration
//	metrics.jsonl    one object per log point
//	checkpoints/     step-00316000.safetensors; the newest has the highest step in its metadata. best.safetensors is the one
//	                 that evaluations of samples chose
//	samples/         pictures and points
//	previews/        samples at each checkpoint: step-00316000.npy or .csv, step-00316000_raw.npy, step-00316000.png
//	figures/         pictures that the command figures draws
//	environment.json program, machine and command line of each session
//	events/          event files for TensorBoard
//	report.html      the page about the run
//
// Package train writes such folders, package model opens them; neither imports the other.
//
//   - Folder (this file) makes, locks, opens and reads such a folder; foreign.go tells a run's files from others.
//   - checkpoint.go names the tensors and metadata of a checkpoint, and reads those of version 1.
//   - choose.go finds the newest whole checkpoint, the best, or that of a step; save.go writes and removes them.
//   - previews.go finds the samples of checkpoints, environment.go has what a run was trained on.
//   - report.go tells the page about a run from files of others.
//   - metrics.go appends to metrics.jsonl and reads it. evaluation.go has what evaluations put there, and keeps the best
//     checkpoint.
//
// Start reading at Folder.
package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"

	"euryale/configs"
)

// Folder is the path of a run's folder.
type Folder string

// Path is the path of a file in the folder.
func (f Folder) Path(name ...string) string {
	return filepath.Join(append([]string{string(f)}, name...)...)
}

// ConfigPath is the path of the resolved configuration.
func (f Folder) ConfigPath() string { return f.Path("config.yaml") }

// MetricsPath is the path of the log points.
func (f Folder) MetricsPath() string { return f.Path("metrics.jsonl") }

// Checkpoints is the path of the checkpoints' folder.
func (f Folder) Checkpoints() string { return f.Path("checkpoints") }

// Samples is the path of a file in the folder of the run's pictures and points.
func (f Folder) Samples(name string) string { return f.Path("samples", name) }

// contents are the names that a run writes. Any of them marks a folder as a run's.
var contents = [...]string{"config.yaml", "metrics.jsonl", "checkpoints", "samples", "previews", "events", "figures", "environment.json"}

// Held reports whether the folder holds anything under a name that a run writes. Empty folders do not count: a start that
// failed leaves them.
func (f Folder) Held() (bool, error) {
	for _, name := range contents {
		switch info, err := os.Lstat(f.Path(name)); {
		case err == nil && !(info.IsDir() && f.isEmpty(name)):
			return true, nil
		case err == nil:
		case errors.Is(err, syscall.ENOTDIR):
			return false, fmt.Errorf("run: %s is a file, want a folder", f)
		case !errors.Is(err, fs.ErrNotExist):
			return false, fmt.Errorf("run: %w", err)
		}
	}
	return false, nil
}

// isEmpty reports whether a folder can be read and holds nothing.
func (f Folder) isEmpty(name string) bool {
	entries, err := os.ReadDir(f.Path(name))
	return err == nil && len(entries) == 0
}

// ErrExists means that the folder holds a run already.
var ErrExists = errors.New("holds a run already")

// ErrNone means that there is nothing to resume or to sample from.
var ErrNone = errors.New("holds no run")

// Check reports, before any work and without making the folder, why a run cannot start or resume there: ErrNone, ErrExists,
// or a ForeignError.
func (f Folder) Check(resume, overwrite bool) error {
	held, err := f.Held()
	switch {
	case err != nil:
		return err
	case resume && !held:
		return fmt.Errorf("run: %s %w to resume", f, ErrNone)
	case held && !resume: // files that no run wrote are not overwritten
		if _, err := f.owned(); err != nil || overwrite {
			return err
		}
		return fmt.Errorf("run: %s %w", f, ErrExists)
	}
	return nil
}

// ErrLocked means that another process trains in the folder.
var ErrLocked = errors.New("another process is training in")

// Lock makes the folder and keeps a second process out of it, for which the error is ErrLocked. The operating system drops the
// lock when the process ends.
func (f Folder) Lock() (unlock func(), err error) {
	if err := os.MkdirAll(string(f), 0o755); err != nil {
		return nil, fmt.Errorf("run: making the run folder: %w", err)
	}
	l := flock.New(f.Path(".lock"))
	switch ok, err := l.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("run: locking the run folder: %w", err)
	case !ok:
		return nil, fmt.Errorf("run: %w %s", ErrLocked, f)
	}
	return func() { l.Close() }, nil
}

// Create writes the skeleton of a new run. With overwrite, the files of an old run are removed first; other files in its
// folder stay. Without it, an old run is ErrExists.
func (f Folder) Create(config *configs.Config, overwrite bool) error {
	held, err := f.Held()
	if err != nil {
		return err
	}
	if held && !overwrite {
		return fmt.Errorf("run: %s %w", f, ErrExists)
	}
	if held {
		files, err := f.owned()
		if err != nil {
			return err
		}
		for _, path := range files {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("run: removing the old run: %w", err)
			}
		}
	}
	return f.WriteConfig(config)
}

// WriteConfig makes the run's folders and writes the resolved configuration.
func (f Folder) WriteConfig(config *configs.Config) error {
	for _, dir := range []string{f.Checkpoints(), f.Path("samples")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("run: making the run folder: %w", err)
		}
	}
	text, err := config.YAML()
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(f.ConfigPath(), text, 0o644); err != nil {
		return fmt.Errorf("run: writing the configuration: %w", err)
	}
	return nil
}

// Config reads the resolved configuration that the last start or resume wrote. If there is none, the error is ErrNone.
func (f Folder) Config() (*configs.Config, error) {
	text, err := os.ReadFile(f.ConfigPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run: %s %w: %w", f, ErrNone, err)
	}
	if err != nil {
		return nil, fmt.Errorf("run: %w", err)
	}
	return configs.Decode(f.ConfigPath(), text, nil)
}
