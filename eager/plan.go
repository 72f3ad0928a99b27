package eager

import (
	"fmt"

	"euryale/kernel"
	"euryale/nets"
	"euryale/ops"
)

// node is a value that the output depends on, other than parameters, times and indices.
type node struct {
	size         int  // of a row: pixels·cols
	pixels, cols int  // of an image [height·width, channels]; otherwise 1 and size
	shared       bool // all rows share one row: it does not depend on the input
	relu         bool // its adjoint must be masked by its value before it is pulled back
}

func newNode(n *ops.Node, shared bool) node {
	made := node{size: n.Size(), pixels: 1, cols: n.Size(), shared: shared}
	if shape := n.Shape(); len(shape) == 3 {
		made.pixels, made.cols = shape[0]*shape[1], shape[2]
	}
	return made
}

// operation computes one node. The methods read and write the Machine's views of the current rows.
type operation interface {
	// prepare computes what all rows share: the value of a shared node, or a part of each row's value.
	prepare(m *Machine)
	// run computes the value of each row.
	run(m *Machine)
	// runTangent computes value and tangent of each row.
	runTangent(m *Machine)
	// pull adds the adjoint of each row (the gradient with respect to the node), pulled back, to those of the operands.
	pull(m *Machine)
}

// planner turns nodes into operations.
type planner struct {
	*Machine
	weights  []float32
	position map[*ops.Node]int
	// operands of each node that are not shared, in the order in which it pulls its adjoint back to them.
	operands [][]pulled
	reusable [][]int // operands whose memory can hold the node's value
	hosts    []host  // of each node, if it is a part of a Concat
	keep     []bool  // nodes whose values the gradient reads
	flat     []bool  // images that are read as rows of numbers: their rows need to lie together
	shapes   kernel.Convolutions
}

// pulled is an operand that receives an adjoint.
type pulled struct {
	route  route
	column int // of a part
	how    *pull
}

// route is how the adjoint of an operand comes from that of the node.
type route int

const (
	computed route = iota
	product        // by a product that can also mask it
	passes         // unchanged
	part           // columns of it
)

// pull is how an adjoint is added to that of an operand.
type pull struct {
	to         int
	accumulate bool // it is not the first
	mask       bool // it is the last, and masks the sum by the operand's value
}

// plan creates the operations and assigns their memory.
func (m *Machine) plan(b *nets.Built, weights []float32) error {
	p := &planner{Machine: m, weights: weights, position: map[*ops.Node]int{}}
	m.input, m.output = none, none
	for _, n := range b.Builder.Needed(b.Output) {
		if n.Parameter() != nil {
			continue
		}
		switch n.Op.(type) {
		case ops.Time, ops.Step, ops.Label:
			continue
		}
		i := len(m.nodes)
		if d, ok := n.Op.(ops.Dropout); ok { // of a trained net: the identity
			i = p.position[d.X]
		}
		if n == b.Output {
			m.output = i
		}
		p.position[n] = i
		if i < len(m.nodes) {
			continue
		}
		p.operands, p.reusable, p.hosts = append(p.operands, nil), append(p.reusable, nil), append(p.hosts, host{none, 0})
		p.keep, p.flat = append(p.keep, false), append(p.flat, false)
		if n == b.Input.X {
			m.input = i
			m.nodes = append(m.nodes, newNode(n, false))
			continue
		}
		shared := true
		for _, operand := range n.Op.Operands() {
			if j, ok := p.position[operand]; ok && !m.nodes[j].shared {
				shared = false
			}
		}
		m.nodes = append(m.nodes, newNode(n, shared))
		o, err := p.operation(i, n)
		if err != nil {
			return err
		}
		m.prepared = append(m.prepared, o)
		if !shared {
			m.perRow = append(m.perRow, o)
		}
	}
	m.value = make([]kernel.Matrix, len(m.nodes))
	for i, n := range m.nodes {
		if n.shared {
			m.value[i] = kernel.NewMatrix(1, n.size)
		}
	}
	m.memory = memory{rows: p.placeValues(make([]bool, len(m.nodes))), adjoints: p.placeAdjoints(), kept: p.placeValues(p.keep)}
	m.chunk = p.chunkOf(b)
	m.allocate()
	return nil
}

func (p *planner) operation(i int, n *ops.Node) (operation, error) {
	switch op := n.Op.(type) {
	case ops.Linear:
		return p.linear(i, op), nil
	case ops.Embedding:
		return p.embedding(i, op), nil
	case ops.Sinusoids:
		return &sinusoids{i, op}, nil
	case ops.ReLU:
		return p.relu(i, op), nil
	case ops.SiLU:
		return p.silu(i, op), nil
	case ops.Add:
		return p.add(i, op), nil
	case ops.Conv:
		return p.conv(i, op), nil
	case ops.GroupNorm:
		return p.groupNorm(i, op), nil
	case ops.LayerNorm:
		return p.layerNorm(i, op), nil
	case ops.GELU:
		return p.gelu(i, op), nil
	case ops.Gate:
		return p.gate(i, op), nil
	case ops.Offset:
		return p.offset(i, op), nil
	case ops.Slice:
		return p.slice(i, op), nil
	case ops.DepthToSpace:
		return p.depthToSpace(i, op), nil
	case ops.Attention:
		return p.attention(i, op), nil
	case ops.Concat:
		return p.concat(i, op), nil
	case ops.MeanPool:
		return p.meanPool(i, op), nil
	case ops.Split:
		return p.split(i, op), nil
	}
	return nil, fmt.Errorf("layer %q: package eager does not implement the operation %T", n.Name, n.Op)
}

// pull records that node i pulls its adjoint back to an operand. It returns nil if the operand is shared and has no adjoint.
func (p *planner) pull(i int, operand *ops.Node, r route) *pull {
	return p.pullPart(i, operand, r, 0)
}

// pullPart is pull for the columns of a Concat from a given one on.
func (p *planner) pullPart(i int, operand *ops.Node, r route, column int) *pull {
	j := p.position[operand]
	if p.nodes[j].shared {
		return nil
	}
	how := &pull{to: j}
	p.operands[i] = append(p.operands[i], pulled{r, column, how})
	return how
}

// reuse records that node i can be computed in the memory of an operand, if no later node reads the operand.
func (p *planner) reuse(i int, operand *ops.Node) {
	j := p.position[operand]
	if !p.nodes[j].shared && j != p.input && p.nodes[j].size == p.nodes[i].size {
		p.reusable[i] = append(p.reusable[i], j)
	}
}

// parameter returns the memory of a parameter.
func (p *planner) parameter(n *ops.Node) kernel.Matrix {
	parameter := n.Parameter()
	rows, cols := 1, parameter.Shape[0]
	if len(parameter.Shape) == 2 {
		rows, cols = parameter.Shape[0], parameter.Shape[1]
	}
	return kernel.View(p.weights[parameter.Offset:], rows, cols)
}

// A chunk of images has at least minImages, so that layers of few pixels have enough rows for a fast product, and at most
// maxImages. In between, the largest layer of the chunk is to have less memory than layerBytes.
const (
	minImages  = 2
	maxImages  = 16
	layerBytes = 1 << 20
)

// chunkOf returns the number of rows that go through all layers together. Results do not depend on it.
func (p *planner) chunkOf(b *nets.Built) int {
	if !b.Builder.Images() {
		return rowsPerChunk
	}
	largest := 1
	for _, n := range p.nodes {
		largest = max(largest, n.size)
	}
	return min(max(minImages, layerBytes/(2*4*largest)), maxImages) // a layer's input and its output, of four bytes a number
}

// allocate makes the memory whose size depends on the chunk.
func (m *Machine) allocate() {
	for _, o := range m.perRow {
		if o, ok := o.(interface{ allocate(m *Machine) }); ok {
			o.allocate(m)
		}
	}
}
