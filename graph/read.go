package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/ops"
)

// builder is one expression graph for batches of a fixed capacity, in the making. The caller of its methods holds
// building. An error of Gorgonia's sticks.
type builder struct {
	graph      *gorgonia.ExprGraph
	dtype      tensor.Dtype
	batch      int
	nodes      map[*ops.Node]*Node
	inputs     []*Node
	features   []features
	steps      *ops.Node // the index of the timestep, if the loss depends on it
	labels     *ops.Node // likewise
	parameters []*Node
	layout     []ops.Parameter
	size       int
	operations uint32
	err        error
}

// features is an input that holds features of the times.
type features struct {
	op    ops.Sinusoids
	input *Node
}

// read translates a loss and what it depends on.
//
// Gorgonia adds gradients that meet in an order that follows the order in which nodes were made, so that order is part of
// the result: inputs and parameters as declared, then the indices of the conditions, then the operations as recorded.
func read(loss *ops.Node, batch int, dtype tensor.Dtype) (*builder, *Node, error) {
	record := loss.Builder()
	if err := record.Err(); err != nil {
		return nil, nil, fmt.Errorf("graph: %w", err)
	}
	if batch < 1 {
		return nil, nil, fmt.Errorf("graph: a batch needs at least one row, got %d", batch)
	}
	switch loss.Op.(type) {
	case ops.WeightedError, ops.CrossEntropy, ops.LearnedRange:
	default:
		return nil, nil, fmt.Errorf("graph: the loss must come from WeightedError, CrossEntropy or LearnedRange, got %v", loss)
	}
	b := &builder{graph: gorgonia.NewGraph(), dtype: dtype, batch: batch, nodes: map[*ops.Node]*Node{}}
	b.layout, b.size = record.Layout()
	needed := map[*ops.Node]bool{}
	for _, n := range record.Needed(loss) {
		needed[n] = true
	}
	operations := false
	for _, n := range record.Nodes() {
		switch op := n.Op.(type) {
		case *ops.Parameter:
			if !needed[n] {
				return nil, nil, fmt.Errorf("graph: the parameter %q has no influence on the loss", n.Name)
			}
			b.nodes[n] = b.variable(n.Name, dtype, op.Shape...)
			b.parameters = append(b.parameters, b.nodes[n])
		case ops.Input, ops.IndexInput: // also if nothing reads them: the caller fills them
			b.input(n)
		case ops.Time, ops.Step, ops.Label: // made by indices and sinusoids
		default:
			if !operations {
				operations = true
				b.indices(record.Nodes(), needed)
			}
			if needed[n] && b.err == nil {
				b.nodes[n] = b.operation(n)
			}
		}
		if b.err != nil {
			return nil, nil, b.err
		}
	}
	return b, b.nodes[loss], nil
}

// operation translates one operation.
func (b *builder) operation(n *ops.Node) *Node {
	switch op := n.Op.(type) {
	case ops.Linear:
		return b.layer(n.Name, op)
	case ops.Embedding:
		return b.embedding(n.Name, op)
	case ops.Sinusoids:
		return b.sinusoids(n, op)
	case ops.ReLU:
		return b.relu(n.Name, op)
	case ops.SiLU:
		return b.silu(n.Name, op)
	case ops.Add:
		return b.add(n.Name, op)
	case ops.WeightedError:
		return b.weightedError(n.Name, op)
	case ops.CrossEntropy:
		return b.crossEntropy(n.Name, op)
	case ops.LearnedRange:
		return b.learnedRange(n.Name, op)
	}
	return b.fail("layer %q: %T cannot be trained", n.Name, n.Op)
}

// input makes the variable of an input: [batch, size], or [batch] for one number per row.
func (b *builder) input(n *ops.Node) {
	dtype, shape := b.dtype, []int{b.batch}
	if len(n.Shape()) > 0 {
		shape = append(shape, n.Size())
	}
	if _, ok := n.Op.(ops.Input); !ok {
		dtype = tensor.Int32
	}
	b.nodes[n] = b.variable(n.Name, dtype, shape...)
	b.inputs = append(b.inputs, b.nodes[n])
}

func (b *builder) variable(name string, dtype tensor.Dtype, shape ...int) *Node {
	return gorgonia.NewTensor(b.graph, dtype, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
}

// add is the elementwise sum, Gorgonia's own operation.
func (b *builder) add(name string, a ops.Add) *Node {
	n, err := gorgonia.Add(b.at(a.X), b.at(a.Y))
	if err != nil {
		return b.fail("layer %q: %w", name, err)
	}
	return n
}

// at is the translation of a node that was translated already.
func (b *builder) at(n *ops.Node) *Node { return b.nodes[n] }

// all are the translations of an operation's operands.
func (b *builder) all(op ops.Op) []*Node {
	var nodes []*Node
	for _, n := range op.Operands() {
		nodes = append(nodes, b.at(n))
	}
	return nodes
}

// apply adds an operation of this package to the graph.
func (b *builder) apply(layer string, op gorgonia.Op, children ...*Node) *Node {
	if b.err != nil {
		return nil
	}
	n, err := gorgonia.ApplyOp(op, children...)
	if err != nil {
		return b.fail("layer %q: %w", layer, err)
	}
	return n
}

func (b *builder) fail(format string, args ...any) *Node {
	if b.err == nil {
		b.err = fmt.Errorf("graph: "+format, args...)
	}
	return nil
}
