package guidance

import "euryale/diffusion"

// A diffusion.Model tests whether a denoiser implements diffusion.Differentiable and diffusion.VariancePredictor. So a
// guided denoiser has their methods unexported, and one of these types exports those that the underlying denoisers have.

type withTangent interface {
	diffusion.Denoiser
	predictTangent(dst, tangent, x, v []float32, t float64)
}

type withVariance interface {
	diffusion.Denoiser
	predictVariance(dst, v, x []float32, t float64)
}

type withBoth interface {
	withTangent
	predictVariance(dst, v, x []float32, t float64)
}

type tangents struct{ withTangent }

// PredictTangent implements diffusion.Differentiable.
func (g tangents) PredictTangent(dst, tangent, x, v []float32, t float64) {
	g.predictTangent(dst, tangent, x, v, t)
}

type variances struct{ withVariance }

// PredictVariance implements diffusion.VariancePredictor.
func (g variances) PredictVariance(dst, v, x []float32, t float64) { g.predictVariance(dst, v, x, t) }

type both struct{ withBoth }

// PredictTangent implements diffusion.Differentiable.
func (g both) PredictTangent(dst, tangent, x, v []float32, t float64) {
	g.predictTangent(dst, tangent, x, v, t)
}

// PredictVariance implements diffusion.VariancePredictor.
func (g both) PredictVariance(dst, v, x []float32, t float64) { g.predictVariance(dst, v, x, t) }

func differentiates(d diffusion.Denoiser) bool {
	_, ok := d.(diffusion.Differentiable)
	return ok
}

func predictsVariance(d diffusion.Denoiser) bool {
	_, ok := d.(diffusion.VariancePredictor)
	return ok
}
