package train

import (
	"bytes"
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus"

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
	folder := run.Folder(t.TempDir())
	mustRun(t, smallConfig(t), Options{Folder: folder})
	if err := os.WriteFile(folder.MetricsPath(), []byte("nonsense\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := Run(context.Background(), smallConfig(t), Options{Folder: folder, Resume: true})
	if err == nil || !strings.HasPrefix(err.Error(), "train: hook metrics: ") || !strings.Contains(err.Error(), "metrics.jsonl:1:") {
		t.Errorf("a damaged log: %v", err)
	}
}

// logged returns the messages of a run's log.
func logged(t *testing.T, folder run.Folder, resume bool, overrides ...string) []string {
	t.Helper()
	var text bytes.Buffer
	log := logrus.New()
	log.SetOutput(&text)
	log.SetFormatter(&logrus.TextFormatter{DisableTimestamp: true, DisableQuote: true})
	mustRun(t, smallConfig(t, overrides...), Options{Folder: folder, Resume: resume, Workers: 2, Hooks: []Hook{Log(log, 7)}})
	var lines []string
	for line := range strings.Lines(text.String()) {
		line = strings.ReplaceAll(strings.TrimSpace(line), string(folder), "FOLDER")
		line = regexp.MustCompile(`[0-9.]+ steps/s, \S+ left`).ReplaceAllString(line, "SPEED")
		line = regexp.MustCompile(`loss [0-9.]+, gradient norm [0-9.]+`).ReplaceAllString(line, "NUMBERS")
		lines = append(lines, line)
	}
	return lines
}

func TestLogHook(t *testing.T) {
	folder := run.Folder(t.TempDir())
	// Ten steps of the default schedule are too few to reach noise, of which the log warns.
	const warning = "level=warning"
	withoutWarnings := func(lines []string) (rest []string) {
		for _, line := range lines {
			if !strings.HasPrefix(line, warning) {
				rest = append(rest, line)
			}
		}
		return rest
	}
	lines := logged(t, folder, false)
	if !strings.HasPrefix(lines[0], warning) || !strings.Contains(lines[0], "sigma/alpha") && !strings.Contains(lines[0], "noise") {
		t.Errorf("the first line is %q, want a warning of the data that is left at the last step", lines[0])
	}
	if diff := cmp.Diff([]string{
		"level=info msg=training FOLDER to step 25, 5 steps per epoch, 2 workers",
		"level=info msg=step 7 of 25, epoch 1.4: NUMBERS, SPEED",
		"level=info msg=step 25 of 25, epoch 5.0: NUMBERS, SPEED", // the others came within ten seconds
	}, withoutWarnings(lines)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		"level=info msg=resuming at step 25 from FOLDER/checkpoints/step-00000025.safetensors",
		"level=info msg=all 25 steps are done already; raise train.epochs or train.steps to train on",
	}, withoutWarnings(logged(t, folder, true))); diff != "" {
		t.Error(diff)
	}
	if err := os.RemoveAll(folder.Checkpoints()); err != nil {
		t.Fatal(err)
	}
	if lines := logged(t, folder, true); lines[0] != "level=warning msg=FOLDER has no checkpoint yet: starting at step 0" {
		t.Errorf("the first line is %q", lines[0])
	}
}

func TestBarHook(t *testing.T) {
	var drawn, text bytes.Buffer
	log := logrus.New()
	log.SetOutput(&text)
	folder := run.Folder(t.TempDir())
	mustRun(t, smallConfig(t), Options{Folder: folder, Hooks: []Hook{Bar(&drawn, log, 1)}})
	if !strings.Contains(text.String(), "to step 25") || strings.Contains(text.String(), "gradient norm") {
		t.Errorf("the log of a run with a bar:\n%s", text.String())
	}
	if bar := drawn.String(); !regexp.MustCompile(`loss [0-9.]+  [0-9.]+ steps/s  0s left`).MatchString(bar) ||
		!strings.Contains(bar, "25/25") || !strings.HasSuffix(bar, "\n") {
		t.Errorf("the bar is %q", bar)
	}
	drawn.Reset()
	mustRun(t, smallConfig(t), Options{Folder: folder, Resume: true, Hooks: []Hook{Bar(&drawn, log, 1)}})
	if drawn.Len() != 0 {
		t.Errorf("a run that is done draws the bar %q", drawn.String())
	}
	// A run that goes on shows the steps that were done before.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := Hook{Name: "stop", Every: 6, Do: func(context.Context, *Loop, Progress) error { cancel(); return nil }}
	parts := run.Folder(t.TempDir())
	if err := Run(ctx, smallConfig(t), Options{Folder: parts, Hooks: []Hook{Bar(&drawn, log, 1), stop}}); !errors.Is(err,
		ErrInterrupted) {
		t.Fatal(err)
	}
	drawn.Reset()
	mustRun(t, smallConfig(t), Options{Folder: parts, Resume: true, Hooks: []Hook{Bar(&drawn, log, 1)}})
	if bar := drawn.String(); !strings.Contains(bar, "7/25") || !strings.Contains(bar, "25/25") {
		t.Errorf("the bar of a resumed run is %q", bar)
	}
}
