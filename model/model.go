// Package model is a trained net, opened from a run: it draws samples, shows how they come about and has a likelihood. It
// links no Gorgonia, and needs neither the data of the run nor its folder but for a checkpoint.
//
//   - Open (this file) reads the newest checkpoint of a run.
//   - Request (sample.go) describes the samples to draw; Model.Draw and Model.Sample draw them, Model.Trajectory
//     (trajectory.go) keeps the way from noise to data. plan.go checks a request before the work.
//   - Model.Likelihood (likelihood.go) is how probable rows of data are to the model.
//   - Accuracies (classify.go) are how often a classifier of noisy data is right.
//   - data.go turns numbers of the data into those of the net and back, and opens the data where it is needed.
//
// Start reading at Open, then sample.go.
package model

import (
	"fmt"

	"euryale/choice"
	"euryale/configs"
	"euryale/data"
	"euryale/diffusion"
	"euryale/kernel"
	"euryale/nets"
	"euryale/objective"
	"euryale/run"
)

// Model is a trained net with all that sampling needs.
type Model struct {
	Config   *configs.Config
	Schema   data.Schema
	Encoder  data.Encoder
	Step     int64 // steps it was trained for
	Averaged bool  // whether its weights are the moving average

	net       *nets.Built
	weights   []float32
	process   diffusion.Process
	objective objective.Objective
	checksum  string // of the encoded rows of training; "" if the checkpoint does not say
}

// Parts are the net and the data that a Go program gave to the training of a run, and that no file holds. The zero value
// has none.
type Parts struct {
	Net  nets.Net
	Data data.Source
}

// put puts the parts into a configuration that names them.
func (p Parts) put(c *configs.Config) {
	if program, ok := c.Net.Kind.(*nets.Program); ok && p.Net != nil {
		program.Net = p.Net
	}
	if program, ok := c.Data.Source.Kind.(*data.Program); ok && p.Data != nil {
		program.Source = p.Data
	}
}

// Open reads the newest checkpoint of a run. A run with averaged weights gives those.
func Open(folder run.Folder) (*Model, error) { return OpenWith(folder, Parts{}) }

// OpenWith is Open for a run with parts of a program.
func OpenWith(folder run.Folder, parts Parts) (*Model, error) {
	c, err := folder.Latest()
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, fmt.Errorf("model: %s %w with a checkpoint", folder, run.ErrNone)
	}
	return New(c, parts)
}

// New makes a model of a checkpoint, which carries its own configuration, schema and encoder.
func New(c *run.Checkpoint, parts Parts) (*Model, error) {
	m := &Model{Config: c.Config, Step: c.Step, Averaged: c.Averaged(), checksum: c.Metadata[run.DataChecksum]}
	parts.put(m.Config)
	for _, make := range []func(*run.Checkpoint) error{m.readData, m.readNet} {
		if err := make(c); err != nil {
			return nil, fmt.Errorf("model: %s: %w", c.Name, err)
		}
	}
	return m, nil
}

// readNet makes process, objective and net, and loads the weights.
func (m *Model) readNet(c *run.Checkpoint) (err error) {
	if _, err := kernel.Path(); err != nil {
		return err
	}
	dim, classes := m.Dim(), len(m.Schema.Classes)
	if m.process, err = m.Config.Process.Kind.New(); err != nil {
		return choice.Within("process", err)
	}
	if m.objective, err = m.Config.Objective.Kind.New(m.process, dim, classes); err != nil {
		return choice.Within("objective", err)
	}
	if m.net, err = m.Config.NewNet(m.process, m.objective, dim, classes); err != nil {
		return err
	}
	layout, size := m.net.Layout()
	m.weights = make([]float32, size)
	prefix := c.Weights()
	return nets.LoadStateDict(layout, m.weights, func(name string, shape ...int) ([]float32, error) {
		return c.Tensor(prefix+name, shape...)
	})
}

// Dim is the number of coordinates of a sample as the net sees it.
func (m *Model) Dim() int {
	n := 1
	for _, d := range m.Encoder.Shape() {
		n *= d
	}
	return n
}

// Process is what the net was trained on.
func (m *Model) Process() diffusion.Process { return m.process }
