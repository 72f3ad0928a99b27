package studio_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/run"
)

// detail is what a test reads of a run.
type detail struct {
	Run         row
	Dim         int
	Shape       []int
	Classes     []string
	TakesLabels bool `json:"takes_labels"`
	Columns     []string
	Config      string
	BaseName    string `json:"base_name"`
	Command     string
	Environment *run.Environment
	Checkpoints []struct {
		Name           string
		Step           int64
		Best, Averaged bool
		Loss           *float64
	}
	Previews []struct {
		Step                          int64
		Picture, Samples, Raw, Labels string
	}
	Files    []struct{ Path, URL string }
	Sampling struct {
		Solver   string
		Steps, N int
		Averaged bool
	}
	Solvers []struct {
		Name, Why string
		Possible  bool
		Keys      []struct{ Path, Doc string }
	}
}

// A run is described by its files: points with classes, images, a table.
func TestRun(t *testing.T) {
	s := serve(t, "points", "images", "table")
	for _, test := range []struct {
		id, preset  string
		dim         int
		shape       []int
		classes     int
		columns     []string
		checkpoints int
		step        int64
	}{
		{"points", "moons_cfg", 2, nil, 2, nil, 3, 30},
		{"images", "discs", 256, []int{16, 16, 1}, 0, nil, 2, 20},
		{"table", "table_small", 2, nil, 0, []string{"age", "job", "income"}, 2, 20},
	} {
		var d detail
		s.get("/api/run?id="+test.id, &d)
		columns := d.Columns
		if test.columns == nil {
			columns = nil
		}
		if d.Dim != test.dim || !slices.Equal(d.Shape, test.shape) || len(d.Classes) != test.classes || !slices.Equal(columns, test.columns) ||
			d.TakesLabels != (test.classes > 0) || d.BaseName != test.preset {
			t.Errorf("%s: dim %d, shape %v, classes %v, columns %v, takes labels %v, preset %q", test.id, d.Dim, d.Shape, d.Classes, d.Columns,
				d.TakesLabels, d.BaseName)
		}
		last := d.Checkpoints[test.checkpoints-1]
		if last.Step != test.step || last.Loss == nil || d.Run.State != "finished" || d.Run.Kind != test.id || d.Environment == nil {
			t.Errorf("%s: %+v, %+v", test.id, d.Checkpoints, d.Run)
		}
		if !strings.Contains(d.Command, "-config "+test.preset+" -set ") || !strings.HasPrefix(d.Config, "version: 2\n") || d.Sampling.Steps < 1 {
			t.Errorf("%s: command %q, config %.40q, %d steps", test.id, d.Command, d.Config, d.Sampling.Steps)
		}
		for _, solver := range d.Solvers {
			if solver.Possible != (solver.Why == "") {
				t.Errorf("%s: %+v", test.id, solver)
			}
			for _, key := range solver.Keys {
				if key.Doc == "" || strings.HasPrefix(key.Path, "sample.") {
					t.Errorf("%s: key %+v", solver.Name, key)
				}
			}
		}
		checkPreviews(s, test.id, d)
		for _, file := range d.Files {
			if file.URL == "" {
				continue
			}
			if status, _ := s.raw(http.MethodGet, file.URL, nil, nil); status != http.StatusOK {
				t.Errorf("%s: %d", file.URL, status)
			}
		}
	}
}

// checkPreviews reads all parts of the previews of a run.
func checkPreviews(s *served, id string, d detail) {
	s.t.Helper()
	if len(d.Previews) != len(d.Checkpoints) {
		s.t.Errorf("%s: %d previews of %d checkpoints", id, len(d.Previews), len(d.Checkpoints))
	}
	bytes := map[string]int{"points": 20 * 2 * 4, "images": 20 * 256}
	for _, p := range d.Previews {
		for _, at := range []string{p.Samples, p.Raw} {
			status, text := s.raw(http.MethodGet, at, nil, nil)
			isTable := strings.HasPrefix(string(text), "age,job,income")
			if status != http.StatusOK || isTable != (id == "table") || !isTable && len(text) != bytes[id] {
				s.t.Errorf("%s: %d, %d bytes", at, status, len(text))
			}
		}
		if id == "points" {
			if status, text := s.raw(http.MethodGet, p.Labels, nil, nil); status != http.StatusOK || len(text) != 20*4 {
				s.t.Errorf("%s: %d, %d bytes", p.Labels, status, len(text))
			}
		}
		if id != "table" {
			if status, text := s.raw(http.MethodGet, p.Picture, nil, nil); status != http.StatusOK || !strings.HasPrefix(string(text), "\x89PNG") {
				s.t.Errorf("%s: %d", p.Picture, status)
			}
		}
	}
}

// Figures, the comparison of a table, training rows, and the page about a run.
func TestMade(t *testing.T) {
	s := serve(t, "points", "images", "table")
	var list struct {
		Figures []struct{ Name, URL, Format string }
		Command string
	}
	s.get("/api/figures?id=points", &list)
	if want := "euryale figures -run " + filepath.Join(s.runs, "points"); list.Command != want {
		t.Errorf("the command of the figures is %q, want %q", list.Command, want)
	}
	for _, f := range list.Figures {
		if f.Name != "schedule" && f.Name != "samples" {
			continue
		}
		for range 2 { // the second comes from memory
			if status, text := s.raw(http.MethodGet, f.URL, nil, nil); status != http.StatusOK || !strings.HasPrefix(string(text), "\x89PNG") {
				t.Errorf("%s: %d %.200s", f.URL, status, text)
			}
		}
	}
	s.refused(http.MethodGet, "/api/figure?id=images&name=density", nil, http.StatusConflict, "there is no figure density of this run")
	s.refused(http.MethodGet, "/api/figure?id=images&name=densty", nil, http.StatusBadRequest, "density")
	var compared struct {
		Rows       int
		Histograms []struct {
			Name            string
			Categories      []string
			Edges           []float64
			Real, Synthetic []float64
		}
		Pairs           []struct{ A, B string }
		Columns         []string
		Real, Synthetic [][]string
	}
	s.get("/api/table?id=table", &compared)
	if compared.Rows != 200 || len(compared.Histograms) != 3 || len(compared.Pairs) != 3 || len(compared.Real) != 20 ||
		len(compared.Synthetic[0]) != 3 {
		t.Errorf("%+v", compared)
	}
	for _, h := range compared.Histograms {
		if sum := total(h.Real); sum < 0.999 || sum > 1.001 || len(h.Real) != max(len(h.Categories), len(h.Edges)-1) {
			t.Errorf("%s: %d shares add up to %v", h.Name, len(h.Real), sum)
		}
	}
	s.refused(http.MethodGet, "/api/table?id=points", nil, http.StatusConflict, "is of no table")
	s.refused(http.MethodGet, "/api/data?id=table&part=points", nil, http.StatusConflict, "is of a table")
	for at, want := range map[string]int{"points&part=points": 256 * 2 * 4, "points&part=labels": 256 * 4, "images&part=points": 64 * 256} {
		if status, text := s.raw(http.MethodGet, "/api/data?id="+at, nil, nil); status != http.StatusOK || len(text) != want {
			t.Errorf("/api/data?id=%s: %d, %d bytes, want %d", at, status, len(text), want)
		}
	}
	var job struct{ Job string }
	s.post("/api/report", map[string]string{"id": "table"}, &job)
	made := finish[struct{ URL, File string }](s, job.Job)
	status, text := s.raw(http.MethodGet, made.URL, nil, nil)
	if status != http.StatusOK || !strings.Contains(string(text), run.ReportMark) || made.File != filepath.Join(s.runs, "table", "report.html") {
		t.Errorf("%+v: %d %.100s", made, status, text)
	}
	response, err := s.http.Client().Get(s.http.URL + made.URL)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if policy := response.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; ") ||
		!strings.HasSuffix(policy, "; sandbox allow-scripts") || strings.Contains(policy, "'self'") {
		t.Errorf("scripts of a report may do what %q allows", policy)
	}
	if err := os.WriteFile(made.File, []byte("<script>mine</script>"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.refused(http.MethodGet, made.URL, nil, http.StatusForbidden, "is no report of Euryale")
	s.refused(http.MethodPost, "/api/report", map[string]string{"id": "table"}, http.StatusConflict, "is not replaced")
}

func total(list []float64) (sum float64) {
	for _, v := range list {
		sum += v
	}
	return sum
}

// What can be chosen: each key has its meaning, each preset its text.
func TestOptions(t *testing.T) {
	s := serve(t)
	var o struct {
		Presets []struct {
			Name, YAML string
			Keys       []struct{ Path, Value string }
		}
		Keys []struct {
			Path, Kind, Type, Default, Doc string
			Names                          []string
		}
	}
	s.get("/api/options", &o)
	if len(o.Presets) == 0 || len(o.Keys) == 0 {
		t.Fatalf("%d presets, %d keys", len(o.Presets), len(o.Keys))
	}
	for _, p := range o.Presets {
		if p.YAML == "" || len(p.Keys) == 0 || p.Keys[1].Path != "name" || p.Keys[1].Value != p.Name {
			t.Errorf("preset %s has the text %.40q and the keys %v", p.Name, p.YAML, p.Keys)
		}
	}
	checked := 0
	for _, k := range o.Keys {
		if k.Doc == "" || k.Type == "" {
			t.Errorf("key %+v", k)
		}
		if strings.HasPrefix(k.Path, "sample.solver.") && k.Type == "text" { // its values are in its comment
			checked++
			if !slices.Contains(k.Names, k.Default) || len(k.Names) < 2 {
				t.Errorf("%s of %s has the values %q, and is %q", k.Path, k.Kind, k.Names, k.Default)
			}
			for _, name := range append(k.Names, "none") {
				chosen := []string{"sample.solver=" + k.Kind, k.Path + "=" + name}
				if name == "learned" { // by a net that learns variances
					chosen = append(chosen, "objective=hybrid")
				}
				if _, err := configs.Preset("scurve", chosen); (err == nil) != (name != "none") {
					t.Errorf("%q: %v", chosen, err)
				}
			}
		}
	}
	if checked < 6 {
		t.Errorf("%d texts of solvers", checked)
	}
	for _, name := range []string{"/", "/uPlot.iife.min.js", "/uPlot.min.css"} {
		if status, text := s.raw(http.MethodGet, name, nil, nil); status != http.StatusOK || len(text) == 0 {
			t.Errorf("%s: %d", name, status)
		}
	}
	for _, name := range []string{"/none.js", "/page/index.html", "/%2e%2e%2fstudio.go", "/..%2fkeys.tsv", "/api/none", "/page.css"} {
		if status, _ := s.raw(http.MethodGet, name, nil, nil); status != http.StatusNotFound {
			t.Errorf("%s: %d", name, status)
		}
	}
}

// A log is sent thinned, from a step on, and up to where it is damaged.
func TestMetrics(t *testing.T) {
	s := serve(t, "points")
	type curves struct {
		Columns []string
		Rows    [][]*float64
		Points  int
		Thinned bool
		Error   string
	}
	var c curves
	s.get("/api/metrics?id=points", &c)
	step, held := slices.Index(c.Columns, "step"), slices.Index(c.Columns, "held_out_loss")
	if len(c.Rows) != 6 || *c.Rows[5][step] != 30 || c.Rows[5][held] == nil || c.Rows[4][held] != nil {
		t.Errorf("%d rows: %v", len(c.Rows), c)
	}
	s.get("/api/metrics?id=points&from=20", &c)
	if len(c.Rows) != 2 || *c.Rows[0][step] != 25 {
		t.Errorf("from 20: %d rows", len(c.Rows))
	}
	s.refused(http.MethodGet, "/api/metrics?id=points&from=x", nil, http.StatusBadRequest, "from must be a step")
	log, err := os.OpenFile(filepath.Join(s.runs, "points", "metrics.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	for i := range 10_000 {
		if _, err := log.WriteString(fmt.Sprintf("{\"step\":%d,\"loss\":%d}\n", i+31, i%7)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := log.WriteString("damage\n"); err != nil {
		t.Fatal(err)
	}
	s.get("/api/metrics?id=points&from=30", &c)
	low, high, loss := slices.Index(c.Columns, "loss_low"), slices.Index(c.Columns, "loss_high"), slices.Index(c.Columns, "loss")
	if len(c.Rows) != 2000 || !c.Thinned || c.Points != 10_000 || *c.Rows[1999][step] != 10_030 ||
		!strings.Contains(c.Error, "metrics.jsonl:10007") {
		t.Errorf("%d rows of %d points, thinned %v: %s", len(c.Rows), c.Points, c.Thinned, c.Error)
	}
	if first := c.Rows[0]; *first[low] != 0 || *first[high] != 4 || *first[loss] != 2 {
		t.Errorf("the first of 5 losses from 0 to 4: least %v, greatest %v, mean %v", *first[low], *first[high], *first[loss])
	}
}
