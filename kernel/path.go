package kernel

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Environment is the name of the variable that forces a path: "generic", "avx2" or "avx512". If it is empty or unset, the
// fastest path that the processor supports is used.
const Environment = "EURYALE_KERNEL"

// level is a path; higher levels are faster.
type level int

const (
	levelGeneric level = iota
	levelAVX2
	levelAVX512
)

var levelNames = [...]string{levelGeneric: "generic", levelAVX2: "avx2", levelAVX512: "avx512"}

var active, activeError = choose(os.Getenv(Environment), best)

// PathError reports that the environment variable names a path that does not exist, or that this processor or build cannot
// run. The environment of the program is wrong, not its configuration.
type PathError struct {
	Value     string   // of the variable
	Exists    bool     // whether the path exists on other processors or in other builds
	Available []string // the valid values
}

func (e *PathError) Error() string {
	available := strings.Join(e.Available, ", ")
	if e.Exists {
		return fmt.Sprintf("%s=%s: this processor or build supports %s", Environment, e.Value, available)
	}
	return fmt.Sprintf("%s=%q: expected one of %s", Environment, e.Value, available)
}

// Path returns the name of the active path. If its error is not nil, it is a *PathError, and the generic path is active. A
// program should call Path before it computes, and stop on an error.
func Path() (string, error) { return levelNames[active], activeError }

// choose returns the path for a value of the environment variable, given the best path of the processor.
func choose(value string, best level) (level, error) {
	if value == "" {
		return best, nil
	}
	i := slices.Index(levelNames[:], value)
	switch {
	case i < 0:
		return levelGeneric, &PathError{Value: value, Available: levelNames[:]}
	case level(i) > best:
		return levelGeneric, &PathError{Value: value, Exists: true, Available: levelNames[:best+1]}
	}
	return level(i), nil
}
