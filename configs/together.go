package configs

import (
	"fmt"

	"euryale/diffusion"
	"euryale/diffusion/solver"
)

// together returns the first key that does not go with those of other sections, and why, or "", nil. Each
// section is valid by itself.
func (c Config) together() (key string, err error) {
	process, err := diffusion.NewProcess(c.Diffusion)
	if err != nil {
		return "diffusion", err
	}
	classes, hybrid := c.Data.Classes(), c.Diffusion.Loss.Weight == "hybrid"
	switch {
	case c.Net.Time == "embedding" && process.Steps() == 0:
		return "net.time", fmt.Errorf("must be sinusoidal or fourier for the continuous time of diffusion.process %s: a table of embeddings has a row for each step of a chain", c.Diffusion.Process)
	case c.Net.Labels && classes == 0:
		return "net.labels", fmt.Errorf("must be false: the points of data.name %s have no labels", c.Data.Name)
	case c.Net.Name == "classifier" && classes == 0:
		return "net.name", fmt.Errorf("must not be classifier: the points of data.name %s have no labels", c.Data.Name)
	case c.Net.Name == "classifier" && c.Diffusion.Loss != diffusion.DefaultConfig().Loss:
		return "diffusion.loss", fmt.Errorf("must be left out: a classifier's loss is the cross-entropy")
	case c.Net.Name == "classifier" && c.Diffusion.Prediction != diffusion.DefaultConfig().Prediction:
		return "diffusion.prediction", fmt.Errorf("must be left out: a classifier predicts labels, got %s", c.Diffusion.Prediction)
	case c.Train.LabelDropout > 0 && !c.Net.Labels:
		return "train.label_dropout", fmt.Errorf("must be 0 unless net.labels is true, got %v", c.Train.LabelDropout)
	}
	if c.Net.Name == "classifier" { // it draws no samples
		return "", nil
	}
	switch {
	case c.Sample.Variance == "learned" && !hybrid:
		return "sample.variance", fmt.Errorf("must not be learned unless the net learns it: diffusion.loss.weight hybrid")
	case c.Sample.Label >= max(classes, 1):
		return "sample.label", fmt.Errorf("must be -1 or a label from 0 to %d, got %d", classes-1, c.Sample.Label)
	case c.Sample.Label >= 0 && !c.Net.Labels:
		return "sample.label", fmt.Errorf("must be -1 unless net.labels is true, got %d", c.Sample.Label)
	case c.Sample.Label < 0 && c.Net.Labels && c.Train.LabelDropout == 0:
		return "sample.label", fmt.Errorf("must be a label from 0 to %d: the net is never trained without one (train.label_dropout)", classes-1)
	case c.Sample.Guidance != 0 && (c.Sample.Label < 0 || c.Train.LabelDropout == 0):
		return "sample.guidance", fmt.Errorf("must be 0 unless there is a sample.label and the net also learned to do without (train.label_dropout above 0), got %v", c.Sample.Guidance)
	}
	sampling := c.Sample
	if sampling.Steps == 0 && process.Steps() == 0 {
		sampling.Steps = c.Diffusion.Steps
	}
	if _, _, _, err := solver.Prepare(process, sampling); err != nil {
		key, err := solver.KeyOf(err)
		return join("sample", key), err
	}
	return "", nil
}
