package graph

import (
	"errors"
	"fmt"

	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
	"euryale/rng"
)

// block is what a Program of CompileBlock runs.
type block struct {
	steps   []blockStep
	ends    []int // per step of the schedule, how many of steps it and the earlier ones are
	forward int   // how many of steps compute the loss
	packs   []func()
	address *address
	arena   []float32
}

// blockStep computes the first rows of a node, or their part of a parameter's gradient.
type blockStep func(ws *kernel.Workspace, rows int, accumulate bool)

// CompileBlock differentiates a loss as Compile does, for at most block rows at a time. One goroutine runs all of a block, and
// results share memory that is reused after its last reader, so that a net of images needs little of it. Several Programs,
// such as one per worker, may read the same parameters. CompileBlock has packed them; see Program.Update.
//
// It takes every operation of package ops. The errors are those of Compile.
func CompileBlock(loss *ops.Node, block int, parameters []float32) (*Program, error) {
	programs, err := CompileBlocks(loss, block, parameters, 1)
	if err != nil {
		return nil, err
	}
	return programs[0], nil
}

// CompileBlocks is CompileBlock for that many Programs, at least one, which goroutines run beside each other. They share packed
// weights: Update of the first is for all, and none of them may run meanwhile.
func CompileBlocks(loss *ops.Node, block int, parameters []float32, programs int) ([]*Program, error) {
	if loss == nil {
		return nil, errors.New("graph: the loss is nil; its Builder's Err has the reason")
	}
	building.Lock()
	defer building.Unlock()
	var all []*Program
	var packed map[uint32]*packedWeights
	for range max(1, programs) {
		b, head, err := read(loss, block, tensor.Float32)
		if err != nil {
			return nil, err
		}
		b.lender = packed
		p, _, err := b.compileBlock(head, parameters)
		if err != nil {
			return nil, err
		}
		if packed == nil {
			packed = b.packed
		}
		b.forget()
		all = append(all, p)
	}
	return all, nil
}

func (b *builder) compileBlock(loss *node, parameters []float32) (*Program, *plan, error) {
	c, losses, gradients, err := b.differentiate(loss, parameters)
	if err != nil {
		return nil, nil, err
	}
	steps, err := c.schedule(losses, gradients)
	if err != nil {
		return nil, nil, err
	}
	plan := newPlan(steps, losses, b.separate)
	to := &c.program.block
	to.arena, to.address = make([]float32, arrange(plan.buffers)), b.address
	for _, st := range steps {
		bound, err := c.bindStep(plan, st)
		if err != nil {
			return nil, nil, fmt.Errorf("graph: %w", err)
		}
		to.steps = append(to.steps, bound...)
		to.ends = append(to.ends, len(to.steps))
		if st.node == losses {
			to.forward = len(to.steps)
		}
	}
	to.packs = b.packs
	c.program.rowLoss = c.values[losses.ID()]
	c.program.Update()
	return c.program, plan, nil
}

// bindStep gives a step its memory.
func (c *compiler) bindStep(p *plan, st *step) ([]blockStep, error) {
	if st.node == nil {
		return []blockStep{c.bindGradient(st)}, nil
	}
	var steps []blockStep
	add := func(step rowStep) {
		if step != nil {
			steps = append(steps, func(ws *kernel.Workspace, rows int, _ bool) { step(ws, 0, rows) })
		}
	}
	m := memory{out: c.settle(st.node, p.places[st.node.ID()]), in: c.operands(st.operands()), accumulate: st.base != nil}
	if st.side != nil {
		m.side = c.settle(st.side, p.places[st.side.ID()])
	}
	if st.base != nil {
		add(copyStep(m.out, c.values[st.base.ID()]))
	}
	if to := p.copies[st]; to != nil {
		k := traitsOf(st.operation).destroys - 1
		to := valueAt(c.program.block.arena[to.offset:], st.operands()[k].Shape(), to.stride)
		add(copyStep(to, m.in[k]))
		m.in[k] = to
	}
	switch o := st.operation.Op().(type) {
	case blockOp:
		add(o.bind(m))
	case rowOp:
		add(o.bindRows(m.out, m.in))
	default:
		if !isSum(st.operation) {
			return nil, fmt.Errorf("the operation %v cannot be run row by row", st.operation.Op())
		}
		add(sumStep(m))
	}
	return steps, nil
}

// settle returns the memory of a node's place.
func (c *compiler) settle(n *node, at *place) value {
	v := valueAt(c.program.block.arena[at.offset+at.first:], n.Shape(), at.stride)
	c.values[n.ID()] = v
	return v
}

// operands returns the memory of nodes.
func (c *compiler) operands(nodes []*node) []value {
	values := make([]value, len(nodes))
	for i, n := range nodes {
		values[i] = c.memoryOf(n)
	}
	return values
}

// bindGradient binds the gradient of a parameter. One that is used more than once has several terms, which are added row by
// row, so that the bits do not depend on the rows of a block.
func (c *compiler) bindGradient(st *step) blockStep {
	p := c.builder.layout[st.parameter]
	dst := parameterValue(c.program.gradient[p.Offset:], p.Shape).Matrix
	var terms []chain
	for _, t := range st.terms {
		terms = append(terms, t.Op().(chainOp).bindChain(c.operands(c.children(t))))
	}
	if len(terms) == 1 {
		return func(ws *kernel.Workspace, rows int, accumulate bool) { terms[0](ws, dst, 0, rows, accumulate) }
	}
	return func(ws *kernel.Workspace, rows int, accumulate bool) {
		for r := range rows {
			for k, term := range terms {
				term(ws, dst, r, r+1, accumulate || r+k > 0)
			}
		}
	}
}

// copyStep copies a value, or does nothing if it is there.
func copyStep(out, in value) rowStep {
	switch {
	case in.pixels == 0:
		return func(_ *kernel.Workspace, lo, hi int) { copy(out.rows(lo, hi), in.rows(lo, hi)) }
	case sameMemory(out, in):
		return nil
	}
	return func(_ *kernel.Workspace, lo, hi int) { kernel.CopyRows(out.images(lo, hi), in.images(lo, hi)) }
}

// sumStep adds two values, in place if one of them is there.
func sumStep(m memory) rowStep {
	out, x, y := m.out, m.in[0], m.in[1]
	if out.Data != nil && x.Data != nil && y.Data != nil {
		return func(_ *kernel.Workspace, lo, hi int) {
			kernel.Combine2(out.rows(lo, hi), 1, x.rows(lo, hi), 1, y.rows(lo, hi))
		}
	}
	if sameMemory(out, y) {
		x, y = y, x
	}
	start := copyStep(out, x)
	return func(ws *kernel.Workspace, lo, hi int) {
		if start != nil {
			start(ws, lo, hi)
		}
		kernel.AddRows(out.images(lo, hi), y.images(lo, hi))
	}
}

// Update makes changes of the parameters take effect: it packs the weights of convolutions. Call it once after each change.
func (p *Program) Update() {
	for _, pack := range p.block.packs {
		pack()
	}
}

// RunBlock computes the first rows of the block: forward pass, loss, backward pass and gradient, which it adds to that of
// earlier calls if accumulate is set. Calls with some of the rows each, in order, give the same gradient as one call with all
// of them, bit for bit. It is for Programs of CompileBlock, and allocates nothing after the first calls with a Workspace.
func (p *Program) RunBlock(ws *kernel.Workspace, rows int, accumulate bool) {
	if rows == 0 {
		if !accumulate {
			clear(p.gradient)
		}
		return
	}
	p.block.run(p.block.steps, ws, rows, accumulate, false)
}

// RunLoss computes the losses of the first rows of the block, without their gradient and without dropout.
func (p *Program) RunLoss(ws *kernel.Workspace, rows int) {
	if rows > 0 {
		p.block.run(p.block.steps[:p.block.forward], ws, rows, false, true)
	}
}

func (b *block) run(steps []blockStep, ws *kernel.Workspace, rows int, accumulate, keep bool) {
	b.address.keep = keep
	for _, step := range steps {
		step(ws, rows, accumulate)
	}
}

// Dropout sets the address of the random numbers of dropout: their stream, the training step, and the number of the block's
// first row in the batch.
func (p *Program) Dropout(stream rng.Stream, step, firstRow uint64) {
	*p.block.address = address{stream: stream, step: step, firstRow: firstRow}
}

// Scratch is the memory of all results of a block. Between two blocks it is free for other uses.
func (p *Program) Scratch() []float32 { return p.block.arena }

// Memory is the size in bytes of all results that a block keeps, without inputs, parameters and their gradient.
func (p *Program) Memory() int { return 4 * len(p.block.arena) }
