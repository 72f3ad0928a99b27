package cli

import (
	"context"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"euryale/train"
)

// The memory of the training is free before the pictures of its end are drawn: nothing holds on to it.
func TestTrainingLetsGoOfItsMemory(t *testing.T) {
	var freed atomic.Bool
	watch := train.Hook{Name: "watch", Start: func(_ context.Context, l *train.Loop) error {
		runtime.AddCleanup(l, func(int) { freed.Store(true) }, 0)
		return nil
	}}
	err := trainWith(t.Context(), []string{
		"-config", "scurve", "-set", "train.epochs=1", "-set", "data.points=200", "-set", "net.width=8", "-set", "process.steps=20", "-quiet",
		"-out", filepath.Join(t.TempDir(), "run"),
	}, watch)
	if err != nil {
		t.Fatal(err)
	}
	if !freed.Load() {
		t.Error("the training is in memory until the end of the command")
	}
}
