package kernel

import (
	"fmt"
	"os"
	"strings"
)

// Environment names the variable that forces a path: "generic", "avx2" or "avx512". Empty or unset, the fastest path that
// the processor supports is taken.
const Environment = "EURYALE_KERNEL"

// level is a path; a higher one is faster.
type level int

const (
	levelGeneric level = iota
	levelAVX2
	levelAVX512
)

var levelNames = [...]string{levelGeneric: "generic", levelAVX2: "avx2", levelAVX512: "avx512"}

var active, activeError = choose(os.Getenv(Environment), best)

// Path names the path in use. The error says that EURYALE_KERNEL asks for one that does not exist or that this processor
// cannot run; the generic path is used then. A program that computes calls Path first and stops on an error: a package
// variable can hold the error but not report it.
func Path() (string, error) { return levelNames[active], activeError }

// choose picks the path for a value of the environment variable on a processor whose best path is given.
func choose(value string, best level) (level, error) {
	if value == "" {
		return best, nil
	}
	for l, name := range levelNames {
		if name != value {
			continue
		}
		if level(l) > best {
			return levelGeneric, fmt.Errorf("%s=%s: this processor or build supports %s",
				Environment, value, strings.Join(levelNames[:best+1], ", "))
		}
		return level(l), nil
	}
	return levelGeneric, fmt.Errorf("%s=%q: expected one of %s", Environment, value, strings.Join(levelNames[:], ", "))
}
