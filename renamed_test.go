package euryale_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale"
	"euryale/checkpoint"
	"euryale/run"
)

// oldKeys gives a configuration or an encoder's state the names that its keys had before.
var oldKeys = strings.NewReplacer("standardize", "standardise", "sigma_data", "data_deviation", "variant", "form")

// A run from before keys were renamed opens, draws the same samples and resumes; what it writes has the new names.
func TestRenamedKeys(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "run")
	config := smallConfig(t, "data.standardize=true", "process=edm", "objective.prediction=F", "objective.sigma_data=0.7",
		"timesteps=log_normal", "net.time=fourier", "sample.solver={name: dpm++_2m, variant: heun}", "sample.steps=5")
	trained := mustTrain(t, config, euryale.In(folder))
	before := pointsOf(t, trained, trained.Request(20))
	latest, err := run.Folder(folder).Latest()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"standardize: true", "sigma_data: 0.7", "variant: heun"} {
		if !strings.Contains(string(text), name) {
			t.Errorf("no %q in\n%s", name, text)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "config.yaml"), []byte(oldKeys.Replace(string(text))), 0o666); err != nil {
		t.Fatal(err)
	}
	path := latest.Name
	file, err := checkpoint.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for key, text := range file.Metadata {
		file.Metadata[key] = oldKeys.Replace(text)
	}
	if !strings.Contains(file.Metadata["encoders"], `"standardise"`) {
		t.Fatalf("encoders %s", file.Metadata["encoders"])
	}
	if err := checkpoint.Write(path, file); err != nil {
		t.Fatal(err)
	}

	m, err := euryale.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if after := pointsOf(t, m, m.Request(20)); !slices.Equal(before, after) {
		t.Error("other samples")
	}
	config, err = euryale.Load(filepath.Join(folder, "config.yaml"), "train.epochs=9")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := euryale.Train(context.Background(), config, euryale.In(folder), euryale.Resume()); err != nil {
		t.Fatal(err)
	}
	if latest, err = run.Folder(folder).Latest(); err != nil {
		t.Fatal(err)
	}
	for key, text := range latest.Metadata {
		if oldKeys.Replace(text) == text && (key == "config" || key == "encoders") || strings.Contains(text, "standardise") {
			t.Errorf("written again as %s: %s", key, text)
		}
	}
}
