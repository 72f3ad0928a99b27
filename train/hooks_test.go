package train

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"euryale/checkpoint"
	"euryale/run"
)

func stepsOf(t *testing.T, folder run.Folder) (steps []int64) {
	t.Helper()
	entries, err := checkpoint.List(folder.Checkpoints())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		steps = append(steps, e.Step)
	}
	return steps
}

func TestCheckpointsHook(t *testing.T) {
	for _, test := range []struct {
		name, every, keep string
		want              []int64
	}{
		{"periods", "10", "0", []int64{10, 20, 25}},
		{"the newest", "10", "1", []int64{25}},
		{"only at the end", "0", "0", []int64{25}},
		{"at the end, once", "5", "2", []int64{20, 25}},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := run.Folder(t.TempDir())
			mustRun(t, smallConfig(t, "train.checkpoint_every="+test.every, "train.keep_checkpoints="+test.keep), Options{Folder: folder})
			if diff := cmp.Diff(test.want, stepsOf(t, folder)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A checkpoint is not written again on an interruption right after it, nor on a resume that is interrupted at once; an error
// leaves none after the last good one.
func TestCheckpointsHookWritesWhatIsNew(t *testing.T) {
	folder := run.Folder(t.TempDir())
	interrupted := func(at int64, resume bool) {
		t.Helper()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		stop := Hook{
			Name: "stop", Every: 1,
			Start: func(_ context.Context, l *Loop) error {
				if l.StepsDone() == at {
					cancel()
				}
				return nil
			},
			Do: func(_ context.Context, _ *Loop, p Progress) error {
				if p.Step == at {
					cancel()
				}
				return nil
			},
		}
		if err := Run(ctx, smallConfig(t), Options{Folder: folder, Resume: resume, Hooks: []Hook{stop}}); !errors.Is(err,
			ErrInterrupted) {
			t.Fatal(err)
		}
	}
	interrupted(8, false)
	path := checkpoint.Path(folder.Checkpoints(), 8)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	interrupted(8, true)
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("the checkpoint was written again: %v", err)
	}
	full := errors.New("full")
	fails := Hook{Name: "fails", Every: 9, Do: func(context.Context, *Loop, Progress) error { return full }}
	if err := Run(context.Background(), smallConfig(t), Options{Folder: folder, Resume: true,
		Hooks: []Hook{fails}}); !errors.Is(err, full) {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{4, 8}, stepsOf(t, folder)); diff != "" {
		t.Error(diff)
	}
}

// Errors of the folder's hooks are under their names too.
func TestFolderHookErrors(t *testing.T) {
	for want, spoil := range map[string]func(l *Loop) error{
		"train: hook checkpoints: ": func(l *Loop) error { // a file where the folder of checkpoints was
			if err := os.RemoveAll(l.Folder.Checkpoints()); err != nil {
				return err
			}
			return os.WriteFile(l.Folder.Checkpoints(), nil, 0o644)
		},
	} {
		hook := Hook{Name: "spoil", Start: func(_ context.Context, l *Loop) error { return spoil(l) }}
		err := Run(context.Background(), smallConfig(t), Options{Folder: run.Folder(t.TempDir()), Hooks: []Hook{hook}})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
		ctx, cancel := context.WithCancel(context.Background())
		hook.Start = func(_ context.Context, l *Loop) error { cancel(); return spoil(l) }
		err = Run(ctx, smallConfig(t), Options{Folder: run.Folder(t.TempDir()), Hooks: []Hook{hook}})
		if !errors.Is(err, ErrInterrupted) || !strings.Contains(err.Error(), want+"writing the checkpoint of the interrupted run: ") {
			t.Errorf("error %v, want both the interruption and %s", err, want)
		}
	}
}
