// Package ops holds the words that nets are written in. A net is written once, as calls of a Builder, which records them
// as a graph of Nodes. Readers give the record its meaning: package graph trains it as a Gorgonia expression, package
// eager runs it with kernels.
//
//   - Builder records. It checks every shape once, and its first error sticks and names the layer.
//   - Node is one value of the record: a parameter, an input, what an operation makes of them, or a loss.
//   - Op is what a node is: one type for each operation, on which readers switch. Each has a file here, a file in every
//     reader, and its gradient there.
//
// Shapes leave out the batch axis: [128] is 128 numbers in each row of a batch. Start reading at Builder, then
// variables.go for parameters and inputs, linear.go for the first operation, weightederror.go for the first loss.
package ops

import (
	"fmt"
	"slices"
	"strings"
)

// Builder records operations. After the first error its methods return nil, which is a valid operand; Err returns the
// error. It is not safe for use by several goroutines.
type Builder struct {
	nodes      []*Node
	parameters []*Parameter
	size       int // of the flat memory of the parameters
	names      map[string]bool
	err        error
}

// NewBuilder returns an empty record.
func NewBuilder() *Builder { return &Builder{names: map[string]bool{}} }

// Node is one value. The methods of a nil Node, which a Builder returns after an error, answer as for an empty value.
type Node struct {
	// Name is the name of a parameter or an input, or of the layer that an operation belongs to.
	Name string
	// Op is what the node is.
	Op Op

	shape   []int
	perRow  bool
	builder *Builder
}

// Op is an operation. Readers switch on its type.
type Op interface {
	// Operands are the nodes that the operation reads, those left out omitted.
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

// PerRow reports whether the value has one row for each row of the batch. Parameters and losses have not.
func (n *Node) PerRow() bool { return n != nil && n.perRow }

// Builder is the record that the node belongs to.
func (n *Node) Builder() *Builder {
	if n == nil {
		return nil
	}
	return n.builder
}

// Parameter is the parameter that the node is, or nil.
func (n *Node) Parameter() *Parameter {
	if n == nil {
		return nil
	}
	p, _ := n.Op.(*Parameter)
	return p
}

// String names the node in errors.
func (n *Node) String() string {
	if n == nil {
		return "nil"
	}
	return fmt.Sprintf("%q %s", n.Name, text(n.shape))
}

// Nodes are all nodes in the order in which they were recorded: operands come before what reads them.
func (b *Builder) Nodes() []*Node { return slices.Clone(b.nodes) }

// Needed are the nodes that the roots depend on, the roots among them, in the order of Nodes.
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

// Fail makes an error stick, unless one does already, and returns nil: how a net reports what it cannot be built for.
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

// rows reports whether a layer can be recorded: no error so far, and every operand a float value with a row per batch row.
func (b *Builder) rows(layer string, operands ...role) bool {
	for _, o := range operands {
		switch {
		case !b.own(layer, o.name, o.node):
		case !o.node.perRow || o.node.isIndex() || o.node.isTime():
			b.Fail("layer %q: %s must have a row of numbers for each row of the batch, got %v", layer, o.name, o.node)
		}
	}
	return b.err == nil
}

// weights reports whether every operand is a parameter.
func (b *Builder) weights(layer string, operands ...role) bool {
	for _, o := range operands {
		if b.own(layer, o.name, o.node) && o.node.Parameter() == nil {
			b.Fail("layer %q: %s must be a parameter, got %v", layer, o.name, o.node)
		}
	}
	return b.err == nil
}

// own reports whether a node belongs to this record.
func (b *Builder) own(layer, name string, n *Node) bool {
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

// present leaves nil out.
func present(nodes ...*Node) []*Node {
	return slices.DeleteFunc(nodes, func(n *Node) bool { return n == nil })
}
