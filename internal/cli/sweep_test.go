package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"euryale/sweep"
)

// A process that ends without an answer, as one that crashes or is killed, is an error that names its log.
func TestProcessWithoutAnswer(t *testing.T) {
	c := &sweepCommand{out: t.TempDir()}
	if err := os.Mkdir(filepath.Join(c.out, "logs"), 0o777); err != nil {
		t.Fatal(err)
	}
	name := os.Args[0]
	defer func() { os.Args[0] = name }()
	os.Args[0] = "train" // the process is then another command, which refuses the arguments of sweep
	_, err := c.process(context.Background(), sweep.Task{Trial: sweep.Trial{Name: "x"}, Workers: 1})
	log := sweep.Folder(c.out).Log("x")
	if want := "the process of the trial ended: exit status 2; see " + log; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	earlier := "a\npanic: out of range\n\ngoroutine 1\n"
	if err := os.WriteFile(log, []byte(earlier), 0o666); err != nil {
		t.Fatal(err)
	}
	if words := lastWords(log, 0); words != ": panic: out of range" {
		t.Errorf("%q", words)
	}
	_, again := c.process(context.Background(), sweep.Task{Trial: sweep.Trial{Name: "x"}, Workers: 1})
	if again == nil || again.Error() != err.Error() {
		t.Errorf("%v has the last words of an earlier process, want %v", again, err)
	}
}

// A trial whose process cannot start, for want of its log or for another reason, is not the trial's failure.
func TestProcessThatCannotStart(t *testing.T) {
	c := &sweepCommand{out: t.TempDir()} // without the folder logs
	task := sweep.Task{Trial: sweep.Trial{Name: "x"}, Workers: 1}
	if _, err := c.process(context.Background(), task); !sweep.Unable(err) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := os.Mkdir(filepath.Join(c.out, "logs"), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := c.process(ctx, task); sweep.Unable(err) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
