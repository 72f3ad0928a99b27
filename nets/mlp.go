package nets

import (
	"fmt"

	"euryale/choice"
	"euryale/ops"
)

// MLP is a stack of Depth hidden layers of Width units, each conditioned on the time, and a linear output layer:
//
//	h₀ = x                                         [rows, sample]
//	hₗ = max(0, hₗ₋₁·Wₗ + cₗ), l = 1 … Depth       [rows, Width]
//	output = h·W + b                               [rows, Outputs]
//
// The condition cₗ is bₗ + Eₗ[t] with an embedding of the timestep, as in the S-curve tutorial, and e·Uₗ + bₗ with features
// of the time, where
//
//	e = max(0, features(t)·W + b)                  [rows, Width]
//
// A net with labels adds Lₗ[label] to it. The last row of Lₗ is for "no label".
type MLP struct {
	// Width is the number of units in each hidden layer, from 1 to 65536.
	Width int `yaml:"width"`
	// Depth is the number of hidden layers, each conditioned on the time, from 1 to 256.
	Depth int `yaml:"depth"`
	// Time is the encoding of the time for the hidden layers.
	Time choice.One[TimeEncoding] `yaml:"time"`
	// Labels conditions the net on a class label: each hidden layer adds the trained row of the class, or of "no label".
	Labels bool `yaml:"labels"`
}

// DefaultMLP is the net of the S-curve tutorial: three hidden layers of 128 units, each with an embedding of the timestep.
func DefaultMLP() *MLP { return &MLP{Width: 128, Depth: 3, Time: TimeEncodings().Choose("embedding")} }

// Validate implements Options.
func (m *MLP) Validate() error {
	return checkLayers(m.Width, m.Depth, m.Time)
}

// checkLayers checks the keys that nets of layers share.
func checkLayers(width, depth int, time choice.One[TimeEncoding]) error {
	switch {
	case width < 1 || width > 1<<16:
		return choice.Wrong("width", "must be from 1 to 65536, got %d", width)
	case depth < 1 || depth > 256:
		return choice.Wrong("depth", "must be from 1 to 256, got %d", depth)
	case time.Kind == nil:
		return choice.Wrong("time", "is missing")
	}
	return nil
}

// New implements Options.
func (m *MLP) New(s Spec) (Net, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	if err := checkTime(m.Time, s); err != nil {
		return nil, err
	}
	if m.Labels && s.Classes < 1 {
		return nil, choice.Wrong("labels", "needs data with classes: give the data labels, or set net.labels=false")
	}
	return m, nil
}

// checkTime returns an error unless the encoding of the time fits the Spec.
func checkTime(time choice.One[TimeEncoding], s Spec) error {
	if err := time.Kind.Validate(); err != nil {
		return choice.Within("time", err)
	}
	if s.Steps < 1 && time.Kind.Frequencies(s.Seed) == nil {
		return choice.Wrong("time", "%s", continuousEmbedding)
	}
	return nil
}

const continuousEmbedding = "must be sinusoidal or fourier in continuous time: a table of embeddings has a row for each step of a chain"

// Apply implements Net. It declares all parameters first: their order determines the initial values, and must not change.
func (m *MLP) Apply(b *ops.Builder, in Input) *ops.Node {
	if m.Time.Kind == nil {
		return b.Fail("mlp: the time encoding is missing")
	}
	frequencies := m.Time.Kind.Frequencies(in.Seed)
	weights, biases := make([]*ops.Node, m.Depth+1), make([]*ops.Node, m.Depth+1)
	for l, width := 0, in.X.Size(); l <= m.Depth; l++ {
		out := m.Width
		if l == m.Depth {
			out = in.Outputs
		}
		// The tutorial's ModuleList alternates Linear and ReLU, hence the even numbers.
		weights[l], biases[l] = denseParameters(b, fmt.Sprintf("linears.%d", 2*l), width, out)
		width = m.Width
	}
	steps, projections, labels := make([]*ops.Node, m.Depth), make([]*ops.Node, m.Depth), make([]*ops.Node, m.Depth)
	var first ops.Linear // applied to the features
	if frequencies == nil {
		for l := range m.Depth {
			steps[l] = Table(b, fmt.Sprintf("step_embeddings.%d.weight", l), in.Step, m.Width)
		}
	} else {
		first.Weight, first.Bias = denseParameters(b, "time.0", 2*len(frequencies), m.Width)
		for l := range m.Depth {
			projections[l] = b.Parameter(fmt.Sprintf("time_projections.%d.weight", l), uniform(m.Width), m.Width, m.Width)
		}
	}
	var label *ops.Node
	if m.Labels {
		label = in.Label
		for l := range m.Depth {
			labels[l] = Table(b, fmt.Sprintf("label_embeddings.%d.weight", l), label, m.Width)
		}
	}

	var embedded *ops.Node
	if frequencies != nil {
		first.ReLU = true
		embedded = b.Linear("time.0", b.Sinusoids("time features", in.Time, frequencies), first) // [Width]
	}
	h := in.X
	for l := range m.Depth {
		layer := ops.Linear{Weight: weights[l], ReLU: true}
		switch { // the condition is summed before the product is added
		case embedded != nil:
			project := ops.Linear{Weight: projections[l], Bias: biases[l], Table: labels[l], Index: label}
			layer.Add = b.Linear(fmt.Sprintf("time_projections.%d", l), embedded, project)
		case label != nil:
			layer.Add = b.Embedding(fmt.Sprintf("label_embeddings.%d", l), biases[l],
				ops.Lookup{Table: steps[l], Index: in.Step}, ops.Lookup{Table: labels[l], Index: label})
		default:
			layer.Bias, layer.Table, layer.Index = biases[l], steps[l], in.Step
		}
		h = b.Linear(fmt.Sprintf("linears.%d", 2*l), h, layer) // [Width]
	}
	return b.Linear(fmt.Sprintf("linears.%d", 2*m.Depth), h, ops.Linear{Weight: weights[m.Depth], Bias: biases[m.Depth]})
}
