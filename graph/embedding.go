package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
)

// Embedding gathers one row of the table [steps, dim] for each row of the batch: y[r] = table[index[r]].
func (b *Builder) Embedding(layer string, table, index *Node) *Node {
	if !b.ready(layer, table, index) {
		return nil
	}
	if table.Dims() != 2 {
		return b.fail("layer %q: the table must be [steps, dim], got shape %v", layer, table.Shape())
	}
	if err := checkIndex(index, b.batch); err != nil {
		return b.fail("layer %q: %w", layer, err)
	}
	building.Lock()
	defer building.Unlock()
	o := &gatherOp{b.op("gather", tensor.Shape{b.batch, table.Shape()[1]}, table, index)}
	return b.apply(layer, o, table, index)
}

func checkIndex(index *Node, rows int) error {
	if index == nil || index.Dtype() != tensor.Int32 || !index.Shape().Eq(tensor.Shape{rows}) {
		return fmt.Errorf("an embedding needs an index of %d rows from IndexInput, got %v", rows, index)
	}
	return nil
}

type gatherOp struct{ op }

func (o *gatherOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, gatherReference[float32](o), gatherReference[float64](o))
}

func gatherReference[T float](o *gatherOp) func(y []T, in [][]T, index []int32) {
	dim := o.shape[1]
	return func(y []T, in [][]T, index []int32) {
		for r, i := range index {
			copy(y[r*dim:(r+1)*dim], in[0][int(i)*dim:])
		}
	}
}

// DiffWRT implements gorgonia.SDOp.
func (o *gatherOp) DiffWRT(int) []bool { return []bool{true, false} }

// SymDiff implements gorgonia.SDOp: the gradient of a gather is a scatter-add.
func (o *gatherOp) SymDiff(in gorgonia.Nodes, _, grad *Node) (gorgonia.Nodes, error) {
	return gorgonia.Nodes{o.builder.tableGradient(in[0], grad, in[1]), nil}, o.builder.err
}

func (o *gatherOp) bindRows(out value, in []value) rowStep {
	table, index := in[0].Matrix, in[1].index
	return func(_ *kernel.Workspace, lo, hi int) {
		kernel.GatherRows(out.RowRange(lo, hi), table, index[lo:hi])
	}
}

// tableGradient scatters the rows of d [batch, dim] onto the rows of a table: out[i] = Σ_{r: index[r]=i} d[r].
func (b *Builder) tableGradient(table, d, index *Node) *Node {
	return b.apply("embedding", &tableGradientOp{b.op("tableGradient", table.Shape().Clone(), d, index)}, d, index)
}

type tableGradientOp struct{ op }

func (o *tableGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, tableGradientReference[float32](o), tableGradientReference[float64](o))
}

func tableGradientReference[T float](o *tableGradientOp) func(dt []T, in [][]T, index []int32) {
	dim := o.shape[1]
	return func(dt []T, in [][]T, index []int32) {
		for r, i := range index {
			for j := range dim {
				dt[int(i)*dim+j] += in[0][r*dim+j]
			}
		}
	}
}

// bindReduction gives each slab of table rows the batch rows that fall into it, in the order of the batch.
func (o *tableGradientOp) bindReduction(in []value) reduction {
	d, index := in[0].Matrix, in[1].index
	return func(_ *kernel.Workspace, slab kernel.Matrix, lo, _, rows int, accumulate bool) {
		if !accumulate {
			clear(slab.Data)
		}
		kernel.ScatterAddRowsWithin(slab, d.RowRange(0, rows), index[:rows], lo)
	}
}
