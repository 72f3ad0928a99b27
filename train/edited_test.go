package train

import (
	"context"
	"os"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/run"
)

// The checkpoint records the configuration that a run was trained with. A run whose config.yaml was edited or is gone
// resumes with that.
func TestEditedConfiguration(t *testing.T) {
	folder := run.Folder(t.TempDir())
	mustRun(t, smallConfig(t, "train.epochs=1"), Options{Folder: folder})
	text := readFile(t, folder.ConfigPath())
	edited := strings.Replace(text, "prediction: eps", "prediction: x0", 1)
	if edited == text {
		t.Fatal("there is no prediction to edit")
	}
	if err := os.WriteFile(folder.ConfigPath(), []byte(edited), 0o644); err != nil {
		t.Fatal(err)
	}
	err := Run(context.Background(), smallConfig(t, "objective.prediction=x0"), Options{Folder: folder, Resume: true})
	want := "its configuration differs from the run's " + folder.ConfigPath() + ": [objective.prediction: eps -> x0]"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one that names the prediction", err)
	}
	text = readFile(t, folder.ConfigPath())
	wider := strings.Replace(text, "  width: 24\n", "  width: 32\n", 1)
	if wider == text {
		t.Fatalf("there is no width to edit in\n%s", text)
	}
	if err := os.WriteFile(folder.ConfigPath(), []byte(wider), 0o644); err != nil {
		t.Fatal(err)
	}
	config, err := configs.Load(folder.ConfigPath(), nil)
	if err != nil {
		t.Fatal(err)
	}
	err = Run(context.Background(), config, Options{Folder: folder, Resume: true})
	want = "step-00000005.safetensors: its configuration differs from the run's " + folder.ConfigPath() + ": [objective.prediction: eps -> x0; net.width: 24 -> 32]"
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "has shape") {
		t.Errorf("error %v, want one that names the file and the width", err)
	}
	err = Run(context.Background(), smallConfig(t, "data.noise=0.3", "train.batch=5"), Options{Folder: folder, Resume: true})
	if err == nil || !strings.Contains(err.Error(), "a resumed run cannot change [data.noise: 0.1 -> 0.3; train.batch: 12 -> 5]") {
		t.Errorf("error %v, want one that lists the keys", err)
	}
	mustRun(t, smallConfig(t), Options{Folder: folder, Resume: true})
	if got := readFile(t, folder.ConfigPath()); !strings.Contains(got, "prediction: eps") {
		t.Errorf("config.yaml holds %s", got)
	}
	if err := os.Remove(folder.ConfigPath()); err != nil {
		t.Fatal(err)
	}
	mustRun(t, smallConfig(t), Options{Folder: folder, Resume: true})
}

// The error of a run that diverges is one readable line, with the remedy.
func TestDivergenceIsShort(t *testing.T) {
	for standardized, cure := range map[string]string{
		"false": "a lower optimizer.learning_rate helps, and data.standardize where the data's numbers are large",
		"true":  "others; a lower optimizer.learning_rate helps",
	} {
		config := smallConfig(t, "optimizer.learning_rate=999", "optimizer.transforms=[adam]", "data.standardize="+standardized,
			"train.batch=500", "data.points=500", "train.epochs=2000")
		err := Run(context.Background(), config, Options{Folder: run.Folder(t.TempDir())})
		if err == nil || !strings.Contains(err.Error(), " …] and 484 others") || !strings.HasSuffix(err.Error(), cure) ||
			len(err.Error()) > 400 {
			t.Errorf("error %v, want a short one that ends with %q", err, cure)
		}
	}
}
