package studio

import (
	"cmp"
	"maps"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"euryale/run"
)

// rows are the runs of a folder. A run is read again when its files have changed.
type rows struct {
	root      string
	processes *processes
	mu        sync.Mutex
	by        map[string]*row
}

func newRows(root string, p *processes) *rows {
	return &rows{root: root, processes: p, by: map[string]*row{}}
}

// folder is that of a run.
func (l *rows) folder(id string) run.Folder {
	return run.Folder(filepath.Join(l.root, filepath.FromSlash(id)))
}

// read reads all runs, those that changed by as many goroutines as there are processors.
func (l *rows) read(now time.Time) []*row {
	ids := find(l.root)
	list := make([]*row, len(ids))
	var group sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := range next {
				list[i] = l.one(ids[i], now)
			}
		})
	}
	for i := range ids {
		next <- i
	}
	close(next)
	group.Wait()
	l.mu.Lock()
	maps.DeleteFunc(l.by, func(id string, _ *row) bool { _, found := slices.BinarySearch(ids, id); return !found })
	l.mu.Unlock()
	for _, id := range l.processes.ids() { // whose folders hold nothing yet
		if _, found := slices.BinarySearch(ids, id); found {
			continue
		}
		if r := l.begun(id, now); r.State == running || exists(string(l.folder(id))) {
			list = append(list, r)
		}
	}
	compare(list)
	slices.SortStableFunc(list, func(a, b *row) int { return cmp.Or(b.Updated.Compare(a.Updated), cmp.Compare(a.ID, b.ID)) })
	return list
}

// one reads a run, or remembers it. The row is the caller's.
func (l *rows) one(id string, now time.Time) *row {
	folder := l.folder(id)
	at := stampsOf(folder)
	l.mu.Lock()
	r := l.by[id]
	l.mu.Unlock()
	if r == nil || r.stamp != at {
		r = readRow(id, folder, at)
		l.mu.Lock()
		l.by[id] = r
		l.mu.Unlock()
	}
	copied := *r
	state, problem := l.processes.state(id, copied.Updated)
	copied.settle(state, now)
	copied.Error = cmp.Or(copied.Error, problem)
	return &copied
}

// begun is a run whose process has not written its configuration yet.
func (l *rows) begun(id string, now time.Time) *row {
	r := &row{ID: id, Name: id, Kind: "points", Updated: now, Changed: map[string]string{}, Metrics: map[string]number{}}
	state, problem := l.processes.state(id, time.Time{})
	r.settle(state, now)
	r.Error = problem
	return r
}

// notCompared are keys in which runs differ anyway.
var notCompared = []string{"name", "seed", "version"}

// compare finds the values of each run that are not the most common ones among the runs that have the key.
func compare(list []*row) {
	common := commonValues(list)
	for _, r := range list {
		r.Changed = map[string]string{}
		for _, v := range r.values {
			if c, ok := common[v.Path]; ok && c != v.Text {
				r.Changed[v.Path] = v.Text
			}
		}
	}
}

// commonValues are the most common values of keys; of equally common ones the least as text.
func commonValues(list []*row) map[string]string {
	counts := map[string]map[string]int{}
	for _, r := range list {
		for _, v := range r.values {
			if slices.Contains(notCompared, v.Path) {
				continue
			}
			if counts[v.Path] == nil {
				counts[v.Path] = map[string]int{}
			}
			counts[v.Path][v.Text]++
		}
	}
	common := map[string]string{}
	for path, values := range counts {
		most := ""
		for text, n := range values {
			if before, ok := values[most]; !ok || n > before || n == before && text < most {
				most = text
			}
		}
		common[path] = most
	}
	return common
}

// listing is all runs.
type listing struct {
	Folder  string            `json:"folder"`
	Runs    []*row            `json:"runs"`
	Common  map[string]string `json:"common"`
	Version string            `json:"version"`
}

// list reads all runs.
func (s *Studio) list() listing {
	runs := s.rows.read(time.Now())
	l := listing{Folder: s.root, Runs: runs, Common: map[string]string{}, Version: s.o.Version}
	common := commonValues(runs)
	for _, r := range runs {
		for path := range r.Changed {
			l.Common[path] = common[path]
		}
	}
	return l
}

// refresh reads all runs, and sends all browsers what has changed since it last did.
func (s *Studio) refresh() listing {
	s.listed.mu.Lock()
	defer s.listed.mu.Unlock()
	l := s.list()
	now := make(map[string]*row, len(l.Runs))
	changed, removed := []*row{}, []string{}
	for _, r := range l.Runs {
		now[r.ID] = r
		if old := s.listed.rows[r.ID]; old == nil || !sameRow(old, r) {
			changed = append(changed, r)
		}
	}
	for id := range s.listed.rows {
		if now[id] == nil {
			removed = append(removed, id)
		}
	}
	if s.listed.rows != nil && len(changed)+len(removed) > 0 {
		s.hub.send("runs", "", map[string]any{"runs": changed, "removed": removed, "common": l.Common})
	}
	s.listed.rows = now
	return l
}

// listed is what the browsers have.
type listed struct {
	mu   sync.Mutex
	rows map[string]*row
}

// row is a run as it is now, with the keys in which it differs from the others as last listed.
func (s *Studio) row(id string) *row {
	r := s.rows.one(id, time.Now())
	s.listed.mu.Lock()
	defer s.listed.mu.Unlock()
	if before := s.listed.rows[id]; before != nil {
		r.Changed = before.Changed
	}
	return r
}

func (s *Studio) getRuns(*http.Request) (any, error) { return s.refresh(), nil }

// sameRow reports whether a browser that has one row need not be sent another.
func sameRow(a, b *row) bool {
	return a.State == b.State && a.Mine == b.Mine && a.stamp == b.stamp && a.Error == b.Error && a.Group == b.Group &&
		maps.Equal(a.Changed, b.Changed)
}
