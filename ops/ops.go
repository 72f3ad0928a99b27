// Package ops defines the operations that nets are made of. A net is written once, as calls of a Builder, which records
// them as a graph of Nodes. Readers interpret the graph: package graph trains it as a Gorgonia expression, package eager
// runs it with kernels, package onnx writes it for other programs.
//
//   - Builder records operations and checks their shapes. It keeps its first error, which names the layer.
//   - Node is one value of the graph: a parameter, an input, the result of an operation, or a loss.
//   - Op is the operation of a node: one type per operation, on which readers switch. Readers implement each operation and
//     its gradient.
//
// Shapes leave out the batch axis: [128] means 128 numbers per row of a batch. Start reading at Builder, then
// variables.go for parameters and inputs, linear.go for the first operation, weightederror.go for the first loss. Images have
// shape [height, width, channels]; conv.go has their first operation.
package ops

import (
	"fmt"
	"slices"
	"strings"
)

// Builder records operations. After an error, its methods return nil, which they accept as an operand, and Err returns that
// first error. A Builder is not safe for concurrent use.
type Builder struct {
	nodes      []*Node
	parameters []*Parameter
	size       int // of the parameters' flat memory
	dropouts   int // recorded so far
	names      map[string]bool
	err        error
}

// NewBuilder returns a Builder without nodes.
func NewBuilder() *Builder { return &Builder{names: map[string]bool{}} }

// Node is one value of the graph. A Builder returns a nil Node after an error; its methods return zero values.
type Node struct {
	// Name is the name of the parameter, of the input, or of the operation's layer.
	Name string
	// Op computes the node.
	Op Op

	shape   []int
	perRow  bool
	builder *Builder
}

// Op is an operation. Readers switch on its type.
type Op interface {
	// Operands are the nodes that the operation reads, without absent ones.
	Operands() []*Node
}

// Shape is the shape of the value without the batch axis: [2], or [3, 32, 32]. A loss and a number per row have none.
func (n *Node) Shape() []int {
	if n == nil {
		return nil
	}
	return n.shape
}

// Size is the number of elements that Shape holds.
func (n *Node) Size() int {
	if n == nil {
		return 0
	}
	return sizeOf(n.shape)
}

// PerRow reports whether the value has one row per row of the batch. Parameters and losses do not.
func (n *Node) PerRow() bool { return n != nil && n.perRow }

// Builder is the Builder that recorded the node.
func (n *Node) Builder() *Builder {
	if n == nil {
		return nil
	}
	return n.builder
}

// Parameter is the node's operation if it is a parameter, otherwise nil.
func (n *Node) Parameter() *Parameter {
	if n == nil {
		return nil
	}
	p, _ := n.Op.(*Parameter)
	return p
}

// String returns the node's name and shape, for errors.
func (n *Node) String() string {
	if n == nil {
		return "nil"
	}
	return fmt.Sprintf("%q %s", n.Name, text(n.shape))
}

// Nodes returns all nodes in the order in which they were recorded: operands come before the nodes that read them.
func (b *Builder) Nodes() []*Node { return slices.Clone(b.nodes) }

// Needed returns the roots and all nodes that they depend on, in the order of Nodes.
func (b *Builder) Needed(roots ...*Node) []*Node {
	needed := map[*Node]bool{}
	for _, n := range roots {
		needed[n] = true
	}
	var nodes []*Node
	for i := len(b.nodes) - 1; i >= 0; i-- {
		n := b.nodes[i]
		if !needed[n] {
			continue
		}
		nodes = append(nodes, n)
		for _, operand := range n.Op.Operands() {
			needed[operand] = true
		}
	}
	slices.Reverse(nodes)
	return nodes
}

// Err is the first error, or nil.
func (b *Builder) Err() error { return b.err }

// Fail sets the Builder's error, unless it already has one, and returns nil. A net reports with it that it cannot be built.
func (b *Builder) Fail(format string, args ...any) *Node {
	if b.err == nil {
		b.err = fmt.Errorf("ops: "+format, args...)
	}
	return nil
}

// record appends a node.
func (b *Builder) record(name string, op Op, shape []int, perRow bool) *Node {
	n := &Node{Name: name, Op: op, shape: slices.Clone(shape), perRow: perRow, builder: b}
	b.nodes = append(b.nodes, n)
	return n
}

// role is an operand with the name that errors give it.
type role struct {
	name string
	node *Node
}

// rows reports whether a layer can be recorded: there is no error, and every operand holds numbers for each batch row.
func (b *Builder) rows(layer string, operands ...role) bool {
	for _, o := range operands {
		switch {
		case !b.owns(layer, o.name, o.node):
		case !o.node.perRow || o.node.isIndex() || o.node.isTime():
			b.Fail("layer %q: %s must hold numbers for each row of the batch, got %v", layer, o.name, o.node)
		}
	}
	return b.err == nil
}

// weights reports whether every operand is a parameter.
func (b *Builder) weights(layer string, operands ...role) bool {
	for _, o := range operands {
		if b.owns(layer, o.name, o.node) && o.node.Parameter() == nil {
			b.Fail("layer %q: %s must be a parameter, got %v", layer, o.name, o.node)
		}
	}
	return b.err == nil
}

// owns reports whether this Builder recorded the node.
func (b *Builder) owns(layer, name string, n *Node) bool {
	switch {
	case b.err != nil:
	case n == nil:
		b.Fail("layer %q: %s is nil", layer, name)
	case n.builder != b:
		b.Fail("layer %q: %s %v belongs to another Builder", layer, name, n)
	}
	return b.err == nil
}

func sizeOf(shape []int) int {
	size := 1
	for _, n := range shape {
		size *= n
	}
	return size
}

// text writes a shape as [2, 3].
func text(shape []int) string {
	return strings.ReplaceAll(fmt.Sprint(shape), " ", ", ")
}

// present returns the nodes that are not nil.
func present(nodes ...*Node) []*Node {
	return slices.DeleteFunc(nodes, func(n *Node) bool { return n == nil })
}
