package cli

import (
	"context"
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
	if err := os.WriteFile(log, []byte("a\npanic: out of range\n\ngoroutine 1\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if words := lastWords(log); words != ": panic: out of range" {
		t.Errorf("%q", words)
	}
}
