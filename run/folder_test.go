package run

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"euryale/configs"
)

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func exists(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		held, resume, overwrite bool
		want                    error
	}{
		{false, false, false, nil}, {false, false, true, nil}, {false, true, false, ErrNone},
		{true, false, false, ErrExists}, {true, false, true, nil}, {true, true, false, nil},
	} {
		folder := Folder(filepath.Join(t.TempDir(), "run"))
		if test.held {
			put(t, folder.MetricsPath(), "")
		}
		if held, err := folder.Held(); err != nil || held != test.held {
			t.Errorf("held %v, %v", held, err)
		}
		if err := folder.Check(test.resume, test.overwrite); !errors.Is(err, test.want) || err != nil &&
			!strings.Contains(err.Error(), string(folder)) {
			t.Errorf("%+v: error %v", test, err)
		}
		if !test.held && exists(t, string(folder)) {
			t.Error("Check made the folder")
		}
	}
	// A folder with anything else holds no run, nor do the folders that a start that failed leaves.
	folder := Folder(t.TempDir())
	put(t, folder.Path("notes.txt"), "mine")
	for _, name := range []string{folder.Checkpoints(), folder.Path("samples")} {
		if err := os.Mkdir(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if held, err := folder.Held(); held || err != nil {
		t.Errorf("held %v, %v", held, err)
	}
}

func TestCreate(t *testing.T) {
	folder := Folder(filepath.Join(t.TempDir(), "deep", "run"))
	first, second := configs.Default(), configs.Default()
	second.Seed = 5
	if err := folder.Create(first, false); err != nil {
		t.Fatal(err)
	}
	if err := folder.Create(second, false); !errors.Is(err, ErrExists) {
		t.Errorf("error %v, want ErrExists", err)
	}
	mine := []string{folder.Path("notes.txt"), folder.Samples("mine.csv"), folder.Samples("deep/a.png"),
		folder.Path("checkpoints/weights.pt"), folder.Path("checkpoints/old/step-00000001.safetensors")}
	ours := []string{folder.Samples("strip.png"), folder.Samples("loss.png"), folder.Samples("samples.csv"),
		folder.Path("checkpoints/step-00000001.safetensors"), folder.Path("checkpoints/.step-00000002.safetensors77")}
	for _, name := range append(mine, ours...) {
		put(t, name, "old")
	}
	put(t, folder.MetricsPath(), `{"step":1,"loss":2}`+"\n")
	if err := folder.Create(second, true); err != nil {
		t.Fatal(err)
	}
	for _, path := range append(ours, folder.MetricsPath()) {
		if exists(t, path) {
			t.Errorf("%s of the old run is still there", path)
		}
	}
	for _, path := range mine {
		if text, err := os.ReadFile(path); string(text) != "old" {
			t.Errorf("%s, which no run wrote: %q, %v", path, text, err)
		}
	}
	got, err := folder.Config()
	if err != nil {
		t.Fatal(err)
	}
	want, _ := second.YAML()
	text, err := got.YAML()
	if diff := cmp.Diff(string(want), string(text)); diff != "" || err != nil {
		t.Errorf("the configuration differs: %v\n%s", err, diff)
	}
}

func TestFolderErrors(t *testing.T) {
	folder := Folder(t.TempDir())
	if _, err := folder.Config(); !errors.Is(err, ErrNone) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no configuration: %v", err)
	}
	put(t, folder.ConfigPath(), "version: 2\nname: a\nsed: 3\n")
	if _, err := folder.Config(); err == nil || !strings.Contains(err.Error(), folder.ConfigPath()+":3:1") ||
		!strings.Contains(err.Error(), `did you mean "seed"`) {
		t.Errorf("a wrong configuration: %v", err)
	}
	if c, err := folder.Latest(); c != nil || err != nil {
		t.Errorf("no checkpoint: %v, %v", c, err)
	}
	put(t, filepath.Join(folder.Checkpoints(), "step-00000001.safetensors"), "nonsense")
	if _, err := folder.Latest(); err == nil || !strings.Contains(err.Error(), "step-00000001") {
		t.Errorf("a damaged checkpoint: %v", err)
	}
	bad := configs.Default()
	bad.Name = "no/name"
	if err := Folder(t.TempDir()).Create(bad, false); err == nil || !strings.Contains(err.Error(), "name") {
		t.Errorf("a configuration that is not valid: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	put(t, file, "")
	if _, err := Folder(file).Lock(); err == nil {
		t.Error("a file was locked as a folder")
	}
	if err := Folder(filepath.Join(file, "run")).Create(configs.Default(), false); err == nil {
		t.Error("a run was made below a file")
	}
}

func TestLock(t *testing.T) {
	folder := Folder(filepath.Join(t.TempDir(), "run"))
	unlock, err := folder.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Lock(); err == nil || !strings.Contains(err.Error(), "another process is training in "+string(folder)) {
		t.Errorf("a second lock: %v", err)
	}
	if held, err := folder.Held(); held || err != nil {
		t.Errorf("a lock counts as a run: %v, %v", held, err)
	}
	unlock()
	again, err := folder.Lock()
	if err != nil {
		t.Fatal(err)
	}
	again()
}
