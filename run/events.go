package run

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

// The event files of a run, which TensorBoard reads: their names begin with EventsPrefix, and their first record names
// EventsWriter as what wrote it.
const (
	EventsPrefix = "events.out.tfevents."
	EventsWriter = "euryale/report/tensorboard"
)

// EventsPath is the folder of the event files.
func (f Folder) EventsPath() string { return f.Path("events") }

// isEvents recognizes the event files of a run by their names and by who wrote them.
func isEvents(path string, entry fs.DirEntry) (own, foreign bool) {
	if !strings.HasPrefix(entry.Name(), EventsPrefix) || !entry.Type().IsRegular() {
		return false, false
	}
	file, err := os.Open(path)
	if err != nil {
		return false, false
	}
	defer file.Close()
	start := make([]byte, 256) // more than the first record
	n, err := io.ReadFull(file, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, false
	}
	return strings.Contains(string(start[:n]), EventsWriter), false
}
