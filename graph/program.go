package graph

import (
	"errors"
	"fmt"

	"gorgonia.org/gorgonia"

	"euryale/kernel"
)

// Program runs a loss and its gradient. Its memory is one buffer for each node, made by Compile; running
// allocates nothing.
//
// One evaluation of a batch of n rows is: fill the inputs; RunRows over 0 … n, in any partition and from any
// number of goroutines; when all rows are done, RunTask for each task, likewise. The result does not depend
// on the partition, bit for bit, because no row's numbers depend on another row and each task reduces over
// the batch in order. Run does all of it on the calling goroutine.
type Program struct {
	floats   map[string][]float32
	indices  map[string][]int32
	rowSteps []rowStep
	tasks    []task
	gradient []float32
	rowLoss  value
}

// rowStep computes the rows lo … hi of one node.
type rowStep func(ws *kernel.Workspace, lo, hi int)

// reduction computes rows lo … hi of a parameter's gradient from the first `rows` rows of the batch, in place of
// what the slab holds or, to accumulate, on top of it.
type reduction func(ws *kernel.Workspace, slab kernel.Matrix, lo, hi, rows int, accumulate bool)

// task is one slab of one parameter's gradient. A parameter that is used more than once has several terms.
type task struct {
	slab   kernel.Matrix
	lo, hi int
	terms  []reduction
}

// Parameter says where an array lies in the flat memory of a program's parameters and gradient.
type Parameter struct {
	Name   string
	Shape  []int
	Offset int
}

// Align is the number of float32 that each parameter's offset is a multiple of: a cache line.
const Align = 16

// Layout returns the place of each declared parameter, in the order of declaration, and the size of the flat
// memory. The gaps between parameters are always zero.
func (b *Builder) Layout() (parameters []Parameter, size int) {
	for _, n := range b.parameters {
		parameters = append(parameters, Parameter{Name: n.Name(), Shape: n.Shape().Clone(), Offset: size})
		size += (n.Shape().TotalSize() + Align - 1) / Align * Align
	}
	return parameters, size
}

// Compile differentiates the loss, made by WeightedError, CrossEntropy or LearnedRange, in each declared parameter. The
// parameters live in flat memory laid out as Layout says, owned by the caller and read on each run.
func Compile(b *Builder, loss *Node, parameters []float32) (*Program, error) {
	if b.err != nil {
		return nil, b.err
	}
	if loss == nil {
		return nil, errors.New("graph: the loss is nil")
	}
	layout, size := b.Layout()
	if len(parameters) != size {
		return nil, fmt.Errorf("graph: the parameters need %d float32, got %d", size, len(parameters))
	}
	if _, ok := loss.Op().(*batchSumOp); !ok {
		return nil, fmt.Errorf("graph: the loss must come from WeightedError, CrossEntropy or LearnedRange, got %v", loss)
	}
	building.Lock()
	gradients, err := gorgonia.Grad(loss, b.parameters...)
	building.Unlock()
	if err != nil {
		return nil, fmt.Errorf("graph: differentiating the loss: %w", err)
	}
	if b.err != nil {
		return nil, b.err
	}

	p := &Program{
		floats:   map[string][]float32{},
		indices:  map[string][]int32{},
		gradient: make([]float32, size),
	}
	c := &compiler{builder: b, program: p, values: map[int64]value{}, uses: map[int64]int{}}
	for i, n := range b.parameters {
		c.values[n.ID()] = parameterValue(parameters[layout[i].Offset:], layout[i].Shape)
	}
	for _, n := range b.inputs {
		c.input(n)
	}
	losses := c.children(loss)[0]
	c.count(append(gorgonia.Nodes{losses}, gradients...)...)
	if p.rowLoss, err = c.row(losses); err != nil {
		return nil, err
	}
	for i, g := range gradients {
		if err := c.gradient(g, layout[i]); err != nil {
			return nil, fmt.Errorf("graph: the gradient of %q: %w", layout[i].Name, err)
		}
	}
	return p, nil
}

// Float returns the memory of an input declared with Input or RowInput, [batch, dim] or [batch].
func (p *Program) Float(name string) []float32 { return p.floats[name] }

// Index returns the memory of an input declared with IndexInput, [batch]. An index outside its table panics in
// RunRows.
func (p *Program) Index(name string) []int32 { return p.indices[name] }

// RunRows computes everything that belongs to the rows lo … hi of the batch: forward, loss, backward.
func (p *Program) RunRows(ws *kernel.Workspace, lo, hi int) {
	if lo == hi {
		return
	}
	for _, step := range p.rowSteps {
		step(ws, lo, hi)
	}
}

// Tasks is the number of pieces that the gradient is computed in.
func (p *Program) Tasks() int { return len(p.tasks) }

// RunTask computes one piece of the gradient from the first rows of the batch, on top of what earlier batches
// left if it is to accumulate: a batch beyond the capacity is run in parts.
func (p *Program) RunTask(ws *kernel.Workspace, i, rows int, accumulate bool) {
	t := &p.tasks[i]
	for k, term := range t.terms {
		term(ws, t.slab, t.lo, t.hi, rows, accumulate || k > 0)
	}
}

// SquaredNorm is the squared norm of one piece of the gradient.
func (p *Program) SquaredNorm(i int) float64 { return kernel.SquaredNorm(p.tasks[i].slab.Data) }

// Run evaluates a batch on the calling goroutine and returns the loss and the gradient's squared norm.
func (p *Program) Run(ws *kernel.Workspace, rows int) (loss, squaredNorm float64) {
	p.RunRows(ws, 0, rows)
	for i := range p.tasks {
		p.RunTask(ws, i, rows, false)
		squaredNorm += p.SquaredNorm(i)
	}
	return p.Loss(rows), squaredNorm
}

// Loss is the loss of the rows computed last.
func (p *Program) Loss(rows int) float64 { return sumFloat64(p.rowLoss.Data[:rows]) }

// RowLosses are the terms of the loss, one a row.
func (p *Program) RowLosses(rows int) []float32 { return p.rowLoss.Data[:rows] }

// Gradient is the gradient in flat memory, laid out as the parameters.
func (p *Program) Gradient() []float32 { return p.gradient }
