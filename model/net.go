package model

import (
	"euryale/diffusion"
	"euryale/eager"
	"euryale/kernel"
	"euryale/objective"
)

// trained is a net with a label, as package objective sees it, for one goroutine. It counts the rows it is evaluated on.
type trained struct {
	machine *eager.Machine
	process diffusion.Process
	label   int
	dim     int
	rows    *int64
}

// newNet returns the net with a label, or with −1 without one. Its rows are in scratch, which may be nil.
func (m *Model) newNet(label int, rows *int64, scratch *kernel.Scratch) (*trained, error) {
	machine, err := eager.New(m.net, m.weights)
	if err != nil {
		return nil, err
	}
	machine.Borrow(scratch)
	if err := machine.CheckLabel(label); err != nil {
		return nil, err
	}
	return &trained{machine: machine, process: m.process, label: label, dim: m.Dim(), rows: rows}, nil
}

func (n *trained) at(x []float32, t float64) eager.Condition {
	*n.rows += int64(len(x) / n.dim)
	return eager.Condition{Time: n.process.NetworkTime(t), Label: n.label}
}

// Run implements objective.Net.
func (n *trained) Run(dst, x []float32, t float64) { n.machine.Run(dst, x, n.at(x, t)) }

// Tangent implements objective.Net.
func (n *trained) Tangent(dst, tangent, x, v []float32, t float64) {
	n.machine.Tangent(dst, tangent, x, v, n.at(x, t))
}

// Gradient implements objective.Net.
func (n *trained) Gradient(dst, x []float32, t float64, cotangent func(first int, v, output []float32)) {
	n.machine.Gradient(dst, x, n.at(x, t), cotangent)
}

// newDenoiser returns the net of a label as package diffusion sees it.
func (m *Model) newDenoiser(label int, rows *int64, scratch *kernel.Scratch) (diffusion.Denoiser, error) {
	net, err := m.newNet(label, rows, scratch)
	if err != nil {
		return nil, err
	}
	return m.denoiser(net), nil
}

// denoiser is a net of the model as package diffusion sees it.
func (m *Model) denoiser(net *trained) diffusion.Denoiser {
	return m.objective.(objective.Denoising).Denoiser(net)
}

// newClassifier returns the net as a classifier of noisy data.
func (m *Model) newClassifier() (*objective.Classifier, error) {
	net, err := m.newNet(-1, new(int64), nil)
	if err != nil {
		return nil, err
	}
	return m.objective.(objective.Classifying).Classifier(net), nil
}

// classifier is a classifier of noisy data as package guidance sees it, for one goroutine.
type classifier struct {
	by      *objective.Classifier
	process diffusion.Process
	diffusion.Parameterization
	label int // of the current piece
	input []float32
}

// LogProbabilityGradient implements guidance.Classifier. The label is that of c, not the one that guidance was made with.
func (c *classifier) LogProbabilityGradient(dst, x []float32, t float64, _ int) {
	scale := float32(c.InputScale(c.process.Marginal(t)))
	c.input = append(c.input[:0], x...)
	for i := range c.input {
		c.input[i] *= scale
	}
	c.by.Gradient(dst, c.input, t, c.label)
	for i := range dst {
		dst[i] *= scale
	}
}
