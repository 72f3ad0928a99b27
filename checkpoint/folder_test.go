package checkpoint

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/renameio/v2"
)

func TestPath(t *testing.T) {
	for step, want := range map[int64]string{
		0:                   "step-00000000.safetensors",
		316000:              "step-00316000.safetensors",
		99999999:            "step-99999999.safetensors",
		100000000:           "step-100000000.safetensors",
		9223372036854775807: "step-9223372036854775807.safetensors",
	} {
		if got := Path("dir", step); got != filepath.Join("dir", want) {
			t.Errorf("Path(%d) = %s, expected %s", step, got, want)
		}
		if got, ok := parseStep(want); !ok || got != step {
			t.Errorf("%s is read as step %d, %v", want, got, ok)
		}
	}
}

// touch makes empty files.
func touch(t *testing.T, folder string, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// others are names that are not checkpoints.
var others = []string{
	"step-00000001", "step-00000001.safetensors.bak", "step-1.safetensors", "step-000000001.safetensors", "step-.safetensors",
	"step--0000001.safetensors", "step-+0000001.safetensors", "step-0000000x.safetensors", "Step-00000001.safetensors",
	"step-9223372036854775808.safetensors", "config.yaml", "00000001.safetensors", ".step-00000001.safetensors",
	".step-00000001.safetensors123", ".step-1.safetensors123", ".step-00000001.safetensors12x", ".other.safetensors123",
	"step-00000001.safetensors123", ".", "..",
}

func TestListAndLatest(t *testing.T) {
	folder := t.TempDir()
	if entries, err := List(folder); err != nil || len(entries) != 0 {
		t.Errorf("empty folder: %v, %v", entries, err)
	}
	if entry, err := Latest(folder); !errors.Is(err, fs.ErrNotExist) ||
		!strings.Contains(err.Error(), "no checkpoint (step-*.safetensors) in "+folder) {
		t.Errorf("empty folder: %v, %v", entry, err)
	}
	missing := filepath.Join(folder, "none")
	if entry, err := Latest(missing); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("missing folder: %v, %v", entry, err)
	}

	touch(t, folder, slices.DeleteFunc(slices.Clone(others), func(s string) bool { return s == "." || s == ".." })...)
	if err := os.Mkdir(Path(folder, 77), 0o755); err != nil {
		t.Fatal(err)
	}
	if entry, err := Latest(folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no checkpoint among others: %v, %v", entry, err)
	}
	var want []Entry
	for _, step := range []int64{0, 2, 10, 99999999, 100000000, 1234567890123} { // by name the last two come first
		want = append(want, Entry{step, Path(folder, step)})
		touch(t, folder, filepath.Base(Path(folder, step)))
	}
	if entries, err := List(folder); err != nil || !slices.Equal(entries, want) {
		t.Errorf("List = %v, %v\nexpected %v", entries, err, want)
	}
	if entry, err := Latest(folder); err != nil || entry != want[len(want)-1] {
		t.Errorf("Latest = %v, %v", entry, err)
	}
}

// stepFile writes the checkpoint of a step.
func stepFile(t *testing.T, folder string, step int64) {
	t.Helper()
	if err := Write(Path(folder, step), &File{Metadata: map[string]string{StepKey: strconv.FormatInt(step, 10)}}); err != nil {
		t.Fatal(err)
	}
}

func all(map[string]string) bool { return true }

// The step of a file is in its metadata, whatever its name. A file whose header cannot be read is listed by its name.
func TestListByMetadata(t *testing.T) {
	folder := t.TempDir()
	for _, step := range []int64{5, 6, 7} {
		stepFile(t, folder, step)
	}
	for from, to := range map[int64]int64{5: 900, 7: 1} {
		if err := os.Rename(Path(folder, from), Path(folder, to)); err != nil {
			t.Fatal(err)
		}
	}
	stepFile(t, folder, 7)
	touch(t, folder, "step-00000800.safetensors")
	want := []Entry{{5, Path(folder, 900)}, {6, Path(folder, 6)}, {7, Path(folder, 1)}, {7, Path(folder, 7)}, {800, Path(folder, 800)}}
	entries, err := List(folder)
	if err != nil || !slices.Equal(entries, want) {
		t.Errorf("List = %v, %v\nexpected %v", entries, err, want)
	}
	for _, e := range entries {
		if got, want := e.misnamed(), e.Path == Path(folder, 900) || e.Path == Path(folder, 1); got != want {
			t.Errorf("%v is misnamed: %v", e, got)
		}
	}
	// Neither renamed nor unreadable files are removed, or counted.
	if err := Prune(folder, 1, all); err != nil {
		t.Error(err)
	}
	wantFiles(t, folder, "step-00000001.safetensors", "step-00000007.safetensors", "step-00000800.safetensors", "step-00000900.safetensors")
	// Nor are files of another run.
	stepFile(t, folder, 8)
	if err := Prune(folder, 1, func(m map[string]string) bool { return m[StepKey] != "7" }); err != nil {
		t.Error(err)
	}
	wantFiles(t, folder, "step-00000001.safetensors", "step-00000007.safetensors", "step-00000008.safetensors",
		"step-00000800.safetensors", "step-00000900.safetensors")
}

func TestCheckWhole(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.safetensors")
	if err := Write(path, small()); err != nil {
		t.Fatal(err)
	}
	metadata, err := ReadMetadata(path)
	if diff := cmp.Diff(small().Metadata, metadata); diff != "" || err != nil || checkWhole(path) != nil {
		t.Errorf("%v, %v\n%s", err, checkWhole(path), diff)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)-1] ^= 1
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := checkWhole(path); err == nil || !strings.HasPrefix(err.Error(), "checkpoint "+path+": damaged: ") {
		t.Errorf("a changed byte: %v", err)
	}
	for _, err := range []error{checkWhole(folder), checkWhole(filepath.Join(folder, "none"))} {
		if err == nil || !strings.Contains(err.Error(), folder) {
			t.Errorf("no file: %v", err)
		}
	}
}

func TestPrune(t *testing.T) {
	for _, test := range []struct {
		keep int
		want []int64
	}{
		{0, []int64{1, 20, 300, 100000000}},
		{1, []int64{100000000}},
		{3, []int64{20, 300, 100000000}},
		{4, []int64{1, 20, 300, 100000000}},
		{9, []int64{1, 20, 300, 100000000}},
	} {
		folder := t.TempDir()
		touch(t, folder, "config.yaml", "step-7.safetensors")
		for _, step := range []int64{300, 1, 100000000, 20} {
			stepFile(t, folder, step)
		}
		if err := Prune(folder, test.keep, all); err != nil {
			t.Error(err)
		}
		names := []string{"config.yaml", "step-7.safetensors"}
		for _, step := range test.want {
			names = append(names, filepath.Base(Path(folder, step)))
		}
		wantFiles(t, folder, names...)
	}
	folder := t.TempDir()
	touch(t, folder, "step-00000001.safetensors")
	if err := Prune(folder, -1, all); err == nil || !strings.Contains(err.Error(), "keep must be at least 0 (0: all), got -1") {
		t.Errorf("keep -1: %v", err)
	}
	wantFiles(t, folder, "step-00000001.safetensors")
	if err := Prune(filepath.Join(folder, "none"), 1, all); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing folder: %v", err)
	}
}

// TestPruneStale leaves temporary files behind the way a killed Write does.
func TestPruneStale(t *testing.T) {
	folder := t.TempDir()
	var names []string
	old := time.Now().Add(-2 * staleAfter)
	for range 2 {
		pending, err := renameio.NewPendingFile(Path(folder, 5), renameio.WithTempDir(folder))
		if err != nil {
			t.Fatal(err)
		}
		if err := pending.File.Close(); err != nil {
			t.Fatal(err)
		}
		names = append(names, pending.Name())
	}
	if err := os.Chtimes(names[0], old, old); err != nil {
		t.Fatal(err)
	}
	// Old, but not the name of a temporary file.
	kept := []string{
		".step-00000005.safetensors", ".step-5.safetensors123", ".step-00000005.safetensors12x", ".other.safetensors123",
		".safetensors1", "step-00000005.safetensors1",
	}
	touch(t, folder, kept...)
	if err := os.Mkdir(filepath.Join(folder, ".step-00000006.safetensors123"), 0o755); err != nil {
		t.Fatal(err)
	}
	kept = append(kept, ".step-00000006.safetensors123")
	for _, name := range kept {
		if err := os.Chtimes(filepath.Join(folder, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := Prune(folder, 0, all); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, folder, append(kept, filepath.Base(names[1]))...)
}
