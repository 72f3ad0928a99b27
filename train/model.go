package train

import (
	"fmt"

	"euryale/checkpoint"
	"euryale/configs"
	"euryale/diffusion"
	"euryale/nets"
)

// Model is a trained denoiser with all that sampling needs.
type Model struct {
	Config     *configs.Config
	Step       int64 // steps it was trained for
	Averaged   bool  // whether its weights are the moving average
	net        *nets.MLP
	weights    []float32
	schedule   *diffusion.Schedule
	prediction diffusion.Prediction
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
	if m.schedule, err = diffusion.NewSchedule(config.Diffusion.Schedule, config.Diffusion.Steps); err != nil {
		return nil, err
	}
	if m.prediction, err = diffusion.ParsePrediction(config.Diffusion.Prediction); err != nil {
		return nil, err
	}
	if m.net, err = nets.NewMLP(config.Net, config.Data.Dim(), config.Diffusion.Steps); err != nil {
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

// Dim is the number of coordinates of a sample.
func (m *Model) Dim() int { return m.net.Dim }
