package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
)

// builder builds one expression graph for batches of a fixed capacity. Callers of its methods must hold building. It keeps
// the first error.
type builder struct {
	graph      *gorgonia.ExprGraph
	dtype      tensor.Dtype
	batch      int
	nodes      map[*ops.Node]*node
	inputs     []*node
	features   []features
	steps      *ops.Node // the index of the timestep, or nil if the loss does not depend on it
	labels     *ops.Node // the index of the label, or nil
	parameters []*node
	layout     []ops.Parameter
	size       int
	operations uint32
	// Weights of convolutions that the Program packs, by the number of the operation, and those of another one that it shares.
	packed, lender map[uint32]*packedWeights
	convolutions   kernel.Convolutions
	copies         map[*node]*node // see again
	address        *address        // of the random numbers of dropout
	packs          []func()        // pack the weights of convolutions
	images         map[int][]int32 // by the number of pixels of an image: for each pixel of a batch, its image
	separate       bool            // see newPlan
	err            error
}

// features is an input for features of the times.
type features struct {
	op    ops.Sinusoids
	input *node
}

// read translates a loss and the nodes that it depends on.
//
// The order in which nodes are created determines the order in which Gorgonia adds several gradients of a node, and hence
// the bits of the result: inputs and parameters as declared, then label and timestep, then the operations as recorded.
func read(loss *ops.Node, batch int, dtype tensor.Dtype) (*builder, *node, error) {
	record := loss.Builder()
	if err := record.Err(); err != nil {
		return nil, nil, fmt.Errorf("graph: %w", err)
	}
	if batch < 1 {
		return nil, nil, fmt.Errorf("graph: expected a batch of at least one row, got %d", batch)
	}
	switch loss.Op.(type) {
	case ops.WeightedError, ops.CrossEntropy, ops.LearnedRange, ops.MixedError, ops.MultinomialError:
	default:
		return nil, nil, fmt.Errorf("graph: expected a loss from WeightedError, CrossEntropy, LearnedRange, MixedError or "+
			"MultinomialError, got %v", loss)
	}
	b := &builder{graph: gorgonia.NewGraph(), dtype: dtype, batch: batch, nodes: map[*ops.Node]*node{}, packed: map[uint32]*packedWeights{},
		address: &address{}, images: map[int][]int32{}, copies: map[*node]*node{}}
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
				return nil, nil, fmt.Errorf("graph: the loss does not depend on the parameter %q; remove it", n.Name)
			}
			b.nodes[n] = b.variable(n.Name, dtype, op.Shape...)
			b.parameters = append(b.parameters, b.nodes[n])
		case ops.Input, ops.IndexInput: // even if nothing reads them: the caller fills them
			b.input(n)
		case ops.Time, ops.Step, ops.Label: // see indices and sinusoids
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
func (b *builder) operation(n *ops.Node) *node {
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
	case ops.Conv:
		return b.conv(n, op)
	case ops.GroupNorm:
		return b.groupNorm(n, op)
	case ops.LayerNorm:
		return b.layerNorm(n, op)
	case ops.GELU:
		return b.gelu(n, op)
	case ops.Gate:
		return b.gate(n, op)
	case ops.Offset:
		return b.offset(n, op)
	case ops.Slice:
		return b.slice(n.Name, b.at(op.X), op.First, n.Size())
	case ops.DepthToSpace:
		return b.depthToSpace(n, op)
	case ops.Attention:
		return b.attention(n, op)
	case ops.Concat:
		return b.concat(n, op)
	case ops.Split:
		return b.split(n, op)
	case ops.Dropout:
		return b.dropout(n, op)
	case ops.MeanPool:
		return b.meanPool(n, op)
	case ops.WeightedError:
		return b.weightedError(n.Name, op)
	case ops.CrossEntropy:
		return b.crossEntropy(n.Name, op)
	case ops.LearnedRange:
		return b.learnedRange(n.Name, op)
	case ops.MixedError:
		return b.mixedError(n.Name, op)
	case ops.MultinomialError:
		return b.multinomialError(n.Name, op)
	}
	return b.fail("layer %q: package graph does not implement the operation %T", n.Name, n.Op)
}

// input creates the variable of an input.
func (b *builder) input(n *ops.Node) {
	dtype := b.dtype
	if _, ok := n.Op.(ops.Input); !ok {
		dtype = tensor.Int32
	}
	b.nodes[n] = b.variable(n.Name, dtype, b.shape(n)...)
	b.inputs = append(b.inputs, b.nodes[n])
}

func (b *builder) variable(name string, dtype tensor.Dtype, shape ...int) *node {
	return gorgonia.NewTensor(b.graph, dtype, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
}

// add is the elementwise sum, an operation of Gorgonia.
func (b *builder) add(name string, a ops.Add) *node {
	n, err := gorgonia.Add(b.at(a.X), b.at(a.Y))
	if err != nil {
		return b.fail("layer %q: %w", name, err)
	}
	return n
}

// at returns the translation of a node, which must come before what reads it.
func (b *builder) at(n *ops.Node) *node { return b.nodes[n] }

// all returns the translations of an operation's operands.
func (b *builder) all(op ops.Op) []*node {
	var nodes []*node
	for _, n := range op.Operands() {
		nodes = append(nodes, b.at(n))
	}
	return nodes
}

// apply adds an operation of this package to the graph.
func (b *builder) apply(layer string, op gorgonia.Op, children ...*node) *node {
	if b.err != nil {
		return nil
	}
	n, err := gorgonia.ApplyOp(op, children...)
	if err != nil {
		return b.fail("layer %q: %w", layer, err)
	}
	return n
}

func (b *builder) fail(format string, args ...any) *node {
	if b.err == nil {
		b.err = fmt.Errorf("graph: "+format, args...)
	}
	return nil
}
