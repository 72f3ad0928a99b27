package model

import (
	"euryale/diffusion"
	"euryale/nets"
	"euryale/objective"
)

// Net returns the net and its weights, in the layout of the net. They must not be changed.
func (m *Model) Net() (net *nets.Built, weights []float32) { return m.net, m.weights }

// Parameterization describes the input of the net, and what its output means if it is a denoiser.
func (m *Model) Parameterization() diffusion.Parameterization { return m.objective.Parameterization() }

// LearnsVariance reports whether the outputs of the net are the prediction and then as many numbers of a variance.
func (m *Model) LearnsVariance() bool {
	o, ok := m.objective.(objective.Denoising)
	return ok && o.LearnsVariance()
}
