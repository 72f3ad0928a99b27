// Package eager runs a net with kernels, without a Gorgonia graph. For each row it computes the output, the tangent J·v and
// the gradient vᵀ·J, where J is the Jacobian of the output with respect to the input. Sampling, likelihoods and guidance use
// it.
//
//   - Machine is a net with weights. Nodes that depend only on time and label are computed once per call, as one row; the
//     rows then go through all layers in chunks that fit in the nearest caches. A row may be an image.
//   - Each operation has a file with its value, tangent and gradient: linear.go, embedding.go, sinusoids.go, relu.go,
//     silu.go, add.go; for images conv.go, groupnorm.go, attention.go and images.go; for transformers layernorm.go, gelu.go,
//     gate.go, offset.go, slice.go and depthtospace.go.
//
// The values are those of package graph, bit for bit. Start reading at Machine.Run, then operation in plan.go; place.go decides
// where in memory values are, and memory.go holds them.
package eager

import (
	"fmt"

	"euryale/kernel"
	"euryale/nets"
	"euryale/ops"
)

// Machine is a net with weights. It allocates nothing after the first call of each method. It is not safe for concurrent use;
// each goroutine needs its own Machine.
type Machine struct {
	dim, outputs int
	label        *ops.Label // nil if the net does not depend on labels

	nodes         []node
	input, output int // positions in nodes
	prepared      []operation
	perRow        []operation
	convolutions  []*conv
	chunk         int // rows that go through all layers together
	ws            *kernel.Workspace
	sums          []float32
	moment        moment
	// Of each node, for the current rows: [rows·pixels, columns], or [1, size] if all rows share it.
	value, tangent, adjoint []kernel.Matrix
	memory                  memory
	scratch                 *kernel.Scratch // nil: none
}

// Condition is the time and the label that all rows of a call share.
type Condition struct {
	// Time is the net's time. A net with a table of timesteps interpolates between two rows of it, and takes the nearest
	// row for a time outside it.
	Time float64
	// Label is a class, or −1 for no label. A net that does not depend on labels ignores it.
	Label int
}

// rowsPerChunk is the number of rows that go through all layers together, if they are not images: few enough for their
// activations to fit in the nearest caches, and enough for a fast matrix product.
const rowsPerChunk = 64

// New returns a Machine for a net and its weights, which have the layout of Built.Layout. It is an error if they have
// another size. The Machine keeps weights; later changes to them take effect after Update.
func New(b *nets.Built, weights []float32) (*Machine, error) {
	if _, size := b.Layout(); len(weights) != size {
		return nil, fmt.Errorf("eager: expected %d weights, got %d", size, len(weights))
	}
	m := &Machine{ws: new(kernel.Workspace), dim: b.Input.X.Size(), outputs: b.Output.Size()}
	if b.UsesLabels() {
		m.label = &ops.Label{Classes: b.Spec.Classes}
	}
	if err := m.plan(b, weights); err != nil {
		return nil, fmt.Errorf("eager: %w", err)
	}
	m.Update()
	return m, nil
}

// Borrow makes a new Machine compute in this memory as far as it goes, in place of its own; nil changes nothing.
func (m *Machine) Borrow(s *kernel.Scratch) {
	if s != nil {
		m.scratch, m.ws = s, s.Workspace
	}
}

// Update makes changes to the weights take effect. New has called it.
func (m *Machine) Update() {
	for _, c := range m.convolutions {
		c.pack(m.adjoint != nil)
	}
}

// CheckLabel returns an error unless the net can be conditioned on the label. Label −1, for no label, fits every net.
func (m *Machine) CheckLabel(label int) error {
	if label == -1 {
		return nil
	}
	if m.label == nil {
		return fmt.Errorf("eager: expected label −1: the net is not conditioned on labels, got %d", label)
	}
	if label < -1 || label >= m.label.Classes {
		return fmt.Errorf("eager: expected a label from 0 to %d, or −1 for none, got %d", m.label.Classes-1, label)
	}
	return nil
}

// Run fills dst [rows, Outputs] with the net's output for x [rows, sample]. It panics if the net has a table of timesteps
// and the time is NaN, or if the net depends on labels and CheckLabel gives an error. Tangent and Gradient do likewise.
func (m *Machine) Run(dst, x []float32, at Condition) {
	m.prepare(at)
	for lo, rows := 0, len(x)/m.dim; lo < rows; lo += m.chunk {
		n := min(m.chunk, rows-lo)
		m.placeValues(n, x[lo*m.dim:], dst[lo*m.outputs:])
		for _, o := range m.perRow {
			o.run(m)
		}
		m.deliver(m.value, n, dst[lo*m.outputs:])
	}
}

// Tangent computes dst as Run does, and fills tangent [rows, Outputs] with J·v for v [rows, sample]: the directional
// derivative, by forward-mode differentiation. The derivative of ReLU at 0 is 0, as in training.
func (m *Machine) Tangent(dst, tangent, x, v []float32, at Condition) {
	m.prepare(at)
	for lo, rows := 0, len(x)/m.dim; lo < rows; lo += m.chunk {
		n := min(m.chunk, rows-lo)
		m.placeValues(n, x[lo*m.dim:], dst[lo*m.outputs:])
		m.placeTangents(n, v[lo*m.dim:], tangent[lo*m.outputs:])
		for _, o := range m.perRow {
			o.runTangent(m)
		}
		m.deliver(m.value, n, dst[lo*m.outputs:])
		if m.nodes[m.output].shared {
			clear(tangent[lo*m.outputs : (lo+n)*m.outputs])
		} else {
			m.deliver(m.tangent, n, tangent[lo*m.outputs:])
		}
	}
}

// Gradient fills dst [rows, sample] with vᵀ·J, row by row, by reverse-mode differentiation. It calls cotangent for chunks of
// rows, in order, which must set v [n, Outputs] for rows first, first+1, … given their output [n, Outputs].
func (m *Machine) Gradient(dst, x []float32, at Condition, cotangent func(first int, v, output []float32)) {
	m.prepare(at)
	for lo, rows := 0, len(x)/m.dim; lo < rows; lo += m.chunk {
		n := min(m.chunk, rows-lo)
		m.placeAdjoints(n, x[lo*m.dim:], dst[lo*m.dim:])
		for _, o := range m.perRow {
			o.run(m)
		}
		output, v := m.memory.output[:n*m.outputs], m.memory.cotangent[:n*m.outputs]
		m.deliver(m.value, n, output)
		cotangent(lo, v, output)
		switch {
		case m.nodes[m.output].shared:
			clear(dst[lo*m.dim : (lo+n)*m.dim])
		case m.output == m.input:
			copy(dst[lo*m.dim:(lo+n)*m.dim], v)
		}
		for i := len(m.perRow) - 1; i >= 0; i-- {
			m.perRow[i].pull(m)
		}
	}
}

// prepare computes what all rows share.
func (m *Machine) prepare(at Condition) {
	if m.label != nil {
		if err := m.CheckLabel(at.Label); err != nil {
			panic(err.Error())
		}
		if at.Label == -1 {
			at.Label = m.label.Classes
		}
	}
	m.moment = moment{at.Time, at.Label}
	for _, o := range m.prepared {
		o.prepare(m)
	}
}

// deliver copies the output to dst if it was not computed there: if it is the input, or one row that all rows share.
func (m *Machine) deliver(views []kernel.Matrix, n int, dst []float32) {
	from := views[m.output]
	switch {
	case m.nodes[m.output].shared:
		for r := range n {
			copy(dst[r*m.outputs:(r+1)*m.outputs], from.Data)
		}
	case m.output == m.input:
		copy(dst[:n*m.outputs], from.Data)
	}
}
