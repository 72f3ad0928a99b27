package graph

import (
	"gorgonia.org/gorgonia"

	"euryale/kernel"
)

// layerNormGradientOp is the gradient of the images of a layer norm. Its operands are x, the gradient of the result, the
// statistics and, if there is one, the scale. With the normalized x̂, g = d·(1 + scale), and means over a pixel,
//
//	dx = (g − mean(g) − x̂·mean(g·x̂))/√(v + ε)
type layerNormGradientOp struct {
	op
	layer *layerNormOp
	sums  *node // nil without a scale
}

func (o *layerNormGradientOp) traits() traits {
	return traits{pixelwise: true, accumulates: true, overwrites: 1 + gradientOperand}
}

// side implements pairedOp.
func (o *layerNormGradientOp) side() *node { return o.sums }

func (o *layerNormGradientOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, layerNormGradientReference[float32](o.layer), layerNormGradientReference[float64](o.layer))
}

func layerNormGradientReference[T float](o *layerNormOp) reference[T] {
	return func(dx []T, in [][]T, _ [][]int32) {
		o.eachPixel(func(image, first int) {
			normalized, slope := normalizePixel(o, in[0][first:])
			g, mean, correlation := make([]float64, len(normalized)), 0.0, 0.0
			for c, x := range normalized {
				g[c] = float64(in[gradientOperand][first+c])
				if o.modulated {
					g[c] *= 1 + float64(in[3][image*len(g)+c])
				}
				mean += g[c] / float64(len(g))
				correlation += g[c] * x / float64(len(g))
			}
			for c, x := range normalized {
				dx[first+c] = T((g[c] - mean - x*correlation) * slope)
			}
		})
	}
}

func (o *layerNormGradientOp) bind(m memory) rowStep {
	x, d, statistics, norm, channels := m.in[0], m.in[gradientOperand], m.in[2], o.layer.norm(), o.shape[2]
	sums := m.side.Matrix
	if sums.Data == nil { // nobody reads them
		sums = kernel.NewMatrix(o.shape[0], 2*channels)
	}
	scale := kernel.NewMatrix(o.shape[0], channels)
	if o.layer.modulated {
		scale = m.in[3].Matrix
	}
	dScale, dShift := sums.ColRange(0, channels), sums.ColRange(channels, 2*channels)
	return func(_ *kernel.Workspace, lo, hi int) {
		norm.Gradient(m.out.images(lo, hi), dScale.RowRange(lo, hi), dShift.RowRange(lo, hi), x.images(lo, hi), d.images(lo, hi),
			scale.RowRange(lo, hi), statistics.rows(lo, hi), m.accumulate)
	}
}

// layerNormSumsOp is, for each image and channel, the sum of d·x̂ over the pixels, then that of d: the gradients of scale and
// shift, [batch, 2·channels]. A Program computes it together with the gradient of x.
type layerNormSumsOp struct {
	op
	layer    *layerNormOp
	gradient *node
}

// primary implements sideOp.
func (o *layerNormSumsOp) primary() *node { return o.gradient }

func (o *layerNormSumsOp) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	return o.do(inputs, layerNormSumsReference[float32](o.layer), layerNormSumsReference[float64](o.layer))
}

func layerNormSumsReference[T float](o *layerNormOp) reference[T] {
	return func(sums []T, in [][]T, _ [][]int32) {
		o.eachPixel(func(image, first int) {
			normalized, _ := normalizePixel(o, in[0][first:])
			for c, x := range normalized {
				d := float64(in[gradientOperand][first+c])
				sums[2*image*len(normalized)+c] += T(d * x)
				sums[(2*image+1)*len(normalized)+c] += T(d)
			}
		})
	}
}
