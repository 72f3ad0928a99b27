package eager

import (
	"fmt"

	"euryale/kernel"
	"euryale/nets"
	"euryale/ops"
)

// node is a value that the output depends on, other than parameters, times and indices.
type node struct {
	size   int
	shared bool // all rows share one row: it does not depend on the input
	relu   bool // its adjoint must be masked by its value before it is pulled back
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
}

// pulled is an operand that receives an adjoint.
type pulled struct {
	product bool // from a product, which can also mask it
	how     *pull
}

// pull is how an adjoint is added to that of an operand.
type pull struct {
	to         int
	accumulate bool // it is not the first
	mask       bool // it is the last, and masks the sum by the operand's value
}

// plan creates the operations and assigns their memory.
func (m *Machine) plan(b *nets.Built, weights []float32) error {
	p := &planner{Machine: m, weights: weights, position: map[*ops.Node]int{}}
	m.input, m.output = -1, -1
	for _, n := range b.Builder.Needed(b.Output) {
		if n.Parameter() != nil {
			continue
		}
		switch n.Op.(type) {
		case ops.Time, ops.Step, ops.Label:
			continue
		}
		i := len(m.nodes)
		if n == b.Output {
			m.output = i
		}
		p.position[n] = i
		p.operands, p.reusable = append(p.operands, nil), append(p.reusable, nil)
		if n == b.Input.X {
			m.input = i
			m.nodes = append(m.nodes, node{size: n.Size()})
			continue
		}
		shared := true
		for _, operand := range n.Op.Operands() {
			if j, ok := p.position[operand]; ok && !m.nodes[j].shared {
				shared = false
			}
		}
		m.nodes = append(m.nodes, node{size: n.Size(), shared: shared})
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
	p.assign()
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
	}
	return nil, fmt.Errorf("layer %q: package eager does not implement the operation %T", n.Name, n.Op)
}

// pull records that node i pulls its adjoint back to an operand. It returns nil if the operand is shared and has no adjoint.
func (p *planner) pull(i int, operand *ops.Node, product bool) *pull {
	j := p.position[operand]
	if p.nodes[j].shared {
		return nil
	}
	how := &pull{to: j}
	p.operands[i] = append(p.operands[i], pulled{product, how})
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

// assign assigns memory to nodes: for values and tangents in the order of the run, for adjoints in reverse. Memory becomes
// free after the last node that reads it. The input and the output are in the caller's memory.
func (p *planner) assign() {
	last := make([]int, len(p.nodes)) // reader
	for i, operands := range p.operands {
		for _, o := range operands {
			last[o.how.to] = i
		}
	}
	rows := newSlots(len(p.nodes))
	for i, n := range p.nodes {
		if !n.shared && i != p.input && i != p.output {
			for _, j := range p.reusable[i] {
				if last[j] == i {
					rows.inherit(i, j)
					break
				}
			}
			if rows.of[i] == none {
				rows.take(i, n.size)
			}
		}
		for _, o := range p.operands[i] {
			if last[o.how.to] == i {
				rows.release(o.how.to)
			}
		}
	}

	adjoints := newSlots(len(p.nodes))
	latest := make([]pulled, len(p.nodes))
	for i := len(p.nodes) - 1; i >= 0; i-- {
		for _, o := range p.operands[i] {
			j := o.how.to
			o.how.accumulate = latest[j].how != nil
			if latest[j] = o; j != p.input && adjoints.of[j] == none {
				adjoints.take(j, p.nodes[j].size)
			}
		}
		adjoints.release(i)
	}
	for j, o := range latest {
		if o.product && p.nodes[j].relu {
			o.how.mask, p.nodes[j].relu = true, false
		}
	}
	p.memory = memory{rows: rows, adjoints: adjoints}
}
