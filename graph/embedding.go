package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
)

// embedding adds up a bias and rows of tables.
func (b *builder) embedding(name string, e ops.Embedding) *node {
	o := &embeddingOp{}
	var operands []*node
	for _, n := range e.Operands() {
		operands = append(operands, b.at(n))
	}
	if e.Bias != nil {
		o.first = 1
	}
	o.op = b.op("embedding", tensor.Shape{b.batch, e.Lookups[0].Table.Shape()[1]}, operands...)
	return b.apply(name, o, operands...)
}

// embeddingOp has the operands bias (optional), table, index, table, index, …
type embeddingOp struct {
	op
	first int // position of the first table
}

func (o *embeddingOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, embeddingReference[float32](o), embeddingReference[float64](o))
}

func embeddingReference[T float](o *embeddingOp) reference[T] {
	dim := o.shape[1]
	return func(y []T, in [][]T, index [][]int32) {
		for i := range y {
			r, j := i/dim, i%dim
			if o.first > 0 {
				y[i] = in[0][j]
			}
			for at := o.first; at < len(in); at += 2 {
				y[i] += in[at][int(index[at+1][r])*dim+j]
			}
		}
	}
}

// DiffWRT implements gorgonia.SDOp: everything but the indices is differentiable.
func (o *embeddingOp) DiffWRT(inputs int) []bool {
	differentiable := make([]bool, inputs)
	for i := range differentiable {
		differentiable[i] = i < o.first || (i-o.first)%2 == 0
	}
	return differentiable
}

// SymDiff implements gorgonia.SDOp: the gradient of a lookup is a scatter-add.
func (o *embeddingOp) SymDiff(in gorgonia.Nodes, _, grad *node) (gorgonia.Nodes, error) {
	b := o.builder
	grads := make(gorgonia.Nodes, len(in))
	if o.first > 0 {
		grads[0] = b.biasGradient(in[0], grad)
	}
	for at := o.first; at < len(in); at += 2 {
		grads[at] = b.tableGradient(in[at], grad, in[at+1])
	}
	return grads, b.err
}

func (o *embeddingOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) {
		for r := lo; r < hi; r++ {
			y := out.rows(r, r+1)
			var sum []float32
			if o.first > 0 {
				sum = in[0].Data
			}
			for at := o.first; at < len(in); at += 2 {
				i := int(in[at+1].index[r])
				if row := in[at].RowRange(i, i+1).Data; sum == nil {
					copy(y, row)
				} else {
					kernel.Combine2(y, 1, sum, 1, row)
				}
				sum = y
			}
		}
	}
}

// tableGradient scatters the rows of d [batch, dim] onto the rows of a table: out[i] = Σ_{r: index[r]=i} d[r].
func (b *builder) tableGradient(table, d, index *node) *node {
	return b.apply("embedding", &tableGradientOp{b.op("tableGradient", table.Shape().Clone(), d, index)}, d, index)
}

type tableGradientOp struct{ op }

func (o *tableGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, tableGradientReference[float32](o), tableGradientReference[float64](o))
}

func tableGradientReference[T float](o *tableGradientOp) reference[T] {
	dim := o.shape[1]
	return func(dt []T, in [][]T, index [][]int32) {
		for r, i := range index[1] {
			for j := range dim {
				dt[int(i)*dim+j] += in[0][r*dim+j]
			}
		}
	}
}

// bindReduction adds to each slab of table rows the batch rows that belong to it, in the order of the batch.
func (o *tableGradientOp) bindReduction(in []value) reduction {
	d, index := in[0].Matrix, in[1].index
	return func(_ *kernel.Workspace, slab kernel.Matrix, lo, _, rows int, accumulate bool) {
		if !accumulate {
			clear(slab.Data)
		}
		kernel.ScatterAddRowsWithin(slab, d.RowRange(0, rows), index[:rows], lo)
	}
}

// bindChain implements chainOp.
func (o *tableGradientOp) bindChain(in []value) chain {
	d, index := in[0].Matrix, in[1].index
	return func(_ *kernel.Workspace, dst kernel.Matrix, lo, hi int, accumulate bool) {
		if !accumulate {
			clear(dst.Data)
		}
		kernel.ScatterAddRowsWithin(dst, d.RowRange(lo, hi), index[lo:hi], 0)
	}
}
