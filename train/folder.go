package train

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"

	"euryale/checkpoint"
	"euryale/configs"
)

// Folder is the folder of a run:
//
//	config.yaml      the resolved configuration
//	metrics.jsonl    one object a log point
//	checkpoints/     step-00316000.safetensors, the newest has the highest step
//	samples/         pictures
type Folder string

func (f Folder) path(name ...string) string {
	return filepath.Join(append([]string{string(f)}, name...)...)
}

func (f Folder) configPath() string  { return f.path("config.yaml") }
func (f Folder) metricsPath() string { return f.path("metrics.jsonl") }
func (f Folder) checkpoints() string { return f.path("checkpoints") }

// Samples is the path of a file among the run's pictures and points.
func (f Folder) Samples(name string) string { return f.path("samples", name) }

// contents are the names a run writes; overwriting a run removes these and nothing else.
var contents = [...]string{"config.yaml", "metrics.jsonl", "checkpoints", "samples"}

// holdsRun says whether the folder holds anything of a run.
func (f Folder) holdsRun() (bool, error) {
	for _, name := range contents {
		switch _, err := os.Lstat(f.path(name)); {
		case err == nil:
			return true, nil
		case !errors.Is(err, fs.ErrNotExist):
			return false, fmt.Errorf("train: %w", err)
		}
	}
	return false, nil
}

// ErrRunExists says that the folder holds a run already.
var ErrRunExists = errors.New("holds a run already; go on with -resume, replace it with -overwrite, or choose another folder with -out")

// ErrNoRun says that there is nothing to resume or to sample from.
var ErrNoRun = errors.New("holds no run")

// lock keeps a second process out of the folder. The operating system drops the lock when the process ends.
func (f Folder) lock() (unlock func(), err error) {
	if err := os.MkdirAll(string(f), 0o755); err != nil {
		return nil, fmt.Errorf("train: the run folder: %w", err)
	}
	l := flock.New(f.path(".lock"))
	switch ok, err := l.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("train: locking the run folder: %w", err)
	case !ok:
		return nil, fmt.Errorf("train: another process is training in %s", f)
	}
	return func() { l.Close() }, nil
}

// create writes the skeleton of a new run, over an old one only if overwrite says so.
func (f Folder) create(config *configs.Config, overwrite bool) error {
	exists, err := f.holdsRun()
	if err != nil {
		return err
	}
	if exists && !overwrite {
		return fmt.Errorf("train: %s %w", f, ErrRunExists)
	}
	if exists {
		for _, name := range contents {
			if err := os.RemoveAll(f.path(name)); err != nil {
				return fmt.Errorf("train: removing the old run: %w", err)
			}
		}
	}
	return f.writeConfig(config)
}

func (f Folder) writeConfig(config *configs.Config) error {
	for _, dir := range []string{f.checkpoints(), f.path("samples")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("train: the run folder: %w", err)
		}
	}
	text, err := config.YAML()
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(f.configPath(), text, 0o644); err != nil {
		return fmt.Errorf("train: writing the configuration: %w", err)
	}
	return nil
}

// Config reads the configuration that the run was started with.
func (f Folder) Config() (*configs.Config, error) {
	text, err := os.ReadFile(f.configPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("train: %s %w: %w", f, ErrNoRun, err)
	}
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	return configs.Decode(f.configPath(), text, nil)
}

// latest reads the newest checkpoint; nil if the run has none yet.
func (f Folder) latest() (*checkpoint.File, error) {
	entry, err := checkpoint.Latest(f.checkpoints())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return checkpoint.Read(entry.Path)
}
