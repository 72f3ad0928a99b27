package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
)

// layer applies a fully connected layer.
func (b *builder) layer(name string, l ops.Linear) *node {
	o := &layerOp{relu: l.ReLU}
	operands := []*node{b.at(l.X), b.at(l.Weight)}
	operand := func(position *int, nodes ...*ops.Node) {
		*position = len(operands)
		for _, n := range nodes {
			operands = append(operands, b.at(n))
		}
	}
	if l.Bias != nil {
		operand(&o.bias, l.Bias)
	}
	if l.Table != nil {
		operand(&o.table, l.Table, l.Index)
	}
	if l.Add != nil {
		operand(&o.add, l.Add)
	}
	o.op = b.op("layer", tensor.Shape{b.batch, l.Weight.Shape()[1]}, operands...)
	return b.apply(name, o, operands...)
}

type layerOp struct {
	op
	relu             bool
	bias, table, add int // positions of the operands, with the index after the table; 0: absent
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
func (o *layerOp) SymDiff(in gorgonia.Nodes, output, grad *node) (gorgonia.Nodes, error) {
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
	var add *value // must be copied to out first
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
