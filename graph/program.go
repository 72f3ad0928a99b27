package graph

import "euryale/kernel"

// Program runs a loss and its gradient. Its memory is one buffer for each node, made by Compile; running
// allocates nothing.
//
// One evaluation of a batch of n rows is: fill the inputs and call Condition; RunRows over 0 … n, in any partition and from any
// number of goroutines; when all rows are done, RunTask for each task, likewise. The result does not depend
// on the partition, bit for bit, because no row's numbers depend on another row and each task reduces over
// the batch in order. Run does all of it on the calling goroutine.
type Program struct {
	floats    map[string][]float32
	indices   map[string][]int32
	rowSteps  []rowStep
	tasks     []task
	gradient  []float32
	rowLoss   value
	condition condition
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
