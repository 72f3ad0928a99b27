package train

import (
	"fmt"

	"euryale/checkpoint"
	"euryale/configs"
	"euryale/diffusion"
	"euryale/nets"
)

// Model is a trained net with all that sampling needs.
type Model struct {
	Config   *configs.Config
	Step     int64 // steps it was trained for
	Averaged bool  // whether its weights are the moving average
	net      *nets.MLP
	weights  []float32
	process  diffusion.Process
	diffusion.Parameterisation
}

// Load reads the newest checkpoint of a run. A run with averaged weights gives those.
func Load(folder Folder) (*Model, error) {
	file, err := folder.latest()
	if err != nil {
		return nil, err
	}
	if file == nil {
		return nil, fmt.Errorf("train: %s %w with a checkpoint", folder, ErrNoRun)
	}
	return LoadCheckpoint(file)
}

// LoadCheckpoint makes a model of a checkpoint, which carries its own configuration.
func LoadCheckpoint(file *checkpoint.File) (*Model, error) {
	config, err := configs.Decode(file.Name+": metadata config", []byte(file.Metadata[metaConfig]), nil)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	m := &Model{Config: config, Averaged: hasEMA(file)}
	if m.Step, err = stepOf(file); err != nil {
		return nil, err
	}
	if m.process, err = diffusion.NewProcess(config.Diffusion); err != nil {
		return nil, err
	}
	if m.Parameterisation, err = diffusion.NewParameterisation(config.Diffusion); err != nil {
		return nil, err
	}
	if m.net, err = newNet(config, m.process); err != nil {
		return nil, err
	}
	layout, size := m.net.Layout()
	m.weights = make([]float32, size)
	prefix := prefixModel
	if m.Averaged {
		prefix = prefixEMA
	}
	return m, loadArrays(file, prefix, layout, m.weights)
}

// newNet is the net of a configuration, sized by its data and its process.
func newNet(config *configs.Config, process diffusion.Process) (*nets.MLP, error) {
	const keptSteps = 4096 // of which a net with features of the time keeps these ready
	shape := nets.Shape{Input: config.Data.Dim(), Output: config.Data.Dim(), Classes: config.Data.Classes(), Seed: config.Seed}
	if config.Net.Time == "embedding" || process.Steps() <= keptSteps {
		shape.Steps = process.Steps()
	}
	switch {
	case config.Net.Name == "classifier":
		shape.Output = shape.Classes
	case config.Diffusion.Loss.Weight == "hybrid":
		shape.Output = 2 * shape.Input
	}
	return nets.NewMLP(config.Net, shape)
}

// Dim is the number of coordinates of a sample.
func (m *Model) Dim() int { return m.net.Input }

// Process is what the net was trained on.
func (m *Model) Process() diffusion.Process { return m.process }

// Denoises says whether the net is a denoiser, and not a classifier of noisy data.
func (m *Model) Denoises() bool { return m.Config.Net.Name != "classifier" }

// denoiser is the net as package diffusion sees it, for one goroutine.
type denoiser struct {
	forward *nets.Forward
	process diffusion.Process
	dim     int
	rows    *int64 // how many rows it was asked about, in all
}

// newDenoiser returns the net of a label, or with −1 of none. It counts the rows that it is asked about.
func (m *Model) newDenoiser(label int, rows *int64) (diffusion.Differentiable, error) {
	d := denoiser{forward: m.net.NewForward(m.weights), process: m.process, dim: m.Dim(), rows: rows}
	if m.Config.Net.Labels {
		if err := d.forward.SetLabel(label); err != nil {
			return nil, fmt.Errorf("train: %w", err)
		}
	}
	if m.Config.Diffusion.Loss.Weight == "hybrid" {
		return varianceDenoiser{d}, nil
	}
	return d, nil
}

// Predict implements diffusion.Denoiser.
func (d denoiser) Predict(dst, x []float32, t float64) {
	*d.rows += int64(len(x) / d.dim)
	d.forward.Predict(dst, x, d.process.NetworkTime(t))
}

// PredictTangent implements diffusion.Differentiable.
func (d denoiser) PredictTangent(dst, tangent, x, v []float32, t float64) {
	*d.rows += int64(len(x) / d.dim)
	d.forward.PredictTangent(dst, tangent, x, v, d.process.NetworkTime(t))
}

// varianceDenoiser is a net that also learned a variance.
type varianceDenoiser struct{ denoiser }

// PredictVariance implements diffusion.VariancePredictor.
func (d varianceDenoiser) PredictVariance(dst, v, x []float32, t float64) {
	*d.rows += int64(len(x) / d.dim)
	d.forward.PredictVariance(dst, v, x, d.process.NetworkTime(t))
}

// classifier is a classifier of noisy data as package guidance sees it, for one goroutine.
type classifier struct {
	forward *nets.Forward
	process diffusion.Process
	diffusion.Parameterisation
	input []float32
}

// LogProbabilityGradient implements guidance.Classifier.
func (c *classifier) LogProbabilityGradient(dst, x []float32, t float64, label int) {
	scale := float32(c.InputScale(c.process.Marginal(t)))
	c.input = append(c.input[:0], x...)
	for i := range c.input {
		c.input[i] *= scale
	}
	c.forward.LogProbabilityGradient(dst, c.input, c.process.NetworkTime(t), label)
	for i := range dst {
		dst[i] *= scale
	}
}
