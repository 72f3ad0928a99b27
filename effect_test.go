package euryale_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/internal/strictyaml"
	"euryale/model"
	"euryale/run"
	"euryale/train"
)

// withoutEffect are keys that change neither the first weights nor the samples, with the reason.
var withoutEffect = map[string]string{
	"version": "of the layout", "net.labels": "goes with another label to sample", "train.epochs": "three steps are done in any case",
	"train.steps": "three steps are done in any case", "train.evaluate_every": "of the log",
	"data.csv.header": "of a file that has one", "data.columns.NAME.unique": "of ids, which are not learned",
	"data.labels[{data folder}]": "goes with a net of labels", "data.classes[{data cifar}]": "of the layout of the file",
	"train.log_every": "of the log", "train.tensorboard": "of the files", "train.previews": "of the files", "train.report": "of the files",
	"train.checkpoint_every": "of the files", "train.keep_checkpoints": "of the files", "sample.repaint.jump_length": "of inpainting",
	"sample.repaint.resample":       "of inpainting",
	"optimizer.learning_rate.every": "of later steps", "optimizer.learning_rate.factor": "of later steps",
	"objective.category_weight": "of categories, which points do not have",
	"process.schedule.zero_terminal_snr[{process ddpm} {process.schedule jsd}]": "documented: no signal is left anyway",
}

// Every number, and every true or false, changes the weights or the samples: none can be set and silently do nothing.
func TestEveryKeyHasAnEffect(t *testing.T) {
	tested := map[string]bool{}
	for _, key := range strictyaml.Keys(configs.Default()) {
		values := map[string][]string{
			"a number":                     {"0", "0.0001", "0.001", "0.1", "0.3", "0.45", "0.9", "2", "7", "30"},
			"a whole number":               {"0", "1", "2", "3", "4", "5", "8", "12", "15", "50"},
			"a whole number of at least 0": {"1", "2"},
			"true or false":                {"false", "true"},
		}[key.Type]
		name := fmt.Sprint(key.Path, key.Kinds)
		if values == nil || strings.Contains(key.Path, ".N.") || tested[name] ||
			withoutEffect[name] != "" || withoutEffect[key.Path] != "" {
			continue
		}
		tested[name] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			overrides := limitOverrides(key)
			outcomes := map[string]string{}
			for _, value := range values {
				config, err := configs.Decode("effect", []byte("version: 2"), append(slices.Clone(overrides), key.Path+"="+value))
				if err != nil {
					continue
				}
				if outcome := outcomeOf(t, config); outcome != "" {
					outcomes[outcome] = value
				}
				if len(outcomes) > 1 {
					return
				}
			}
			t.Errorf("no effect: %v", slices.Collect(maps.Values(outcomes)))
		})
	}
	if len(tested) < 60 {
		t.Errorf("tested %d keys", len(tested))
	}
}

// outcomeOf is the weights after three steps, and samples; "" if the configuration trains nothing.
func outcomeOf(t *testing.T, config *configs.Config) string {
	trainer, err := train.New(context.Background(), config, 1)
	if err != nil {
		return ""
	}
	defer trainer.Close()
	for range 3 {
		if _, err := trainer.Step(); err != nil {
			return ""
		}
	}
	file, err := trainer.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	c, err := run.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	arrays := map[string][]float32{} // in an order of their own
	for _, tensor := range c.Tensors {
		if arrays[tensor.Name], err = tensor.Values(); err != nil {
			t.Fatal(err)
		}
	}
	outcome := fmt.Sprint(arrays)
	m, err := model.New(c, model.Parts{})
	if err != nil {
		t.Fatal(err)
	}
	if !m.Denoises() {
		return outcome
	}
	if m.Table() != nil {
		path := filepath.Join(t.TempDir(), "samples.csv")
		if err := m.Save(context.Background(), m.Request(20), path); err != nil {
			return ""
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return outcome + string(text)
	}
	points, _, err := m.Points(context.Background(), m.Request(3))
	if err != nil {
		return ""
	}
	return outcome + fmt.Sprint(points)
}
