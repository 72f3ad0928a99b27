// Package run owns the folder of a run: its lock, its configuration, its metrics, and what its checkpoints hold.
//
//		config.yaml      the resolved configuration
//		metrics.jsonl    one object per log point
//		checkpoints/     step-00316000.safetensors; the newest has the highest step
//		samples/         pictures and points
//
//	  - Folder (this file) makes, locks, opens and reads such a folder.
//	  - checkpoint.go names the tensors and metadata of a checkpoint, and reads those of version 1.
//	  - metrics.go appends to metrics.jsonl and reads it.
//
// Package train writes such folders, package model opens them; neither sees the other. Start reading at Folder.
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

	"euryale/checkpoint"
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

// Samples is the path of a file among the run's pictures and points.
func (f Folder) Samples(name string) string { return f.Path("samples", name) }

// contents are the names that a run writes. Overwriting a run removes these and nothing else.
var contents = [...]string{"config.yaml", "metrics.jsonl", "checkpoints", "samples"}

// Held reports whether the folder holds anything of a run.
func (f Folder) Held() (bool, error) {
	for _, name := range contents {
		switch _, err := os.Lstat(f.Path(name)); {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.ENOTDIR):
			return false, fmt.Errorf("run: %s is a file, want a folder", f)
		case !errors.Is(err, fs.ErrNotExist):
			return false, fmt.Errorf("run: %w", err)
		}
	}
	return false, nil
}

// ErrExists means that the folder holds a run already.
var ErrExists = errors.New("holds a run already; go on with -resume, replace it with -overwrite, or choose another folder with -out")

// ErrNone means that there is nothing to resume or to sample from.
var ErrNone = errors.New("holds no run")

// Check reports, before any work and without making the folder, why a run cannot start or go on there.
func (f Folder) Check(resume, overwrite bool) error {
	held, err := f.Held()
	switch {
	case err != nil:
		return err
	case resume && !held:
		return fmt.Errorf("run: %s %w to resume", f, ErrNone)
	case held && !resume: // what is no run's is neither resumed nor overwritten
		if err := f.checkForeign(); err != nil || overwrite {
			return err
		}
		return fmt.Errorf("run: %s %w", f, ErrExists)
	}
	return nil
}

// Lock keeps a second process out of the folder, which it makes. The operating system drops the lock when the process
// ends.
func (f Folder) Lock() (unlock func(), err error) {
	if err := os.MkdirAll(string(f), 0o755); err != nil {
		return nil, fmt.Errorf("run: the run folder: %w", err)
	}
	l := flock.New(f.Path(".lock"))
	switch ok, err := l.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("run: locking the run folder: %w", err)
	case !ok:
		return nil, fmt.Errorf("run: another process is training in %s", f)
	}
	return func() { l.Close() }, nil
}

// Create writes the skeleton of a new run, over an old one only if overwrite allows it.
func (f Folder) Create(config *configs.Config, overwrite bool) error {
	held, err := f.Held()
	if err != nil {
		return err
	}
	if held && !overwrite {
		return fmt.Errorf("run: %s %w", f, ErrExists)
	}
	if held {
		if err := f.checkForeign(); err != nil {
			return err
		}
		for _, name := range contents {
			if err := os.RemoveAll(f.Path(name)); err != nil {
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
			return fmt.Errorf("run: the run folder: %w", err)
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

// Config reads the configuration that the run was started with.
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

// Latest reads the newest checkpoint; nil if the run has none yet.
func (f Folder) Latest() (*Checkpoint, error) {
	entry, err := checkpoint.Latest(f.Checkpoints())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if errors.Is(err, syscall.ENOTDIR) {
		return nil, fmt.Errorf("run: %s is a file, want the folder of a run", f)
	}
	if err != nil {
		return nil, err
	}
	return Read(entry.Path)
}
