package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
)

// Layer is what a fully connected layer multiplies by and adds: the fused operation
//
//	y[r] = max(0, x[r]·Weight + Bias + Table[Index[r]] + Add[r])
//
// Table and Index may both be nil, and so may Add; Bias may be nil where Add is given. Without ReLU the maximum is left
// out. In a Program Add joins the sum over x first, then Bias + Table[Index[r]] does.
type Layer struct {
	Weight *Node // [in, out]
	Bias   *Node // [out]
	Table  *Node // [steps, out], one row for each timestep
	Index  *Node // [batch], from IndexInput
	Add    *Node // [batch, out]
	ReLU   bool
}

// Linear applies a fully connected layer to x [batch, in] and returns [batch, out].
func (b *Builder) Linear(layer string, x *Node, l Layer) *Node {
	o := &layerOp{relu: l.ReLU}
	operands := []*Node{x, l.Weight}
	operand := func(position *int, nodes ...*Node) {
		*position = len(operands)
		operands = append(operands, nodes...)
	}
	if l.Bias != nil || l.Add == nil {
		operand(&o.bias, l.Bias)
	}
	if l.Table != nil || l.Index != nil {
		operand(&o.table, l.Table, l.Index)
	}
	if l.Add != nil {
		operand(&o.add, l.Add)
	}
	if !b.ready(layer, operands...) {
		return nil
	}
	if x.Dims() != 2 {
		return b.fail("layer %q: the input must be [batch, in], got shape %v", layer, x.Shape())
	}
	rows, in := x.Shape()[0], x.Shape()[1]
	if l.Weight.Dims() != 2 || l.Weight.Shape()[0] != in {
		return b.fail("layer %q: an input of shape %v needs a weight [%d, out], got %v", layer, x.Shape(), in, l.Weight.Shape())
	}
	out := l.Weight.Shape()[1]
	if l.Bias != nil && !l.Bias.Shape().Eq(tensor.Shape{out}) {
		return b.fail("layer %q: a weight of shape %v needs a bias [%d], got %v", layer, l.Weight.Shape(), out, l.Bias.Shape())
	}
	if l.Table != nil {
		if l.Table.Dims() != 2 || l.Table.Shape()[1] != out {
			return b.fail("layer %q: a weight of shape %v needs an embedding table [steps, %d], got %v", layer, l.Weight.Shape(), out, l.Table.Shape())
		}
		if err := checkIndex(l.Index, rows); err != nil {
			return b.fail("layer %q: %w", layer, err)
		}
	}
	if l.Add != nil && !l.Add.Shape().Eq(tensor.Shape{rows, out}) {
		return b.fail("layer %q: a weight of shape %v needs rows to add of shape [%d, %d], got %v", layer, l.Weight.Shape(), rows, out, l.Add.Shape())
	}
	building.Lock()
	defer building.Unlock()
	o.op = b.op("layer", tensor.Shape{rows, out}, operands...)
	return b.apply(layer, o, operands...)
}

type layerOp struct {
	op
	relu             bool
	bias, table, add int // positions of the operands, the index after the table; 0: absent
}

func (o *layerOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, layerReference[float32](o), layerReference[float64](o))
}

func layerReference[T float](o *layerOp) reference[T] {
	rows, out := o.shape[0], o.shape[1]
	return func(y []T, in [][]T, index [][]int32) {
		x, weight := in[0], in[1]
		width := len(x) / rows
		for r := range rows {
			for j := range out {
				var sum T
				for k := range width {
					sum += x[r*width+k] * weight[k*out+j]
				}
				if o.bias > 0 {
					sum += in[o.bias][j]
				}
				if o.table > 0 {
					sum += in[o.table][int(index[o.table+1][r])*out+j]
				}
				if o.add > 0 {
					sum += in[o.add][r*out+j]
				}
				if o.relu && sum < 0 {
					sum = 0
				}
				y[r*out+j] = sum
			}
		}
	}
}

// DiffWRT implements gorgonia.SDOp: everything but the index is differentiable.
func (o *layerOp) DiffWRT(inputs int) []bool {
	differentiable := make([]bool, inputs)
	for i := range differentiable {
		differentiable[i] = o.table == 0 || i != o.table+1
	}
	return differentiable
}

// SymDiff implements gorgonia.SDOp. With d the gradient of the sum before the ReLU:
//
//	dx = d·Wᵀ, dW = xᵀ·d, db = Σ_r d[r], dTable[i] = Σ_{r: Index[r]=i} d[r], dAdd = d.
func (o *layerOp) SymDiff(in gorgonia.Nodes, output, grad *Node) (gorgonia.Nodes, error) {
	b, d := o.builder, grad
	if o.relu {
		d = b.apply(o.name, &reluMaskOp{b.op("reluMask", output.Shape().Clone(), grad, output)}, grad, output)
	}
	if b.err != nil {
		return nil, b.err
	}
	x, weight := in[0], in[1]
	grads := make(gorgonia.Nodes, len(in))
	grads[0] = b.apply(o.name, &inputGradientOp{b.op("inputGradient", x.Shape().Clone(), d, weight)}, d, weight)
	grads[1] = b.apply(o.name, &weightGradientOp{b.op("weightGradient", weight.Shape().Clone(), x, d)}, x, d)
	if o.bias > 0 {
		grads[o.bias] = b.biasGradient(in[o.bias], d)
	}
	if o.table > 0 {
		grads[o.table] = b.tableGradient(in[o.table], d, in[o.table+1])
	}
	if o.add > 0 {
		grads[o.add] = d
	}
	return grads, b.err
}

func (o *layerOp) bindRows(out value, in []value) rowStep {
	x, weight := in[0], in[1].Matrix
	epilogue := kernel.Epilogue{ReLU: o.relu, Accumulate: o.add > 0}
	if o.bias > 0 {
		epilogue.Bias = in[o.bias].Data
	}
	var index []int32
	if o.table > 0 {
		epilogue.Table, index = in[o.table].Matrix, in[o.table+1].index
	}
	var add *value // what must be brought to out first
	if o.add > 0 && &in[o.add].Data[0] != &out.Data[0] {
		add = &in[o.add]
	}
	return func(ws *kernel.Workspace, lo, hi int) {
		e := epilogue
		if index != nil {
			e.Index = index[lo:hi]
		}
		if add != nil {
			copy(out.rows(lo, hi), add.rows(lo, hi))
		}
		kernel.MatMul(ws, out.RowRange(lo, hi), x.RowRange(lo, hi), weight, &e)
	}
}

// reluMaskOp passes the gradient where the layer's output is positive. The output is a child, never the
// forward operation's buffer, which a machine may have reused.
type reluMaskOp struct{ op }

func (o *reluMaskOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, reluMaskReference[float32], reluMaskReference[float64])
}

func reluMaskReference[T float](d []T, in [][]T, _ [][]int32) {
	for i, y := range in[1] {
		if y > 0 {
			d[i] = in[0][i]
		}
	}
}

func (o *reluMaskOp) bindRows(out value, in []value) rowStep {
	return func(_ *kernel.Workspace, lo, hi int) {
		kernel.ReLUMask(out.rows(lo, hi), in[0].rows(lo, hi), in[1].rows(lo, hi))
	}
}

// bindFused runs the product that makes the gradient and masks it in its epilogue; the operands are those of
// the product and then the output.
func (o *reluMaskOp) bindFused(out value, in []value) rowStep {
	d, weight, output := in[0], in[1].Matrix, in[2]
	return func(ws *kernel.Workspace, lo, hi int) {
		e := kernel.Epilogue{Mask: output.RowRange(lo, hi)}
		kernel.MatMulTB(ws, out.RowRange(lo, hi), d.RowRange(lo, hi), weight, &e)
	}
}

// inputGradientOp is d·Wᵀ.
type inputGradientOp struct{ op }

func (o *inputGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, inputGradientReference[float32](o), inputGradientReference[float64](o))
}

func inputGradientReference[T float](o *inputGradientOp) reference[T] {
	rows, width := o.shape[0], o.shape[1]
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

// biasGradient sums the rows of d [batch, out]: the gradient of what is added to every row.
func (b *Builder) biasGradient(bias, d *Node) *Node {
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
	sums := make([]float32, d.Cols) // a bias is one slab, so one worker at a time is here
	return func(_ *kernel.Workspace, slab kernel.Matrix, _, _, rows int, accumulate bool) {
		if !accumulate {
			kernel.SumRows(slab.Data, d.RowRange(0, rows))
			return
		}
		kernel.SumRows(sums, d.RowRange(0, rows))
		kernel.Combine2(slab.Data, 1, slab.Data, 1, sums)
	}
}
