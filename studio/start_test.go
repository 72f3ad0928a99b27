package studio_test

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/run"
	"euryale/studio"
)

// small are keys of a run that goes on until it is stopped.
func small(steps string) map[string]string {
	return map[string]string{
		"net.width": "8", "net.depth": "1", "data.points": "200", "train.steps": steps, "train.checkpoint_every": "20", "train.log_every": "5",
		"train.previews": "5", "train.report": "false", "train.keep_checkpoints": "1000",
	}
}

const forever = "100000000"

type begun struct{ ID, Command, State string }

// A run is started, stopped, resumed and cloned by the page, each by a process of its own.
func TestLife(t *testing.T) {
	s := serve(t)
	var b begun
	s.post("/api/start", map[string]any{"preset": "scurve", "set": small(forever)}, &b)
	if b.ID != "scurve" || !strings.HasPrefix(b.Command, "euryale train -config scurve -set data.points=200 ") {
		t.Errorf("%+v", b)
	}
	again := map[string]any{"preset": "scurve", "name": "scurve"}
	s.refused("POST", "/api/start", again, http.StatusConflict, "there is a run or folder scurve already")
	s.refused("POST", "/api/resume", map[string]any{"id": "scurve"}, http.StatusConflict, "is being trained by the studio already")
	until(t, "the run has a checkpoint", func() bool { r := s.run("scurve"); return r != nil && r.Step >= 20 })
	if r := s.run("scurve"); r.State != "running" || !r.Mine || r.Total != 100_000_000 {
		t.Errorf("%+v", r)
	}
	s.post("/api/stop", map[string]string{"id": "scurve"}, &b)
	s.post("/api/stop", map[string]string{"id": "scurve"}, &b) // a second one does no harm
	until(t, "the run has stopped", func() bool { return s.run("scurve").State == "stopped" })
	stopped := s.run("scurve")
	if stopped.Mine || stopped.Error != "" || stopped.Step < 20 {
		t.Errorf("%+v", stopped)
	}
	s.refused("POST", "/api/stop", map[string]string{"id": "scurve"}, http.StatusConflict, "is not being trained")

	s.post("/api/clone", map[string]any{"id": "scurve", "set": map[string]string{"optimizer.learning_rate": "0.002", "train.steps": "20"}}, &b)
	if b.ID != "scurve-2" || !strings.Contains(b.Command, "-set optimizer.learning_rate=0.002") {
		t.Errorf("%+v", b)
	}
	until(t, "the clone is finished", func() bool { r := s.run("scurve-2"); return r.State == "finished" && !r.Mine })
	config, err := run.Folder(filepath.Join(s.runs, "scurve-2")).Config()
	if err != nil {
		t.Fatal(err)
	}
	if old, err := run.Folder(filepath.Join(s.runs, "scurve")).Config(); err != nil || config.Train.Steps != 20 ||
		!slices.Equal(configs.ResumeConflicts(old, config), []string{"optimizer.learning_rate.rate: 0.001 -> 0.002"}) {
		t.Errorf("the clone differs in %v, %v", configs.ResumeConflicts(old, config), err)
	}
	const rate = "optimizer.learning_rate.rate"
	if r := s.run("scurve-2"); r.Changed[rate] == "" && s.run("scurve").Changed[rate] == "" {
		t.Errorf("the list does not show what differs: %+v", r)
	}

	more := map[string]string{"train.steps": jsonOf(stopped.Step + 20)}
	s.post("/api/resume", map[string]any{"id": "scurve", "set": more}, &b)
	until(t, "the run is finished", func() bool { r := s.run("scurve"); return r.State == "finished" && !r.Mine })
	var log struct{ Lines []string }
	s.get("/api/log?id=scurve", &log)
	if len(log.Lines) == 0 {
		t.Error("the process left no log")
	}
}

// A configuration that is typed is trained as it is; a name is chosen.
func TestStartText(t *testing.T) {
	s := serve(t)
	text := "version: 2\nname: mine\ndata: {name: s_curve, points: 200}\nnet: {name: mlp, width: 8, depth: 1}\n" +
		"train: {steps: 10, previews: 0, report: false}\n"
	var b begun
	s.post("/api/start", map[string]any{"yaml": text, "name": "chosen"}, &b)
	if b.ID != "chosen" {
		t.Errorf("%+v", b)
	}
	until(t, "the run is finished", func() bool { r := s.run("chosen"); return r != nil && r.State == "finished" && !r.Mine })
	if r := s.run("chosen"); r.Name != "mine" || r.Step != 10 {
		t.Errorf("%+v", r)
	}
}

// Mistakes are found before anything starts, or at once.
func TestStartMistakes(t *testing.T) {
	s := serve(t, "points")
	for _, test := range []struct {
		path   string
		body   map[string]any
		status int
		want   string
	}{
		{"start", map[string]any{}, 400, "give either a preset or the YAML"},
		{"start", map[string]any{"preset": "scurve", "yaml": "version: 2"}, 400, "give either a preset or the YAML"},
		{"start", map[string]any{"preset": "scurv"}, 400, "scurve"},
		{"start", map[string]any{"preset": "../configs/scurve.yaml"}, 400, ""},
		{"start", map[string]any{"preset": "scurve", "set": map[string]string{"train.epoch": "5"}}, 400, "train.epochs"},
		{"start", map[string]any{"preset": "scurve", "set": map[string]string{"train.batch": "none"}}, 400, "train.batch"},
		{"start", map[string]any{"yaml": "version: 2\ntrain: {bach: 5}"}, 400, "configuration:2:"},
		{"start", map[string]any{"preset": "scurve", "name": "../x"}, 400, "the name of a run has letters"},
		{"start", map[string]any{"preset": "scurve", "name": "-rf"}, 400, "the name of a run has letters"},
		{"start", map[string]any{"preset": "scurve", "name": "points"}, 409, "there is a run or folder points already"},
		{"start", map[string]any{"preset": "table", "set": map[string]string{"data.file": "none.csv"}}, 409, "none.csv"},
		{"clone", map[string]any{"id": "points", "set": map[string]string{"optimizer.learning_rat": "1"}}, 400, "optimizer.learning_rate"},
		{"clone", map[string]any{"id": "none"}, 404, "there is no run none"},
		{"stop", map[string]any{"id": "points"}, 409, "the studio did not start the run points"},
		{"resume", map[string]any{"id": "points", "name": "x"}, 400, "leave name out"},
		{"resume", map[string]any{"id": "points", "set": map[string]string{"net.width": "9"}}, 409, "net.width"},
	} {
		s.refused("POST", "/api/"+test.path, test.body, test.status, test.want)
	}
	var answer struct {
		Error, Key string
		Line       int
	}
	s.call("POST", "/api/start", map[string]any{"preset": "scurve", "set": map[string]string{"train.batch": "0"}}, &answer)
	if answer.Key != "train.batch" {
		t.Errorf("%+v", answer)
	}
	s.call("POST", "/api/start", map[string]any{"yaml": "version: 2\nname: x\ntrain:\n  bach: 5\n"}, &answer)
	if answer.Line != 4 {
		t.Errorf("%+v", answer)
	}
	entries, err := os.ReadDir(s.runs)
	if err != nil || len(entries) != 1 {
		t.Errorf("mistakes left folders behind: %v %v", entries, err)
	}
	var list struct{ Runs []row }
	s.get("/api/runs", &list)
	if len(list.Runs) != 1 || list.Runs[0].State != "finished" || list.Runs[0].Error != "" {
		t.Errorf("mistakes left in the list: %+v", list.Runs)
	}
}

// When the studio is closed, its processes stop with a checkpoint.
func TestCloseStopsRuns(t *testing.T) {
	s := serve(t)
	s.post("/api/start", map[string]any{"preset": "scurve", "set": small(forever), "name": "long"}, new(begun))
	until(t, "the run has begun", func() bool { r := s.run("long"); return r != nil && r.Step > 0 })
	if stopped := s.Close(); !slices.Equal(stopped, []string{"long"}) {
		t.Errorf("stopped %v", stopped)
	}
	file, err := run.Folder(filepath.Join(s.runs, "long")).Latest()
	if err != nil || file == nil || file.Step == 0 {
		t.Errorf("no checkpoint: %v", err)
	}
	s.refused("POST", "/api/start", map[string]any{"preset": "scurve"}, http.StatusServiceUnavailable, "closing")
}

// A program that cannot be started is one clear error.
func TestNoProgram(t *testing.T) {
	s := &served{t: t, runs: t.TempDir()}
	s.start(studio.Options{Runs: filepath.Join(s.runs, "new"), Listen: "127.0.0.1:0", Program: []string{filepath.Join(s.runs, "none")}})
	s.refused("POST", "/api/start", map[string]any{"preset": "scurve"}, http.StatusNotFound, "starting the training")
	if entries, err := os.ReadDir(filepath.Join(s.runs, "new")); err != nil || len(entries) > 0 {
		t.Errorf("it left %v %v", entries, err)
	}
}

// Not one bit of the weights changes while browsers watch and draw.
func TestWeightsAreTheSame(t *testing.T) {
	s := serve(t)
	set := small("60")
	args := []string{"train", "-config", "scurve", "-quiet", "-out", filepath.Join(s.runs, "alone")}
	for key, value := range set {
		args = append(args, "-set", key+"="+value)
	}
	if out, err := exec.Command(os.Args[0], args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	one, other := s.stream("watched"), s.stream("watched,alone")
	s.post("/api/start", map[string]any{"preset": "scurve", "set": set, "name": "watched"}, new(begun))
	until(t, "the run is finished", func() bool {
		s.get("/api/metrics?id=watched", new(any))
		s.get("/api/run?id=watched", new(any))
		s.call("POST", "/api/sample", map[string]any{"id": "watched", "n": 200}, new(any)) // refused until there is a checkpoint
		return s.run("watched").State == "finished"
	})
	next(t, one, "metrics")
	next(t, other, "metrics")
	for _, step := range []string{"20", "40", "60"} {
		name := filepath.Join("checkpoints", "step-000000"+step+".safetensors")
		alone, err := os.ReadFile(filepath.Join(s.runs, "alone", name))
		if err != nil {
			t.Fatal(err)
		}
		watched, err := os.ReadFile(filepath.Join(s.runs, "watched", name))
		if err != nil || !bytes.Equal(alone, watched) {
			t.Errorf("the checkpoint of step %s is another one where browsers watched: %v", step, err)
		}
	}
}
