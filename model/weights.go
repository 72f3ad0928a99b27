package model

import "euryale/nets"

// Net returns the net and its weights, in the layout of the net. They must not be changed.
func (m *Model) Net() (net *nets.Built, weights []float32) { return m.net, m.weights }
