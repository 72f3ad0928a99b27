package graph

import (
	"fmt"
	"strings"

	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
)

// rowOp is an operation whose row r depends only on row r of its inputs and on parameters.
type rowOp interface {
	bindRows(out value, in []value) rowStep
}

// fusible is an elementwise operation on a gradient and another operand that the product before it can do in its epilogue.
type fusible interface {
	epilogue(other kernel.Matrix) kernel.Epilogue
}

// reductionOp is an operation over the whole batch whose result has the shape of a parameter.
type reductionOp interface {
	bindReduction(in []value) reduction
}

// compiler turns the nodes that the loss and the gradients depend on into steps of a Program.
type compiler struct {
	builder *builder
	program *Program
	values  map[int64]value
	uses    map[int64]int // how many needed nodes read a node
}

// children returns a node's operands in the order of the operation's arguments.
func (c *compiler) children(n *node) []*node { return c.builder.children(n) }

func (b *builder) children(n *node) []*node {
	var nodes []*node
	for it := b.graph.From(n.ID()); it.Next(); {
		nodes = append(nodes, it.Node().(*node))
	}
	return nodes
}

// count visits the nodes that the roots depend on and counts the readers of each.
func (c *compiler) count(roots ...*node) {
	for _, n := range roots {
		if c.uses[n.ID()]++; c.uses[n.ID()] == 1 {
			c.count(c.children(n)...)
		}
	}
}

func (c *compiler) input(n *node) {
	if n.Dtype() == tensor.Int32 {
		v := value{index: make([]int32, n.Shape().TotalSize())}
		c.program.indices[n.Name()] = v.index
		c.values[n.ID()] = v
		return
	}
	v := newValue(n.Shape())
	c.program.floats[n.Name()] = v.Data
	c.values[n.ID()] = v
}

// row returns the memory of a node whose first axis is the batch, after appending the steps that compute it.
func (c *compiler) row(n *node) (value, error) {
	if v, ok := c.values[n.ID()]; ok {
		return v, nil
	}
	if given(n) && n.Value() != nil {
		return c.memoryOf(n), nil
	}
	if s, ok := n.Op().(*siluSlopeOp); ok {
		_, err := c.row(s.value)
		return c.values[n.ID()], err
	}
	children := c.children(n)
	bind := c.binder(n)
	if o, ok := n.Op().(fusible); ok && c.uses[children[0].ID()] == 1 {
		if product, ok := children[0].Op().(*inputGradientOp); ok {
			// Nothing else reads the product: one pass does both.
			children = append(c.children(children[0]), children[1])
			bind = product.bindFused(o)
		}
	}
	if _, ok := n.Op().(blockOp); ok && bind == nil {
		return value{}, fmt.Errorf("%v runs on images; compile its net with CompileBlock", n.Op())
	}
	if bind == nil {
		return value{}, fmt.Errorf("the operation %v cannot be run row by row", n.Op())
	}
	operands := make([]value, len(children))
	for i, child := range children {
		var err error
		if operands[i], err = c.row(child); err != nil {
			return value{}, err
		}
	}
	if n.Dims() < 1 || n.Shape()[0] != c.builder.batch {
		return value{}, fmt.Errorf("%v has shape %v, expected %d rows, one per row of the batch", n, n.Shape(), c.builder.batch)
	}
	out, ok := c.place(n, children, operands)
	if !ok {
		out = newValue(n.Shape())
	}
	c.values[n.ID()] = out
	c.program.rowSteps = append(c.program.rowSteps, bind(out, operands))
	return out, nil
}

// memoryOf returns the memory of a node that has some, or of the 1 that Grad starts from.
func (c *compiler) memoryOf(n *node) value {
	v, ok := c.values[n.ID()]
	if !ok {
		v = value{Matrix: kernel.View([]float32{n.Value().Data().(float32)}, 1, 1)}
		c.values[n.ID()] = v
	}
	return v
}

// place returns the memory of an operand that the operation can overwrite, if nothing else reads it: the rows that a layer
// adds, or what SiLU is applied to.
func (c *compiler) place(n *node, children []*node, operands []value) (out value, ok bool) {
	i, readers := 0, 1
	switch o := n.Op().(type) {
	case *layerOp:
		if o.add == 0 {
			return value{}, false
		}
		i = o.add
	case *siluOp:
		if c.needsSlope(o) {
			readers = 2 // the slope also reads it, in the same pass
		}
	default:
		return value{}, false
	}
	return operands[i], c.uses[children[i].ID()] == readers && !children[i].IsVar()
}

func (c *compiler) needsSlope(o *siluOp) bool { return o.slope != nil && c.uses[o.slope.ID()] > 0 }

// binder returns how an operation runs row by row, or nil.
func (c *compiler) binder(n *node) func(out value, in []value) rowStep {
	if o, ok := n.Op().(*siluOp); ok && c.needsSlope(o) {
		slope := newValue(n.Shape())
		c.values[o.slope.ID()] = slope
		return o.bindWithSlope(slope)
	}
	if o, ok := n.Op().(rowOp); ok {
		return o.bindRows
	}
	if !isSum(n) {
		return nil
	}
	return func(out value, in []value) rowStep {
		return func(_ *kernel.Workspace, lo, hi int) {
			kernel.Combine2(out.rows(lo, hi), 1, in[0].rows(lo, hi), 1, in[1].rows(lo, hi))
		}
	}
}

// isSum reports whether a node is Gorgonia's elementwise sum, the only operation of Gorgonia that a Program runs: ops.Add,
// and the sum of gradients of a node that is read more than once.
func isSum(n *node) bool { return n.Op() != nil && strings.HasPrefix(fmt.Sprint(n.Op()), "+") }

// gradient cuts a parameter's gradient into slabs and appends one task per slab.
func (c *compiler) gradient(n *node, p ops.Parameter) error {
	terms, err := c.terms(n)
	if err != nil {
		return err
	}
	whole := parameterValue(c.program.gradient[p.Offset:], p.Shape)
	rows := slabRows(whole.Rows)
	for lo := 0; lo < whole.Rows; lo += rows {
		hi := min(lo+rows, whole.Rows)
		c.program.tasks = append(c.program.tasks, task{slab: whole.RowRange(lo, hi), lo: lo, hi: hi, terms: terms})
	}
	return nil
}

// slabRows cuts a parameter into at most eight slabs of at least 16 rows: enough to share among a few workers, and tall
// enough for a fast matrix product.
func slabRows(rows int) int { return max(16, (rows+7)/8) }

// terms binds the reductions that add up to a gradient.
func (c *compiler) terms(n *node) ([]reduction, error) {
	children := c.children(n)
	if isSum(n) {
		var terms []reduction
		for _, child := range children {
			t, err := c.terms(child)
			if err != nil {
				return nil, err
			}
			terms = append(terms, t...)
		}
		return terms, nil
	}
	o, ok := n.Op().(reductionOp)
	if !ok {
		return nil, fmt.Errorf("%v is not a reduction over the batch", n)
	}
	operands := make([]value, len(children))
	for i, child := range children {
		var err error
		if operands[i], err = c.row(child); err != nil {
			return nil, err
		}
	}
	return []reduction{o.bindReduction(operands)}, nil
}
