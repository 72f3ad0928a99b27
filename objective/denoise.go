package objective

import (
	"euryale/choice"
	"euryale/data"
	"euryale/diffusion"
	"euryale/ops"
)

// Denoise minimizes the weighted error of a prediction,
//
//	mean over rows r and coordinates j of  w(t_r) · distance(prediction − target)
//
// with the target of a row that was noised to x_t = α x_0 + σ ε.
type Denoise struct {
	// Prediction is what the net's output means: eps, x0, v, u, score or F.
	Prediction choice.One[diffusion.Prediction] `yaml:"prediction"`
	// Weight is w, the weight of a row's error as a function of its time t.
	Weight choice.One[diffusion.Weight] `yaml:"weight"`
	// Distance between prediction and target: squared, absolute or huber.
	Distance choice.One[Distance] `yaml:"distance"`
	Input    `yaml:",inline"`
}

func defaultDenoise() *Denoise {
	return &Denoise{
		Prediction: diffusion.Predictions().Choose("eps"), Weight: diffusion.Weights().Choose("simple"),
		Distance: Distances().Choose("squared"), Input: Input{SigmaData: 0.5},
	}
}

// Validate implements Options.
func (o *Denoise) Validate() error {
	if d := o.Distance.Kind; d != nil && d.Head() != ops.Squared() && diffusion.SquaredOnly(o.Weight.Kind) {
		return choice.Wrong("distance", "must be squared with the weight %s, which is defined for squared errors, got %q",
			o.Weight.Name(), o.Distance.Name())
	}
	return nil
}

// New implements Options.
func (o *Denoise) New(p diffusion.Process, rows data.Layout) (Objective, error) {
	q, err := o.parameterization(o.Prediction.Kind, p)
	if err != nil {
		return nil, err
	}
	switch {
	case o.Weight.Kind == nil:
		return nil, choice.Wrong("weight", "must be chosen")
	case o.Distance.Kind == nil:
		return nil, choice.Wrong("distance", "must be chosen")
	}
	if err := diffusion.CheckWeight(o.Weight.Kind, q, p); err != nil {
		return nil, err
	}
	return denoise{q: q, weight: o.Weight.Kind, distance: o.Distance.Kind, process: p, dim: rows.Dim}, nil
}

type denoise struct {
	q        diffusion.Parameterization
	weight   diffusion.Weight
	distance Distance
	process  diffusion.Process
	dim      int
}

func (d denoise) Parameterization() diffusion.Parameterization { return d.q }

func (d denoise) Outputs() int { return d.dim }

func (d denoise) Loss(b *ops.Builder, output *ops.Node) *ops.Node {
	return b.WeightedError("loss", d.distance.Head(), output, b.Input("target", d.dim), b.RowInput("weight"))
}

func (d denoise) Fill(in Inputs, b *Batch, first, lo, hi int) {
	fillTarget(d.q, d.process, in, b, first, lo, hi)
	weight := in.Float("weight")[lo:hi]
	for r := range weight {
		weight[r] = float32(b.share(first+lo+r) * d.weight.Weight(d.q, d.process, b.Times[first+lo+r]))
	}
}

// fillTarget fills what a denoiser is to predict.
func fillTarget(q diffusion.Parameterization, p diffusion.Process, in Inputs, b *Batch, first, lo, hi int) {
	dim, from, to := b.Dim, first+lo, first+hi
	q.Target(p, in.Float("target")[lo*dim:hi*dim], b.X0[from*dim:to*dim], b.Eps[from*dim:to*dim], b.Times[from:to], dim)
}

// Weight implements Weighted.
func (d denoise) Weight(t float64) float64 { return d.weight.Weight(d.q, d.process, t) }

func (d denoise) Warnings() []string {
	return warnings(diffusion.WeightWarning(d.weight, d.q, d.process))
}

func (d denoise) CheckTimesteps(o diffusion.TimestepOptions) error {
	return diffusion.CheckTimesteps(o, d.weight)
}

func (denoise) LearnsVariance() bool { return false }

func (denoise) Denoiser(n Net) diffusion.Denoiser { return denoiser{n} }

// denoiser is a net as package diffusion sees it.
type denoiser struct{ net Net }

// Predict implements diffusion.Denoiser.
func (d denoiser) Predict(dst, x []float32, t float64) { d.net.Run(dst, x, t) }

// PredictTangent implements diffusion.Differentiable.
func (d denoiser) PredictTangent(dst, tangent, x, v []float32, t float64) {
	d.net.Tangent(dst, tangent, x, v, t)
}

func warnings(w string) []string {
	if w == "" {
		return nil
	}
	return []string{w}
}
