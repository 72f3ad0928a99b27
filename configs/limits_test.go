package configs

import (
	"strings"
	"testing"
)

// Numbers that float32 flushes to 0 or rounds to 1 are refused, each with its range.
func TestNumbersBeyondFloat32(t *testing.T) {
	for override, want := range map[string]string{
		"optimizer.transforms.adam.epsilon=1e-46":                            "must be at least 1e-20 and below 1, got 1e-46",
		"optimizer.transforms.adam.beta1=0.9999999999":                       "must be from 0 to 0.9999999, got 0.9999999999",
		"optimizer.transforms.adam.beta2=0.99999999":                         "must be from 0 to 0.9999999, got 0.99999999",
		"optimizer.transforms=[{name: adamw, weight_decay: 1e-46}]":          "must be 0 (none), or at least 1e-12 and below 1000, got 1e-46",
		"optimizer.transforms.clip.norm=1e-46":                               "must be at least 1e-12 and below 1e30",
		"optimizer.transforms.ema.decay=0.99999999":                          "must be above 0 and at most 0.9999999",
		"optimizer.learning_rate=1e-46":                                      "must be at least 1e-12 and below 1000, got 1e-46",
		"optimizer.learning_rate={name: step, factor: 1e-46}":                "must be from 1e-6 to 1, got 1e-46",
		"objective.distance={name: huber, delta: 1e-46}":                     "must be from 1e-06 to 1e+06, got 1e-46",
		"objective.weight={name: min_snr, gamma: 1e-46}":                     "must be from 1e-6 to 1e6, got 1e-46",
		"objective.weight={name: p2, gamma: 1e6}":                            "so that nothing would be trained",
		"net.time={name: fourier, scale: 1e300}":                             "must be from 1e-6 to 1e6, got 1e+300",
		"data.scale=1e-46":                                                   "must be from 1e-12 to 1e6, got 1e-46",
		"sample.clip_x0=1e-46":                                               "must be 0 (no bound) or at least 1e-12, got 1e-46",
		"sample.solver={name: predictor_corrector, corrector: {snr: 1e-46}}": "must be at least 1e-6 and below 1, got 1e-46",
		"train.label_dropout=1e-46":                                          "must be 0 (none), or at least 1e-6 and below 1, got 1e-46",
	} {
		if _, err := Decode("f", []byte("version: 2"), []string{override}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n     got %v\nexpected %s", override, err, want)
		}
	}
}

// The bound of a label does not pretend to be that of data that was not read yet.
func TestLabelOfUnreadData(t *testing.T) {
	_, err := Decode("f", []byte("version: 2\ndata: {name: npy, file: points.npy, labels: labels.npy}\nnet: {labels: true}\n"+
		"train: {label_dropout: 0.1}\nsample: {guidance: {label: 70000}}"), nil)
	if err == nil || !strings.Contains(err.Error(), "sample.guidance.label must be -1 for none or of the data, from 0 on, got 70000") {
		t.Errorf("got %v", err)
	}
}

// A component of a mixture weighs 1 unless it is given a weight, and needs a mean and a deviation.
func TestMixtureComponents(t *testing.T) {
	decode := func(components string) (*Config, error) {
		return Decode("f", []byte("version: 2\ndata: {name: gaussian_mixture, components: ["+components+"]}"), nil)
	}
	c, err := decode("{mean: [0, 0], deviation: 0.1}, {mean: [1, 0], deviation: 0.1, weight: 3}")
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.YAML()
	if err != nil || !strings.Contains(string(text), "- weight: 1\n      mean: [0, 0]") || !strings.Contains(string(text), "- weight: 3\n") {
		t.Errorf("%v\n%s", err, text)
	}
	for components, want := range map[string]string{
		"{mean: [0, 0]}":                       "data.components.0.deviation must be from 1e-12 to 1e6, got 0 (the default)",
		"{deviation: 1}":                       "data.components.0.mean must have from 1 to 4096 coordinates, got 0 (the default)",
		"{mean: [0], deviation: 1, weight: 0}": "data.components.0.weight must be from 1e-12 to 1e6, got 0",
	} {
		if _, err := decode(components); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n     got %v\nexpected %s", components, err, want)
		}
	}
}
