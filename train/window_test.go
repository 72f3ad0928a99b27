package train

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"euryale/checkpoint"
	"euryale/run"
)

// A run that is stopped between two log points, by an interruption or right after a checkpoint, and resumed has the log, but for
// its speed, and the checkpoints of one that never stopped.
func TestResumedLog(t *testing.T) {
	config := smallConfig(t) // 25 steps, a log point every 7, a checkpoint every 4
	whole := run.Folder(t.TempDir())
	mustRun(t, config, Options{Folder: whole, Workers: 1})
	want, err := run.ReadMetrics(whole.MetricsPath())
	if err != nil || len(want) != 4 {
		t.Fatalf("%d log points, %v", len(want), err)
	}
	died := errors.New("died")
	for stop := int64(1); stop < 25; stop++ {
		for _, interrupted := range []bool{true, false} {
			folder := run.Folder(t.TempDir())
			ctx, cancel := context.WithCancel(context.Background())
			end := Hook{Name: "end", Every: 1, Do: func(_ context.Context, _ *Loop, p Progress) error {
				if p.Step == stop && !interrupted {
					return died // without a checkpoint of this step, unless one was due
				}
				if p.Step == stop {
					cancel()
				}
				return nil
			}}
			if err := Run(ctx, config, Options{Folder: folder, Workers: 1, Hooks: []Hook{end}}); !errors.Is(err, ErrInterrupted) && !errors.Is(err, died) {
				t.Fatal(err)
			}
			cancel()
			mustRun(t, config, Options{Folder: folder, Workers: 1, Resume: true})
			got, err := run.ReadMetrics(folder.MetricsPath())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(run.LogPoint{}, "StepsPerSecond")); diff != "" {
				t.Errorf("stopped at step %d (interrupted: %v):\n%s", stop, interrupted, diff)
			}
			for _, step := range []int64{24, 25} {
				a, b := checkpoint.Path(whole.Checkpoints(), step), checkpoint.Path(folder.Checkpoints(), step)
				if readFile(t, a) != readFile(t, b) {
					t.Errorf("stopped at step %d: the checkpoint of step %d differs", stop, step)
				}
			}
		}
	}
}

// What is not the sums of a log cannot get into it.
func TestReadWindow(t *testing.T) {
	for text, want := range map[string]int64{
		"": 0, "x": 0, "3": 0, "3 1.5": 0, "0 1 1": 0, "-1 1 1": 0, "3 NaN 1": 0, "3 1 Inf": 0, "3 1.5 1e-3": 3,
	} {
		w := readWindow(&checkpoint.File{Metadata: map[string]string{metaWindow: text}})
		if w.steps != want || w.before != want || (w.loss != 0) != (want > 0) {
			t.Errorf("%q: %+v", text, w)
		}
	}
}
