package graph

import (
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
)

// multinomialError is the loss of numbers and of categories that a chain replaces at random. The loss and its gradient share
// the softmax of the logits.
func (b *builder) multinomialError(name string, m ops.MultinomialError) *node {
	l := &multinomialLayout{MultinomialError: m, mixedLayout: mixedLayout{outputs: m.Prediction.Size(), numbers: m.Target.Size()}}
	first := l.numbers
	for _, k := range m.Categories {
		l.groups = append(l.groups, kernel.Group{First: first, Width: k})
		first += k
	}
	prediction := b.at(m.Prediction)
	shape := tensor.Shape{b.batch, l.outputs + len(l.groups)}
	softmax := b.apply(name, &softmaxOp{b.op("softmax", shape, prediction), &l.mixedLayout}, prediction)
	operands := slices.Insert(b.all(m), operandSoftmax, softmax)
	o := &multinomialErrorOp{b.op("multinomialError", tensor.Shape{b.batch}, operands...), l}
	return b.batchSum(name, b.apply(name, o, operands...))
}

// multinomialLayout is where a MultinomialError has its numbers and groups.
type multinomialLayout struct {
	ops.MultinomialError
	mixedLayout
}

// Positions of the operands. The target is absent without numbers; the gradient of the row's loss comes last.
const (
	operandClean   = 1
	operandNoisy   = 2
	operandChain   = 3
	operandWeight  = 4
	operandSoftmax = 5
	operandTarget  = 6
)

// multinomialErrorOp is the loss of each row.
type multinomialErrorOp struct {
	op
	layout *multinomialLayout
}

func (o *multinomialErrorOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, multinomialErrorReference[float32](o.layout), multinomialErrorReference[float64](o.layout))
}

func multinomialErrorReference[T float](l *multinomialLayout) reference[T] {
	return func(loss []T, in [][]T, index [][]int32) {
		for r := range loss {
			row := multinomialRowOf(l, in, index, r)
			loss[r] = row.loss()
		}
	}
}

// multinomialRow is one row of the operands.
type multinomialRow[T float] struct {
	layout                             *multinomialLayout
	prediction, chain, softmax, target []T
	clean, noisy                       []int32
	weight                             T
}

func multinomialRowOf[T float](l *multinomialLayout, in [][]T, index [][]int32, r int) multinomialRow[T] {
	groups := len(l.groups)
	width := l.outputs + groups
	row := multinomialRow[T]{
		layout: l, prediction: in[0][r*l.outputs : (r+1)*l.outputs], chain: in[operandChain][4*r : 4*r+4], weight: in[operandWeight][r],
		softmax: in[operandSoftmax][r*width : (r+1)*width],
		clean:   index[operandClean][r*groups : (r+1)*groups], noisy: index[operandNoisy][r*groups : (r+1)*groups],
	}
	if l.Target != nil {
		row.target = in[operandTarget][r*l.numbers : (r+1)*l.numbers]
	}
	return row
}

// posteriors are the distributions π of a group for x_0 and for its prediction: with a = keep x̂ + mix and b = stay [x_t = k] +
// move, where mix and move are per category, π = a b/Z.
type posteriors[T float] struct {
	keep, mix, stay, move float64
	truth, model          float64 // Z of x_0 and of the prediction
	clean, noisy          int
	p                     []T // the softmax
}

func (m *multinomialRow[T]) posteriors(group int) posteriors[T] {
	g := m.layout.groups[group]
	k := float64(g.Width)
	d := posteriors[T]{
		keep: float64(m.chain[0]), mix: float64(m.chain[1]) / k, stay: float64(m.chain[2]), move: float64(m.chain[3]) / k,
		clean: int(m.clean[group]), noisy: int(m.noisy[group]), p: m.softmax[g.First : g.First+g.Width],
	}
	// Σ mix·b, and Σ keep·x̂·b, where x̂ adds up to 1.
	mixed := d.mix * (d.stay + k*d.move)
	d.truth = mixed + d.keep*d.b(d.clean)
	d.model = mixed + d.keep*(d.move+d.stay*float64(d.p[d.noisy]))
	return d
}

func (d *posteriors[T]) b(k int) float64 {
	if k == d.noisy {
		return d.stay + d.move
	}
	return d.move
}

// a is that of x_0.
func (d *posteriors[T]) a(k int) float64 {
	if k == d.clean {
		return d.keep + d.mix
	}
	return d.mix
}

// divergence is Σ π(x_0)·(ln a(x_0) − ln a) + ln Z − ln Z(x_0), since b cancels. logP is ln p of x_0.
func (d *posteriors[T]) divergence(logP float64) float64 {
	sum := math.Log(d.model / d.truth)
	if d.mix == 0 { // π(x_0) is one-hot, and p may be too small for its logarithm
		return sum - logP
	}
	for k, p := range d.p {
		a := d.a(k)
		sum += a * d.b(k) / d.truth * math.Log(a/(d.keep*float64(p)+d.mix))
	}
	return sum
}

// gradient adds up the derivative by the logits: with the derivative by ln p, g = (π − π(x_0))·keep p/a, it is g − p Σ g.
func (d *posteriors[T]) gradient(dst []T, scale float64) {
	total := 0.0
	for k := range dst {
		p := float64(d.p[k])
		b, share := d.b(k), 1.0
		if d.mix > 0 {
			share = d.keep * p / (d.keep*p + d.mix)
		}
		g := d.keep*p*b/d.model - d.a(k)*b/d.truth*share
		total += g
		dst[k] = T(scale * g)
	}
	for k, p := range d.p {
		dst[k] -= T(scale * total * float64(p))
	}
}

func (m *multinomialRow[T]) loss() T {
	var squares T
	for j, y := range m.target {
		e := m.prediction[j] - y
		squares += e * e
	}
	l, divergence := m.layout, 0.0
	for i, g := range l.groups {
		d := m.posteriors(i)
		divergence += d.divergence(float64(m.prediction[g.First+d.clean]) - float64(m.softmax[l.outputs+i]))
	}
	return T(float64(m.weight) * (l.NumberWeight*float64(squares) + l.CategoryWeight*divergence + l.Constant))
}

func (m *multinomialRow[T]) gradient(d []T, grad T) {
	scale := float64(m.weight * grad)
	for j, y := range m.target {
		d[j] = T(2*scale*m.layout.NumberWeight) * (m.prediction[j] - y)
	}
	for i, g := range m.layout.groups {
		p := m.posteriors(i)
		p.gradient(d[g.First:g.First+g.Width], scale*m.layout.CategoryWeight)
	}
}

func (o *multinomialErrorOp) bindRows(out value, in []value) rowStep {
	floats, index := whole(in)
	return func(_ *kernel.Workspace, lo, hi int) {
		for r := lo; r < hi; r++ {
			row := multinomialRowOf(o.layout, floats, index, r)
			out.Data[r] = row.loss()
		}
	}
}

// DiffWRT implements gorgonia.SDOp.
func (o *multinomialErrorOp) DiffWRT(inputs int) []bool {
	differentiable := make([]bool, inputs)
	differentiable[0] = true
	return differentiable
}

// SymDiff implements gorgonia.SDOp.
func (o *multinomialErrorOp) SymDiff(in gorgonia.Nodes, _, grad *node) (gorgonia.Nodes, error) {
	b := o.builder
	operands := append(slices.Clone(in), grad)
	grads := make(gorgonia.Nodes, len(in))
	d := &multinomialGradientOp{b.op("multinomialGradient", in[0].Shape().Clone(), operands...), o.layout}
	grads[0] = b.apply("loss", d, operands...)
	return grads, b.err
}

type multinomialGradientOp struct {
	op
	layout *multinomialLayout
}

func (o *multinomialGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, multinomialGradientReference[float32](o.layout), multinomialGradientReference[float64](o.layout))
}

func multinomialGradientReference[T float](l *multinomialLayout) reference[T] {
	return func(d []T, in [][]T, index [][]int32) {
		for r := range in[operandWeight] {
			row := multinomialRowOf(l, in, index, r)
			row.gradient(d[r*l.outputs:(r+1)*l.outputs], in[len(in)-1][r])
		}
	}
}

func (o *multinomialGradientOp) bindRows(out value, in []value) rowStep {
	floats, index := whole(in)
	return func(_ *kernel.Workspace, lo, hi int) {
		for r := lo; r < hi; r++ {
			row := multinomialRowOf(o.layout, floats, index, r)
			row.gradient(out.rows(r, r+1), floats[len(floats)-1][r])
		}
	}
}
