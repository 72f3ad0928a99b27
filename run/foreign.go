package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"euryale/checkpoint"
	"euryale/configs"
)

// ForeignError means that a run would replace a file that no run wrote, under a name that a run uses. It is ErrExists as
// well.
type ForeignError struct {
	Folder Folder
	Path   string // the file
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("run: %s was not written by a run, and a new run would replace it; choose a folder other than %s", e.Path, e.Folder)
}

// Is reports whether target is ErrExists.
func (e *ForeignError) Is(target error) bool { return target == ErrExists }

// ownSamples are the names in samples that training writes, and sampling when the user gives no name.
var ownSamples = [...]string{"strip.png", "loss.png", "samples.png", "samples.csv"}

// owned lists the files of the run, which are all that overwriting removes: a configuration that can be read, log points,
// checkpoints, and pictures by their names. A file in the place of one of them that is not a run's is a ForeignError. So is
// any other file in the folders of checkpoints and samples, unless a configuration marks the folder as a run's.
func (f Folder) owned() ([]string, error) {
	var list []string
	known, err := f.known()
	if err != nil {
		return nil, err
	}
	if known {
		list = append(list, f.ConfigPath())
	}
	switch points, err := ReadMetrics(f.MetricsPath()); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil || len(points) > 0 && points[0].Step < 1:
		return nil, &ForeignError{f, f.MetricsPath()}
	default:
		list = append(list, f.MetricsPath())
	}
	checkpoints, err := f.ownedIn(f.Checkpoints(), isCheckpoint, known, true)
	if err != nil {
		return nil, err
	}
	list = append(list, checkpoints...)
	for _, folder := range []struct {
		path string
		is   judge
	}{{f.Path("samples"), isSample}, {f.PreviewsPath(), isPreview}, {f.EventsPath(), isEvents}, {f.Figures(""), isFigure}} {
		files, err := f.ownedIn(folder.path, folder.is, known, known)
		if err != nil {
			return nil, err
		}
		list = append(list, files...)
	}
	switch e, err := f.Environment(); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil || len(e.Sessions) == 0:
		return nil, &ForeignError{f, f.EnvironmentPath()}
	default:
		list = append(list, f.EnvironmentPath())
	}
	page, err := f.ownedReport()
	return append(list, page...), err
}

// known reports whether the configuration marks the folder as a run's: it can be read and, unless the run left anything
// else, it is as a run writes it, every key and no comment. One written by hand is a ForeignError.
func (f Folder) known() (bool, error) {
	text, err := os.ReadFile(f.ConfigPath())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		var config *configs.Config
		if config, err = configs.Decode(f.ConfigPath(), text, nil); err == nil {
			resolved, err := config.YAML()
			if err == nil && string(resolved) == string(text) {
				return true, nil
			}
			_, logged := os.Stat(f.MetricsPath())
			if entries, err := f.list(); logged == nil || err == nil && len(entries) > 0 {
				return true, nil
			}
		}
	}
	return false, &ForeignError{f, f.ConfigPath()}
}

// judge reports whether a file or folder is a run's, or stands in the place of one that is.
type judge func(path string, entry fs.DirEntry) (own, foreign bool)

// ownedIn is owned for one folder of the run. With alone, the judge is enough to take a file as the run's.
func (f Folder) ownedIn(folder string, is judge, known, alone bool) (list []string, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case path == folder && entry.IsDir():
			return nil
		case path == folder: // a file in the place of the folder
			return &ForeignError{f, path}
		}
		own, foreign := false, false
		if filepath.Dir(path) == folder {
			own, foreign = is(path, entry)
		}
		switch {
		case own && alone:
			list = append(list, path)
		case foreign || !known && !entry.IsDir():
			return &ForeignError{f, path}
		}
		return nil
	})
	return list, err
}

// isCheckpoint recognizes checkpoints by their names, temporary ones included. A sound file of another program under such a
// name is foreign.
func isCheckpoint(path string, entry fs.DirEntry) (own, foreign bool) {
	name, temporary := strings.CutPrefix(entry.Name(), ".")
	if !strings.HasPrefix(name, "step-") && !strings.HasPrefix(name, "best.") || !strings.Contains(name, ".safetensors") || strings.Contains(name, asideSuffix) {
		return false, false
	}
	if entry.IsDir() {
		return false, true
	}
	if temporary {
		return true, false
	}
	_, err := checkpoint.ReadMetadata(path)
	foreign = errors.Is(err, checkpoint.ErrForeign)
	return !foreign, foreign
}

// isPreview recognizes the files of previews by their names, temporary ones included.
func isPreview(_ string, entry fs.DirEntry) (own, foreign bool) {
	ours := previewName.MatchString(entry.Name()) || strings.HasPrefix(entry.Name(), ".step-")
	return ours && !entry.IsDir(), ours && entry.IsDir()
}

// isSample recognizes the samples of a run by their names.
func isSample(_ string, entry fs.DirEntry) (own, foreign bool) {
	ours := slices.Contains(ownSamples[:], entry.Name())
	return ours && !entry.IsDir(), ours && entry.IsDir()
}
