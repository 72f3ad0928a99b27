package studio

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"euryale/checkpoint"
	"euryale/configs"
	"euryale/data"
	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/internal/strictyaml"
	"euryale/report/html"
	"euryale/run"
)

// detail is all that the page shows of one run.
type detail struct {
	Run         *row                `json:"run"`
	Dim         int                 `json:"dim"`
	Shape       []int               `json:"shape"`
	Classes     []string            `json:"classes"`
	TakesLabels bool                `json:"takes_labels"`
	Columns     []string            `json:"columns"`
	Config      string              `json:"config"`
	Keys        []keyValue          `json:"keys"`
	BaseName    string              `json:"base_name"`
	Differences []difference        `json:"differences"`
	Command     string              `json:"command"`
	Resume      string              `json:"resume"`
	Environment *run.Environment    `json:"environment"`
	Checkpoints []checkpointLine    `json:"checkpoints"`
	Previews    []previewLine       `json:"previews"`
	Files       []fileLine          `json:"files"`
	Sampling    samplingDefaults    `json:"sampling"`
	Solvers     []solverLine        `json:"solvers"`
	Spacings    []map[string]string `json:"spacings"`
}

type keyValue struct {
	Path  string `json:"path"`
	Value string `json:"value"`
}

type difference struct {
	Path  string `json:"path"`
	Value string `json:"value"`
	Base  string `json:"base"`
}

type checkpointLine struct {
	Name     string  `json:"name"`
	Step     int64   `json:"step"`
	Best     bool    `json:"best"`
	Loss     *number `json:"loss"`
	Averaged bool    `json:"averaged"`
}

type previewLine struct {
	Step    int64  `json:"step"`
	Picture string `json:"picture"`
	Samples string `json:"samples"`
	Raw     string `json:"raw"`
	Labels  string `json:"labels"`
}

// samplingDefaults are how the run draws samples.
type samplingDefaults struct {
	settings
	N        int  `json:"n"`
	Averaged bool `json:"averaged"` // whether there is an average of the weights
}

// solverLine is a solver that a run may use.
type solverLine struct {
	Name     string    `json:"name"`
	Summary  string    `json:"summary"`
	Keys     []keyLine `json:"keys"`
	Possible bool      `json:"possible"`
	Why      string    `json:"why"` // not
}

// getRun describes a run.
func (s *Studio) getRun(r *http.Request) (any, error) {
	id, folder, err := s.asked(r)
	if err != nil {
		return nil, err
	}
	d := &detail{
		Run: s.row(id), Classes: []string{}, Columns: []string{}, Keys: []keyValue{}, Differences: []difference{},
		Checkpoints: []checkpointLine{}, Previews: []previewLine{}, Files: filesOf(id, folder), Solvers: []solverLine{}, Spacings: spacings(),
		Resume: html.Quote([]string{"euryale", "train", "-resume", "-out", string(folder)}),
	}
	d.Environment, _ = folder.Environment() // nil without one
	d.readCheckpoints(folder)
	previews, _ := folder.Previews() // none where they cannot be read
	for _, p := range previews {
		at := url.Values{"id": {id}, "step": {strconv.FormatInt(p.Step, 10)}}
		line := previewLine{Step: p.Step, Samples: previewURL(at, "samples")}
		if p.Picture != "" {
			line.Picture = previewURL(at, "picture")
		}
		if p.Raw != "" {
			line.Raw = previewURL(at, "raw")
		}
		if labelsOf(p) != "" {
			line.Labels = previewURL(at, "labels")
		}
		d.Previews = append(d.Previews, line)
	}
	if c := d.Run.config; c != nil {
		if err := d.describe(c, folder); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func previewURL(at url.Values, part string) string {
	at.Set("part", part)
	return "/api/preview?" + at.Encode()
}

// describe adds what follows from the configuration.
func (d *detail) describe(c *configs.Config, folder run.Folder) error {
	text, err := c.YAML()
	if err != nil {
		return err
	}
	d.Config = string(text)
	d.Keys = keysOf(c)
	d.Command = html.Quote(html.Command(c, folder.ConfigPath(), string(folder)))
	d.BaseName, _ = html.Nearest(c)
	if base, err := configs.Preset(d.BaseName, nil); err == nil {
		for _, change := range html.Changes(base, c) {
			d.Differences = append(d.Differences, difference{change.Path, change.Value, change.Base})
		}
	}
	process, err := c.Process.Kind.New()
	if err != nil {
		return err
	}
	d.Sampling.settings = settingsOf(c.Sample, process, c.Seed)
	d.Sampling.N = map[string]int{"points": 10_000, "images": 64, "table": 1000}[d.Run.Kind]
	d.readSolvers(c, process)
	return nil
}

// keysOf are the keys of a configuration with their values.
func keysOf(c *configs.Config) []keyValue {
	list := []keyValue{}
	for _, v := range strictyaml.Values(c) {
		list = append(list, keyValue{v.Path, v.Text})
	}
	return list
}

// readCheckpoints lists the checkpoints, and reads the schema of the data from the newest.
func (d *detail) readCheckpoints(folder run.Folder) {
	entries, _ := checkpoint.List(folder.Checkpoints()) // none where they cannot be read
	points, _ := run.ReadMetrics(folder.MetricsPath())
	for _, e := range entries {
		line := checkpointLine{Name: strconv.FormatInt(e.Step, 10), Step: e.Step}
		i, found := slices.BinarySearchFunc(points, e.Step, func(p run.LogPoint, step int64) int { return cmp.Compare(p.Step, step) })
		if !found { // the point before
			i--
		}
		if i >= 0 {
			loss := number(points[i].Loss)
			line.Loss = &loss
		}
		line.Averaged = isAveraged(e.Path)
		d.Checkpoints = append(d.Checkpoints, line)
	}
	if metadata, err := checkpoint.ReadMetadata(checkpoint.BestPath(folder.Checkpoints())); err == nil {
		step, _ := strconv.ParseInt(metadata["step"], 10, 64)
		d.Checkpoints = append(d.Checkpoints, checkpointLine{
			Name: run.Best, Step: step, Best: true, Averaged: isAveraged(checkpoint.BestPath(folder.Checkpoints())),
		})
	}
	for _, e := range slices.Backward(entries) {
		metadata, err := checkpoint.ReadMetadata(e.Path)
		var schema data.Schema
		if err != nil || schema.LoadState(&checkpoint.File{Name: e.Path, Metadata: metadata}) != nil {
			continue
		}
		d.Dim, d.Shape = schema.Dim(), schema.Image
		d.Classes = append(d.Classes, schema.Classes...)
		for j := range schema.Columns {
			d.Columns = append(d.Columns, schema.ColumnName(j))
		}
		d.Sampling.Averaged = isAveraged(e.Path)
		d.TakesLabels = len(d.Classes) > 0 && (stores(e.Path, run.ModelPrefix+"label") || slices.ContainsFunc(d.Run.values, isLabeled))
		return
	}
}

// isLabeled reports whether a key gives labels to the net.
func isLabeled(v strictyaml.Value) bool {
	return v == strictyaml.Value{Path: "net.labels", Text: "true"}
}

// isAveraged reports whether a checkpoint has averaged weights.
func isAveraged(path string) bool { return stores(path, run.AveragePrefix) }

// stores reports whether a checkpoint has tensors whose names begin with a prefix.
func stores(path, prefix string) bool {
	stored, err := checkpoint.StoredIn(path)
	return err == nil && slices.ContainsFunc(stored, func(t checkpoint.Stored) bool { return strings.HasPrefix(t.Name, prefix) })
}

// readSolvers lists the solvers, and whether the process of the run admits each.
func (d *detail) readSolvers(c *configs.Config, process diffusion.Process) {
	keys := samplingKeys()
	for _, kind := range solver.Solvers() {
		line := solverLine{Name: kind.Name, Summary: kind.Summary, Keys: []keyLine{}, Possible: true}
		for _, k := range keys {
			if k.kind == kind.Name {
				line.Keys = append(line.Keys, k)
			}
		}
		changed, err := c.With([]string{"sample.solver=" + kind.Name})
		if err == nil {
			_, _, _, err = changed.Sample.Prepare(process)
		}
		if err != nil {
			line.Possible, line.Why = false, failureOf(err).Text
		}
		d.Solvers = append(d.Solvers, line)
	}
}

func spacings() []map[string]string {
	list := []map[string]string{}
	for _, kind := range solver.Spacings() {
		list = append(list, map[string]string{"name": kind.Name, "summary": kind.Summary})
	}
	return list
}
