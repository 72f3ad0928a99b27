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

	// staleAfter is the age at which a temporary file counts as left behind by a killed run: no write takes as
	// long between two touches of its file.
	staleAfter = time.Hour
)

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

// List returns the checkpoints in a folder, ascending by step. Other files and temporary ones are ignored. The files
// are not opened.
func List(dir string) ([]Entry, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list checkpoints: %w", err)
	}
	var entries []Entry
	for _, file := range files {
		if step, ok := parseStep(file.Name()); ok && !file.IsDir() {
			entries = append(entries, Entry{Step: step, Path: filepath.Join(dir, file.Name())})
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Step, b.Step) })
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

// Prune removes all but the newest keep checkpoints (0: none is removed), the oldest first, and the temporary files
// that a killed run left behind more than an hour ago. The newest checkpoint is never removed. What cannot be removed
// does not keep it from removing the rest.
func Prune(dir string, keep int) error {
	if keep < 0 {
		return fmt.Errorf("prune checkpoints in %s: keep must be at least 0 (0: all), got %d", dir, keep)
	}
	entries, err := List(dir)
	if err != nil {
		return err
	}
	var remove []string
	if keep > 0 && len(entries) > keep {
		for _, entry := range entries[:len(entries)-keep] {
			remove = append(remove, entry.Path)
		}
	}
	stale, err := staleFiles(dir)
	failed := []error{err}
	for _, path := range append(remove, stale...) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, err)
		}
	}
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("prune checkpoints: %w", err)
	}
	return nil
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

// parseStep is the inverse of Path: a name that Path would not give to its step is not a checkpoint.
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
	return ok && end < len(name) && strings.Trim(name[end:], "0123456789") == ""
}
