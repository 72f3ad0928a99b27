package train

import (
	"fmt"

	"euryale/configs"
	"euryale/diffusion"
	"euryale/graph"
)

// objective is what a net is trained to do.
type objective interface {
	// loss puts the head on a graph: a scalar, the mean over the batch and its coordinates.
	loss(b *graph.Builder, output *graph.Node, dim int) *graph.Node
	// prepare fills what the head reads, in the program's rows lo … hi, from the batch's rows first+lo … first+hi.
	prepare(t *Trainer, first, lo, hi int)
	// warning says what will go wrong, or "".
	warning() string
}

func newObjective(config *configs.Config, process diffusion.Process) (objective, error) {
	if config.Net.Name == "classifier" {
		return classification{}, nil
	}
	loss, err := diffusion.NewLoss(config.Diffusion, process)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if loss.Hybrid() {
		return hybrid{loss}, nil
	}
	d := denoising{weight: loss, distance: graph.Squared()}
	switch c := config.Diffusion.Loss; c.Distance {
	case "absolute":
		d.distance = graph.Absolute()
	case "huber":
		d.distance = graph.Huber(c.HuberDelta)
	}
	return d, nil
}

// denoising is the weighted error of a prediction.
type denoising struct {
	weight   *diffusion.Loss
	distance graph.Distance
}

func (d denoising) loss(b *graph.Builder, output *graph.Node, dim int) *graph.Node {
	return b.WeightedError("loss", d.distance, output, b.Input("target", dim), b.RowInput("weight"))
}

func (d denoising) prepare(t *Trainer, first, lo, hi int) {
	t.fillTarget(first, lo, hi)
	weight := t.program.Float("weight")[lo:hi]
	for r := range weight {
		weight[r] = float32(t.share(first+lo+r) * d.weight.Weight(t.times[first+lo+r]))
	}
}

func (d denoising) warning() string { return d.weight.Warning() }

// fillTarget fills what a denoiser shall predict.
func (t *Trainer) fillTarget(first, lo, hi int) {
	dim := t.dataset.Dim
	from, to := first+lo, first+hi
	t.parameterisation.Target(t.process, t.program.Float("target")[lo*dim:hi*dim], t.x0[from*dim:to*dim], t.eps[from*dim:to*dim], t.times[from:to], dim)
}

// share is the weight of a row's summed error in the mean over the batch and its coordinates.
func (t *Trainer) share(row int) float64 {
	return float64(t.importance[row]) / (float64(len(t.rows)) * float64(t.dataset.Dim))
}

// hybrid is the loss of Nichol and Dhariwal (2021): the simple one, and the bound for the variance.
type hybrid struct{ weights *diffusion.Loss }

// hybridInputs are the rows' numbers that the head reads beside their weight, in the order of Loss.HybridRow.
var hybridInputs = [...]string{"bound_weight", "log_variance_min", "log_variance_max", "posterior_variance", "mean_scale", "constant"}

func (h hybrid) loss(b *graph.Builder, output *graph.Node, dim int) *graph.Node {
	l := graph.LearnedRange{Prediction: output, Target: b.Input("target", dim), Weight: b.RowInput("weight")}
	for i, node := range []**graph.Node{&l.BoundWeight, &l.LogVarianceMin, &l.LogVarianceMax, &l.PosteriorVariance, &l.MeanScale, &l.Constant} {
		*node = b.RowInput(hybridInputs[i])
	}
	return b.LearnedRange("loss", l)
}

func (h hybrid) warning() string { return h.weights.Warning() }

func (h hybrid) prepare(t *Trainer, first, lo, hi int) {
	t.fillTarget(first, lo, hi)
	var inputs [len(hybridInputs)][]float32
	for i, name := range hybridInputs {
		inputs[i] = t.program.Float(name)
	}
	weight := t.program.Float("weight")
	for r := lo; r < hi; r++ {
		share, at := t.share(first+r), t.times[first+r]
		weight[r] = float32(share * h.weights.Weight(at))
		var row [len(hybridInputs)]float64
		row[0], row[1], row[2], row[3], row[4], row[5] = h.weights.HybridRow(at)
		row[0] *= share
		for i := range inputs {
			inputs[i][r] = float32(row[i])
		}
	}
}

// classification is the cross-entropy of a classifier of noisy data (Dhariwal and Nichol 2021, "Diffusion models beat
// GANs on image synthesis", section 4).
type classification struct{}

func (classification) loss(b *graph.Builder, output *graph.Node, _ int) *graph.Node {
	return b.CrossEntropy("loss", output, b.IndexInput("class"), b.RowInput("weight"))
}

func (classification) warning() string { return "" }

func (classification) prepare(t *Trainer, first, lo, hi int) {
	copy(t.program.Index("class")[lo:hi], t.classes[first+lo:first+hi])
	weight := t.program.Float("weight")[lo:hi]
	for r := range weight {
		weight[r] = t.importance[first+lo+r] / float32(len(t.rows))
	}
}
