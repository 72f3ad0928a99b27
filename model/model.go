// Package model is a trained net, opened from a run: it draws samples, shows how they come about and has a likelihood. It
// links no Gorgonia, and needs no data: a checkpoint of the run is enough.
//
//   - Open (this file) reads the newest checkpoint of a run, OpenAt another one.
//   - Request (request.go) describes the samples to draw; plan.go checks it before the work. Model.Draw and Model.Sample
//     (sample.go) draw them, Model.Trajectory (trajectory.go) records the way from noise to data.
//   - draw.go shares the rows among workers: piece.go makes the pieces, start.go fills in where they start, net.go
//     wraps the net for a worker.
//   - Of tables: labels.go deals out classes, where.go reads the cells that samples are to have, trial.go finds out how
//     probable they are, reject.go chooses samples by them, unique.go draws samples again that repeat others. sink.go opens
//     files of rows.
//   - Model.Likelihood (likelihood.go) is how probable rows of data are to the model.
//   - Model.CodeLength (codelength.go) is how many bits images cost, FlowLength (flowlength.go) the same by the density of the ODE.
//   - Accuracies (classify.go) are how often a classifier of noisy data is right; Features (features.go) what it makes of images.
//   - Denoise (denoise.go) is what the net predicts for noised rows, Noised (noised.go) the forward process, LogDensities
//     (density.go) the likelihood for pictures.
//   - data.go turns numbers of the data into those of the net and back, and opens the data where it is needed.
//
// Start reading at Open, then request.go.
package model

import (
	"fmt"
	"strings"
	"sync/atomic"

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
	Best     bool  // whether its checkpoint was kept as the best of the run by evaluations while it trained
	Averaged bool  // whether its weights are the moving average
	// TrainingLoss is the mean loss that the run logged over its last epochs before the step; 0 where there is no log.
	TrainingLoss float64
	// Skipped are damaged checkpoints, newer or better, that were passed over. Each names its file and the damage.
	Skipped []error

	net       *nets.Built
	weights   []float32
	scratch   []*kernel.Scratch
	process   diffusion.Process
	objective objective.Objective
	checksum  string       // of the encoded rows of training; "" if the checkpoint has none
	decoded   atomic.Int64 // samples, for Clipped
	// train and held are the rows that UseData gave; nil: Source opens the data
	train, held data.Source
}

// Parts are what a program chooses or brings when it opens a run: the net and the data that a Go program gave to its training, and
// that no file holds, and whether to take the raw weights. The zero value brings nothing.
type Parts struct {
	Net  nets.Net
	Data data.Source
	Raw  bool // the weights as they were trained, also where there is an average of them
	// Weights are those of the net, in its layout, of a program that has them in memory; they are not copied, and those of the
	// checkpoint are not read. nil: those of the checkpoint.
	Weights []float32
	// Scratch is memory that samples are drawn in, one per worker, of a program that has some to spare meanwhile. nil: new memory.
	Scratch []*kernel.Scratch
}

// PartsOf are the parts of a program that a configuration in memory holds, for a model of a run that is being trained.
func PartsOf(c *configs.Config) (p Parts) {
	if program, ok := c.Net.Kind.(*nets.Program); ok {
		p.Net = program.Net
	}
	if program, ok := c.Data.Source.Kind.(*data.Program); ok {
		p.Data = program.Source
	}
	return p
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

// Open reads the newest whole checkpoint of a run, or the best if it was trained with train.keep best, and its averaged weights
// if it has them.
func Open(folder run.Folder) (*Model, error) { return OpenWith(folder, Parts{}) }

// OpenWith is Open for a run with parts of a program.
func OpenWith(folder run.Folder, parts Parts) (*Model, error) { return OpenAt(folder, "", parts) }

// OpenAt opens a chosen checkpoint of a run: "" is the one that Open reads, "best" the one that evaluations found best, or
// without any the one with the lowest training loss,
// digits are its step, and any other text is the path of a file, for which the folder may be "". See run.Folder.Open.
func OpenAt(folder run.Folder, checkpoint string, parts Parts) (*Model, error) {
	c, err := folder.Open(checkpoint)
	if err != nil {
		return nil, err
	}
	m, err := New(c, parts)
	if err != nil {
		return nil, err
	}
	if loss, err := folder.LossAt(m.Step, run.LossEpochs); err == nil && folder != "" { // a log is not needed
		m.TrainingLoss = loss
	}
	return m, nil
}

// New makes a model from a checkpoint, which carries configuration, schema and encoder.
func New(c *run.Checkpoint, parts Parts) (*Model, error) {
	m := &Model{
		Config: c.Config, Step: c.Step, Best: c.Best, Averaged: c.Averaged() && !parts.Raw, Skipped: c.Skipped, checksum: c.Metadata[run.DataChecksum],
		scratch: parts.Scratch,
	}
	parts.put(m.Config)
	err := m.readData(c)
	if err == nil {
		err = m.readNet(c, parts)
	}
	if err != nil {
		return nil, within(c.Name, err)
	}
	return m, nil
}

// within adds the name of the file to an error that does not have it.
func within(file string, err error) error {
	if strings.Contains(err.Error(), file) {
		return fmt.Errorf("model: %w", err)
	}
	return fmt.Errorf("model: %s: %w", file, err)
}

// readNet makes process, objective and net, and loads the weights.
func (m *Model) readNet(c *run.Checkpoint, parts Parts) (err error) {
	if _, err := kernel.Path(); err != nil {
		return err
	}
	rows := data.LayoutOf(m.Encoder, len(m.Schema.Classes))
	if m.process, err = m.Config.Process.Kind.New(); err != nil {
		return choice.Within("process", err)
	}
	if m.objective, err = m.Config.Objective.Kind.New(m.process, rows); err != nil {
		return choice.Within("objective", err)
	}
	if m.net, err = m.Config.NewNet(m.process, m.objective, rows); err != nil {
		return err
	}
	layout, size := m.net.Layout()
	if parts.Weights != nil {
		if m.weights = parts.Weights; len(m.weights) != size {
			return fmt.Errorf("Parts.Weights are %d numbers, the net has %d", len(m.weights), size)
		}
		return nil
	}
	m.weights = make([]float32, size)
	prefix := c.Weights()
	if parts.Raw {
		prefix = run.ModelPrefix
	}
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

// Process is the process that the net was trained on.
func (m *Model) Process() diffusion.Process { return m.process }
