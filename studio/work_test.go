package studio

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"euryale/model"
)

// A run that a browser begins to watch while others are forgotten is not forgotten.
func TestFollowersKeep(t *testing.T) {
	h, l := newHub(), newRows(t.TempDir(), newProcesses(Options{}))
	f := followers{by: map[string]*follower{}}
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		for ctx.Err() == nil {
			f.keep(h)
		}
	})
	for i := range 3000 {
		id := "run" + strconv.Itoa(i)
		v, _ := h.join([]string{id})
		f.watch(l, []string{id})
		f.mu.Lock()
		watched := f.by[id] != nil
		f.mu.Unlock()
		if h.leave(v); !watched {
			t.Errorf("%s was forgotten while it was watched", id)
			break
		}
	}
	cancel()
	group.Wait()
	if f.keep(h); len(f.by) > 0 {
		t.Errorf("%d runs are followed that nobody watches", len(f.by))
	}
}

// A log is followed from where it was: points that are added, part by part; another log in its place, shorter or longer.
func TestNews(t *testing.T) {
	l := newRows(t.TempDir(), newProcesses(Options{}))
	path := l.folder("a").MetricsPath()
	if err := os.Mkdir(string(l.folder("a")), 0o755); err != nil {
		t.Fatal(err)
	}
	f := l.begin("a") // there is no log yet
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	news := func(steps string, reset bool) {
		t.Helper()
		points, again := f.news(path)
		got := ""
		for _, p := range points {
			got += strconv.FormatInt(p.Step, 10) + " "
		}
		if got != steps || again != reset {
			t.Errorf("steps %q, reset %v, want %q, %v", got, again, steps, reset)
		}
	}
	news("", false)
	write(path, `{"step":1}`+"\n"+`{"step":2}`+"\n"+`{"st`)
	news("1 2 ", false)
	write(path, `{"step":1}`+"\n"+`{"step":2}`+"\n"+`{"step":3}`+"\n")
	news("3 ", false)
	news("", false)
	for _, text := range []string{`{"step":1}` + "\n", `{"step":1}` + "\n" + `{"step":2,"loss":5}` + "\n" + `{"step":3}` + "\n"} {
		write(path+".new", text)
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
		news("", true)
		news("", false)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	news("", false)
}

// The state of a process counts until the files of its run know better.
func TestProcessState(t *testing.T) {
	p := newProcesses(Options{})
	end := time.Unix(1000, 0)
	for _, test := range []struct {
		state   string
		changed time.Duration // after the end
		want    string
	}{
		{running, 1, running}, {running, -1, running}, {finished, -1, ""}, {stopped, -1, ""}, {failed, -1, failed}, {failed, 1, ""},
	} {
		p.by["a"] = &process{state: test.state, problem: "why", end: end}
		if state, _ := p.state("a", end.Add(test.changed)); state != test.want {
			t.Errorf("%+v: %q", test, state)
		}
	}
	if state, _ := p.state("b", end); state != "" {
		t.Errorf("of no process: %q", state)
	}
}

// A browser that reads nothing is dropped as soon as its backlog is full: a send that waits for it would never return.
func TestHubNeverWaits(t *testing.T) {
	h := newHub()
	slow, _ := h.join([]string{"a"})
	other, _ := h.join([]string{"a", "b"})
	for range backlog + 1 {
		h.send("state", "b", 0) // not for the slow one
		h.send("state", "a", 0)
		<-other.out
		<-other.out
	}
	select {
	case <-slow.gone:
	default:
		t.Error("the slow browser is still there")
	}
	if ids, viewers := h.watched(); viewers != 1 || !slices.Equal(ids, []string{"a", "b"}) || len(slow.out) != backlog {
		t.Errorf("%d browsers watch %q; %d messages wait", viewers, ids, len(slow.out))
	}
	h.close()
	if _, ok := h.join(nil); ok {
		t.Error("a browser joined after the end")
	}
	<-other.gone
}

// Work that takes longer than an answer may take to send is answered, and a panic is an error.
func TestAnswering(t *testing.T) {
	handle := answering(func(r *http.Request) (any, error) {
		if r.URL.Path == "/panic" {
			panic("a mistake")
		}
		return map[string]int{"n": 1}, nil
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(-time.Second)); err != nil {
			t.Error(err)
		}
		handle(w, r)
	}))
	defer server.Close()
	for path, want := range map[string]string{"/": `{"n":1}`, "/panic": "an error of the program: a mistake"} {
		response, err := server.Client().Get(server.URL + path)
		if err != nil {
			t.Error(err)
			continue
		}
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || !strings.Contains(string(text), want) || (response.StatusCode == http.StatusOK) != (path == "/") {
			t.Errorf("%s: %d %.200s, %v", path, response.StatusCode, text, err)
		}
	}
}

// Of jobs that ended, the last are kept, and fewer where their numbers take much memory; those that wait or go on stay.
func TestForget(t *testing.T) {
	ended := func(id string, megabytes int) *job {
		return &job{ID: id, State: done, parts: map[string]content{"points": {bytes: make([]byte, megabytes<<20)}}}
	}
	q := &jobs{list: []*job{{ID: "goes on", State: running}, ended("a", 100), ended("b", 100), {ID: "waits", State: waiting}, ended("c", 100)}}
	q.forget()
	kept := func() (ids []string) {
		for _, j := range q.list {
			ids = append(ids, j.ID)
		}
		return ids
	}
	if got := kept(); !slices.Equal(got, []string{"goes on", "b", "waits", "c"}) {
		t.Errorf("kept %q", got)
	}
	q.list = append(q.list, ended("large", 300))
	if q.forget(); !slices.Equal(kept(), []string{"goes on", "waits", "large"}) {
		t.Errorf("after a large one: %q", kept())
	}
	for i := range 20 {
		q.list = append(q.list, ended(strconv.Itoa(i), 0))
	}
	if q.forget(); len(q.list) != 2+mostKept || q.list[2].ID != "4" {
		t.Errorf("of many: %q", kept())
	}
}

// The memory of a wish is bounded: what the page asks for of large images fits, more of them does not.
func TestCheckSize(t *testing.T) {
	const large = 128 * 128 * 3
	if err := (wish{N: 36, Frames: 41, Denoised: true}).checkSize(large); err != nil {
		t.Error(err)
	}
	err := wish{N: mostFrameImages, Frames: mostFrames, Denoised: true}.checkSize(large)
	if err == nil || !strings.Contains(err.Error(), "n must be at most 27 ") {
		t.Errorf("%v", err)
	}
	if err := (wish{N: mostPoints}).checkSize(2); err != nil {
		t.Error(err)
	}
}

// Figures are kept as long as their model, and models by their last use.
func TestModelsKept(t *testing.T) {
	var l models
	opened := []*model.Model{new(model.Model), new(model.Model), new(model.Model), new(model.Model)}
	key := func(i int) modelKey { return modelKey{id: strconv.Itoa(i)} }
	for i, m := range opened[:mostOpen] {
		l.put(key(i), m)
		l.keepFigure(m, "data", content{kind: strconv.Itoa(i)})
	}
	if l.get(key(0)) != opened[0] { // which is now the last used
		t.Error("a model was forgotten")
	}
	l.put(key(3), opened[3])
	l.keepFigure(opened[1], "data", content{kind: "late"}) // it was forgotten meanwhile
	for i, m := range opened {
		picture, ok := l.figure(m, "data")
		if want := i == 0 || i == 2; ok != want || ok && picture.kind != strconv.Itoa(i) || (l.get(key(i)) != nil) != (i != 1) {
			t.Errorf("model %d: %v %v", i, ok, picture)
		}
	}
}
