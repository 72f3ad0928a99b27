package nets

import (
	"fmt"
	"math"

	"euryale/graph"
)

// MLP is a stack of Depth hidden layers of Width units, each conditioned on the time, and a linear output layer:
//
//	h₀ = x                                         [rows, Input]
//	hₗ = max(0, hₗ₋₁·Wₗ + cₗ), l = 1 … Depth          [rows, Width]
//	output = h·W + b                               [rows, Output]
//
// The condition cₗ is bₗ + Eₗ[t] with an embedding of the timestep, the denoiser of the S-curve tutorial, and
// e·Uₗ + bₗ with features of the time, where
//
//	e = max(0, features(t)·W + b)                  [rows, Width]
//
// A net with labels adds Lₗ[label] to it, whose last row stands for "no label".
type MLP struct {
	Config
	Shape
	layout      []Parameter
	size        int
	frequencies []float64 // of the time's features, in radians
	known       []float32 // features of the first timesteps
}

// Shape is what a net must fit, beside its Config.
type Shape struct {
	Input  int // numbers in a row
	Output int // Input; 2·Input for a denoiser that also predicts variances; Classes for a classifier
	// Steps is the number of discrete timesteps 0 … Steps−1: rows of an embedding. Nets with features of the time take
	// any time and may have 0; they keep the features of the timesteps ready.
	Steps   int
	Classes int    // 0: the data has no labels
	Seed    uint64 // of the random frequencies, which are neither trained nor part of the flat memory
}

func (s Shape) validate(c Config) error {
	switch {
	case s.Input < 1 || s.Steps < 0 || s.Classes < 0:
		return fmt.Errorf("expected at least one input and no negative number, got %+v", s)
	case c.Time == embedding && s.Steps < 1:
		return fmt.Errorf("an embedding needs at least one timestep, got %d", s.Steps)
	case c.Labels && s.Classes < 1:
		return fmt.Errorf("labels: a net conditioned on labels needs data with classes")
	case c.Name == classifier && (s.Classes < 1 || s.Output != s.Classes):
		return fmt.Errorf("a classifier needs an output for each of at least one class, got %d for %d", s.Output, s.Classes)
	case c.Name == denoiser && s.Output != s.Input && s.Output != 2*s.Input:
		return fmt.Errorf("a denoiser of rows of %d numbers has %d or %d outputs, got %d", s.Input, s.Input, 2*s.Input, s.Output)
	}
	return nil
}

// NewMLP returns the net of a configuration and a shape.
func NewMLP(c Config, s Shape) (*MLP, error) {
	if key, err := c.Validate(); err != nil {
		return nil, fmt.Errorf("nets: %s %w", key, err)
	}
	if err := s.validate(c); err != nil {
		return nil, fmt.Errorf("nets: %w", err)
	}
	m := &MLP{Config: c, Shape: s}
	var parameters []Parameter
	// PyTorch's default: its kaiming_uniform_ with a = √5 is uniform in ±1/√in, for weight and bias.
	linear := func(weight, bias string, in, out int) {
		uniform := initialiser{bound: 1 / math.Sqrt(float64(in))}
		parameters = append(parameters, Parameter{Name: weight, Shape: []int{in, out}, Transposed: true, init: uniform})
		if bias != "" {
			parameters = append(parameters, Parameter{Name: bias, Shape: []int{out}, init: uniform})
		}
	}
	tables := func(name func(l int) string, rows int) {
		for l := range m.Depth {
			parameters = append(parameters, Parameter{Name: name(l), Shape: []int{rows, m.Width}})
		}
	}
	for l := 0; l <= m.Depth; l++ {
		in, out := m.widths(l)
		linear(weightName(l), biasName(l), in, out)
	}
	if m.Time == embedding {
		tables(tableName, m.Steps)
	} else {
		m.makeFeatures()
		linear(timeWeight, timeBias, m.TimeFeatures, m.Width)
		for l := range m.Depth {
			linear(projectionName(l), "", m.Width, m.Width)
		}
	}
	if m.Labels {
		tables(labelName, m.Classes+1)
	}
	m.layout, m.size = place(parameters)
	if m.size > maxWeights {
		return nil, fmt.Errorf("nets: the net has %d weights, at most %d are possible; with time: sinusoidal or fourier there is no row for each timestep", m.size, maxWeights)
	}
	return m, nil
}

// maxWeights is a gigabyte, of which training holds four.
const maxWeights = 1 << 28

// The tutorial's ModuleList alternates Linear and ReLU, hence the even numbers.
func weightName(l int) string     { return fmt.Sprintf("linears.%d.weight", 2*l) }
func biasName(l int) string       { return fmt.Sprintf("linears.%d.bias", 2*l) }
func tableName(l int) string      { return fmt.Sprintf("step_embeddings.%d.weight", l) }
func projectionName(l int) string { return fmt.Sprintf("time_projections.%d.weight", l) }
func labelName(l int) string      { return fmt.Sprintf("label_embeddings.%d.weight", l) }

const timeWeight, timeBias = "time.0.weight", "time.0.bias"

// widths returns the input and output width of linear layer l = 0 … Depth.
func (m *MLP) widths(l int) (in, out int) {
	in, out = m.Width, m.Width
	if l == 0 {
		in = m.Input
	}
	if l == m.Depth {
		out = m.Output
	}
	return in, out
}

// Layout returns the parameters and the size of the flat memory that holds them.
func (m *MLP) Layout() (parameters []Parameter, size int) { return m.layout, m.size }

// Init returns initial weights from PyTorch's default distributions: uniform in ±1/√in for linear layers,
// N(0, 1) for embeddings. Gaps between parameters are zero.
func (m *MLP) Init(seed uint64) []float32 {
	flat := make([]float32, m.size)
	for i, p := range m.layout {
		p.init.fill(flat[p.Offset:p.Offset+p.Size()], seed, i)
	}
	return flat
}

// Names of the inputs that Graph declares.
const (
	stepInput  = "t"     // [batch], an index
	timeInput  = "time"  // [batch, TimeFeatures]
	labelInput = "label" // [batch], an index
)

// Graph declares the parameters, in the order of Layout, and the inputs that Fill fills, and returns the output for x
// [batch, Input].
func (m *MLP) Graph(b *graph.Builder, x *graph.Node) *graph.Node {
	nodes := map[string]*graph.Node{}
	for _, p := range m.layout {
		nodes[p.Name] = b.Parameter(p.Name, p.Shape...)
	}
	var step, embedded, label *graph.Node
	if m.Labels {
		label = b.IndexInput(labelInput)
	}
	if m.Time == embedding {
		step = b.IndexInput(stepInput)
	} else {
		features := b.Input(timeInput, m.TimeFeatures)
		embedded = b.Linear("time.0", features, graph.Layer{Weight: nodes[timeWeight], Bias: nodes[timeBias], ReLU: true}) // [batch, Width]
	}
	h := x
	for l := range m.Depth {
		layer := graph.Layer{Weight: nodes[weightName(l)], ReLU: true}
		bias := nodes[biasName(l)]
		switch { // the condition is complete before the product joins it, as in Forward
		case embedded != nil:
			project := graph.Layer{Weight: nodes[projectionName(l)], Bias: bias, Table: nodes[labelName(l)], Index: label}
			layer.Add = b.Linear(fmt.Sprintf("time_projections.%d", l), embedded, project)
		case label != nil:
			layer.Add = b.Embedding(fmt.Sprintf("label_embeddings.%d", l), bias,
				graph.Lookup{Table: nodes[tableName(l)], Index: step}, graph.Lookup{Table: nodes[labelName(l)], Index: label})
		default:
			layer.Bias, layer.Table, layer.Index = bias, nodes[tableName(l)], step
		}
		h = b.Linear(fmt.Sprintf("linears.%d", 2*l), h, layer) // [batch, Width]
	}
	return b.Linear(fmt.Sprintf("linears.%d", 2*m.Depth), h, graph.Layer{Weight: nodes[weightName(m.Depth)], Bias: nodes[biasName(m.Depth)]})
}
