package html

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"path/filepath"
	"slices"
	"strings"

	"euryale/configs"
	"euryale/run"
)

//go:embed templates
var templates embed.FS

// head is what every page begins with.
type head struct {
	Title   string
	Mark    template.HTML // run.ReportMark, whole
	Policy  string        // content of the Content-Security-Policy: the page asks for nothing, and runs its own script alone
	Style   template.CSS
	Script  template.JS
	Data    template.JS // JSON of the charts
	Charts  []chart
	Verdict string
	Notes   []string
}

// newHead makes the head of a page with charts.
func newHead(title string, list []chart) (head, error) {
	read := func(name string) string {
		text, _ := Assets.ReadFile("assets/" + name) // embedded
		return string(text)
	}
	if list == nil {
		list = []chart{}
	}
	data, err := json.Marshal(map[string]any{"charts": list}) // < and > are escaped
	if err != nil {
		return head{}, fmt.Errorf("html: %w", err)
	}
	style := read("uPlot.min.css") + "\n" + read("page.css")
	license := "/*!\nuPlot 1.6.32\n" + strings.TrimSpace(read("LICENSE")) + "\n*/\n"
	script := license + read("uPlot.iife.min.js") + "\n" + read("page.js")
	policy := fmt.Sprintf("default-src 'none'; img-src data:; style-src %s; script-src %s; base-uri 'none'; form-action 'none'",
		digest(style), digest(script))
	return head{
		Title: title, Mark: template.HTML(run.ReportMark + `">`), Policy: policy, Style: template.CSS(style), Script: template.JS(script),
		Data: template.JS(data), Charts: list,
	}, nil
}

// digest allows one script or style in a Content-Security-Policy.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// runPage is what the page of one run shows.
type runPage struct {
	head
	Facts    []fact
	Findings []string
	Metrics  []metricGroup
	Slides   []shown
	Averaged bool // the slides show averaged and raw weights
	Gallery  []shown
	settings
	Environment []fact
	Sessions    []session
	Files       []fileLine
	FileCount   string
	Folder      string
}

// fact is a name and a value.
type fact struct{ Name, Value string }

// settings are the configuration of a run on its page.
type settings struct {
	Base    string // the preset that it is compared with
	Changes []Change
	YAML    string
	Command string
	Remark  string // what the command does not reproduce
}

// session is a stretch of training.
type session struct{ Started, Steps, Workers, Command string }

// Page is the page of a run. Its errors are those of Save.
func Page(folder run.Folder, c Contents) ([]byte, error) {
	f, err := gather(folder, c)
	if err != nil {
		return nil, err
	}
	page := &runPage{Findings: c.Findings, Files: f.files, FileCount: grouped(int64(f.fileCount)), Folder: string(folder)}
	if page.head, err = newHead(f.name(), charts(f.points)); err != nil {
		return nil, err
	}
	metrics := append(append([]Metric(nil), c.Metrics...), f.logged()...)
	page.Verdict, page.Facts, page.Metrics = f.verdict(metrics), f.facts(), grouping(metrics)
	page.settings = f.settings()
	page.Environment, page.Sessions = f.machine()
	page.Notes = f.notes
	bare, err := fill("run.gohtml", page)
	if err != nil {
		return nil, err
	}
	const slack = 40_000 // for notes about pictures, and captions
	a := &album{room: MaxBytes - len(bare) - slack}
	page.Slides = a.slides(f.previews, a.room*45/100)
	for _, p := range f.previews {
		page.Averaged = page.Averaged || p.Raw != ""
	}
	page.Gallery = a.gallery(folder, c.Pictures)
	page.Notes = firstNotes(append(page.Notes, a.notes...))
	return fill("run.gohtml", page)
}

// firstNotes are as many notes as a page has room for, and the number of the others.
func firstNotes(notes []string) []string {
	const most = 200
	if len(notes) <= most {
		return notes
	}
	return append(slices.Clone(notes[:most]), fmt.Sprintf("There are %s more notes.", grouped(int64(len(notes)-most))))
}

// fill executes a template.
func fill(name string, page any) ([]byte, error) {
	last := func(list []shown) int { return len(list) - 1 }
	t, err := template.New(name).Funcs(template.FuncMap{"last": last}).ParseFS(templates, "templates/*.gohtml")
	if err != nil {
		return nil, fmt.Errorf("html: %w", err)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, page); err != nil {
		return nil, fmt.Errorf("html: %w", err)
	}
	return b.Bytes(), nil
}

// name is the name of the run, or that of its folder.
func (f *facts) name() string {
	if f.config != nil {
		return f.config.Name
	}
	if path, err := filepath.Abs(string(f.folder)); err == nil {
		return filepath.Base(path)
	}
	return string(f.folder)
}

// facts are figures of the training.
func (f *facts) facts() []fact {
	var list []fact
	add := func(name, format string, args ...any) { list = append(list, fact{name, fmt.Sprintf(format, args...)}) }
	if last := f.last(); last != nil {
		steps := grouped(last.Step)
		if f.steps > last.Step {
			steps += " of " + grouped(f.steps)
		}
		add("steps", "%s", steps)
		add("epochs", "%s", number(last.Epoch))
		loss, _ := f.loss()
		add(fmt.Sprintf("loss, last %d epochs", run.LossEpochs), "%s", number(loss))
		if time := f.trained(); time > 0 {
			add("time of training", "%s", duration(time))
			add("steps per second", "%s", number(float64(last.Step)/time.Seconds()))
		}
	}
	if c := f.config; c != nil {
		add("data", "%s", c.Data.Source.Name())
		add("process", "%s", c.Process.Name())
		add("net", "%s", c.Net.Name())
		add("solver", "%s", c.Sample.Solver.Name())
		add("seed", "%d", c.Seed)
	}
	if n := len(f.checkpoints); n > 0 {
		add("newest checkpoint", "step %s", grouped(f.checkpoints[n-1]))
	}
	if _, best := f.evaluations(); best != nil {
		add("best evaluation", "step %s", grouped(best.Step))
	}
	return list
}

// settings are those of the page.
func (f *facts) settings() settings {
	if f.config == nil {
		return settings{}
	}
	text, err := f.config.YAML()
	if err != nil {
		return settings{Remark: err.Error()}
	}
	s := settings{YAML: string(text)}
	preset, overrides := Nearest(f.config)
	s.Command = Quote(command(preset, overrides, f.folder.ConfigPath(), ""))
	if s.Base = preset; preset == "" {
		s.Base = f.config.Name // a preset that no overrides lead from, or no preset
	}
	base, err := configs.Preset(s.Base, nil)
	if err != nil {
		s.Base, base = "scurve", configs.Default()
	}
	s.Changes = Changes(base, f.config)
	if f.config.Data.Source.Name() == "program" || f.config.Net.Name() == "program" {
		s.Remark = "The data or the net of this run came from a Go program: the command alone does not make it again."
	}
	return s
}

// machine is on what the run was trained, and when.
func (f *facts) machine() (list []fact, sessions []session) {
	e := f.environment
	if e == nil {
		return nil, nil
	}
	for _, v := range []fact{
		{"Euryale", e.Version}, {"commit", e.Commit}, {"Go", e.Go}, {"system", strings.Trim(e.OS+"/"+e.Arch, "/")}, {"processor", e.Processor},
		{"cores", fmt.Sprint(e.Cores)}, {"kernel", e.Kernel},
	} {
		if v.Value != "" && v.Value != "0" {
			list = append(list, v)
		}
	}
	const most = 100
	first := max(0, len(e.Sessions)-most)
	if first > 0 {
		f.note("The last %d of the %s sessions are listed; all are in environment.json.", most, grouped(int64(len(e.Sessions))))
	}
	for _, s := range e.Sessions[first:] {
		const layout = "2006-01-02 15:04:05 MST"
		took := "not ended"
		if !s.Ended.IsZero() {
			took = duration(s.Ended.Sub(s.Started))
		}
		sessions = append(sessions, session{
			Started: s.Started.UTC().Format(layout) + ", " + took, Steps: grouped(s.FromStep) + " to " + grouped(s.ToStep),
			Workers: fmt.Sprint(s.Workers), Command: Quote(s.Command),
		})
	}
	return list, sessions
}
