package studio_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"euryale/studio"
)

// event is a message of the stream.
type event struct {
	name string
	data map[string]any
}

// stream reads events until the test ends.
func (s *served) stream(ids string) <-chan event {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, "GET", s.http.URL+"/api/events?ids="+ids, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := s.http.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
		s.t.Fatalf("the stream is %s", kind)
	}
	events, ended := make(chan event, 1000), make(chan struct{})
	go func() {
		defer close(ended)
		defer close(events)
		defer response.Body.Close()
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, 1<<20)
		var e event
		for lines.Scan() {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				e = event{name: name}
			} else if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && json.Unmarshal([]byte(data), &e.data) == nil {
				events <- e
			}
		}
	}()
	s.t.Cleanup(func() { cancel(); <-ended })
	return events
}

// next waits for an event of a name.
func next(t testing.TB, events <-chan event, name string) map[string]any {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		select {
		case e, ok := <-events:
			if !ok {
				t.Fatalf("the stream ended before %s", name)
			}
			if e.name == name {
				return e.data
			}
		case <-limit:
			t.Fatalf("no %s in a minute", name)
		}
	}
}

// A run that is watched: log points, previews, its state; a log that is rewritten; a folder that is deleted, and comes again.
func TestWatching(t *testing.T) {
	s := serve(t, "points")
	folder := filepath.Join(s.runs, "points")
	events := s.stream("points")
	var list struct{ Runs []row }
	s.get("/api/runs", &list)
	log, err := os.OpenFile(filepath.Join(folder, "metrics.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := log.WriteString(`{"step":35,"loss":0.5}` + "\n" + `{"step":40,"lo`); err != nil {
		t.Fatal(err)
	}
	m := next(t, events, "metrics")
	if rows := m["rows"].([]any); len(rows) != 1 || rows[0].([]any)[0] != 35.0 || m["reset"] != false || m["id"] != "points" {
		t.Errorf("%v", m)
	}
	if _, err := log.WriteString(`ss":0.4}` + "\n"); err != nil {
		t.Fatal(err)
	}
	m = next(t, events, "metrics")
	if rows := m["rows"].([]any); len(rows) != 1 || rows[0].([]any)[0] != 40.0 {
		t.Errorf("after the rest of a line: %v", m)
	}
	log.Close()
	for _, end := range []string{".npy", ".png"} {
		old, err := os.ReadFile(filepath.Join(folder, "previews", "step-00000030"+end))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "previews", "step-00000040"+end), old, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if p := next(t, events, "preview"); p["step"] != 40.0 {
		t.Errorf("%v", p)
	}
	fresh := filepath.Join(folder, "new")
	if err := os.WriteFile(fresh, []byte(`{"step":5,"loss":1}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(fresh, filepath.Join(folder, "metrics.jsonl")); err != nil {
		t.Fatal(err)
	}
	if m := next(t, events, "metrics"); m["reset"] != true {
		t.Errorf("after another log took its place: %v", m)
	}
	for _, end := range []string{".npy", ".png"} { // of a run that is trained anew, the last previews are of earlier steps
		if err := os.Remove(filepath.Join(folder, "previews", "step-00000040"+end)); err != nil {
			t.Fatal(err)
		}
	}
	if p := next(t, events, "preview"); p["step"] != 30.0 {
		t.Errorf("%v", p)
	}
	moved := filepath.Join(t.TempDir(), "points")
	if err := os.CopyFS(moved, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if gone := next(t, events, "gone"); gone["id"] != "points" {
		t.Errorf("%v", gone)
	}
	if r := s.run("points"); r != nil { // what is listed for one browser is news for all
		t.Errorf("it is listed: %+v", r)
	}
	if runs := next(t, events, "runs"); !slices.Equal(runs["removed"].([]any), []any{"points"}) {
		t.Errorf("%v", runs["removed"])
	}
	s.refused("GET", "/api/run?id=points", nil, http.StatusNotFound, "there is no run points: its folder was removed or renamed")
	s.refused("POST", "/api/sample", map[string]any{"id": "points", "n": 1}, http.StatusNotFound, "there is no run points")
	if err := os.CopyFS(folder, os.DirFS(moved)); err != nil {
		t.Fatal(err)
	}
	if r := next(t, events, "state"); r["id"] != "points" {
		t.Errorf("%v", r)
	}
	for _, way := range [][2]string{{folder, moved + "2"}, {moved + "2", folder}} { // the same files, and their times
		if err := os.Rename(way[0], way[1]); err != nil {
			t.Fatal(err)
		}
		if way[0] == folder {
			next(t, events, "gone")
		}
	}
	if r := next(t, events, "state"); r["id"] != "points" {
		t.Errorf("back as it was: %v", r)
	}
}

// A folder may have any name: commas, which separate the runs of a stream, and what looks escaped.
func TestWatchedNames(t *testing.T) {
	s := serve(t)
	const id = "rate=0.1,seed=2 %2C"
	folder := filepath.Join(s.runs, id)
	writeRun(t, folder, nil, 1)
	events := s.stream(url.QueryEscape(url.PathEscape(id)))
	log, err := os.OpenFile(filepath.Join(folder, "metrics.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if _, err := log.WriteString(`{"step":200,"loss":0.5}` + "\n"); err != nil {
		t.Fatal(err)
	}
	if m := next(t, events, "metrics"); m["id"] != id {
		t.Errorf("%v", m)
	}
	s.refused("GET", "/api/events?ids=a%25zz", nil, http.StatusBadRequest, "ids must be escaped")
}

// Progress of a job, and a new run, reach all browsers.
func TestBroadcast(t *testing.T) {
	s := serve(t, "points")
	one, other := s.stream(""), s.stream("")
	s.get("/api/runs", new(any))
	s.sample(map[string]any{"id": "points", "n": 10, "steps": 2, "solver": "ddim"})
	if err := os.CopyFS(filepath.Join(s.runs, "sweep", "trials", "seed=1"), os.DirFS(fixture(t, "points"))); err != nil {
		t.Fatal(err)
	}
	for _, events := range []<-chan event{one, other} {
		if j := next(t, events, "job"); j["state"] != "done" && j["state"] != "running" {
			t.Errorf("%v", j)
		}
		if runs := next(t, events, "runs"); len(runs["runs"].([]any)) == 0 {
			t.Errorf("%v", runs)
		}
	}
	for ids, want := range map[string]int{"../x": 400, strings.Repeat("a,", 70): 400} {
		if status, text := s.raw("GET", "/api/events?ids="+ids, nil, nil); status != want {
			t.Errorf("ids %.20s: %d %s", ids, status, text)
		}
	}
}

// A browser that does not read is dropped, and the others do not wait for it.
func TestSlowReader(t *testing.T) {
	s := serve(t, "points")
	connection, err := net.Dial("tcp", strings.TrimPrefix(s.http.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if err := connection.(*net.TCPConn).SetReadBuffer(1 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprint(connection, "GET /api/events?ids=points HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	until(t, "the slow browser is there", func() bool { return studio.Viewers(s.Studio) == 1 })
	events := s.stream("points")
	wide := map[string]any{"text": strings.Repeat("x", 64<<10)}
	for range 400 { // more than the buffers of a connection, and the backlog, hold
		studio.Send(s.Studio, "wide", wide)
		next(t, events, "wide")
	}
	if n := studio.Viewers(s.Studio); n != 1 {
		t.Errorf("%d browsers are there", n)
	}
}

// Nothing is left when the studio is closed while browsers watch and a job runs: goleak looks at the end of the tests.
func TestClose(t *testing.T) {
	s := serve(t, "points")
	events := s.stream("points")
	s.post("/api/sample", map[string]any{"id": "points", "n": 100_000, "solver": "euler_maruyama", "spacing": "linspace", "steps": 1000}, new(any))
	if stopped := s.Close(); len(stopped) != 0 {
		t.Errorf("stopped %v", stopped)
	}
	for range events {
	}
	s.refused("POST", "/api/sample", map[string]any{"id": "points", "n": 1}, http.StatusServiceUnavailable, "")
	if status, _ := s.raw("GET", "/api/events", nil, nil); status != http.StatusServiceUnavailable {
		t.Errorf("a stream after the end: %d", status)
	}
}

// Serve ends with its context, with a browser that watches.
func TestServe(t *testing.T) {
	s, err := studio.New(studio.Options{Runs: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		_, err := s.Serve(ctx, l)
		ended <- err
	}()
	response, err := http.Get("http://" + l.Addr().String() + "/api/events")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	http.DefaultClient.CloseIdleConnections()
	if s, err = studio.New(studio.Options{Runs: t.TempDir(), Listen: "127.0.0.1:0"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Serve(context.Background(), l); err == nil || !strings.HasPrefix(err.Error(), "studio: ") {
		t.Errorf("on a closed listener: %v", err)
	}
}
