// Package graph translates a net and its loss, recorded with package ops, to a Gorgonia expression, differentiates it
// symbolically, and runs the result without allocating. It is the only package that uses Gorgonia.
//
//   - Compile translates the recorded nodes one by one (read.go), calls gorgonia.Grad once, and turns the differentiated
//     graph into a Program (compile.go) that holds one buffer per node: row operations that any number of workers run on
//     disjoint rows, and reductions over the batch that they run on disjoint slabs of the gradient.
//   - CompileBlock makes a Program for nets of images (block.go), of which one worker runs a few rows at a time. It puts all
//     steps in order (schedule.go), places their results in memory that is reused (plan.go, arena.go), and sums the gradient
//     over blocks.
//
// Only tests use Gorgonia's TapeMachine: it allocates on each step, and its reuse of registers corrupts values that are
// read after the run.
//
// Start reading at Program, then read.go. Each operation has a file with its gradient: layer.go, embedding.go, relu.go,
// silu.go, for images conv.go, groupnorm.go, attention.go, concat.go, split.go, pixels.go, dropout.go, for transformers
// layernorm.go, gelu.go, gate.go, offset.go, slice.go, depthtospace.go, and the losses weightederror.go, crossentropy.go,
// learnedrange.go, mixederror.go, multinomialerror.go, which end in batchsum.go. op.go holds what they share, traits.go what
// blocks ask of them; condition.go fills the inputs that depend on times and labels.
package graph

import (
	"errors"
	"fmt"
	"sync"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/ops"
)

// node is a node of a Gorgonia expression graph.
type node = gorgonia.Node

// building guards Gorgonia's package-level constants against concurrent use.
var building sync.Mutex

// Compile differentiates a loss with respect to each parameter of its ops.Builder, for batches of at most batch rows. The
// loss comes from WeightedError, CrossEntropy, LearnedRange, MixedError or MultinomialError. The parameters are in flat memory
// with the layout of Builder.Layout, which the caller owns and each run reads.
//
// It is an error if the loss is nil or comes from another operation, the Builder has an error, batch is below 1, the memory
// has the wrong size, or the loss does not depend on a parameter. A net with operations on images, or with dropout, needs
// CompileBlock.
func Compile(loss *ops.Node, batch int, parameters []float32) (*Program, error) {
	if loss == nil {
		return nil, errors.New("graph: the loss is nil; its Builder's Err has the reason")
	}
	building.Lock()
	defer building.Unlock()
	b, head, err := read(loss, batch, tensor.Float32)
	if err != nil {
		return nil, err
	}
	defer b.forget()
	return b.compile(head, parameters)
}

// forget lets go of the graph. What a Program runs refers to operations, and these to the builder.
func (b *builder) forget() { *b = builder{dtype: b.dtype, batch: b.batch, address: b.address} }

// differentiate returns a compiler for an expression that ends in a loss, and the nodes that a Program computes: the losses of
// the rows and the gradients of the parameters.
func (b *builder) differentiate(loss *node, parameters []float32) (c *compiler, losses *node, gradients gorgonia.Nodes, err error) {
	if len(parameters) != b.size {
		return nil, nil, nil, fmt.Errorf("graph: expected memory of %d float32 for the parameters, got %d", b.size, len(parameters))
	}
	if gradients, err = gorgonia.Grad(loss, b.parameters...); err != nil {
		return nil, nil, nil, fmt.Errorf("graph: differentiating the loss: %w", err)
	}
	if b.err != nil {
		return nil, nil, nil, b.err
	}
	p := &Program{floats: map[string][]float32{}, indices: map[string][]int32{}, gradient: make([]float32, b.size)}
	c = &compiler{builder: b, program: p, values: map[int64]value{}, uses: map[int64]int{}}
	for i, n := range b.parameters {
		c.values[n.ID()] = parameterValue(parameters[b.layout[i].Offset:], b.layout[i].Shape)
	}
	for _, n := range b.inputs {
		c.input(n)
	}
	c.conditions()
	losses = c.children(loss)[0]
	c.count(append(gorgonia.Nodes{losses}, gradients...)...)
	return c, losses, gradients, nil
}

// compile turns an expression that ends in a loss into a Program.
func (b *builder) compile(loss *node, parameters []float32) (*Program, error) {
	c, losses, gradients, err := b.differentiate(loss, parameters)
	if err != nil {
		return nil, err
	}
	p := c.program
	if p.rowLoss, err = c.row(losses); err != nil {
		return nil, fmt.Errorf("graph: %w", err)
	}
	for i, g := range gradients {
		if err := c.gradient(g, b.layout[i]); err != nil {
			return nil, fmt.Errorf("graph: the gradient of %q: %w", b.layout[i].Name, err)
		}
	}
	return p, nil
}
