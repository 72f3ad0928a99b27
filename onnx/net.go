package onnx

import (
	"fmt"

	"euryale/model"
)

// Options are settings of a model that is written.
type Options struct {
	Version string // of Euryale, for the metadata; "" leaves it out
}

// The names of inputs and outputs.
const (
	inputX           = "x"
	inputTime        = "t"
	inputLabel       = "label"
	inputNoise       = "noise"
	outputPrediction = "prediction"
	outputVariance   = "variance"
	outputSamples    = "samples"
	outputEncoded    = "encoded"
)

const aboutLabel = "the class of each row, from 0 on, or -1 for none"

// Net is a model of one evaluation of a net. Its inputs are
//
//	x      float32 [N, channels, height, width] or [N, dim], as the net takes it: x_t, divided by its standard deviation
//	       where the objective scales its input
//	t      float32 [N], the net's time: Process.NetworkTime of the time of the process, which is the timestep of a chain
//	label  int64 [N], the class of each row or −1 for none; only of nets that take labels
//
// and its outputs, float32,
//
//	prediction  of the shape of x: what the objective predicts, such as eps; or [N, outputs], such as the logits of a classifier,
//	            where the objective computes its prediction from them
//	variance    of the shape of x, from −1 to 1; only of nets that learn the variance of the reverse step
//
// The metadata of the model describe them: see docs/interop.md. The error is ErrTooLarge, or names an operation of a custom net
// that cannot be exported.
func Net(m *model.Model, o Options) ([]byte, error) {
	net, weights := m.Net()
	g := NewGraph("net of "+m.Config.Name, outputPrediction, outputVariance)
	shape := shapeOf(m)
	in := Inputs{
		X:    g.Input(inputX, "the noised samples as the net takes them", Float32, shape...),
		Time: g.Input(inputTime, "the net's time of each row", Float32),
	}
	if m.TakesLabels() {
		in.Label = g.Input(inputLabel, aboutLabel, Int64)
	}
	a, err := g.addNet(net, weights)
	if err != nil {
		return nil, err
	}
	y, err := a.evaluate("net/", in)
	if err != nil {
		return nil, err
	}
	properties, err := describe(m, o, "net")
	if err != nil {
		return nil, err
	}
	switch {
	case !m.PredictsDirectly():
		g.Output(outputPrediction, "the outputs of the net", g.flatOf(y, net.Output.Shape()), Float32, net.Output.Size())
	default:
		g.Output(outputPrediction, "the prediction of the net", g.outputPart(m, y, net.Output.Shape(), 0), Float32, shape...)
		if m.LearnsVariance() {
			g.Output(outputVariance, "where the logarithm of the variance lies between its bounds, -1 and 1",
				g.outputPart(m, y, net.Output.Shape(), 1), Float32, shape...)
		}
	}
	return g.Model(Header{
		Version: o.Version, Step: m.Step, Properties: properties,
		About: fmt.Sprintf("One evaluation of the net of the run %s", m.Config.Name),
	})
}

// shapeOf is the shape of a sample as graphs have it: [channels, height, width] or [dim].
func shapeOf(m *model.Model) []int {
	s := m.Encoder.Shape()
	if len(s) == 3 {
		return []int{s[2], s[0], s[1]}
	}
	return []int{m.Dim()}
}

// flatOf is a result as [N, size].
func (g *Graph) flatOf(y result, shape []int) string {
	if !y.image {
		return y.name
	}
	return g.reshaped("output", g.transposed("output", y.name, 0, 2, 3, 1), -1, shape[0]*shape[1]*shape[2])
}

// outputPart is share 0, 1, … of the outputs of a net, each of the shape of a sample.
func (g *Graph) outputPart(m *model.Model, y result, shape []int, share int) string {
	sample, dim := m.Encoder.Shape(), m.Dim()
	whole := !m.LearnsVariance()
	if whole && y.image == (len(sample) == 3) && (!y.image || shape[0] == sample[0] && shape[1] == sample[1]) {
		return y.name
	}
	flat := g.flatOf(y, shape)
	if !whole {
		flat = g.part("output/part", flat, share*dim, dim)
	}
	if len(sample) == 3 {
		return g.imageOf("output/image", flat, sample)
	}
	return flat
}
