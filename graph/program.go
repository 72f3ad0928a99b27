package graph

import "euryale/kernel"

// Program computes a loss and its gradient. Compile and CompileBlock allocate its memory; running allocates nothing. The
// methods for a Program of CompileBlock are in block.go: RunBlock does what follows for a few rows.
//
// To evaluate a batch of n rows, fill the inputs and call Condition. Then call RunRows for all rows, in any partition and
// from any number of goroutines, with one Workspace each. When all rows are done, call RunTask for each task, likewise. The
// result does not depend on the partition, bit for bit, because rows are independent and each task reduces over the batch in
// order. Run does all but the first step on the calling goroutine.
type Program struct {
	floats    map[string][]float32
	indices   map[string][]int32
	rowSteps  []rowStep
	tasks     []task
	gradient  []float32
	rowLoss   value
	condition condition
	block     block // of CompileBlock
}

// rowStep computes rows lo … hi−1 of one node.
type rowStep func(ws *kernel.Workspace, lo, hi int)

// reduction computes rows lo … hi−1 of a parameter's gradient from the first `rows` rows of the batch. It overwrites the
// slab, or adds to it if accumulate is set.
type reduction func(ws *kernel.Workspace, slab kernel.Matrix, lo, hi, rows int, accumulate bool)

// task is one slab of a parameter's gradient. A parameter that is used more than once has several terms.
type task struct {
	slab   kernel.Matrix
	lo, hi int
	terms  []reduction
}

// Float returns the memory of an input declared with Input or RowInput, [batch, dim] or [batch], or nil if there is none.
func (p *Program) Float(name string) []float32 { return p.floats[name] }

// Index returns the memory of an input declared with IndexInput, [batch] or [batch, n], or nil if there is none. RunRows
// panics on an index outside its table or classes.
func (p *Program) Index(name string) []int32 { return p.indices[name] }

// RunRows computes rows lo … hi−1 of the batch: forward pass, loss and backward pass.
func (p *Program) RunRows(ws *kernel.Workspace, lo, hi int) {
	if lo == hi {
		return
	}
	for _, step := range p.rowSteps {
		step(ws, lo, hi)
	}
}

// Tasks is the number of pieces into which the gradient is divided.
func (p *Program) Tasks() int { return len(p.tasks) }

// RunTask computes piece i of the gradient from the first rows of the batch. With accumulate, it adds to the gradient of
// earlier calls, so that a batch larger than the Program's can be run in parts.
func (p *Program) RunTask(ws *kernel.Workspace, i, rows int, accumulate bool) {
	t := &p.tasks[i]
	for k, term := range t.terms {
		term(ws, t.slab, t.lo, t.hi, rows, accumulate || k > 0)
	}
}

// SquaredNorm is the squared norm of piece i of the gradient.
func (p *Program) SquaredNorm(i int) float64 { return kernel.SquaredNorm(p.tasks[i].slab.Data) }

// Run evaluates the first rows of the batch on the calling goroutine, and returns the loss and the gradient's squared norm.
func (p *Program) Run(ws *kernel.Workspace, rows int) (loss, squaredNorm float64) {
	p.RunRows(ws, 0, rows)
	for i := range p.tasks {
		p.RunTask(ws, i, rows, false)
		squaredNorm += p.SquaredNorm(i)
	}
	return p.Loss(rows), squaredNorm
}

// Loss is the loss of the first rows, as last computed.
func (p *Program) Loss(rows int) float64 { return sumFloat64(p.rowLoss.Data[:rows]) }

// RowLosses are the terms of the loss, one per row. They share memory with the Program.
func (p *Program) RowLosses(rows int) []float32 { return p.rowLoss.Data[:rows] }

// Gradient is the gradient, in flat memory with the layout of the parameters. RunTask changes it.
func (p *Program) Gradient() []float32 { return p.gradient }
