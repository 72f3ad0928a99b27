// Package graph reads a net and its loss, recorded with package ops, as a Gorgonia expression, differentiates it
// symbolically, and runs the result without allocating. It is the only package that sees Gorgonia.
//
//   - Compile translates the record node by node (read.go), calls gorgonia.Grad once, walks the differentiated graph and
//     makes a Program (compile.go).
//   - Program holds one buffer for each node, row operations that any number of workers run on disjoint rows, and
//     reductions over the batch that they run on disjoint slabs of the gradient.
//
// Gorgonia's own TapeMachine is used in tests alone: it allocates on each step, and its reuse of registers
// corrupts values that are read after the run.
//
// Start reading at Program, then read.go. Each operation has a file with its gradient: layer.go, embedding.go, relu.go,
// silu.go and the losses weightederror.go, crossentropy.go, learnedrange.go, which end in batchsum.go; op.go holds what
// they share, condition.go fills what depends on times and labels.
package graph

import (
	"errors"
	"fmt"
	"sync"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/ops"
)

// Node is a node of a Gorgonia expression graph.
type Node = gorgonia.Node

// building guards Gorgonia's package-level constants, which building in parallel would race on.
var building sync.Mutex

// Compile differentiates a loss, made by WeightedError, CrossEntropy or LearnedRange of an ops.Builder, in each parameter
// that the builder declares, for batches of at most batch rows. The parameters live in flat memory laid out as the
// builder's Layout says, owned by the caller and read on each run.
//
// It fails if the builder has an error, if the memory has another size, and if a parameter has no influence on the loss.
func Compile(loss *ops.Node, batch int, parameters []float32) (*Program, error) {
	if loss == nil {
		return nil, errors.New("graph: the loss is nil: its builder has the error")
	}
	building.Lock()
	defer building.Unlock()
	b, head, err := read(loss, batch, tensor.Float32)
	if err != nil {
		return nil, err
	}
	return b.compile(head, parameters)
}

// compile makes a program of an expression that ends in a loss.
func (b *builder) compile(loss *Node, parameters []float32) (*Program, error) {
	if len(parameters) != b.size {
		return nil, fmt.Errorf("graph: the parameters need %d float32, got %d", b.size, len(parameters))
	}
	gradients, err := gorgonia.Grad(loss, b.parameters...)
	if err != nil {
		return nil, fmt.Errorf("graph: differentiating the loss: %w", err)
	}
	if b.err != nil {
		return nil, b.err
	}
	p := &Program{floats: map[string][]float32{}, indices: map[string][]int32{}, gradient: make([]float32, b.size)}
	c := &compiler{builder: b, program: p, values: map[int64]value{}, uses: map[int64]int{}}
	for i, n := range b.parameters {
		c.values[n.ID()] = parameterValue(parameters[b.layout[i].Offset:], b.layout[i].Shape)
	}
	for _, n := range b.inputs {
		c.input(n)
	}
	c.conditions()
	losses := c.children(loss)[0]
	c.count(append(gorgonia.Nodes{losses}, gradients...)...)
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
