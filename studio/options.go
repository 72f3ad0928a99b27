package studio

import (
	"context"
	_ "embed"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"euryale/configs"
	"euryale/internal/strictyaml"
	"euryale/report/html"
)

// keysFile has the meaning of each key: its path, the kind that it belongs to, and its comment, with tabs between them.
// `go generate ./internal/keydocs` writes it.
//
//go:embed keys.tsv
var keysFile string

// keyLine is a key of a configuration.
type keyLine struct {
	Path    string   `json:"path"`
	Kind    string   `json:"kind"` // that has the key; "": it is always there
	Type    string   `json:"type"`
	Default string   `json:"default"`
	Names   []string `json:"names"` // that it chooses among
	Doc     string   `json:"doc"`

	kind string // of the solver
}

// allKeys are the keys of a configuration.
var allKeys = sync.OnceValue(func() []keyLine {
	docs := map[[2]string]string{}
	for line := range strings.Lines(keysFile) {
		if cells := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3); len(cells) == 3 {
			docs[[2]string{cells[0], cells[1]}] = cells[2]
		}
	}
	var list []keyLine
	for _, k := range strictyaml.Keys(configs.Default()) {
		if k.Type == "section" {
			continue
		}
		line := keyLine{Path: k.Path, Type: k.Type, Default: k.Default, Names: k.Names}
		if n := len(k.Kinds); n > 0 {
			line.Kind = k.Kinds[n-1].Kind
			if k.Kinds[0].Path == "sample.solver" {
				line.kind = k.Kinds[0].Kind
			}
		}
		line.Doc = docs[[2]string{line.Path, line.Kind}]
		if line.kind != "" && line.Type == "text" {
			line.Names = quoted(line.Doc)
		}
		if len(k.Names) > 0 { // as an override has it
			line.Path = strings.TrimSuffix(k.Path, ".name")
		}
		list = append(list, line)
	}
	return list
})

// quoted are the words in quotes in the comment on a text of a solver, which are its values. "" is the default, which has a name too.
func quoted(doc string) (names []string) {
	for i, part := range strings.Split(doc, `"`) {
		if i%2 == 1 && part != "" && !slices.Contains(names, part) {
			names = append(names, part)
		}
	}
	return names
}

// samplingKeys are the keys of solvers, as the field set of a wish has them.
func samplingKeys() (list []keyLine) {
	for _, k := range allKeys() {
		if k.kind != "" {
			k.Path = strings.TrimPrefix(k.Path, "sample.")
			list = append(list, k)
		}
	}
	return list
}

// preset is an embedded configuration.
type preset struct {
	Name string     `json:"name"`
	YAML string     `json:"yaml"`
	Keys []keyValue `json:"keys"`
}

// getOptions lists what a new run may choose.
func (s *Studio) getOptions(*http.Request) (any, error) {
	presets := []preset{}
	for _, name := range configs.Presets() {
		text, err := configs.PresetText(name)
		if err != nil {
			return nil, err
		}
		config, err := configs.Preset(name, nil)
		if err != nil {
			return nil, err
		}
		presets = append(presets, preset{name, string(text), keysOf(config)})
	}
	return map[string]any{"presets": presets, "keys": allKeys(), "spacings": spacings()}, nil
}

// postReport makes the page of a run.
func (s *Studio) postReport(r *http.Request) (any, error) {
	var w struct {
		ID string `json:"id"`
	}
	if err := read(r, &w); err != nil {
		return nil, err
	}
	folder, err := s.folder(w.ID)
	if err != nil {
		return nil, err
	}
	path := folder.ReportPath()
	if err := html.CheckPlace(path); err != nil {
		return nil, failf(http.StatusConflict, "%s", plain(err))
	}
	j, err := s.jobs.replace("report", w.ID, func(ctx context.Context, _ string, progress func(int, int)) (any, map[string]content, error) {
		contents, err := html.Prepare(ctx, folder, html.Options{N: html.Quick, Workers: s.o.Workers, Figures: true, Progress: progress})
		if err != nil {
			return nil, nil, err
		}
		at := url.Values{"id": {w.ID}, "path": {"report.html"}}
		return map[string]string{"url": "/api/file?" + at.Encode(), "file": path}, nil, html.Save(path, folder, contents)
	})
	if err != nil {
		return nil, err
	}
	return map[string]string{"job": j.ID}, nil
}
