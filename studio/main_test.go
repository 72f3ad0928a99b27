package studio_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"euryale/internal/cli"
	"euryale/studio"
)

// TestMain is the program itself where it is called as one: the studio starts trainings by its own file.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && slices.Contains([]string{"train", "sample", "eval"}, os.Args[1]) {
		cli.Main()
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) {
		if fixtures.dir != "" {
			os.RemoveAll(fixtures.dir)
		}
		os.Exit(status)
	}))
}

// tiny are the settings of runs that take a moment to train.
var tiny = []string{
	"-set", "net.width=8", "-set", "net.depth=1", "-set", "train.report=false", "-set", "train.log_every=5", "-set", "train.checkpoint_every=10",
	"-set", "train.previews=20", "-quiet",
}

// trained are runs that tests copy: each is trained when the first test asks for it.
var trained = map[string][]string{
	"points": {
		"-config", "moons_cfg", "-set", "data.points=256", "-set", "train.batch=64", "-set", "train.steps=30", "-set", "train.evaluate_every=10",
	},
	"images": {"-config", "discs", "-set", "net=mlp", "-set", "train.batch=32", "-set", "train.steps=20"},
	"table":  {"-config", "table_small", "-set", "train.batch=64", "-set", "train.steps=20"},
	// With the net of the preset, for benchmarks.
	"scurve": {"-config", "scurve", "-set", "net.width=128", "-set", "net.depth=3", "-set", "train.steps=500", "-set", "train.checkpoint_every=500"},
}

var fixtures struct {
	mu  sync.Mutex
	dir string
}

// fixture is the folder of a trained run.
func fixture(t testing.TB, kind string) string {
	t.Helper()
	fixtures.mu.Lock()
	defer fixtures.mu.Unlock()
	if fixtures.dir == "" {
		dir, err := os.MkdirTemp("", "studio-*")
		if err != nil {
			t.Fatal(err)
		}
		fixtures.dir = dir
	}
	folder := filepath.Join(fixtures.dir, kind)
	if _, err := os.Stat(folder); err == nil {
		return folder
	}
	writePeople(t, filepath.Join(fixtures.dir, "people.csv"))
	args := slices.Concat([]string{"train"}, tiny, trained[kind], []string{"-out", folder})
	if kind == "table" { // the file is found from any working directory
		args = append(args, "-set", "data.file="+filepath.Join(fixtures.dir, "people.csv"))
	}
	c := exec.Command(os.Args[0], args...)
	c.Dir = fixtures.dir
	if out, err := c.CombinedOutput(); err != nil {
		os.RemoveAll(folder)
		t.Fatalf("training %s: %v\n%s", kind, err, out)
	}
	return folder
}

// writePeople writes a table of numbers and categories.
func writePeople(t testing.TB, path string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("age,job,income\n")
	for i := range 200 {
		job := []string{"clerk", "cook", "pilot"}[i*i%7%3]
		b.WriteString(strings.Join([]string{strconv.Itoa(20 + i*37%50), job, strconv.Itoa(1000 + i*i%997)}, ",") + "\n")
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// served is a studio under test.
type served struct {
	*studio.Studio
	t    testing.TB
	runs string
	http *httptest.Server
}

// serve serves a folder that holds copies of trained runs.
func serve(t testing.TB, kinds ...string) *served {
	t.Helper()
	s := &served{t: t, runs: t.TempDir()}
	for _, kind := range kinds {
		if err := os.CopyFS(filepath.Join(s.runs, kind), os.DirFS(fixture(t, kind))); err != nil {
			t.Fatal(err)
		}
	}
	s.start(studio.Options{Runs: s.runs, Listen: "127.0.0.1:0", Failed: func(err error) { t.Error(err) }})
	return s
}

func (s *served) start(o studio.Options) {
	s.t.Helper()
	var err error
	if s.Studio, err = studio.New(o); err != nil {
		s.t.Fatal(err)
	}
	s.http = httptest.NewServer(s.Handler())
	s.t.Cleanup(func() {
		s.Close()
		s.http.Close()
	})
}

// call sends a request as the page does, and decodes the answer.
func (s *served) call(method, path string, body, into any) int {
	s.t.Helper()
	status, text := s.raw(method, path, body, nil)
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			s.t.Fatalf("%s %s: %d %.300s: %v", method, path, status, text, err)
		}
	}
	return status
}

// raw sends a request with further headers.
func (s *served) raw(method, path string, body any, head map[string]string) (status int, text []byte) {
	s.t.Helper()
	content, ok := body.(string)
	if !ok && body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		content = string(encoded)
	}
	r, err := http.NewRequest(method, s.http.URL+path, strings.NewReader(content))
	if err != nil {
		s.t.Fatal(err)
	}
	if method != http.MethodGet {
		r.Header.Set("Origin", s.http.URL)
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range head {
		if r.Header.Set(name, value); name == "Host" {
			r.Host = value
		}
	}
	response, err := s.http.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err = io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, text
}

// get is call of a page that must be there.
func (s *served) get(path string, into any) {
	s.t.Helper()
	var text json.RawMessage
	if status := s.call(http.MethodGet, path, nil, &text); status != http.StatusOK {
		s.t.Fatalf("GET %s: %d %.300s", path, status, text)
	}
	if err := json.Unmarshal(text, into); err != nil {
		s.t.Fatalf("GET %s: %.300s: %v", path, text, err)
	}
}

// post is call of a request that must succeed.
func (s *served) post(path string, body, into any) {
	s.t.Helper()
	var text json.RawMessage
	if status := s.call(http.MethodPost, path, body, &text); status != http.StatusOK {
		s.t.Fatalf("POST %s: %d %.500s", path, status, text)
	}
	if err := json.Unmarshal(text, into); err != nil {
		s.t.Fatal(err)
	}
}

// refused is a request that must fail with a status and an error that has a text.
func (s *served) refused(method, path string, body any, want int, contains string) {
	s.t.Helper()
	var answer struct{ Error string }
	if status := s.call(method, path, body, &answer); status != want || !strings.Contains(answer.Error, contains) {
		s.t.Errorf("%s %s %v: %d %q, want %d with %q", method, path, body, status, answer.Error, want, contains)
	}
}

// jobAnswer is a job as the page sees it.
type jobAnswer[T any] struct {
	Job, State, Error string
	Done, Total       int
	Result            T
}

// finish waits until a job has ended, and must be done.
func finish[T any](s *served, id string) T {
	s.t.Helper()
	for {
		var j jobAnswer[T]
		s.get("/api/job?wait=1&id="+id, &j)
		switch j.State {
		case "waiting", "running":
		case "done":
			return j.Result
		default:
			s.t.Fatalf("job %s: %s %s", id, j.State, j.Error)
		}
	}
}

// until waits until something is so, for at most a time that no test takes.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	limit := time.After(time.Minute)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !is() {
		select {
		case <-ticker.C:
		case <-limit:
			t.Fatal("waited a minute until " + what)
		}
	}
}

// row is a line of the list.
type row struct {
	ID, Name, State, Kind, Error, Group, Preset string
	Mine                                        bool
	Step, Total                                 int64
	Loss                                        *float64
	Changed                                     map[string]string
	Metrics                                     map[string]float64
}

// run is the line of a run; nil if there is none.
func (s *served) run(id string) *row {
	s.t.Helper()
	var list struct{ Runs []row }
	s.get("/api/runs", &list)
	for _, r := range list.Runs {
		if r.ID == id {
			return &r
		}
	}
	return nil
}

func optionsOf(runs string) studio.Options { return studio.Options{Runs: runs, Listen: "127.0.0.1:0"} }
