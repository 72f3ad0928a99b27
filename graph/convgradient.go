package graph

import (
	"gorgonia.org/gorgonia"

	"euryale/kernel"
)

// convInputGradientOp is the gradient of a convolution's image. Its operands are d and the weight.
type convInputGradientOp struct {
	op
	conv *convOp
}

func (o *convInputGradientOp) traits() traits { return traits{pixelwise: true, accumulates: true} }

func (o *convInputGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, convInputGradientReference[float32](o.conv), convInputGradientReference[float64](o.conv))
}

func convInputGradientReference[T float](o *convOp) reference[T] {
	return func(dx []T, in [][]T, _ [][]int32) {
		d, weight, channels := in[0], in[1], o.in
		for r := range o.shape[0] {
			d, dx := d[r*o.pixels()*o.out:], dx[r*o.height*o.width*channels:]
			o.each(func(pixel, source, tap int) {
				for c := range channels {
					for j := range o.out {
						dx[source*channels+c] += d[pixel*o.out+j] * weight[(tap*channels+c)*o.out+j]
					}
				}
			})
		}
	}
}

func (o *convInputGradientOp) bind(m memory) rowStep {
	out, d, packed := m.out, m.in[0], o.conv.pack(m.in[1].Matrix)
	packed.gradient = true
	return func(ws *kernel.Workspace, lo, hi int) {
		packed.InputGradient(ws, out.images(lo, hi), d.images(lo, hi), &packed.ConvolutionWeights, m.accumulate)
	}
}

// convWeightGradientOp is the gradient of a convolution's weight, a reduction over the images. Its operands are x and d.
type convWeightGradientOp struct {
	op
	conv *convOp
}

func (o *convWeightGradientOp) traits() traits { return traits{pixelwise: true} }

func (o *convWeightGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, convWeightGradientReference[float32](o.conv), convWeightGradientReference[float64](o.conv))
}

func convWeightGradientReference[T float](o *convOp) reference[T] {
	return func(dw []T, in [][]T, _ [][]int32) {
		x, d, channels := in[0], in[1], o.in
		for r := range o.shape[0] {
			d, x := d[r*o.pixels()*o.out:], x[r*o.height*o.width*channels:]
			o.each(func(pixel, source, tap int) {
				for c := range channels {
					for j := range o.out {
						dw[(tap*channels+c)*o.out+j] += x[source*channels+c] * d[pixel*o.out+j]
					}
				}
			})
		}
	}
}

func (o *convWeightGradientOp) bindChain(in []value) chain {
	x, d, convolution := in[0], in[1], o.conv.packed.Convolution
	return func(ws *kernel.Workspace, dst kernel.Matrix, lo, hi int, accumulate bool) {
		convolution.WeightGradient(ws, dst, x.images(lo, hi), d.images(lo, hi), accumulate)
	}
}
