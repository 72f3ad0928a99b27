package cli

import (
	"context"
	"os"
	"runtime/debug"

	"euryale/train"
)

// How much garbage may come together before it is collected, in percent of the memory in use. A data set is a few large blocks
// without pointers: collecting around them costs next to nothing, and keeps a large table within four times its encoded size.
const (
	whileReading  = 5
	whileTraining = 1 // steps make no garbage; checkpoints, evaluations and pictures do
)

// collectOften makes the garbage collector run before much garbage has come together, unless GOGC is set.
func collectOften(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// sparing is the hook that lets less garbage come together while a run trains.
func sparing() train.Hook {
	return train.Hook{
		Name: "memory",
		Start: func(context.Context, *train.Loop) error {
			collectOften(whileTraining)
			return nil
		},
		Stop: func(*train.Loop, error) error {
			collectOften(whileReading)
			return nil
		},
	}
}
