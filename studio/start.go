package studio

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"euryale/configs"
	"euryale/report/html"
	"euryale/run"
)

// startWish is a run that a browser starts.
type startWish struct {
	Preset string            `json:"preset"`
	YAML   string            `json:"yaml"` // of a configuration, in place of a preset
	Set    map[string]string `json:"set"`
	Name   string            `json:"name"` // of the folder; "": by the configuration
}

// changeWish is a run that a browser resumes or clones with some keys changed.
type changeWish struct {
	ID   string            `json:"id"`
	Set  map[string]string `json:"set"`
	Name string            `json:"name"` // of the folder of a clone; "": by that of the run
}

// begun is a run that was started.
type begun struct {
	ID      string `json:"id"`
	Command string `json:"command"`
}

// assignments are keys with their values, in order.
func assignments(set map[string]string) (list []string) {
	for _, key := range slices.Sorted(maps.Keys(set)) {
		list = append(list, key+"="+set[key])
	}
	return list
}

// flagsOf are the flags -set of assignments.
func flagsOf(assignments []string) (flags []string) {
	for _, a := range assignments {
		flags = append(flags, "-set", a)
	}
	return flags
}

// postStart starts a run.
func (s *Studio) postStart(r *http.Request) (any, error) {
	var w startWish
	if err := read(r, &w); err != nil {
		return nil, err
	}
	changes := assignments(w.Set)
	var config *configs.Config
	var err error
	source, input := w.Preset, ""
	switch {
	case (w.Preset == "") == (w.YAML == ""):
		return nil, wrong("give either a preset or the YAML of a configuration")
	case w.Preset != "":
		config, err = configs.Preset(w.Preset, changes) // never a file
	default:
		source, input = "-", w.YAML
		config, err = configs.Decode("configuration", []byte(w.YAML), changes)
	}
	if err != nil {
		return nil, err
	}
	return s.begin(r.Context(), source, input, changes, w.Name, config.Name)
}

// postClone starts a run with the configuration of another one and some keys changed.
func (s *Studio) postClone(r *http.Request) (any, error) {
	var w changeWish
	if err := read(r, &w); err != nil {
		return nil, err
	}
	folder, err := s.folder(w.ID)
	if err != nil {
		return nil, err
	}
	changes := assignments(w.Set)
	if _, err := configs.Load(folder.ConfigPath(), changes); err != nil {
		return nil, err
	}
	return s.begin(r.Context(), folder.ConfigPath(), "", changes, w.Name, filepath.Base(string(folder)))
}

// begin trains a configuration in a new folder: of the name, or if that is "" of one like the usual name, with a number where that
// is taken.
func (s *Studio) begin(ctx context.Context, source, input string, changes []string, name, usual string) (any, error) {
	id, err := s.newFolder(name, usual)
	if err != nil {
		return nil, err
	}
	folder := s.rows.folder(id)
	args := slices.Concat([]string{"train", "-config", source}, flagsOf(changes), []string{"-out", string(folder)})
	if err := s.launch(ctx, id, folder, args, input); err != nil {
		_ = os.Remove(string(folder)) // only if it is empty
		return nil, err
	}
	return begun{id, html.Quote(append([]string{"euryale"}, args...))}, nil
}

// newFolder makes the folder of a new run, so that nobody else takes its name.
func (s *Studio) newFolder(name, usual string) (id string, err error) {
	if name != "" {
		if err := checkName(name); err != nil {
			return "", err
		}
	}
	if err := os.MkdirAll(s.root, 0o755); err != nil {
		return "", fmt.Errorf("the folder of runs: %w", err)
	}
	const most = 10_000
	for i := 1; i < most; i++ {
		id = name
		if name == "" {
			if id = likeName(usual); i > 1 {
				id = fmt.Sprintf("%s-%d", id, i)
			}
		}
		err := os.Mkdir(filepath.Join(s.root, id), 0o755)
		switch {
		case err == nil:
			return id, nil
		case !errors.Is(err, fs.ErrExist):
			return "", fmt.Errorf("the folder of the run: %w", err)
		case name != "":
			text := fmt.Sprintf("there is a run or folder %s already: choose another name", id)
			return "", &failure{Status: http.StatusConflict, Key: "name", Text: text}
		}
	}
	return "", failf(http.StatusConflict, "there are %d runs %s already: choose a name", most, usual)
}

// launch starts the process of a run, and waits for a moment: most mistakes show at once.
func (s *Studio) launch(ctx context.Context, id string, folder run.Folder, args []string, input string) error {
	before := stampOf(folder.EnvironmentPath())
	if err := s.processes.start(id, args, input); err != nil {
		return err
	}
	s.processes.mu.Lock()
	started := s.processes.by[id]
	s.processes.mu.Unlock()
	const longest, step = 5 * time.Second, 50 * time.Millisecond
	ticker, timer := time.NewTicker(step), time.NewTimer(longest)
	defer ticker.Stop()
	defer timer.Stop()
	for {
		select {
		case <-started.ended:
			if state, problem := s.processes.state(id, time.Time{}); state == failed {
				s.processes.forget(id) // the run is as it was, or there is none
				return failf(http.StatusConflict, "the training has not started: %s", problem)
			}
			return nil
		case <-ticker.C:
			if stampOf(folder.EnvironmentPath()) != before {
				return nil
			}
		case <-timer.C: // it reads large data
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// postResume goes on with a run.
func (s *Studio) postResume(r *http.Request) (any, error) {
	var w changeWish
	if err := read(r, &w); err != nil {
		return nil, err
	}
	folder, err := s.folder(w.ID)
	if err != nil {
		return nil, err
	}
	if w.Name != "" {
		return nil, wrong("a run that goes on keeps its folder: leave name out")
	}
	changes := assignments(w.Set)
	if _, err := configs.Load(folder.ConfigPath(), changes); err != nil {
		return nil, err
	}
	args := slices.Concat([]string{"train", "-resume"}, flagsOf(changes), []string{"-out", string(folder)})
	if err := s.launch(r.Context(), w.ID, folder, args, ""); err != nil {
		return nil, err
	}
	return begun{w.ID, html.Quote(append([]string{"euryale"}, args...))}, nil
}

// postStop asks the process of a run to stop.
func (s *Studio) postStop(r *http.Request) (any, error) {
	var w struct {
		ID string `json:"id"`
	}
	if err := read(r, &w); err != nil {
		return nil, err
	}
	if err := checkID(w.ID); err != nil {
		return nil, err
	}
	if err := s.processes.stop(w.ID); err != nil {
		return nil, err
	}
	return map[string]string{"state": "stopping"}, nil
}

// getLog sends the last messages of a process.
func (s *Studio) getLog(r *http.Request) (any, error) {
	id := r.URL.Query().Get("id")
	if err := checkID(id); err != nil {
		return nil, err
	}
	return map[string][]string{"lines": s.processes.lines(id)}, nil
}
