package run

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"euryale/configs"
)

// Overwriting removes nothing but what a run wrote: a folder with other files of these names is refused before any work, and
// left as it was.
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

// A configuration written by hand, in a folder without a run, is not a run's, though a run could read it. In the folder of a
// run it may have been edited.
func TestConfigurationByHand(t *testing.T) {
	folder := Folder(t.TempDir())
	put(t, folder.ConfigPath(), "version: 2\nname: mine # and my notes\n")
	for what, err := range map[string]error{"Check": folder.Check(false, true), "Create": folder.Create(configs.Default(), true)} {
		if foreign, ok := errors.AsType[*ForeignError](err); !ok || foreign.Path != folder.ConfigPath() {
			t.Errorf("%s gave %v", what, err)
		}
	}
	put(t, folder.MetricsPath(), "")
	if err := folder.Create(configs.Default(), true); err != nil {
		t.Errorf("the edited configuration of a run: %v", err)
	}
}

// In the folder of a run, a foreign file in the place of one of the run's is refused, and everything is kept.
func TestInThePlaceOfARunsFiles(t *testing.T) {
	sound := "\x40\x00\x00\x00\x00\x00\x00\x00" + fmt.Sprintf("%-64s", `{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`) + "1234"
	for name, text := range map[string]string{
		"checkpoints/step-00000001.safetensors":        sound, // of another program
		"checkpoints/step-00000001.safetensors/mine":   "1,2\n",
		"samples/strip.png/mine.png":                   "a picture",
		"checkpoints/.step-00000001.safetensors1/mine": "1,2\n",
	} {
		folder := Folder(t.TempDir())
		if err := folder.Create(configs.Default(), false); err != nil {
			t.Fatal(err)
		}
		put(t, folder.Path(name), text)
		put(t, folder.Samples("loss.png"), "a picture")
		for what, err := range map[string]error{"Check": folder.Check(false, true), "Create": folder.Create(configs.Default(), true)} {
			foreign, ok := errors.AsType[*ForeignError](err)
			if !ok || !strings.HasPrefix(folder.Path(name), foreign.Path) || foreign.Path == folder.Checkpoints() {
				t.Errorf("%s: %s gave %v", name, what, err)
			}
		}
		if !exists(t, folder.Path(name)) || !exists(t, folder.Samples("loss.png")) {
			t.Errorf("%s: something was removed", name)
		}
	}
}

// What a run wrote is overwritten, with its samples, and so is what a killed run left.
func TestOwnFilesAreOverwritten(t *testing.T) {
	for _, broken := range []bool{false, true} {
		folder := Folder(t.TempDir())
		if !broken {
			if err := folder.Create(configs.Default(), false); err != nil {
				t.Fatal(err)
			}
			put(t, folder.Samples("samples.csv"), "1,2\n")
		}
		put(t, folder.MetricsPath(), `{"step":100,"loss":1}`+"\n")
		put(t, filepath.Join(folder.Checkpoints(), "step-00000100.safetensors"), "")
		put(t, filepath.Join(folder.Checkpoints(), ".step-00000200.safetensors123"), "")
		if err := errors.Join(folder.Check(false, true), folder.Create(configs.Default(), true)); err != nil {
			t.Errorf("broken %v: %v", broken, err)
		}
		if exists(t, folder.MetricsPath()) || exists(t, folder.Samples("samples.csv")) {
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
	if c, err := file.Latest(); c != nil || err == nil || !strings.Contains(err.Error(), string(file)+" is a file, want a run folder") {
		t.Errorf("Latest: %v, %v", c, err)
	}
}
