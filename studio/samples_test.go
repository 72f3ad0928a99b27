package studio_test

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// drawn is the result of sampling.
type drawn struct {
	Kind           string
	N, Dim         int
	Shape          []int
	Step           int64
	NFE            *float64
	Averaged       bool
	Command        string
	Points, Labels string
	Settings       struct {
		Solver string
		Steps  int
		Seed   uint64 `json:",string"` // JavaScript reads numbers of 53 bits
	}
	Reference *struct {
		N              int
		Points, Labels string
	}
	Frames []struct {
		Title, Points, Denoised string
		Time                    float64
	}
	Distance *struct {
		SlicedW1 float64 `json:"sliced_w1"`
		Floor    float64
		Rows     int
	}
	Columns    []string
	Rows       [][]string
	Histograms []struct{ Name string }
	Notes      []string
}

// sample draws samples.
func (s *served) sample(wish map[string]any) drawn {
	s.t.Helper()
	var job struct{ Job string }
	s.post("/api/sample", wish, &job)
	return finish[drawn](s, job.Job)
}

// data is the numbers at a URL.
func (s *served) data(url string) []byte {
	s.t.Helper()
	status, text := s.raw(http.MethodGet, url, nil, nil)
	if status != http.StatusOK {
		s.t.Fatalf("%s: %d %.200s", url, status, text)
	}
	return text
}

// shell runs a command line as a user would paste it, in a folder where euryale is this program.
func shell(t testing.TB, dir, line string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(program, filepath.Join(bin, "euryale")); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("/bin/sh", "-c", line)
	c.Dir, c.Env = dir, append(os.Environ(), "PATH="+bin)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
}

// payload is what a .npy file holds after its header.
func payload(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text[10+int(binary.LittleEndian.Uint16(text[8:])):]
}

// The command beside samples draws the same ones, bit for bit.
func TestSamplesAreThoseOfTheCommand(t *testing.T) {
	s := serve(t, "points", "images", "table")
	for name, wish := range map[string]map[string]any{
		"defaults": {"id": "points", "n": 50},
		"a solver": {
			"id": "points", "n": 50, "solver": "ddim", "steps": 7, "spacing": "quadratic", "seed": 12345, "set": map[string]string{"solver.eta": "0.5"},
		},
		"guidance":  {"id": "points", "n": 30, "label": "1", "guidance": 1.5, "checkpoint": "20", "set": map[string]string{"guidance.max": "10"}},
		"classes":   {"id": "points", "n": 31, "label": "all", "start": "marginal", "weights": "raw", "solver": "heun", "steps": 5},
		"one class": {"id": "points", "n": 20, "class": "1", "weights": "averaged", "solver": "rk45"},
		"balanced":  {"id": "points", "n": 21, "balance": true, "solver": "ancestral", "variance": "beta", "steps": 6},
		"the best":  {"id": "points", "n": 20, "checkpoint": "best", "solver": "dpm++_2m", "steps": 4, "frames": 3},
		"images":    {"id": "images", "n": 5, "steps": 4, "seed": 3},
		"a table":   {"id": "table", "n": 40, "steps": 5, "seed": "18446744073709551615"},
	} {
		t.Run(name, func(t *testing.T) {
			d := s.sample(wish)
			dir := t.TempDir()
			shell(t, dir, d.Command)
			if d.Kind == "table" {
				file, err := os.Open(filepath.Join(dir, "samples.csv"))
				if err != nil {
					t.Fatal(err)
				}
				defer file.Close()
				lines, err := csv.NewReader(file).ReadAll()
				if err != nil || !slices.Equal(lines[0], d.Columns) || !slices.EqualFunc(lines[1:], d.Rows, slices.Equal) {
					t.Errorf("the studio has other rows than %s: %v", d.Command, err)
				}
				if len(d.Histograms) != 3 {
					t.Errorf("%d histograms", len(d.Histograms))
				}
				return
			}
			points := s.data(d.Points)
			if !bytes.Equal(points, payload(t, filepath.Join(dir, "samples.npy"))) {
				t.Errorf("the studio has other samples than %s", d.Command)
			}
			if d.Labels != "" && !bytes.Equal(s.data(d.Labels), payload(t, filepath.Join(dir, "samples_labels.npy"))) {
				t.Errorf("the studio has other labels than %s", d.Command)
			}
			if n := len(d.Frames); n > 0 && !bytes.Equal(s.data(d.Frames[n-1].Points), points) {
				t.Error("the last frame is not the samples")
			}
			if d.NFE == nil || *d.NFE < 1 || d.Settings.Steps < 1 {
				t.Errorf("%v evaluations, %d steps", d.NFE, d.Settings.Steps)
			}
		})
	}
}

// The way from noise, what the net predicts on it, the distance to fresh rows and the data to compare with.
func TestFrames(t *testing.T) {
	s := serve(t, "points", "images")
	d := s.sample(map[string]any{"id": "points", "n": 100, "frames": 4, "denoised": true, "distance": true, "solver": "ddim", "steps": 6})
	if len(d.Frames) != 4 || d.Distance == nil || d.Distance.SlicedW1 <= 0 || d.Distance.Floor <= 0 || d.Reference == nil || d.Reference.N != 256 {
		t.Fatalf("%+v", d)
	}
	for i, f := range d.Frames {
		if x, x0 := s.data(f.Points), s.data(f.Denoised); len(x) != 800 || len(x0) != 800 || bytes.Equal(x, x0) != (i == 3) || f.Title == "" {
			t.Errorf("frame %d: %+v, %d and %d bytes", i, f, len(x), len(x0))
		}
		if i > 0 && f.Time >= d.Frames[i-1].Time {
			t.Errorf("frame %d is at %v after %v", i, f.Time, d.Frames[i-1].Time)
		}
	}
	if len(s.data(d.Reference.Points)) != 256*8 || len(s.data(d.Reference.Labels)) != 256*4 {
		t.Errorf("the data: %+v", d.Reference)
	}
	d = s.sample(map[string]any{"id": "images", "n": 4, "frames": 3, "distance": true, "steps": 4})
	if len(d.Frames) != 3 || len(s.data(d.Frames[0].Points)) != 4*256 || d.Distance != nil || d.Kind != "images" {
		t.Errorf("%+v", d)
	}
}

// Mistakes in what samples are asked for: an error before the work.
func TestSampleMistakes(t *testing.T) {
	s := serve(t, "points", "images", "table")
	for _, test := range []struct {
		wish   map[string]any
		status int
		want   string
	}{
		{map[string]any{"id": "points"}, 400, "n must be from 1 to 100000 points, got 0"},
		{map[string]any{"id": "images", "n": 5000}, 400, "n must be from 1 to 1024 images"},
		{map[string]any{"id": "points", "n": 1, "solver": "dim"}, 400, "ddim"},
		{map[string]any{"id": "points", "n": 1, "solver": "annealed_langevin"}, 400, "annealed_langevin"},
		{map[string]any{"id": "points", "n": 1, "steps": -1}, 400, "sample.steps"},
		{map[string]any{"id": "points", "n": 1, "seed": -1}, 400, "seed must be a whole number from 0"},
		{map[string]any{"id": "points", "n": 1, "set": map[string]string{"solver.rho": "7"}}, 400, "solver.rho"},
		{map[string]any{"id": "points", "n": 1, "set": map[string]string{"solver": "ddim"}}, 400, `give it as "solver"`},
		{map[string]any{"id": "points", "n": 1, "set": map[string]string{"steps": ""}}, 400, `give it as "steps"`},
		{map[string]any{"id": "points", "n": 1, "set": map[string]string{"times": ""}}, 400, "set has no value for times"},
		{map[string]any{"id": "points", "n": 1, "label": "7"}, 400, "label must be from 0 to 1"},
		{map[string]any{"id": "points", "n": 1, "label": "1", "class": "1"}, 400, "give one of them"},
		{map[string]any{"id": "points", "n": 1, "class": "none"}, 400, "none"},
		{map[string]any{"id": "points", "n": 1, "guidance": 2}, 400, "guidance has no effect without a label"},
		{map[string]any{"id": "images", "n": 1, "label": "1"}, 400, "has no classes"},
		{map[string]any{"id": "points", "n": 1, "checkpoint": "../x"}, 400, "checkpoint must be a step"},
		{map[string]any{"id": "points", "n": 1, "checkpoint": "/etc/passwd"}, 400, "checkpoint must be a step"},
		{map[string]any{"id": "points", "n": 1, "checkpoint": "25"}, 409, "no checkpoint of step 25; it has those of steps 10, 20, 30"},
		{map[string]any{"id": "points", "n": 1, "weights": "best"}, 400, "weights must be raw, averaged or empty"},
		{map[string]any{"id": "points", "n": 1, "frames": 1}, 400, "frames must be from 2 to 101"},
		{map[string]any{"id": "points", "n": 9000, "frames": 3}, 400, "n must be at most 4000 with frames"},
		{map[string]any{"id": "points", "n": 9, "denoised": true}, 400, "denoised is for frames"},
		{map[string]any{"id": "table", "n": 9, "frames": 3}, 400, "frames are for points and images"},
		{map[string]any{"id": "none", "n": 9}, 404, "there is no run none"},
	} {
		s.refused("POST", "/api/sample", test.wish, test.status, test.want)
	}
	for _, test := range []struct {
		question map[string]any
		status   int
		want     string
	}{
		{map[string]any{"id": "points"}, 400, "steps must list 1 to 16"},
		{map[string]any{"id": "points", "steps": []int{0}}, 400, "steps must be from 1"},
		{map[string]any{"id": "points", "steps": []int{5}, "n": 1}, 400, "n must be from 2"},
		{map[string]any{"id": "points", "steps": []int{5}, "solvers": []string{"dim"}}, 400, "ddim"},
		{map[string]any{"id": "points", "steps": []int{5}, "rounds": 99}, 400, "rounds must be at most 10"},
		{map[string]any{"id": "table", "steps": []int{5}}, 409, "is of a table"},
	} {
		s.refused("POST", "/api/quality", test.question, test.status, test.want)
	}
}

// Quality against steps, with the command that measures the same.
func TestQuality(t *testing.T) {
	s := serve(t, "points")
	var job struct{ Job string }
	s.post("/api/quality", map[string]any{"id": "points", "steps": []int{4, 2}, "n": 100, "solvers": []string{"ddim", "heun"}}, &job)
	q := finish[struct {
		Rows []struct {
			Solver        string
			Steps, Budget int
			NFE           float64
			SlicedW1      *float64 `json:"sliced_w1"`
		}
		Floor   float64
		Command string
	}](s, job.Job)
	if len(q.Rows) < 4 || q.Rows[0].Solver != "ddim" || q.Rows[0].Budget != 2 || *q.Rows[0].SlicedW1 <= 0 || q.Floor <= 0 {
		t.Errorf("%+v", q)
	}
	shell(t, t.TempDir(), q.Command)
}

// Rows of a table whose file is gone are drawn, and compared with nothing.
func TestTableWithoutItsData(t *testing.T) {
	s := serve(t, "table")
	path := filepath.Join(fixtures.dir, "people.csv")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	defer writePeople(t, path)
	d := s.sample(map[string]any{"id": "table", "n": 9})
	if len(d.Rows) != 9 || len(d.Histograms) != 0 || len(d.Notes) != 1 || !strings.Contains(d.Notes[0], "cannot be read") {
		t.Errorf("%d rows, %d histograms, notes %q", len(d.Rows), len(d.Histograms), d.Notes)
	}
	s.refused("GET", "/api/table?id=table", nil, http.StatusNotFound, "people.csv")
}

// A newer wish takes the place of older ones; jobs can be canceled; the queue is short, and ended jobs are forgotten.
func TestJobs(t *testing.T) {
	s := serve(t, "points")
	long := map[string]any{"id": "points", "n": 100_000, "solver": "euler_maruyama", "spacing": "linspace", "steps": 1000}
	var first, second struct{ Job string }
	s.post("/api/sample", long, &first)
	s.post("/api/sample", long, &second)
	var j jobAnswer[any]
	s.get("/api/job?wait=1&id="+first.Job, &j)
	if j.State != "canceled" || !strings.Contains(j.Error, "newer") {
		t.Errorf("the older job: %+v", j)
	}
	var state struct{ State string }
	if status := s.call("DELETE", "/api/job?id="+second.Job, nil, &state); status != http.StatusOK || state.State != "canceled" {
		t.Errorf("canceling: %d %+v", status, state)
	}
	s.refused("GET", "/api/job/data?part=points&id="+second.Job, nil, http.StatusNotFound, "has no")
	for range 20 {
		s.sample(map[string]any{"id": "points", "n": 1, "steps": 1, "solver": "ddim"})
	}
	s.refused("GET", "/api/job?id="+first.Job, nil, http.StatusNotFound, "there is no job")
	s.refused("DELETE", "/api/job?id=x", nil, http.StatusNotFound, "there is no job")
}

// Whatever is asked for, the answer is a job or one clear error of the request.
func FuzzSample(f *testing.F) {
	for _, body := range []string{
		`{"id":"points","n":3}`, `{"id":"points","n":3,"set":{"solver.eta":"0.5"},"solver":"ddim","frames":2,"denoised":true}`,
		`{"id":"points","n":2,"label":"all","guidance":-1,"spacing":"karras","start":"marginal"}`, `{"id":"points","n":1,"set":{"times":"[3, 1]"}}`,
		`{"id":"points","n":1,"set":{"guidance":"{weight: 1}"}}`, `{"id":"..","n":1}`,
		`{"id":"points","n":1,"checkpoint":"99999999999999999999"}`,
	} {
		f.Add(body)
	}
	base := serve(f, "points")
	f.Fuzz(func(t *testing.T, body string) {
		s := *base
		s.t = t
		if status, text := s.raw("POST", "/api/sample", body, nil); status >= 500 && !bytes.Contains(text, []byte("jobs are waiting")) {
			t.Errorf("%s: %d %s", body, status, text)
		}
	})
}
