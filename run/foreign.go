package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"euryale/configs"
)

// ForeignError means that overwriting would remove a file that no run wrote: the folder holds somebody's own work under the
// names that a run uses. It is ErrExists as well.
type ForeignError struct {
	Folder Folder
	Path   string // the file
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("run: %s is no file of a run, and a run would take its place; choose another folder than %s", e.Path, e.Folder)
}

// Is reports whether target is ErrExists.
func (e *ForeignError) Is(target error) bool { return target == ErrExists }

// checkForeign returns a ForeignError unless all that overwriting removes is of a run: a configuration that can be read, log
// points, checkpoints by their names, and, beside such a configuration, the samples.
func (f Folder) checkForeign() error {
	config, err := os.ReadFile(f.ConfigPath())
	if err == nil {
		_, err = configs.Decode(f.ConfigPath(), config, nil)
	}
	known := err == nil
	if !known && !errors.Is(err, fs.ErrNotExist) {
		return &ForeignError{f, f.ConfigPath()}
	}
	if points, err := ReadMetrics(f.MetricsPath()); !errors.Is(err, fs.ErrNotExist) && (err != nil || len(points) > 0 && points[0].Step < 1) {
		return &ForeignError{f, f.MetricsPath()}
	}
	for _, folder := range []string{f.Checkpoints(), f.Path("samples")} {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil
			case err != nil || entry.IsDir():
				return err
			case folder == f.Checkpoints() && isCheckpoint(entry.Name()), folder != f.Checkpoints() && known:
				return nil
			}
			return &ForeignError{f, path}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// isCheckpoint recognizes the names of checkpoints, and those that they have while they are written.
func isCheckpoint(name string) bool {
	name = strings.TrimPrefix(name, ".")
	return strings.HasPrefix(name, "step-") && strings.Contains(name, ".safetensors")
}
