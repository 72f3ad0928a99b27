package studio

import (
	"bytes"
	"io"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"euryale/run"
)

// Files are looked at rather than watched by the operating system, which misses changes on network disks. Nothing is looked
// at while no browser is there.
const (
	watchEvery = 500 * time.Millisecond
	listEvery  = 4 // times watchEvery
)

// followers are the runs that are watched, each with how far its log was sent.
type followers struct {
	mu sync.Mutex
	by map[string]*follower
}

// follower follows a run.
type follower struct {
	file    os.FileInfo // of the log; nil: there was none
	end     int64       // of the last whole line that was sent
	stamp   stamp
	state   string
	preview int64 // the newest step with one
	gone    bool
}

// begin follows a run from the present end of its log.
func (l *rows) begin(id string) *follower {
	f := &follower{preview: newestPreview(l.folder(id))}
	if info, err := os.Stat(l.folder(id).MetricsPath()); err == nil {
		f.file = info
		if _, end, err := tail(l.folder(id).MetricsPath(), tailBytes); err == nil {
			f.end = end
		}
	}
	return f
}

// watch begins to follow runs that no browser has watched yet, so that nothing between this call and the next look is lost.
func (f *followers) watch(l *rows, ids []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		if f.by[id] == nil {
			f.by[id] = l.begin(id)
		}
	}
}

// follow looks for changes until the studio is closed.
func (s *Studio) follow() {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for turn := 0; ; turn++ {
		select {
		case <-s.ctx.Done():
			return
		case <-ticker.C:
		}
		ids, viewers := s.followers.keep(s.hub)
		for _, id := range ids {
			s.look(id)
		}
		if viewers > 0 && turn%listEvery == 0 {
			s.refresh()
		}
	}
}

// keep forgets all runs but those that are still watched, which it returns with the number of browsers. It finds these under its lock:
// a run that a browser begins to watch meanwhile is not forgotten.
func (f *followers) keep(h *hub) (ids []string, viewers int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ids, viewers = h.watched()
	maps.DeleteFunc(f.by, func(id string, _ *follower) bool { return !slices.Contains(ids, id) })
	return ids, viewers
}

// look looks for what has changed in a run, and sends it.
func (s *Studio) look(id string) {
	s.followers.mu.Lock()
	f := s.followers.by[id]
	s.followers.mu.Unlock()
	if f == nil { // a browser came since the last look
		return
	}
	folder, err := s.folder(id)
	if err != nil {
		if !f.gone {
			f.gone = true
			s.hub.send("gone", id, map[string]string{"id": id})
		}
		return
	}
	if f.gone { // it is back, perhaps as it was: browsers are sent its state in any case
		f.gone, f.stamp = false, stamp{}
	}
	at := stampsOf(folder)
	r := s.row(id)
	if at != f.stamp || r.State != f.state {
		f.stamp, f.state = at, r.State
		s.hub.send("state", id, r)
	}
	if points, reset := f.news(folder.MetricsPath()); reset || len(points) > 0 {
		s.hub.send("metrics", id, map[string]any{
			"id": id, "columns": columnNames(), "rows": thinned(points, mostRows), "reset": reset,
		})
	}
	if step := newestPreview(folder); step != f.preview { // fewer where the run is trained anew
		f.preview = step
		s.hub.send("preview", id, map[string]any{"id": id, "step": step})
	}
}

// news reads the log points since the last time. reset reports that the log is another one, or was rewritten, as by a resume.
func (f *follower) news(path string) (points []run.LogPoint, reset bool) {
	file, err := os.Open(path)
	if err != nil {
		return nil, false
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, false
	}
	if f.file != nil && !os.SameFile(f.file, info) || info.Size() < f.end {
		_, end, _ := tail(path, tailBytes)
		f.file, f.end = info, end
		return nil, true
	}
	f.file = info
	const most = 16 << 20 // at a time
	text, err := io.ReadAll(io.NewSectionReader(file, f.end, min(most, info.Size()-f.end)))
	if err != nil || bytes.IndexByte(text, '\n') < 0 {
		return nil, false
	}
	points, read := parse(text)
	f.end += int64(read)
	return points, false
}

// newestPreview is the last step of which there are previews; −1: none.
func newestPreview(f run.Folder) int64 {
	list, err := f.Previews()
	if err != nil || len(list) == 0 {
		return -1
	}
	return list[len(list)-1].Step
}
