package studio

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	// patience is how long a browser may take to read a message before it is dropped.
	patience = 10 * time.Second
	// heartbeat is the longest silence of a stream.
	heartbeat   = 15 * time.Second
	mostWatched = 64
)

// events is the stream of a browser (Server-Sent Events).
func (s *Studio) events(w http.ResponseWriter, r *http.Request) {
	var ids []string
	if list := r.URL.Query().Get("ids"); list != "" {
		ids = strings.Split(list, ",")
	}
	if len(ids) > mostWatched {
		writeError(w, wrong("a browser watches at most %d runs, got %d", mostWatched, len(ids)))
		return
	}
	for _, id := range ids {
		if err := checkID(id); err != nil { // the run need not be there any more
			writeError(w, err)
			return
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	v, ok := s.hub.join(ids)
	if !ok {
		writeError(w, failf(http.StatusServiceUnavailable, "the studio is closing, or too many browsers watch"))
		return
	}
	defer s.hub.leave(v)
	s.followers.watch(s.rows, ids)
	w.Header().Set("Content-Type", "text/event-stream")
	stream := http.NewResponseController(w)
	send := func(text string, args ...any) bool {
		_ = stream.SetWriteDeadline(time.Now().Add(patience)) // a recorder of tests has none
		_, err := fmt.Fprintf(w, text, args...)
		return err == nil && stream.Flush() == nil
	}
	if !send("retry: 2000\n\n") {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case m := <-v.out:
			if !send("event: %s\ndata: %s\n\n", m.name, m.data) {
				return
			}
		case <-beat.C:
			if !send("event: alive\ndata: {}\n\n") {
				return
			}
		case <-v.gone:
			return
		case <-r.Context().Done():
			return
		}
	}
}
