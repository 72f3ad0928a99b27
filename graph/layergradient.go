package graph

import (
	"gorgonia.org/gorgonia"

	"euryale/kernel"
)

// inputGradientOp is d·Wᵀ.
type inputGradientOp struct{ op }

func (o *inputGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, inputGradientReference[float32](o), inputGradientReference[float64](o))
}

func inputGradientReference[T float](o *inputGradientOp) reference[T] {
	rows, width := o.shape[0], columns(o.shape)
	return func(dx []T, in [][]T, _ [][]int32) {
		d, weight := in[0], in[1]
		out := len(d) / rows
		for r := range rows {
			for k := range width {
				for j := range out {
					dx[r*width+k] += d[r*out+j] * weight[k*out+j]
				}
			}
		}
	}
}

func (o *inputGradientOp) bindRows(out value, in []value) rowStep {
	d, weight := in[0], in[1].Matrix
	return func(ws *kernel.Workspace, lo, hi int) {
		kernel.MatMulTB(ws, out.RowRange(lo, hi), d.RowRange(lo, hi), weight, nil)
	}
}

// bindFused does another operation in the epilogue. The operands are those of the product, then the other's second operand.
func (o *inputGradientOp) bindFused(with fusible) func(out value, in []value) rowStep {
	return func(out value, in []value) rowStep {
		d, weight, other := in[0], in[1].Matrix, in[2]
		return func(ws *kernel.Workspace, lo, hi int) {
			e := with.epilogue(other.RowRange(lo, hi))
			kernel.MatMulTB(ws, out.RowRange(lo, hi), d.RowRange(lo, hi), weight, &e)
		}
	}
}

// weightGradientOp is xᵀ·d, a reduction over the batch.
type weightGradientOp struct{ op }

func (o *weightGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, weightGradientReference[float32](o), weightGradientReference[float64](o))
}

func weightGradientReference[T float](o *weightGradientOp) reference[T] {
	width, out := o.shape[0], o.shape[1]
	return func(dw []T, in [][]T, _ [][]int32) {
		x, d := in[0], in[1]
		for r := range len(x) / width {
			for k := range width {
				for j := range out {
					dw[k*out+j] += x[r*width+k] * d[r*out+j]
				}
			}
		}
	}
}

func (o *weightGradientOp) bindReduction(in []value) reduction {
	x, d := in[0], in[1]
	return func(ws *kernel.Workspace, slab kernel.Matrix, lo, hi, rows int, accumulate bool) {
		e := kernel.Epilogue{Accumulate: accumulate}
		kernel.MatMulTA(ws, slab, x.RowRange(0, rows).ColRange(lo, hi), d.RowRange(0, rows), &e)
	}
}

// bindChain implements chainOp: the layer is a convolution of images of one pixel.
func (o *weightGradientOp) bindChain(in []value) chain {
	x, d := in[0], in[1]
	convolution := kernel.NewConvolution(1, 1, o.shape[0], o.shape[1], 1, 1, 0, false)
	return func(ws *kernel.Workspace, dst kernel.Matrix, lo, hi int, accumulate bool) {
		convolution.WeightGradient(ws, dst, x.RowRange(lo, hi), d.RowRange(lo, hi), accumulate)
	}
}

// biasGradient sums the rows of d [batch, out]: the gradient of a bias, which is added to every row.
func (b *builder) biasGradient(bias, d *node) *node {
	return b.apply("bias", &biasGradientOp{b.op("biasGradient", bias.Shape().Clone(), d)}, d)
}

// biasGradientOp is Σ_r d[r].
type biasGradientOp struct{ op }

func (o *biasGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, biasGradientReference[float32], biasGradientReference[float64])
}

func biasGradientReference[T float](db []T, in [][]T, _ [][]int32) {
	for i, d := range in[0] {
		db[i%len(db)] += d
	}
}

func (o *biasGradientOp) bindReduction(in []value) reduction {
	d := in[0]
	sums := make([]float32, d.Cols) // a bias is one slab, so only one worker at a time uses it
	return func(_ *kernel.Workspace, slab kernel.Matrix, _, _, rows int, accumulate bool) {
		if !accumulate {
			kernel.SumRows(slab.Data, d.RowRange(0, rows))
			return
		}
		kernel.SumRows(sums, d.RowRange(0, rows))
		kernel.Combine2(slab.Data, 1, slab.Data, 1, sums)
	}
}

// bindChain implements chainOp.
func (o *biasGradientOp) bindChain(in []value) chain {
	d := in[0]
	return func(_ *kernel.Workspace, dst kernel.Matrix, lo, hi int, accumulate bool) {
		if !accumulate {
			clear(dst.Data)
		}
		kernel.AddSumRows(dst.Data, d.RowRange(lo, hi))
	}
}
