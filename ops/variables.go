package ops

import (
	"errors"
	"fmt"
	"slices"
)

// Parameter is a trainable array. It is the operation of its node, and has a place in the flat memory of all parameters.
type Parameter struct {
	// Name is the one that PyTorch's state dict would use, such as "linears.0.weight".
	Name string
	// Shape is the shape in memory. A linear layer's weight is [in, out], so that its product reads it row by row.
	Shape []int
	// Transposed means that a state dict holds the transpose, [out, in]. The weights of Linear are transposed.
	Transposed bool
	// Kernel is the side of the kernel if the parameter is the weight of a convolution, [Kernel·Kernel·in, out], which a state
	// dict holds as [out, in, Kernel, Kernel]; otherwise 0.
	Kernel int
	// Offset is the position in flat memory.
	Offset int
	// Init is the distribution of the initial values.
	Init Init
}

// Operands implements Op.
func (*Parameter) Operands() []*Node { return nil }

// Size is the number of elements.
func (p *Parameter) Size() int { return sizeOf(p.Shape) }

// Init is a distribution of initial values: Uniform, Normal, Constant or Values.
type Init interface{ init() }

// Uniform is the uniform distribution on ±Uniform.
type Uniform float64

// Normal is the normal distribution N(0, Normal²).
type Normal float64

// Constant is one value; Constant(0) makes zeros.
type Constant float64

// Values are the values themselves, one per element of the parameter.
type Values []float32

func (Uniform) init()  {}
func (Normal) init()   {}
func (Constant) init() {}
func (Values) init()   {}

// Align is a cache line of float32. Each parameter's offset is a multiple of it.
const Align = 16

// maxParameter keeps sizes far from overflow.
const maxParameter = 1 << 40

// Parameter declares a trainable array with one or two axes. Its name must be unique.
func (b *Builder) Parameter(name string, init Init, shape ...int) *Node {
	if init == nil {
		return b.Fail("parameter %q: the distribution of initial values is nil; expected Uniform, Normal, Constant or Values", name)
	}
	if len(shape) < 1 || len(shape) > 2 {
		return b.Fail("parameter %q: expected one or two axes, got shape %s", name, text(shape))
	}
	p := &Parameter{Name: name, Shape: slices.Clone(shape), Offset: b.size, Init: init}
	n := b.variable(name, p, shape, false)
	if values, ok := init.(Values); ok && n != nil && len(values) != p.Size() {
		return b.Fail("parameter %q: %d initial values for the shape %s", name, len(values), text(shape))
	}
	if n != nil {
		b.parameters = append(b.parameters, p)
		b.size += (p.Size() + Align - 1) / Align * Align
	}
	return n
}

// Layout returns the parameters in the order of declaration, and the size of the flat memory that holds them. The gaps
// between parameters are always zero.
func (b *Builder) Layout() (parameters []Parameter, size int) {
	for _, p := range b.parameters {
		parameters = append(parameters, *p)
	}
	return parameters, b.size
}

// Input holds numbers that the caller fills: data of a net or of a loss.
type Input struct{}

// IndexInput holds an index per row of the batch, into a table or of a class, or several, that the caller fills.
type IndexInput struct{}

// Time is the network's time of each row of the batch, in float64.
type Time struct {
	// Steps is the number of discrete timesteps 0 … Steps−1; 0 in continuous time. A time may lie between two steps.
	Steps int
}

// Step is the timestep of each row of the batch, an index into tables of Steps rows. If all rows share one time, it may lie
// between two steps; a lookup then interpolates between their rows.
type Step struct{ Steps int }

// Label is the class of each row of the batch, an index into tables of Classes+1 rows, the last for "no label".
type Label struct{ Classes int }

// Operands implements Op.
func (Input) Operands() []*Node { return nil }

// Operands implements Op.
func (IndexInput) Operands() []*Node { return nil }

// Operands implements Op.
func (Time) Operands() []*Node { return nil }

// Operands implements Op.
func (Step) Operands() []*Node { return nil }

// Operands implements Op.
func (Label) Operands() []*Node { return nil }

// Input declares an input of the given shape per row.
func (b *Builder) Input(name string, shape ...int) *Node {
	if len(shape) < 1 {
		return b.Fail("input %q: expected a shape of at least one axis; use RowInput for one number per row", name)
	}
	return b.variable(name, Input{}, shape, true)
}

// RowInput declares an input with one number per row.
func (b *Builder) RowInput(name string) *Node { return b.variable(name, Input{}, nil, true) }

// IndexInput declares an input with one index per row, into a table or of a class, or with indices of a shape [n] per row,
// for MixedError.
func (b *Builder) IndexInput(name string, shape ...int) *Node {
	if len(shape) > 1 {
		return b.Fail("index input %q: expected one axis at most, got shape %s", name, text(shape))
	}
	return b.variable(name, IndexInput{}, shape, true)
}

// Time declares the network's time. Steps is the number of timesteps, 0 in continuous time.
func (b *Builder) Time(name string, steps int) *Node {
	if steps < 0 {
		return b.Fail("%q: expected at least 0 timesteps, got %d", name, steps)
	}
	return b.variable(name, Time{steps}, nil, true)
}

// Step declares the index of the timestep, from 0 to steps−1; steps ≥ 1.
func (b *Builder) Step(name string, steps int) *Node {
	if steps < 1 {
		return b.Fail("%q: expected at least 1 timestep, got %d", name, steps)
	}
	return b.variable(name, Step{steps}, nil, true)
}

// Label declares the index of the class, from 0 to classes−1, or classes for no label; classes ≥ 1.
func (b *Builder) Label(name string, classes int) *Node {
	if classes < 1 {
		return b.Fail("%q: expected at least 1 class, got %d", name, classes)
	}
	return b.variable(name, Label{classes}, nil, true)
}

func (b *Builder) variable(name string, op Op, shape []int, perRow bool) *Node {
	switch {
	case b.err != nil:
		return nil
	case name == "" || b.names[name]:
		return b.Fail("%q: expected a nonempty name that no other parameter or input has", name)
	}
	size := 1
	for _, n := range shape {
		if n < 1 {
			return b.Fail("%q: every axis needs at least one element, got shape %s", name, text(shape))
		}
		if n > maxParameter/size {
			return b.Fail("%q: the shape %s has more than %d elements", name, text(shape), maxParameter)
		}
		size *= n
	}
	b.names[name] = true
	return b.record(name, op, shape, perRow)
}

// IndexRows is the number of rows that a table for the index needs: the steps, or the classes and one for "no label". It is
// 0 for other nodes.
func (n *Node) IndexRows() int {
	if n == nil {
		return 0
	}
	switch op := n.Op.(type) {
	case Step:
		return op.Steps
	case Label:
		return op.Classes + 1
	}
	return 0
}

func (n *Node) isIndex() bool {
	switch n.Op.(type) {
	case IndexInput, Step, Label:
		return true
	}
	return false
}

func (n *Node) isTime() bool {
	_, ok := n.Op.(Time)
	return ok
}

// checkIndex checks an index of a table, or of classes if the table is nil.
func (b *Builder) checkIndex(index, table *Node) error {
	switch {
	case index == nil:
		return errors.New("the index is nil: a net has no Step in continuous time, where time must be sinusoidal or fourier, " +
			"and no Label if the data has no classes")
	case index.builder != b:
		return fmt.Errorf("the index %v belongs to another Builder", index)
	case !index.isIndex():
		return fmt.Errorf("expected an index from IndexInput, Step or Label, got %v", index)
	case len(index.shape) > 0:
		return fmt.Errorf("expected one index per row, got %v", index)
	}
	if rows := index.IndexRows(); table != nil && rows > 0 && table.shape[0] != rows {
		return fmt.Errorf("the index %q needs a table of %d rows, got %v", index.Name, rows, table)
	}
	return nil
}
