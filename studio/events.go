package studio

import (
	"fmt"
	"net/http"
	"net/url"
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

// watchedIDs are the ids in a list with commas between, each escaped: a folder may have a comma in its name.
func watchedIDs(list string) (ids []string, err error) {
	if list == "" {
		return nil, nil
	}
	ids = strings.Split(list, ",")
	if len(ids) > mostWatched {
		return nil, wrong("a browser watches at most %d runs, got %d", mostWatched, len(ids))
	}
	for i, text := range ids {
		if ids[i], err = url.PathUnescape(text); err != nil {
			return nil, wrong("ids must be escaped: %v", err)
		}
		if err := checkID(ids[i]); err != nil { // the run need not be there any more
			return nil, err
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// events is the stream of a browser (Server-Sent Events).
func (s *Studio) events(w http.ResponseWriter, r *http.Request) {
	ids, err := watchedIDs(r.URL.Query().Get("ids"))
	if err != nil {
		writeError(w, err)
		return
	}
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
