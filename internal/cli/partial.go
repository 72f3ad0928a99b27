package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"euryale/model"
)

// interruption ends a command that was interrupted. The text is what became of its work.
type interruption struct {
	*model.InterruptedError
	text string
}

func (i interruption) Error() string { return "interrupted: " + i.text }

// Unwrap returns the interruption of the model.
func (i interruption) Unwrap() error { return i.InterruptedError }

// ofAll is how many samples are done, in words.
func ofAll(e *model.InterruptedError) string {
	return fmt.Sprintf("%s of %s samples", grouped(e.Done), grouped(e.Total))
}

// keep saves what is done at a path next to the one of the result, which only ever holds a complete result.
func keep(ended *model.InterruptedError, path string, save func(path string) error) error {
	if ended.Done == 0 {
		return interruption{ended, fmt.Sprintf("none of %s samples was done, so nothing is kept", grouped(ended.Total))}
	}
	partial := partialPath(path)
	if err := save(partial); err != nil {
		return fmt.Errorf("interrupted, and the %s that were done are lost: %w", ofAll(ended), err)
	}
	return interruption{ended, fmt.Sprintf("%s holds the first %s", partial, ofAll(ended))}
}

// partialPath is a path next to another where no file is: points.partial.csv for points.csv, samples.partial for the
// folder samples, or with a number.
func partialPath(path string) string {
	extension := filepath.Ext(path)
	if model.IsFolder(path) {
		path, extension = filepath.Clean(path), ""
	}
	stem := strings.TrimSuffix(path, extension) + ".partial"
	free := stem + extension
	for i := 2; exists(free) || exists(labelsBeside(free)); i++ {
		free = fmt.Sprintf("%s-%d%s", stem, i, extension)
	}
	return free
}
