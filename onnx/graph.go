package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Graph is an ONNX graph in the making: a list of nodes, each of one operator, that read inputs, constants and each other by
// name. A Graph is not safe for concurrent use.
type Graph struct {
	name    string
	prefix  string // of the names of nodes
	nodes   []message
	arrays  []message // initializers
	inputs  []message
	outputs []message
	used    map[string]int    // names, and how many more begin like each
	known   map[string]string // constants, by their content
}

// NewGraph returns a Graph without nodes, whose outputs will have the given names.
func NewGraph(name string, outputs ...string) *Graph {
	g := &Graph{name: name, used: map[string]int{}, known: map[string]string{}}
	for _, output := range outputs {
		g.used[output]++
	}
	return g
}

// unique is a name that nothing else has.
func (g *Graph) unique(name string) string {
	for {
		n := g.used[name]
		g.used[name]++
		if n == 0 {
			return name
		}
		if next := name + "_" + strconv.Itoa(n); g.used[next] == 0 {
			name = next
		}
	}
}

// Input declares an input [N, shape…] of the graph, and returns its name.
func (g *Graph) Input(name, about string, element Element, shape ...int) string {
	name = g.unique(name)
	g.inputs = append(g.inputs, value(name, about, element, append([]int{-1}, shape...)...))
	return name
}

// Single declares an input [1] of the graph: one number for all rows. It returns its name.
func (g *Graph) Single(name, about string, element Element) string {
	name = g.unique(name)
	g.inputs = append(g.inputs, value(name, about, element, 1))
	return name
}

// Output makes a value [N, shape…] an output of the graph, under a name that NewGraph was given.
func (g *Graph) Output(name, about string, of string, element Element, shape ...int) {
	g.add("Identity", []string{name}, []string{of}, nil)
	g.outputs = append(g.outputs, value(name, about, element, append([]int{-1}, shape...)...))
}

// Node adds a node with one output, and returns the name of that: the given name, or one that begins like it.
func (g *Graph) Node(operator, name string, inputs []string, attributes ...Attribute) string {
	name = g.unique(g.prefix + name)
	g.add(operator, []string{name}, inputs, attributes)
	return name
}

// add adds a node, which has the name of its first output.
func (g *Graph) add(operator string, outputs, inputs []string, attributes []Attribute) {
	var m message
	for _, input := range inputs {
		m.bytes(1, []byte(input)) // also an empty one: an optional input that is absent
	}
	for _, output := range outputs {
		m.text(2, output)
	}
	m.text(3, outputs[0])
	m.text(4, operator)
	for _, a := range attributes {
		m.bytes(5, a.encoded)
	}
	g.nodes = append(g.nodes, m)
}

// constant adds a constant tensor, unless there is one of this content already, and returns its name.
func constant[T number](g *Graph, name string, shape []int, data []T) string {
	content := string(tensor("", shape, data))
	if known, ok := g.known[content]; ok {
		return known
	}
	name = g.unique(name)
	g.known[content] = name
	g.arrays = append(g.arrays, tensor(name, shape, data))
	return name
}

// scalar is a constant number.
func (g *Graph) scalar(v float32) string { return constant(g, "constant", nil, []float32{v}) }

// whole is a constant list of whole numbers.
func (g *Graph) whole(list ...int) string {
	data := make([]int64, len(list))
	for i, v := range list {
		data[i] = int64(v)
	}
	return constant(g, "whole", []int{len(list)}, data)
}

// reshaped is a value with another shape, of which one axis may be −1: what is left.
func (g *Graph) reshaped(name, x string, shape ...int) string {
	return g.Node("Reshape", name+"/shape", []string{x, g.whole(shape...)})
}

func (g *Graph) transposed(name, x string, axes ...int) string {
	return g.Node("Transpose", name+"/transpose", []string{x}, Ints("perm", axes...))
}

// binary is a node of two operands.
func (g *Graph) binary(operator, name, x, y string) string {
	return g.Node(operator, name, []string{x, y})
}

// Property is an entry of a model's metadata.
type Property struct{ Key, Value string }

// Header describes a model.
type Header struct {
	Version    string // of Euryale
	Step       int64  // of training
	About      string
	Properties []Property
}

// The versions of the format and of the operators.
const (
	formatVersion    = 8
	operatorsVersion = 17
)

// MaxSize is the most bytes of a message of protocol buffers.
const MaxSize = math.MaxInt32

// ErrTooLarge means that a model has more than MaxSize bytes.
var ErrTooLarge = errors.New("onnx: the model would have more than 2 GiB, which its format cannot hold; export fewer steps or a " +
	"smaller net")

// Model encodes the graph as a model.
func (g *Graph) Model(h Header) ([]byte, error) {
	var graph, model, operators message
	size := 1 << 12 // of the rest
	for _, p := range h.Properties {
		size += len(p.Key) + len(p.Value) + 16
	}
	for _, part := range slices.Concat(g.nodes, g.arrays, g.inputs, g.outputs) {
		size += len(part) + 16
	}
	if size > MaxSize {
		return nil, fmt.Errorf("%w (about %d MB)", ErrTooLarge, size>>20)
	}
	graph = make(message, 0, size)
	for _, m := range g.nodes {
		graph.bytes(1, m)
	}
	graph.text(2, g.name)
	for _, m := range g.arrays {
		graph.bytes(5, m)
	}
	for _, m := range g.inputs {
		graph.bytes(11, m)
	}
	for _, m := range g.outputs {
		graph.bytes(12, m)
	}
	model = make(message, 0, size)
	model.integer(1, formatVersion)
	model.text(2, "euryale")
	model.text(3, h.Version)
	model.integer(5, h.Step)
	model.text(6, h.About)
	model.bytes(7, graph)
	operators.integer(2, operatorsVersion)
	model.bytes(8, operators)
	for _, p := range h.Properties {
		var entry message
		entry.text(1, p.Key)
		entry.bytes(2, []byte(p.Value))
		model.bytes(14, entry)
	}
	return model, nil
}
