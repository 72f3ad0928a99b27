package run

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What is written comes back; a session that has not ended has no end in the file.
func TestEnvironment(t *testing.T) {
	folder := Folder(t.TempDir())
	if _, err := folder.Environment(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without the file: %v", err)
	}
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	want := &Environment{
		Version: "v1", Commit: "abc", Go: "go1.26.0", OS: "linux", Arch: "amd64", Processor: "P", Cores: 2, Kernel: "avx2",
		Sessions: []Session{
			{Started: start, Ended: start.Add(time.Minute), ToStep: 5, Workers: 2, Command: []string{"euryale", "train", "-set", "a=b c"}},
			{Started: start.Add(time.Hour), FromStep: 5, ToStep: 5, Workers: 1},
		},
	}
	if err := folder.WriteEnvironment(want); err != nil {
		t.Fatal(err)
	}
	got, err := folder.Environment()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	text, err := os.ReadFile(folder.EnvironmentPath())
	if err != nil || strings.Count(string(text), `"ended"`) != 1 {
		t.Errorf("%s, %v", text, err)
	}
	put(t, folder.EnvironmentPath(), "nonsense")
	if _, err := folder.Environment(); err == nil || !strings.Contains(err.Error(), folder.EnvironmentPath()+": not the environment of a run") {
		t.Errorf("a damaged file: %v", err)
	}
}
