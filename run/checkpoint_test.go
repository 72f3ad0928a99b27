package run

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"euryale/checkpoint"
	"euryale/configs"
)

// encoded is a checkpoint of this version, or of version 1, which had no schema, with tensors of the given names.
func encoded(t *testing.T, old bool, tensors ...string) *checkpoint.File {
	t.Helper()
	c := Checkpoint{File: &checkpoint.File{Name: "c.safetensors"}, Config: configs.Default(), Step: 7, Seed: 1<<64 - 1,
		Epoch: 1, Offset: 24}
	if err := c.Encode(); err != nil {
		t.Fatal(err)
	}
	if old {
		c.Metadata[metaConfig] = "name: scurve\nseed: 3\nema: {decay: 0.9}\n"
	} else {
		c.Metadata[metaSchema] = "{}"
	}
	for _, name := range tensors {
		c.Tensors = append(c.Tensors, checkpoint.Tensor{Name: name, Shape: []int{1}, Data: []float32{1}})
	}
	return c.File
}

func names(c *Checkpoint) (names []string) {
	for _, tensor := range c.Tensors {
		names = append(names, tensor.Name)
	}
	return names
}

// What is encoded comes back through a file.
func TestCheckpointComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.safetensors")
	if err := checkpoint.Write(path, encoded(t, false, "model.a", "optim.adam.m.a")); err != nil {
		t.Fatal(err)
	}
	c, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if c.Step != 7 || c.Seed != 1<<64-1 || c.Epoch != 1 || c.Offset != 24 || c.Old() {
		t.Errorf("%+v", c)
	}
	want, _ := configs.Default().YAML()
	if got, err := c.Config.YAML(); err != nil || string(got) != string(want) {
		t.Errorf("the configuration differs: %v\n%s", err, cmp.Diff(string(want), string(got)))
	}
	if c.Averaged() || c.Weights() != ModelPrefix {
		t.Errorf("a checkpoint without an average gives the weights %s", c.Weights())
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no error for a file that is not there")
	}
}

func TestAveraged(t *testing.T) {
	c, err := Decode(encoded(t, false, "model.a", "ema.a"))
	if err != nil || !c.Averaged() || c.Weights() != AveragePrefix {
		t.Errorf("averaged %v, weights %s, %v", c.Averaged(), c.Weights(), err)
	}
}

// The moments of version 1 get their present names, and nothing else is renamed.
func TestVersion1Names(t *testing.T) {
	tensors := []string{"ema.optim.m.a", "model.optim.v.a", "optim.m.linears.0.weight", "optim.v.linears.0.weight", "timesteps.state"}
	c, err := Decode(encoded(t, true, tensors...))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"ema.optim.m.a", "model.optim.v.a", "optim.adam.m.linears.0.weight", "optim.adam.v.linears.0.weight",
		"timesteps.state"}
	if diff := cmp.Diff(want, names(c)); diff != "" || !c.Old() {
		t.Errorf("old %v\n%s", c.Old(), diff)
	}
	if c.Config.Version != configs.Version || c.Config.Seed != 3 || len(c.Config.Optimizer.Transforms) != 3 {
		t.Errorf("the configuration was not migrated: %+v", c.Config)
	}
	// A checkpoint of this version keeps its names, whatever they are.
	if c, err = Decode(encoded(t, false, tensors...)); err != nil || !cmp.Equal(tensors, names(c)) {
		t.Errorf("%v, %v; want %v", names(c), err, tensors)
	}
}

func TestCheckpointErrors(t *testing.T) {
	for _, test := range []struct{ key, value, want string }{
		{"step", "", `metadata "step" is "", expected the number of steps done`},
		{"step", "-1", `metadata "step" is "-1"`},
		{"step", "1e3", `metadata "step" is "1e3"`},
		{"cursor.epoch", "x", `metadata "cursor.epoch" is "x", expected the number of passes over the data`},
		{"cursor.offset", "-2", `metadata "cursor.offset" is "-2", expected the number of rows done in this pass`},
		{"seed", "-1", `metadata "seed" is "-1", expected the run's seed`},
		{"seed", "18446744073709551616", `metadata "seed" is "18446744073709551616"`},
		{"config", "version: 2\nnam: a\n", `metadata config:2:1: unknown key "nam"`},
		{"config", "version: 3\n", "a newer file needs a newer program"},
	} {
		file := encoded(t, false, "model.a")
		file.Metadata = maps.Clone(file.Metadata)
		if file.Metadata[test.key] = test.value; test.value == "" {
			delete(file.Metadata, test.key)
		}
		if _, err := Decode(file); err == nil || !strings.Contains(err.Error(), test.want) ||
			!strings.Contains(err.Error(), "c.safetensors") {
			t.Errorf("%s = %q: error %v, want %s", test.key, test.value, err, test.want)
		}
	}
	bad := configs.Default()
	bad.Train.Batch = 0
	if err := (&Checkpoint{File: &checkpoint.File{}, Config: bad}).Encode(); err == nil || !strings.Contains(err.Error(), "train.batch") {
		t.Errorf("a configuration that is not valid was encoded: %v", err)
	}
}
