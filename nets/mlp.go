package nets

import (
	"fmt"
	"math"

	"euryale/graph"
	"euryale/kernel"
)

// MLP is the denoiser of the S-curve tutorial: Depth hidden layers of Width units, each adding its own
// embedding of the timestep before the ReLU, and a linear output layer.
//
//	h₀ = x                                          [rows, Dim]
//	hₗ = max(0, hₗ₋₁·Wₗ + bₗ + Eₗ[t]), l = 1 … Depth   [rows, Width]
//	output = h·W + b                                [rows, Dim]
type MLP struct {
	Dim, Width, Depth, Steps int
	layout                   []Parameter
	size                     int
}

// NewMLP returns the net for rows of dim numbers and timesteps 0 … steps−1.
func NewMLP(c Config, dim, steps int) (*MLP, error) {
	if key, err := c.Validate(); err != nil {
		return nil, fmt.Errorf("nets: %s %w", key, err)
	}
	if dim < 1 || steps < 1 {
		return nil, fmt.Errorf("nets: an MLP needs dim and steps of at least 1, got %d and %d", dim, steps)
	}
	m := &MLP{Dim: dim, Width: c.Width, Depth: c.Depth, Steps: steps}
	var parameters []Parameter
	for l := 0; l <= m.Depth; l++ {
		in, out := m.widths(l)
		// PyTorch's default: its kaiming_uniform_ with a = √5 is uniform in ±1/√in, for weight and bias.
		uniform := initialiser{bound: 1 / math.Sqrt(float64(in))}
		parameters = append(parameters,
			Parameter{Name: weightName(l), Shape: []int{in, out}, Transposed: true, init: uniform},
			Parameter{Name: biasName(l), Shape: []int{out}, init: uniform})
	}
	for l := range m.Depth {
		parameters = append(parameters, Parameter{Name: tableName(l), Shape: []int{steps, m.Width}})
	}
	m.layout, m.size = place(parameters)
	return m, nil
}

// The tutorial's ModuleList alternates Linear and ReLU, hence the even numbers.
func weightName(l int) string { return fmt.Sprintf("linears.%d.weight", 2*l) }
func biasName(l int) string   { return fmt.Sprintf("linears.%d.bias", 2*l) }
func tableName(l int) string  { return fmt.Sprintf("step_embeddings.%d.weight", l) }

// widths returns the input and output width of linear layer l = 0 … Depth.
func (m *MLP) widths(l int) (in, out int) {
	in, out = m.Width, m.Width
	if l == 0 {
		in = m.Dim
	}
	if l == m.Depth {
		out = m.Dim
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

// Graph declares the parameters, in the order of Layout, and returns the output for x [batch, Dim] at the
// timesteps [batch].
func (m *MLP) Graph(b *graph.Builder, x, timesteps *graph.Node) *graph.Node {
	nodes := map[string]*graph.Node{}
	for _, p := range m.layout {
		nodes[p.Name] = b.Parameter(p.Name, p.Shape...)
	}
	h := x
	for l := 0; l <= m.Depth; l++ {
		layer := graph.Layer{Weight: nodes[weightName(l)], Bias: nodes[biasName(l)]}
		if l < m.Depth {
			layer.Table, layer.Index, layer.ReLU = nodes[tableName(l)], timesteps, true
		}
		h = b.Linear(fmt.Sprintf("linears.%d", 2*l), h, layer) // [batch, Width], at last [batch, Dim]
	}
	return h
}

// Forward is the plain forward pass of an MLP for rows that share one timestep. It is not safe for use by
// several goroutines at once; each makes its own.
type Forward struct {
	net     *MLP
	layers  []layer
	ws      kernel.Workspace
	scratch [2]kernel.Matrix // activations of the last two layers, [chunk, Width]
}

type layer struct {
	weight kernel.Matrix // [in, out]
	bias   []float32     // [out]
	table  kernel.Matrix // [Steps, out]; empty for the output layer
	sum    []float32     // bias + table[t], [out]
}

// chunk is the number of rows that go through all layers together: few enough for their activations to stay
// in the nearest caches, enough to keep the matrix product busy.
const chunk = 64

// NewForward returns a forward pass that reads the weights at each call.
func (m *MLP) NewForward(flat []float32) *Forward {
	f := &Forward{net: m, scratch: [2]kernel.Matrix{kernel.NewMatrix(chunk, m.Width), kernel.NewMatrix(chunk, m.Width)}}
	find := map[string]Parameter{}
	for _, p := range m.layout {
		find[p.Name] = p
	}
	view := func(name string) []float32 {
		p := find[name]
		return flat[p.Offset : p.Offset+p.Size()]
	}
	for l := 0; l <= m.Depth; l++ {
		in, out := m.widths(l)
		y := layer{weight: kernel.View(view(weightName(l)), in, out), bias: view(biasName(l))}
		if l < m.Depth {
			y.table, y.sum = kernel.View(view(tableName(l)), m.Steps, out), make([]float32, out)
		}
		f.layers = append(f.layers, y)
	}
	return f
}

// Predict fills dst with the output for the rows x [rows, Dim], all at timestep t, an integer from 0 to
// Steps−1. It allocates nothing after a first call with as many rows.
func (f *Forward) Predict(dst, x []float32, t float64) {
	step := int(t)
	if float64(step) != t || step < 0 || step >= f.net.Steps {
		panic(fmt.Sprintf("nets: timestep %v is not an integer from 0 to %d", t, f.net.Steps-1))
	}
	for l := range f.layers {
		if y := &f.layers[l]; y.sum != nil {
			// The graph's epilogue also adds the embedding to the bias first: the same bits.
			kernel.Combine2(y.sum, 1, y.bias, 1, y.table.RowRange(step, step+1).Data)
		}
	}
	dim := f.net.Dim
	for lo := 0; lo < len(x); lo += chunk * dim {
		hi := min(lo+chunk*dim, len(x))
		f.run(dst[lo:hi], x[lo:hi])
	}
}

func (f *Forward) run(dst, x []float32) {
	rows := len(x) / f.net.Dim
	h := kernel.View(x, rows, f.net.Dim)
	for l := range f.layers {
		y := &f.layers[l]
		if y.sum == nil {
			e := kernel.Epilogue{Bias: y.bias}
			kernel.MatMul(&f.ws, kernel.View(dst, rows, f.net.Dim), h, y.weight, &e)
			return
		}
		e := kernel.Epilogue{Bias: y.sum, ReLU: true}
		out := f.scratch[l%2].RowRange(0, rows)
		kernel.MatMul(&f.ws, out, h, y.weight, &e)
		h = out
	}
}
