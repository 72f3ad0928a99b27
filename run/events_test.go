package run

import (
	"os"
	"testing"

	"euryale/configs"
)

// Overwriting a run removes its event files, and neither those of another program nor other files beside them.
func TestOwnEventsAreOverwritten(t *testing.T) {
	folder := Folder(t.TempDir())
	if err := folder.Create(configs.Default(), false); err != nil {
		t.Fatal(err)
	}
	const ours, theirs, notes = "events/events.out.tfevents.1700000000.host.1.0", "events/events.out.tfevents.1700000001.host.1.0", "events/notes"
	put(t, folder.Path(ours), "\x18\x00\x00\x00 brain.Event:2 "+EventsWriter)
	put(t, folder.Path(theirs), "\x18\x00\x00\x00 brain.Event:2 tensorflow.core.util.events_writer")
	put(t, folder.Path(notes), EventsWriter)
	if err := folder.Create(configs.Default(), true); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{ours: false, theirs: true, notes: true} {
		if _, err := os.Stat(folder.Path(name)); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", name, err == nil, want)
		}
	}
}
