package train

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"euryale/kernel"
	"euryale/run"
)

// environment is the hook that keeps environment.json: it adds a session when the run starts, and its end when it stops.
func environment(command []string) Hook {
	var e run.Environment
	return Hook{
		Name: "environment",
		Start: func(_ context.Context, l *Loop) error {
			old, err := l.Folder.Environment()
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			if e = Here(); err == nil {
				e.Sessions = old.Sessions
			}
			e.Sessions = append(e.Sessions, run.Session{
				Started: time.Now().UTC().Truncate(time.Second), FromStep: l.StepsDone(), ToStep: l.StepsDone(), Workers: l.Workers(),
				Command: command,
			})
			return l.Folder.WriteEnvironment(&e)
		},
		Stop: func(l *Loop, _ error) error {
			if len(e.Sessions) == 0 { // it did not start
				return nil
			}
			s := &e.Sessions[len(e.Sessions)-1]
			s.Ended, s.ToStep, s.Workers = time.Now().UTC().Truncate(time.Second), l.StepsDone(), l.Workers()
			return l.Folder.WriteEnvironment(&e)
		},
	}
}

// Here is the environment of this process, with no sessions: program, machine and kernel.
func Here() run.Environment {
	path, _ := kernel.Path()
	e := run.Environment{
		Version: "(devel)", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, Processor: processor(), Cores: runtime.NumCPU(),
		Kernel: path,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return e
	}
	if info.Main.Version != "" {
		e.Version = info.Main.Version
	}
	changed := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			e.Commit = s.Value
		case "vcs.modified":
			changed = s.Value == "true"
		}
	}
	if e.Commit != "" && changed {
		e.Commit += " with changes"
	}
	return e
}

// processor is the name of the processor as Linux has it; elsewhere, the architecture.
func processor() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
