package euryale_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"euryale/configs"
	"euryale/internal/strictyaml"
	"euryale/model"
	"euryale/run"
	"euryale/train"
)

// extremes are numbers that float32 flushes to 0, rounds to 1 or cannot hold, and their neighbors that it can.
var extremes = []string{
	"5e-324", "1e-46", "1e-38", "1e-20", "1e-13", "1e-9", "1e-3", "0.999", "0.9999999", "0.99999999999",
	"1", "999", "1e6", "1e12", "1e19", "1e39", "1e300", "-1e39",
}

// guided are the overrides of guidance to a label.
var guided = []string{"data=moons", "net.labels=true", "train.label_dropout=0.5", "sample.guidance.label=1", "sample.guidance.weight=1"}

// smallImages are the overrides of a small net of images.
var smallImages = []string{
	"data={name: discs, rows: 8, size: 8}", "net.channels=4", "net.multipliers=[1, 2]", "net.groups=2", "net.attention=[8]",
}

// limitNeeds are what a kind or a key needs besides the defaults to be valid. Those of a key of some kinds replace those of
// the key.
var limitNeeds = map[string][]string{
	"process=ncsn": {"sample.rescale=preserving"}, "process=vp": {"net.time=sinusoidal", "sample.solver=ddim"},
	"process=sub_vp": {"net.time=sinusoidal", "sample.solver=euler"}, "process=flow": {"net.time=sinusoidal", "sample.solver=euler"},
	"process=ve": {"net.time=sinusoidal", "sample.solver=heun"}, "process=edm": {"net.time=sinusoidal", "sample.solver=heun"},
	"process.schedule=jsd": {"objective.prediction=v"}, "objective=classify": {"data=moons"},
	"timesteps=log_normal":            {"process=edm", "net.time=sinusoidal", "sample.solver=heun", "objective.prediction=F"},
	"sample.solver=annealed_langevin": {"sample.rescale=exploding"},
	"sample.threshold_percentile":     {"sample.clip_x0=1"},
	"optimizer.transforms=clip":       {"optimizer.transforms=[clip, adam]"},
	"optimizer.transforms=ema":        {"optimizer.transforms=[adam, ema]"},
	"optimizer.transforms=adam":       {"optimizer.transforms=[adam]"}, "optimizer.transforms=adamw": {"optimizer.transforms=[adamw]"},
	"process.schedule.zero_terminal_snr":      {"objective.prediction=v"},
	"sample.solver.lower_order_final":         {"sample.final=first"},
	"sample.guidance.label":                   {"data=moons", "net.labels=true", "train.label_dropout=0.5"},
	"train.label_dropout":                     {"data=moons", "net.labels=true", "sample.guidance.label=1"},
	"objective.sigma_data":                    {"objective.scale_input=true"},
	"objective.sigma_data[{objective mixed}]": {}, "objective.sigma_data[{objective multinomial}]": {},
	"sample.guidance.weight":  {"data=moons", "net.labels=true", "train.label_dropout=0.5", "sample.guidance.label=1"},
	"sample.guidance.min":     guided,
	"sample.guidance.max":     guided,
	"sample.solver.churn.min": {"sample.solver.churn.amount=5"}, "sample.solver.churn.max": {"sample.solver.churn.amount=5"},
	"sample.solver.churn.noise": {"sample.solver.churn.amount=5"},
	"net=unet":                  smallImages,
	"net=unet_classifier":       append(slices.Clone(smallImages), "data.rings=true", "objective=classify"),
	"net=dit":                   {"data={name: discs, rows: 8, size: 8}", "net.heads=2"},
	"data=idx":                  {"data.images=testdata/images/images.idx", "data.labels=testdata/images/labels.idx"},
	"data=cifar":                {"data.files=[testdata/images/batch.bin]"},
	"data=folder":               {"data.path=testdata/images/folder"},
	"data=npy_images":           {"data.file=testdata/images/images.npy"},
	"data=table": {
		"process=edm", "objective=mixed", "timesteps=log_normal", "net=tabular", "sample.solver=heun", "data.file=testdata/table.csv",
	},
}

// limitBase trains and samples in a millisecond.
var limitBase = []string{
	"name=limits", "data.points=20", "process.steps=20", "net.width=4", "net.depth=1", "train.batch=8", "train.epochs=1",
	"train.log_every=1",
	"sample.steps=4",
}

// A number that a configuration accepts is one that float32 can hold: three steps of training end with finite weights and
// moments, or with an error that names the divergence; samples are finite.
func TestExtremeNumbers(t *testing.T) {
	tested := map[string]bool{}
	for _, key := range strictyaml.Keys(configs.Default()) {
		if key.Type != "a number" || strings.Contains(key.Path, ".N.") {
			continue
		}
		name := fmt.Sprint(key.Path, key.Kinds)
		if tested[name] {
			continue
		}
		tested[name] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			overrides := limitOverrides(key)
			if _, err := configs.Decode("limits", []byte("version: 2"), overrides); err != nil {
				t.Fatalf("%q: %v", overrides, err)
			}
			accepted := 0
			for _, value := range extremes {
				config, err := configs.Decode("limits", []byte("version: 2"), append(slices.Clone(overrides), key.Path+"="+value))
				if err != nil {
					continue
				}
				accepted++
				number, err := strconv.ParseFloat(value, 64)
				if err != nil {
					t.Fatal(err)
				}
				if problem := tryLimits(config, key.Path, number >= 0.1); problem != "" {
					t.Errorf("%s=%s: %s", key.Path, value, problem)
				}
			}
			if accepted == 0 {
				t.Error("no value is accepted")
			}
		})
	}
	if len(tested) < 60 {
		t.Errorf("tested %d keys", len(tested))
	}
}

// limitOverrides choose the kinds that have a key, and make the run a short one.
func limitOverrides(key strictyaml.Key) []string {
	var overrides []string
	for _, pick := range key.Kinds {
		choose := pick.Path + "=" + pick.Kind
		if pick.Path != "optimizer.transforms" {
			overrides = append(overrides, choose)
		}
		overrides = append(overrides, limitNeeds[choose]...)
	}
	needs, ok := limitNeeds[fmt.Sprint(key.Path, key.Kinds)]
	if !ok {
		needs = limitNeeds[key.Path]
	}
	overrides = append(overrides, needs...)
	for _, base := range limitBase {
		_, err := configs.Decode("limits", []byte("version: 2"), append(slices.Clone(overrides), base))
		if !strings.Contains("process.steps=20 data.points=20 net.width=4 net.depth=1", base) || err == nil { // not every kind has these
			overrides = append(overrides, base)
		}
	}
	return overrides
}

// tryLimits trains three steps, draws samples and describes what went wrong without an error. A large value may diverge if
// the error names the learning rate.
func tryLimits(config *configs.Config, key string, large bool) string {
	trainer, err := train.New(context.Background(), config, 1)
	if err != nil {
		return ""
	}
	defer trainer.Close()
	before := finiteWeights(trainer)
	for range 3 {
		if _, err := trainer.Step(); err != nil {
			if large && strings.Contains(err.Error(), "optimizer.learning_rate") {
				return ""
			}
			return err.Error()
		}
	}
	after := finiteWeights(trainer)
	switch {
	case after == nil && large:
		return ""
	case after == nil:
		return "weights that are not finite"
	case slices.Equal(before, after) && !strings.Contains(key, "rate"): // a step below 1e-9 does not move a weight of about 0.1
		return "nothing was trained"
	}
	file, err := trainer.Checkpoint()
	if err != nil {
		return err.Error()
	}
	c, err := run.Decode(file)
	if err != nil {
		return err.Error()
	}
	m, err := model.New(c, model.Parts{})
	if err != nil {
		return err.Error()
	}
	if !m.Denoises() {
		return ""
	}
	points, _, err := m.Points(context.Background(), m.Request(3))
	if err != nil && !(large && strings.Contains(err.Error(), "not finite")) {
		return err.Error()
	}
	for _, v := range points {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Sprintf("a sample has %v", v)
		}
	}
	return ""
}

// finiteWeights returns the weights in the tensors of a checkpoint; nil if any number in it is not finite.
func finiteWeights(trainer *train.Trainer) []float32 {
	file, err := trainer.Checkpoint()
	if err != nil {
		return nil
	}
	var all []float32
	for _, tensor := range file.Tensors {
		data, err := tensor.Values()
		if err != nil {
			return nil
		}
		if strings.HasPrefix(tensor.Name, run.ModelPrefix) {
			all = append(all, data...)
		}
		for _, v := range data {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return nil
			}
		}
	}
	return all
}
