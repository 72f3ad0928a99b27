package studio

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"euryale/configs"
	"euryale/data/images"
	"euryale/internal/strictyaml"
	"euryale/report/html"
	"euryale/run"
)

// The states of a run.
const (
	running  = "running"
	stopped  = "stopped"
	finished = "finished"
	failed   = "failed"
	damaged  = "damaged"
)

// row is a run in a line of the list.
type row struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	State       string            `json:"state"`
	Mine        bool              `json:"mine"` // whether the studio started its process, and can stop it
	Step        int64             `json:"step"`
	Total       int64             `json:"total"` // steps; 0: not known
	Epoch       float64           `json:"epoch"`
	Loss        *number           `json:"loss"`
	Best        *best             `json:"best"`
	Updated     time.Time         `json:"updated"`
	Started     *time.Time        `json:"started"`
	Kind        string            `json:"kind"` // points, images or table
	Denoises    bool              `json:"denoises"`
	Seed        uint64            `json:"seed,string"`
	Preset      string            `json:"preset"`
	Changed     map[string]string `json:"changed"`
	Group       string            `json:"group"`
	Metrics     map[string]number `json:"metrics"`
	Checkpoints int               `json:"checkpoints"`
	Error       string            `json:"error"`

	stamp    stamp
	config   *configs.Config
	values   []strictyaml.Value
	ended    bool          // whether its last session has ended, by environment.json
	patience time.Duration // how long a run that goes on may be silent
}

type best struct {
	Step  int64   `json:"step"`
	Score float64 `json:"score"`
}

// stamp is when the files that a row is made of last changed.
type stamp struct{ config, metrics, environment, checkpoints fileStamp }

type fileStamp struct {
	time time.Time
	size int64
}

func stampOf(path string) fileStamp {
	info, err := os.Stat(path)
	if err != nil {
		return fileStamp{}
	}
	return fileStamp{info.ModTime(), info.Size()}
}

func stampsOf(f run.Folder) stamp {
	return stamp{stampOf(f.ConfigPath()), stampOf(f.MetricsPath()), stampOf(f.EnvironmentPath()), stampOf(f.Checkpoints())}
}

// latest is when a run last wrote something.
func (s stamp) latest() time.Time {
	t := s.config.time
	for _, other := range []time.Time{s.metrics.time, s.environment.time, s.checkpoints.time} {
		if other.After(t) {
			t = other
		}
	}
	return t
}

// readRow reads the folder of a run. What cannot be read is in the row's error.
func readRow(id string, f run.Folder, at stamp) *row {
	r := &row{ID: id, Name: filepath.Base(string(f)), Updated: at.latest(), stamp: at}
	r.Changed, r.Metrics = map[string]string{}, map[string]number{}
	config, err := f.Config()
	if err != nil {
		r.State, r.Error, r.Kind = damaged, plain(err), "points"
		return r
	}
	r.config, r.values = config, strictyaml.Values(config)
	r.Name, r.Seed, r.Kind, r.Denoises = config.Name, config.Seed, kindOf(config), config.Objective.Name() != "classify"
	sum := sha256.Sum256([]byte(html.WithoutSeed(r.values)))
	r.Group = hex.EncodeToString(sum[:6])
	if slices.Contains(configs.Presets(), config.Name) {
		r.Preset = config.Name
	}
	r.readLog(f)
	r.readSessions(f)
	if entries, err := os.ReadDir(f.Checkpoints()); err == nil {
		for _, e := range entries {
			if ok, _ := filepath.Match("step-*.safetensors", e.Name()); ok {
				r.Checkpoints++
			}
		}
	}
	return r
}

// kindOf is what rows of a configuration are.
func kindOf(c *configs.Config) string {
	name := c.Data.Source.Name()
	if name == "table" {
		return "table"
	}
	if slices.Contains(images.Kinds().Names(), name) {
		return "images"
	}
	return "points"
}

// readLog reads the end of the log, and the newest evaluation and the best one wherever they are.
func (r *row) readLog(f run.Folder) {
	points, end, err := tail(f.MetricsPath(), tailBytes)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.Error = plain(err)
	}
	if len(points) == 0 {
		return
	}
	last := points[len(points)-1]
	r.Step, r.Epoch = last.Step, last.Epoch
	r.patience = silence(r.config, last)
	const few = 10
	sum, of := 0.0, points[max(0, len(points)-few):]
	for _, p := range of {
		sum += p.Loss
	}
	loss := number(sum / float64(len(of)))
	r.Loss = &loss
	r.Metrics["loss"] = loss
	r.Total = planned(r.config, last)
	if r.config.Train.EvaluateEvery == 0 {
		return
	}
	newest, chosen := evaluations(f.MetricsPath(), end)
	for _, c := range columns[firstEvaluation:] {
		if v := c.value(newest); !math.IsNaN(v) {
			r.Metrics[c.name] = number(v)
		}
	}
	if chosen.Evaluation != nil {
		r.Best = &best{chosen.Step, chosen.Evaluation.Score}
	}
}

// planned is the number of steps of a run, by those that it has done; 0: not known.
func planned(c *configs.Config, last run.LogPoint) int64 {
	switch {
	case c.Train.Steps > 0:
		return c.Train.Steps
	case last.Epoch <= 0:
		return 0
	}
	const most = 1 << 40 // rows: of a log that is none of ours
	rows := math.Round(float64(last.Step)/last.Epoch) * float64(c.Train.Batch)
	if !(rows >= 1 && rows < most) {
		return 0
	}
	steps, err := c.Steps(int(rows))
	if err != nil {
		return 0
	}
	return steps
}

// silence is how long a run that goes on may write nothing: many times what it takes between two log points.
func silence(c *configs.Config, last run.LogPoint) time.Duration {
	const least, most, times = 30 * time.Second, time.Hour, 10
	if last.StepsPerSecond <= 0 {
		return least
	}
	seconds := times * float64(c.Train.LogEvery) / last.StepsPerSecond
	return min(most, max(least, time.Duration(min(seconds, most.Seconds())*float64(time.Second))))
}

// readSessions reads when a run was trained.
func (r *row) readSessions(f run.Folder) {
	e, err := f.Environment()
	if err != nil || len(e.Sessions) == 0 {
		return
	}
	last := e.Sessions[len(e.Sessions)-1]
	r.ended = !last.Ended.IsZero()
	started := e.Sessions[0].Started
	r.Started = &started
	r.Step = max(r.Step, last.ToStep)
}

// settle finds the state of a run at a time. process is that of its process, if the studio started it, or "".
func (r *row) settle(process string, now time.Time) {
	r.Mine = process == running
	switch {
	case r.State == damaged:
	case process != "":
		r.State = process
	case r.Total > 0 && r.Step >= r.Total:
		r.State = finished
	case !r.ended && now.Sub(r.Updated) < max(r.patience, 30*time.Second):
		r.State = running
	default:
		r.State = stopped
	}
}
