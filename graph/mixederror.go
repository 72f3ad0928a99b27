package graph

import (
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
)

// mixedError is the loss of numbers and categories. The loss and its gradient share the softmax of the logits.
func (b *builder) mixedError(name string, m ops.MixedError) *node {
	l := newMixedLayout(m)
	operands := b.all(m)
	if len(l.groups) > 0 {
		shape := tensor.Shape{b.batch, l.outputs + len(l.groups)}
		operands = append(operands, b.apply(name, &softmaxOp{b.op("softmax", shape, operands[0]), l}, operands[0]))
	}
	o := &mixedErrorOp{b.op("mixedError", tensor.Shape{b.batch}, operands...), l}
	return b.batchSum(name, b.apply(name, o, operands...))
}

// mixedLayout is where an ops.MixedError has its numbers, its groups and its operands.
type mixedLayout struct {
	numbers, outputs int // outputs: the columns of the prediction
	groups           []kernel.Group
	factors          []float64
	// Positions among the operands, after the prediction, which is the first; −1 for absent ones. softmax is
	// [outputs + groups]: the softmax of each group in its columns of the prediction, then ln Σ exp of each group.
	target, numberWeight, index, weight, softmax, grad int
}

func newMixedLayout(m ops.MixedError) *mixedLayout {
	l := &mixedLayout{outputs: m.Prediction.Size(), factors: m.Factors}
	if m.Target != nil {
		l.numbers = m.Target.Size()
	}
	first := l.numbers
	for _, k := range m.Categories {
		l.groups = append(l.groups, kernel.Group{First: first, Width: k})
		first += k
	}
	next := 1
	for _, operand := range []struct {
		position *int
		present  bool
	}{
		{&l.target, m.Target != nil}, {&l.numberWeight, m.NumberWeight != nil}, {&l.index, m.Index != nil}, {&l.weight, true},
		{&l.softmax, len(l.groups) > 0}, {&l.grad, true},
	} {
		if *operand.position = -1; operand.present {
			*operand.position = next
			next++
		}
	}
	return l
}

// softmaxOp turns the logits of each row into the operand softmax of a mixedLayout.
type softmaxOp struct {
	op
	layout *mixedLayout
}

func (o *softmaxOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, softmaxReference[float32](o.layout), softmaxReference[float64](o.layout))
}

func softmaxReference[T float](l *mixedLayout) reference[T] {
	return func(out []T, in [][]T, _ [][]int32) {
		width := l.outputs + len(l.groups)
		for r := range len(out) / width {
			x, row := in[0][r*l.outputs:(r+1)*l.outputs], out[r*width:(r+1)*width]
			for i, g := range l.groups {
				logSum := ops.LogSumExp(x[g.First : g.First+g.Width])
				for j := g.First; j < g.First+g.Width; j++ {
					row[j] = T(math.Exp(float64(x[j]) - logSum))
				}
				row[l.outputs+i] = T(logSum)
			}
		}
	}
}

func (o *softmaxOp) bindRows(out value, in []value) rowStep {
	l := o.layout
	p, logSums := out.ColRange(0, l.outputs), out.ColRange(l.outputs, out.Cols)
	return func(_ *kernel.Workspace, lo, hi int) {
		kernel.Softmax(p.RowRange(lo, hi), in[0].RowRange(lo, hi), logSums.RowRange(lo, hi), l.groups)
	}
}

// DiffWRT implements gorgonia.SDOp: the operation that reads the softmax has the whole derivative.
func (*softmaxOp) DiffWRT(int) []bool { return []bool{false} }

// SymDiff implements gorgonia.SDOp.
func (*softmaxOp) SymDiff(gorgonia.Nodes, *node, *node) (gorgonia.Nodes, error) {
	return gorgonia.Nodes{nil}, nil
}

// mixedErrorOp is the loss of each row.
type mixedErrorOp struct {
	op
	layout *mixedLayout
}

func (o *mixedErrorOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, mixedErrorReference[float32](o.layout), mixedErrorReference[float64](o.layout))
}

func mixedErrorReference[T float](l *mixedLayout) reference[T] {
	return func(loss []T, in [][]T, index [][]int32) {
		for r := range loss {
			row := mixedRowOf(l, in, index, r)
			loss[r] = row.loss()
		}
	}
}

// mixedRow is one row of the operands of a MixedError; those that are absent are nil.
type mixedRow[T float] struct {
	layout                                    *mixedLayout
	prediction, target, numberWeight, softmax []T
	index                                     []int32
	weight                                    T
}

func mixedRowOf[T float](l *mixedLayout, in [][]T, index [][]int32, r int) mixedRow[T] {
	row := mixedRow[T]{layout: l, prediction: in[0][r*l.outputs : (r+1)*l.outputs], weight: in[l.weight][r]}
	if l.target >= 0 {
		row.target = in[l.target][r*l.numbers : (r+1)*l.numbers]
	}
	if l.numberWeight >= 0 {
		row.numberWeight = in[l.numberWeight][r*l.numbers : (r+1)*l.numbers]
	}
	if groups := len(l.groups); groups > 0 {
		width := l.outputs + groups
		row.index, row.softmax = index[l.index][r*groups:(r+1)*groups], in[l.softmax][r*width:(r+1)*width]
	}
	return row
}

func (m *mixedRow[T]) loss() T {
	var squares T
	for j, y := range m.target {
		e := m.prediction[j] - y
		if m.numberWeight != nil {
			squares += m.numberWeight[j] * e * e
		} else {
			squares += e * e
		}
	}
	sum := float64(squares)
	for i, g := range m.layout.groups {
		logits := m.prediction[g.First : g.First+g.Width]
		sum += m.layout.factors[i] * (float64(m.softmax[m.layout.outputs+i]) - float64(logits[m.index[i]]))
	}
	return T(float64(m.weight) * sum)
}

// gradient fills a row of the derivative with respect to the prediction: Weight·grad times 2·NumberWeight·(y − Target), and
// Factors·(softmax − onehot(Index)).
func (m *mixedRow[T]) gradient(d []T, grad T) {
	scale := m.weight * grad
	for j, y := range m.target {
		d[j] = 2 * scale * (m.prediction[j] - y)
		if m.numberWeight != nil {
			d[j] *= m.numberWeight[j]
		}
	}
	for i, g := range m.layout.groups {
		d, p := d[g.First:g.First+g.Width], m.softmax[g.First:g.First+g.Width]
		factor := T(float64(scale) * m.layout.factors[i])
		for k := range d {
			d[k] = factor * p[k]
		}
		d[m.index[i]] = factor * (p[m.index[i]] - 1)
	}
}

func (o *mixedErrorOp) bindRows(out value, in []value) rowStep {
	floats, index := whole(in)
	return func(_ *kernel.Workspace, lo, hi int) {
		for r := lo; r < hi; r++ {
			row := mixedRowOf(o.layout, floats, index, r)
			out.Data[r] = row.loss()
		}
	}
}

// whole is the memory of operands whose rows are contiguous.
func whole(in []value) (floats [][]float32, index [][]int32) {
	for _, v := range in {
		floats, index = append(floats, v.Data), append(index, v.index)
	}
	return floats, index
}

// DiffWRT implements gorgonia.SDOp.
func (o *mixedErrorOp) DiffWRT(inputs int) []bool {
	differentiable := make([]bool, inputs)
	differentiable[0] = true
	return differentiable
}

// SymDiff implements gorgonia.SDOp.
func (o *mixedErrorOp) SymDiff(in gorgonia.Nodes, _, grad *node) (gorgonia.Nodes, error) {
	b := o.builder
	operands := append(append([]*node{}, in...), grad)
	grads := make(gorgonia.Nodes, len(in))
	d := &mixedErrorGradientOp{b.op("mixedErrorGradient", in[0].Shape().Clone(), operands...), o.layout}
	grads[0] = b.apply("loss", d, operands...)
	return grads, b.err
}

type mixedErrorGradientOp struct {
	op
	layout *mixedLayout
}

func (o *mixedErrorGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, mixedErrorGradientReference[float32](o.layout), mixedErrorGradientReference[float64](o.layout))
}

func mixedErrorGradientReference[T float](l *mixedLayout) reference[T] {
	return func(d []T, in [][]T, index [][]int32) {
		for r := range in[l.weight] {
			row := mixedRowOf(l, in, index, r)
			row.gradient(d[r*l.outputs:(r+1)*l.outputs], in[l.grad][r])
		}
	}
}

func (o *mixedErrorGradientOp) bindRows(out value, in []value) rowStep {
	floats, index := whole(in)
	return func(_ *kernel.Workspace, lo, hi int) {
		for r := lo; r < hi; r++ {
			row := mixedRowOf(o.layout, floats, index, r)
			row.gradient(out.rows(r, r+1), floats[o.layout.grad][r])
		}
	}
}
