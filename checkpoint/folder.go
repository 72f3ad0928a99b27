package checkpoint

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	namePrefix    = "step-"
	nameExtension = ".safetensors"

	// staleAfter is the age at which a temporary file counts as left behind by a killed run: no write goes that long
	// without touching its file.
	staleAfter = time.Hour
)

// StepKey is the metadata key under which a checkpoint holds the number of optimizer steps done, decimal.
const StepKey = "step"

// Entry is one checkpoint of a folder.
type Entry struct {
	Step int64 // optimizer steps done
	Path string
}

// Path names the checkpoint of a step (at least 0) in a folder: dir/step-00316000.safetensors. Steps above eight
// digits take as many as they need.
func Path(dir string, step int64) string {
	return filepath.Join(dir, fmt.Sprintf("%s%08d%s", namePrefix, step, nameExtension))
}

// BestPath names the checkpoint in a folder that is kept as the best one, whatever its step. List does not list it.
func BestPath(dir string) string { return filepath.Join(dir, bestName) }

const bestName = "best" + nameExtension

// misnamed reports whether the file was renamed: its name is that of another step.
func (e Entry) misnamed() bool { return filepath.Base(e.Path) != filepath.Base(Path("", e.Step)) }

// List returns the checkpoints in a folder, ascending by step. Files with other names and temporary ones are ignored. The
// step is the one in a file's metadata, whatever its name; where the header cannot be read, it is that of the name. Of two
// files of one step, the one with the right name comes last. Of the files only the headers are read, and not verified.
func List(dir string) ([]Entry, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list checkpoints: %w", err)
	}
	var entries []Entry
	for _, file := range files {
		if step, ok := parseStep(file.Name()); ok && !file.IsDir() {
			e := Entry{Step: step, Path: filepath.Join(dir, file.Name())}
			if metadata, err := ReadMetadata(e.Path); err == nil {
				if inside, err := strconv.ParseInt(metadata[StepKey], 10, 64); err == nil && inside >= 0 {
					e.Step = inside
				}
			}
			entries = append(entries, e)
		}
	}
	slices.SortStableFunc(entries, func(a, b Entry) int {
		if a.Step == b.Step && a.misnamed() != b.misnamed() {
			if a.misnamed() {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Step, b.Step)
	})
	return entries, nil
}

// Latest returns the checkpoint of the highest step. Without any, the error is fs.ErrNotExist.
func Latest(dir string) (Entry, error) {
	entries, err := List(dir)
	if err != nil {
		return Entry{}, err
	}
	if len(entries) == 0 {
		return Entry{}, fmt.Errorf("no checkpoint (%s*%s) in %s: %w", namePrefix, nameExtension, dir, fs.ErrNotExist)
	}
	return entries[len(entries)-1], nil
}

// Prune removes all but the newest keep checkpoints of a run (0: none is removed), the oldest first, and the temporary
// files that a killed run left behind more than an hour ago. It leaves alone, and does not count, what is renamed, cannot
// be read, or is not ours by its metadata; nor does it remove a file that turns out to be damaged. The newest checkpoint
// is never removed. A file that cannot be removed does not stop the removal of the rest.
func Prune(dir string, keep int, ours func(metadata map[string]string) bool) error {
	if keep < 0 {
		return fmt.Errorf("prune checkpoints in %s: keep must be at least 0 (0: all), got %d", dir, keep)
	}
	stale, err := staleFiles(dir)
	if err != nil {
		return fmt.Errorf("prune checkpoints: %w", err)
	}
	remove := stale
	if keep > 0 {
		old, err := oldFiles(dir, keep, ours)
		if err != nil {
			return err
		}
		remove = append(old, stale...)
	}
	var failed []error
	for _, path := range remove {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, err)
		}
	}
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("prune checkpoints: %w", err)
	}
	return nil
}

// oldFiles lists the whole checkpoints of a run beyond the newest keep.
func oldFiles(dir string, keep int, ours func(metadata map[string]string) bool) ([]string, error) {
	entries, err := List(dir)
	if err != nil {
		return nil, err
	}
	if len(entries) <= keep {
		return nil, nil
	}
	entries = slices.DeleteFunc(entries, func(e Entry) bool {
		metadata, err := ReadMetadata(e.Path)
		return err != nil || e.misnamed() || !ours(metadata)
	})
	var old []string
	for _, e := range entries[:max(0, len(entries)-keep)] {
		if checkWhole(e.Path) == nil {
			old = append(old, e.Path)
		}
	}
	return old, nil
}

// staleFiles lists the temporary files of Write that nobody writes to any more.
func staleFiles(dir string) ([]string, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var stale []string
	for _, file := range files {
		if !isTemporary(file.Name()) || !file.Type().IsRegular() {
			continue
		}
		info, err := file.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // renamed or removed meanwhile
		}
		if err != nil {
			return nil, err
		}
		if time.Since(info.ModTime()) > staleAfter {
			stale = append(stale, filepath.Join(dir, file.Name()))
		}
	}
	return stale, nil
}

// parseStep is the inverse of Path: a name that Path would not give to its step is not a checkpoint's.
func parseStep(name string) (step int64, ok bool) {
	number, found := strings.CutPrefix(strings.TrimSuffix(name, nameExtension), namePrefix)
	step, err := strconv.ParseInt(number, 10, 64)
	return step, found && err == nil && step >= 0 && name == Path("", step)
}

// isTemporary recognizes the names renameio gives: a dot, the name of the checkpoint, a random number.
func isTemporary(name string) bool {
	name, dotted := strings.CutPrefix(name, ".")
	end := strings.LastIndex(name, nameExtension) + len(nameExtension)
	if !dotted || end < len(nameExtension) {
		return false
	}
	_, ok := parseStep(name[:end])
	return (ok || name[:end] == bestName) && end < len(name) && strings.Trim(name[end:], "0123456789") == ""
}
