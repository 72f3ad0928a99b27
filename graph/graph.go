// Package graph builds denoisers as Gorgonia expressions, differentiates them symbolically, and runs the
// result without allocating. It is the only package that sees Gorgonia.
//
//   - Builder declares inputs and named parameters and applies the fused operations Gorgonia lacks. Errors
//     stick to it and name the layer they happened in.
//   - Compile calls gorgonia.Grad once, walks the differentiated graph and makes a Program: one buffer for
//     each node, row operations that any number of workers run on disjoint rows, and reductions over the
//     batch that they run on disjoint slabs of the gradient.
//
// Gorgonia's own TapeMachine is used in tests alone: it allocates on each step, and its reuse of registers
// corrupts values that are read after the run.
//
// Start reading at Builder, then program.go. Each operation has a file with its gradient: layer.go, embedding.go and
// the losses loss.go, crossentropy.go, learnedrange.go, which end in batchsum.go; op.go holds what they share.
package graph

import (
	"fmt"
	"sync"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Node is a node of a Gorgonia expression graph.
type Node = gorgonia.Node

// building guards Gorgonia's package-level constants, which building in parallel would race on.
var building sync.Mutex

// Builder makes one expression graph for batches of a fixed capacity. The first error sticks: later calls
// return nil nodes, and Compile returns the error.
type Builder struct {
	graph      *gorgonia.ExprGraph
	dtype      tensor.Dtype
	batch      int
	names      map[string]bool
	inputs     []*Node
	parameters []*Node
	operations uint32
	err        error
}

// NewBuilder returns a builder for batches of at most batch rows.
func NewBuilder(batch int) *Builder { return newBuilder(batch, tensor.Float32) }

func newBuilder(batch int, dtype tensor.Dtype) *Builder {
	b := &Builder{graph: gorgonia.NewGraph(), dtype: dtype, batch: batch, names: map[string]bool{}}
	if batch < 1 {
		b.fail("a batch needs at least one row, got %d", batch)
	}
	return b
}

// Err returns the first error, or nil.
func (b *Builder) Err() error { return b.err }

// Parameter declares a trainable array with one or two axes. A linear layer's weight is [in, out].
func (b *Builder) Parameter(name string, shape ...int) *Node {
	n := b.variable(name, b.dtype, shape...)
	if n != nil {
		b.parameters = append(b.parameters, n)
	}
	return n
}

// Input declares an input of the shape [batch, dim].
func (b *Builder) Input(name string, dim int) *Node { return b.input(name, b.dtype, b.batch, dim) }

// RowInput declares an input with one number a row, of the shape [batch].
func (b *Builder) RowInput(name string) *Node { return b.input(name, b.dtype, b.batch) }

// IndexInput declares an input with one row number of a table for each row, of the shape [batch].
func (b *Builder) IndexInput(name string) *Node { return b.input(name, tensor.Int32, b.batch) }

func (b *Builder) input(name string, dtype tensor.Dtype, shape ...int) *Node {
	n := b.variable(name, dtype, shape...)
	if n != nil {
		b.inputs = append(b.inputs, n)
	}
	return n
}

func (b *Builder) variable(name string, dtype tensor.Dtype, shape ...int) *Node {
	switch {
	case b.err != nil:
		return nil
	case name == "" || b.names[name]:
		return b.fail("%q: a variable needs a name of its own", name)
	case len(shape) < 1 || len(shape) > 2:
		return b.fail("%q: expected one or two axes, got shape %v", name, shape)
	}
	for _, n := range shape {
		if n < 1 {
			return b.fail("%q: every axis needs at least one element, got shape %v", name, shape)
		}
	}
	b.names[name] = true
	building.Lock()
	defer building.Unlock()
	return gorgonia.NewTensor(b.graph, dtype, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
}

// Add is the elementwise sum of two nodes of one shape, Gorgonia's own operation: the skip connection.
func (b *Builder) Add(layer string, x, y *Node) *Node {
	if !b.ready(layer, x, y) {
		return nil
	}
	if !x.Shape().Eq(y.Shape()) {
		return b.fail("layer %q: cannot add shapes %v and %v", layer, x.Shape(), y.Shape())
	}
	building.Lock()
	defer building.Unlock()
	n, err := gorgonia.Add(x, y)
	if err != nil {
		return b.fail("layer %q: %w", layer, err)
	}
	return n
}

// apply adds an operation of this package to the graph. The caller holds building; for the gradients that is
// Compile.
func (b *Builder) apply(layer string, op gorgonia.Op, children ...*Node) *Node {
	n, err := gorgonia.ApplyOp(op, children...)
	if err != nil {
		return b.fail("layer %q: %w", layer, err)
	}
	return n
}

// ready says whether a layer can be built: no error so far, and every node given.
func (b *Builder) ready(layer string, nodes ...*Node) bool {
	if b.err != nil {
		return false
	}
	for i, n := range nodes {
		if n == nil {
			b.fail("layer %q: argument %d is nil", layer, i)
			return false
		}
	}
	return true
}

func (b *Builder) fail(format string, args ...any) *Node {
	if b.err == nil {
		b.err = fmt.Errorf("graph: "+format, args...)
	}
	return nil
}
