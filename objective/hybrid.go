package objective

import (
	"slices"

	"euryale/choice"
	"euryale/data"
	"euryale/diffusion"
	"euryale/ops"
)

// Hybrid is the objective of Nichol and Dhariwal (2021), "Improved denoising diffusion probabilistic models": the simple
// loss, and a little of the variational bound for the variance of a chain's reverse step. The net has twice as many
// outputs as a row has numbers: the prediction, then v.
type Hybrid struct {
	// Prediction is what the first half of the net's output means: eps, x0, v, u, score or F.
	Prediction choice.One[diffusion.Prediction] `yaml:"prediction"`
	Input      `yaml:",inline"`
}

func defaultHybrid() *Hybrid {
	return &Hybrid{Prediction: diffusion.Predictions().Choose("eps"), Input: Input{SigmaData: 0.5}}
}

// Validate implements Options.
func (o *Hybrid) Validate() error { return nil }

// New implements Options.
func (o *Hybrid) New(p diffusion.Process, rows data.Layout) (Objective, error) {
	q, err := o.parameterization(o.Prediction.Kind, p)
	if err != nil {
		return nil, err
	}
	h := &diffusion.Hybrid{}
	if err := diffusion.CheckWeight(h, q, p); err != nil {
		return nil, err
	}
	return hybrid{weights: h, q: q, process: p, dim: rows.Dim}, nil
}

type hybrid struct {
	weights *diffusion.Hybrid
	q       diffusion.Parameterization
	process diffusion.Process
	dim     int
}

// hybridInputs are the numbers per row that the loss reads besides the weight, in the order of HybridRow.
var hybridInputs = [...]string{"bound_weight", "log_variance_min", "log_variance_max", "posterior_variance", "mean_scale", "constant"}

func (h hybrid) Parameterization() diffusion.Parameterization { return h.q }

func (h hybrid) Outputs() int { return 2 * h.dim }

func (h hybrid) Loss(b *ops.Builder, output *ops.Node) *ops.Node {
	l := ops.LearnedRange{Prediction: output, Target: b.Input("target", h.dim), Weight: b.RowInput("weight")}
	inputs := []**ops.Node{&l.BoundWeight, &l.LogVarianceMin, &l.LogVarianceMax, &l.PosteriorVariance, &l.MeanScale, &l.Constant}
	for i, node := range inputs {
		*node = b.RowInput(hybridInputs[i])
	}
	return b.LearnedRange("loss", l)
}

func (h hybrid) Fill(in Inputs, b *Batch, first, lo, hi int) {
	fillTarget(h.q, h.process, in, b, first, lo, hi)
	var inputs [len(hybridInputs)][]float32
	for i, name := range hybridInputs {
		inputs[i] = in.Float(name)
	}
	weight := in.Float("weight")
	for r := lo; r < hi; r++ {
		share, at := b.share(first+r), b.Times[first+r]
		weight[r] = float32(share * h.weights.Weight(h.q, h.process, at))
		var row [len(hybridInputs)]float64
		row[0], row[1], row[2], row[3], row[4], row[5] = h.weights.HybridRow(h.q, h.process, at)
		row[0] *= share
		for i := range inputs {
			inputs[i][r] = float32(row[i])
		}
	}
}

func (h hybrid) Warnings() []string {
	return warnings(diffusion.WeightWarning(h.weights, h.q, h.process))
}

func (h hybrid) CheckTimesteps(o diffusion.TimestepOptions) error {
	return diffusion.CheckTimesteps(o, h.weights)
}

func (hybrid) LearnsVariance() bool { return true }

func (h hybrid) Denoiser(n Net) diffusion.Denoiser { return &varianceDenoiser{net: n, dim: h.dim} }

// varianceDenoiser reads a net whose rows of outputs are a prediction and the numbers v of a variance.
type varianceDenoiser struct {
	net             Net
	dim             int
	output, tangent []float32 // [rows, 2·dim]
}

// Predict implements diffusion.Denoiser.
func (d *varianceDenoiser) Predict(dst, x []float32, t float64) {
	d.run(x, t)
	d.half(dst, d.output, 0)
}

// PredictVariance implements diffusion.VariancePredictor.
func (d *varianceDenoiser) PredictVariance(dst, v, x []float32, t float64) {
	d.run(x, t)
	d.half(dst, d.output, 0)
	d.half(v, d.output, d.dim)
}

// PredictTangent implements diffusion.Differentiable.
func (d *varianceDenoiser) PredictTangent(dst, tangent, x, v []float32, t float64) {
	n := 2 * len(x)
	d.output, d.tangent = slices.Grow(d.output[:0], n)[:n], slices.Grow(d.tangent[:0], n)[:n]
	d.net.Tangent(d.output, d.tangent, x, v, t)
	d.half(dst, d.output, 0)
	d.half(tangent, d.tangent, 0)
}

func (d *varianceDenoiser) run(x []float32, t float64) {
	n := 2 * len(x)
	d.output = slices.Grow(d.output[:0], n)[:n]
	d.net.Run(d.output, x, t)
}

// half copies the columns from … from+dim of outputs.
func (d *varianceDenoiser) half(dst, outputs []float32, from int) {
	for r := 0; r < len(dst); r += d.dim {
		copy(dst[r:r+d.dim], outputs[2*r+from:])
	}
}
