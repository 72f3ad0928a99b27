package cli

import (
	"os"
	"runtime/debug"
)

// collectOften makes the garbage collector run before much garbage has come together, unless GOGC is set. A table is a few
// large blocks without pointers: collecting around them costs next to nothing, and keeps a large table within four times its
// encoded size.
func collectOften() {
	const percent = 5
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}
