package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"euryale/checkpoint"
	"euryale/configs"
)

// Save writes a checkpoint under the name of its step. It replaces only a whole checkpoint of the same step and run: any
// other file of that name, such as a damaged or renamed one, gets ".aside" added to its name.
func (f Folder) Save(file *checkpoint.File, step int64) (path string, err error) {
	path = checkpoint.Path(f.Checkpoints(), step)
	if _, err := os.Lstat(path); err == nil {
		old, err := Read(path)
		if err != nil || old.Step != step || !sameRun(file)(old.Metadata) {
			if err := setAside(path); err != nil {
				return "", fmt.Errorf("run: %w", err)
			}
		}
	}
	return path, checkpoint.Write(path, file)
}

// Prune removes all but the newest keep checkpoints of the run that file is of; keep 0 removes none.
func (f Folder) Prune(file *checkpoint.File, keep int) error {
	return checkpoint.Prune(f.Checkpoints(), keep, sameRun(file))
}

// setAside renames a file to a free name that is not a checkpoint's.
func setAside(path string) error {
	free := path + asideSuffix
	for n := 2; ; n++ {
		if _, err := os.Lstat(free); errors.Is(err, fs.ErrNotExist) {
			return os.Rename(path, free)
		} else if err != nil {
			return err
		}
		free = fmt.Sprint(path, asideSuffix, n)
	}
}

// sameRun returns a function that reports whether metadata are of the same run as file: the same rows, and the same
// configuration but for what a resume may change.
func sameRun(file *checkpoint.File) func(metadata map[string]string) bool {
	config, err := configs.Decode(file.Name, []byte(file.Metadata[metaConfig]), nil)
	return func(metadata map[string]string) bool {
		if err != nil || metadata[metaSeed] != file.Metadata[metaSeed] {
			return false
		}
		rows, known := metadata[DataChecksum] // version 1 has none
		if known && rows != file.Metadata[DataChecksum] {
			return false
		}
		if metadata[metaConfig] == file.Metadata[metaConfig] { // the usual case, and fast
			return true
		}
		other, err := configs.Decode("", []byte(metadata[metaConfig]), nil)
		return err == nil && len(Conflicts(other, config, true)) == 0
	}
}

// Conflicts lists the keys that differ and that a resume may not change, as configs.ResumeConflicts does. A new learning
// rate is a conflict unless newLearningRate allows it; then the length of the run may change too, whatever the old rate depended on.
func Conflicts(old, new *configs.Config, newLearningRate bool) []string {
	var list []string
	for _, c := range configs.ResumeConflicts(old, new) {
		if !newLearningRate || !strings.HasPrefix(c, learningRateKey) && !isLength(c) {
			list = append(list, c)
		}
	}
	return list
}

// isLength reports whether a conflict is about how long to train.
func isLength(conflict string) bool {
	return strings.HasPrefix(conflict, "train.epochs:") || strings.HasPrefix(conflict, "train.steps:")
}

const (
	learningRateKey = "optimizer.learning_rate"
	asideSuffix     = ".aside"
)
