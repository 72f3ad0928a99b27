package run

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/google/renameio/v2"
)

// Environment is environment.json: with what program and on what machine a run was trained, and when. All but the sessions is
// of the last session.
type Environment struct {
	Version   string    `json:"version"` // of Euryale; "(devel)" where it is not known
	Commit    string    `json:"commit"`  // "" where it is not known; with " with changes" where files were not committed
	Go        string    `json:"go"`      // such as go1.26.0
	OS        string    `json:"os"`
	Arch      string    `json:"arch"`
	Processor string    `json:"processor"` // its name; the architecture where it is not known
	Cores     int       `json:"cores"`     // that the operating system offers
	Kernel    string    `json:"kernel"`    // the arithmetic: avx512, avx2 or generic
	Sessions  []Session `json:"sessions"`  // from the first
}

// Session is one start or resume of a run.
type Session struct {
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended,omitzero"` // zero while it runs, and if it was killed
	FromStep int64     `json:"from_step"`
	ToStep   int64     `json:"to_step"` // the steps done when it ended; FromStep until then
	Workers  int       `json:"workers"`
	Command  []string  `json:"command"` // the program and its arguments; null of a Go program that gave none
}

// EnvironmentPath is the path of environment.json.
func (f Folder) EnvironmentPath() string { return f.Path("environment.json") }

// Environment reads environment.json. A run need not have one: then the error is fs.ErrNotExist.
func (f Folder) Environment() (*Environment, error) {
	text, err := os.ReadFile(f.EnvironmentPath())
	if err != nil {
		return nil, fmt.Errorf("run: the environment: %w", err)
	}
	e := new(Environment)
	if err := json.Unmarshal(text, e); err != nil {
		return nil, fmt.Errorf("run: %s: not the environment of a run; move the file away: %w", f.EnvironmentPath(), err)
	}
	return e, nil
}

// WriteEnvironment replaces environment.json.
func (f Folder) WriteEnvironment(e *Environment) error {
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return fmt.Errorf("run: the environment: %w", err)
	}
	if err := renameio.WriteFile(f.EnvironmentPath(), append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("run: the environment: %w", err)
	}
	return nil
}
