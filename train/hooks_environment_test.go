package train

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"euryale/run"
)

// Every session is in environment.json from its start on, with its end, also where it was interrupted; one that was killed has none.
func TestEnvironmentHook(t *testing.T) {
	folder := run.Folder(t.TempDir())
	read := func() []run.Session {
		t.Helper()
		e, err := folder.Environment()
		if err != nil {
			t.Fatal(err)
		}
		if e.OS != runtime.GOOS || e.Go != runtime.Version() || e.Kernel == "" || e.Processor == "" || e.Cores < 1 || e.Version == "" {
			t.Errorf("%+v", e)
		}
		return e.Sessions
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := Hook{
		Name: "stop", Every: 6,
		Start: func(context.Context, *Loop) error {
			if s := read(); len(s) != 1 || !s[0].Ended.IsZero() || s[0].Started.IsZero() || s[0].ToStep != 0 {
				t.Errorf("while it runs: %+v", s)
			}
			return nil
		},
		Do: func(context.Context, *Loop, Progress) error { cancel(); return nil },
	}
	command := []string{"euryale", "train"}
	err := Run(ctx, smallConfig(t), Options{Folder: folder, Workers: 2, Hooks: []Hook{stop}, Command: command})
	if !errors.Is(err, ErrInterrupted) {
		t.Fatal(err)
	}
	mustRun(t, smallConfig(t), Options{Folder: folder, Resume: true, Workers: 1})
	s := read()
	if len(s) != 2 || s[0].FromStep != 0 || s[0].ToStep != 6 || s[0].Workers != 2 || !slices.Equal(s[0].Command, command) ||
		s[1].FromStep != 6 || s[1].ToStep != 25 || s[1].Command != nil || s[0].Ended.IsZero() || s[1].Ended.IsZero() {
		t.Errorf("%+v", s)
	}
	if err := os.WriteFile(folder.EnvironmentPath(), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	err = Run(context.Background(), smallConfig(t), Options{Folder: folder, Resume: true})
	if err == nil || !strings.Contains(err.Error(), "not the environment of a run; move the file away") {
		t.Errorf("a file of the user's: %v", err)
	}
	if text := readFile(t, folder.EnvironmentPath()); text != "mine" {
		t.Errorf("it is replaced by %q", text)
	}
}
