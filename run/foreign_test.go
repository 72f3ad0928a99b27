package run

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/configs"
)

// Overwriting removes what a run wrote and nothing else: a folder with other files of these names is refused before any
// work, and whole afterwards.
func TestForeignFilesAreKept(t *testing.T) {
	for name, text := range map[string]string{
		"config.yaml":          "model: resnet\nlayers: 50\n",
		"metrics.jsonl":        "{\"accuracy\": 0.5}\n",
		"checkpoints/other.pt": "weights",
		"samples/mine.csv":     "1,2\n",
	} {
		folder := Folder(t.TempDir())
		put(t, folder.Path(name), text)
		for what, err := range map[string]error{
			"Check": folder.Check(false, false), "Check to overwrite": folder.Check(false, true), "Create": folder.Create(configs.Default(), true),
		} {
			foreign, ok := errors.AsType[*ForeignError](err)
			if !ok || foreign.Path != folder.Path(name) || !errors.Is(err, ErrExists) || !strings.Contains(err.Error(), folder.Path(name)) {
				t.Errorf("%s: %s gave %v", name, what, err)
			}
		}
		if got, err := os.ReadFile(folder.Path(name)); err != nil || string(got) != text {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// What a run wrote is overwritten, with the samples that were drawn from it, and so is what a killed run left.
func TestOwnFilesAreOverwritten(t *testing.T) {
	for _, broken := range []bool{false, true} {
		folder := Folder(t.TempDir())
		if !broken {
			if err := folder.Create(configs.Default(), false); err != nil {
				t.Fatal(err)
			}
			put(t, folder.Samples("deep/points.csv"), "1,2\n")
		}
		put(t, folder.MetricsPath(), `{"step":100,"loss":1}`+"\n")
		put(t, filepath.Join(folder.Checkpoints(), "step-00000100.safetensors"), "")
		put(t, filepath.Join(folder.Checkpoints(), ".step-00000200.safetensors123"), "")
		if err := errors.Join(folder.Check(false, true), folder.Create(configs.Default(), true)); err != nil {
			t.Errorf("broken %v: %v", broken, err)
		}
		if exists(t, folder.MetricsPath()) {
			t.Error("the old run is still there")
		}
	}
}

// A file in place of the folder is named as such.
func TestFileForAFolder(t *testing.T) {
	file := Folder(filepath.Join(t.TempDir(), "file"))
	put(t, string(file), "")
	for _, overwrite := range []bool{false, true} {
		if err := file.Check(false, overwrite); err == nil || !strings.Contains(err.Error(), string(file)+" is a file, want a folder") {
			t.Errorf("Check: %v", err)
		}
	}
	if c, err := file.Latest(); c != nil || err == nil || !strings.Contains(err.Error(), string(file)+" is a file, want the folder of a run") {
		t.Errorf("Latest: %v, %v", c, err)
	}
}
