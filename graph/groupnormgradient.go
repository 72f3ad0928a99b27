package graph

import (
	"gorgonia.org/gorgonia"

	"euryale/kernel"
	"euryale/ops"
)

// groupNormGradientOp is the gradient of the images of a group norm. Its operands are x, the gradient of the result, the
// statistics, weight and bias. With the normalized x̂, du as in groupNormOp.SymDiff, and means over a group of an image,
//
//	dx = (weight·du − mean(weight·du) − x̂·mean(weight·du·x̂))/√(v + ε)
type groupNormGradientOp struct {
	op
	norm *groupNormOp
	sums *node
}

func (o *groupNormGradientOp) traits() traits {
	t := traits{pixelwise: true, accumulates: true, overwrites: 1 + gradientOperand}
	if o.norm.GroupNorm.SiLU {
		t.destroys = 1 + gradientOperand
	}
	return t
}

// gradientOperand is the position of the gradient among the operands.
const gradientOperand = 1

// side implements pairedOp.
func (o *groupNormGradientOp) side() *node { return o.sums }

func (o *groupNormGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, groupNormGradientReference[float32](o.norm), groupNormGradientReference[float64](o.norm))
}

func groupNormGradientReference[T float](o *groupNormOp) reference[T] {
	return func(dx []T, in [][]T, _ [][]int32) {
		x, weight := in[0], in[3]
		normalized, du := normalize(o, x), affineGradient(o, in)
		for i := range du {
			du[i] *= float64(weight[i%o.shape[2]])
		}
		o.eachGroup(func(elements []int) {
			n, mean, correlation := float64(len(elements)), 0.0, 0.0
			for _, i := range elements {
				mean += du[i] / n
				correlation += du[i] * normalized[i] / n
			}
			_, slope := moments(o, x, elements)
			for _, i := range elements {
				dx[i] = T((du[i] - mean - normalized[i]*correlation) * slope)
			}
		})
	}
}

// affineGradient is du, the gradient before SiLU.
func affineGradient[T float](o *groupNormOp, in [][]T) []float64 {
	weight, bias := in[3], in[4]
	du := normalize(o, in[0])
	for i, x := range du {
		c := i % o.shape[2]
		du[i] = float64(in[gradientOperand][i])
		if o.GroupNorm.SiLU {
			du[i] *= ops.SiLU{}.Derivative(x*float64(weight[c]) + float64(bias[c]))
		}
	}
	return du
}

func (o *groupNormGradientOp) bind(m memory) rowStep {
	x, d, statistics, norm := m.in[0], m.in[gradientOperand], m.in[2], o.norm.with(m.in[3], m.in[4])
	return func(_ *kernel.Workspace, lo, hi int) {
		norm.Gradient(m.out.images(lo, hi), x.images(lo, hi), d.images(lo, hi), statistics.rows(lo, hi), m.side.rows(lo, hi), m.accumulate)
	}
}

// groupNormSumsOp is, for each image and channel, the sum of du over the pixels, then that of du·x̂: [batch, 2·channels]. A
// Program computes it together with the gradient of x.
type groupNormSumsOp struct {
	op
	norm     *groupNormOp
	gradient *node
}

// primary implements sideOp.
func (o *groupNormSumsOp) primary() *node { return o.gradient }

func (o *groupNormSumsOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, groupNormSumsReference[float32](o.norm), groupNormSumsReference[float64](o.norm))
}

func groupNormSumsReference[T float](o *groupNormOp) reference[T] {
	return func(sums []T, in [][]T, _ [][]int32) {
		size, channels := o.shape[1]*o.shape[2], o.shape[2]
		normalized := normalize(o, in[0])
		for i, du := range affineGradient(o, in) {
			row := sums[i/size*2*channels:]
			row[i%channels] += T(du)
			row[channels+i%channels] += T(du * normalized[i])
		}
	}
}

// columnSum is the gradient of a vector that is part of each row: the sum over the rows of the columns from first on.
func (b *builder) columnSum(name string, vector, rows *node, first int) *node {
	return b.apply(name, &columnSumOp{b.op("columnSum", vector.Shape().Clone(), rows), first}, rows)
}

type columnSumOp struct {
	op
	first int
}

func (o *columnSumOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, columnSumReference[float32](o), columnSumReference[float64](o))
}

func columnSumReference[T float](o *columnSumOp) reference[T] {
	return func(sum []T, in [][]T, _ [][]int32) {
		width := len(in[0]) / o.builder.batch
		for r := range o.builder.batch {
			for j := range sum {
				sum[j] += in[0][r*width+o.first+j]
			}
		}
	}
}

func (o *columnSumOp) bindChain(in []value) chain {
	rows := in[0].ColRange(o.first, o.first+o.shape[0])
	return func(_ *kernel.Workspace, dst kernel.Matrix, lo, hi int, accumulate bool) {
		if !accumulate {
			clear(dst.Data)
		}
		kernel.AddSumRows(dst.Data, rows.RowRange(lo, hi))
	}
}
