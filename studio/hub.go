package studio

import (
	"encoding/json"
	"slices"
	"sync"
)

// message is an event for browsers.
type message struct {
	name string
	data []byte
}

// viewer is the stream of a browser.
type viewer struct {
	ids  []string // the runs that it watches
	out  chan message
	gone chan struct{} // closed when it is dropped
	once sync.Once
}

func (v *viewer) drop() { v.once.Do(func() { close(v.gone) }) }

// backlog is how many messages wait for a browser before it is dropped: it connects again by itself.
const backlog = 256

// hub sends messages to all streams. It never waits for one.
type hub struct {
	mu      sync.Mutex
	viewers map[*viewer]struct{}
	closed  bool
}

func newHub() *hub { return &hub{viewers: map[*viewer]struct{}{}} }

// join adds a stream. ok is false when the studio is closed or has too many.
func (h *hub) join(ids []string) (v *viewer, ok bool) {
	const most = 128
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.viewers) >= most {
		return nil, false
	}
	v = &viewer{ids: ids, out: make(chan message, backlog), gone: make(chan struct{})}
	h.viewers[v] = struct{}{}
	return v, true
}

func (h *hub) leave(v *viewer) {
	v.drop()
	h.mu.Lock()
	delete(h.viewers, v)
	h.mu.Unlock()
}

// watched are the runs that any browser watches, and the number of browsers.
func (h *hub) watched() (ids []string, viewers int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for v := range h.viewers {
		ids = append(ids, v.ids...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), len(h.viewers)
}

// send sends a value to all browsers or, with an id, to those that watch this run. A browser whose backlog is full is dropped.
func (h *hub) send(name, id string, value any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.viewers) == 0 {
		return
	}
	data, err := json.Marshal(value)
	if err != nil {
		return // no value of ours fails
	}
	for v := range h.viewers {
		if id != "" && !slices.Contains(v.ids, id) {
			continue
		}
		select {
		case v.out <- message{name, data}:
		default:
			v.drop()
			delete(h.viewers, v)
		}
	}
}

// close ends all streams.
func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for v := range h.viewers {
		v.drop()
		delete(h.viewers, v)
	}
}
