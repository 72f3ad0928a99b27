package objective

import (
	"math"

	"euryale/choice"
	"euryale/data"
	"euryale/diffusion"
	"euryale/ops"
)

// Classify minimizes the cross-entropy of the classes of noisy data (Dhariwal and Nichol 2021, "Diffusion models beat
// GANs on image synthesis", section 4). The net has one logit per class.
type Classify struct {
	Input `yaml:",inline"`
}

func defaultClassify() *Classify { return &Classify{Input: Input{SigmaData: 0.5}} }

// Validate implements Options.
func (o *Classify) Validate() error { return nil }

// New implements Options.
func (o *Classify) New(_ diffusion.Process, rows data.Layout) (Objective, error) {
	// A classifier predicts no noise: only how it is given x counts.
	q, err := diffusion.NewParameterization(diffusion.Velocity, o.ScaleInput, o.SigmaData)
	if err != nil {
		return nil, err
	}
	if rows.Classes == 0 {
		return nil, choice.Wrong("", "must not be classify: the rows of the data have no labels")
	}
	return classify{q: q, classes: rows.Classes}, nil
}

type classify struct {
	q       diffusion.Parameterization
	classes int
}

func (c classify) Parameterization() diffusion.Parameterization { return c.q }

func (c classify) Outputs() int { return c.classes }

func (classify) Loss(b *ops.Builder, output *ops.Node) *ops.Node {
	return b.CrossEntropy("loss", output, b.IndexInput("class"), b.RowInput("weight"))
}

func (classify) Fill(in Inputs, b *Batch, first, lo, hi int) {
	copy(in.Index("class")[lo:hi], b.Classes[first+lo:first+hi])
	weight := in.Float("weight")[lo:hi]
	for r := range weight {
		weight[r] = b.Importance[first+lo+r] / float32(len(b.Times))
	}
}

func (classify) Warnings() []string { return nil }

func (classify) CheckTimesteps(diffusion.TimestepOptions) error { return nil }

func (c classify) Classifier(n Net) *Classifier {
	by := &Classifier{net: n, classes: c.classes}
	by.cotangent = by.onehotLessSoftmax
	return by
}

// Classifier is a trained classifier of noisy data, for one goroutine. Its inputs are those of the net.
type Classifier struct {
	net       Net
	classes   int
	label     int
	cotangent func(first int, v, output []float32) // kept, so that a call allocates nothing
}

// LogProbabilities fills dst [rows, classes] with ln p(class | x, t).
func (c *Classifier) LogProbabilities(dst, x []float32, t float64) {
	c.net.Run(dst, x, t)
	for r := 0; r < len(dst); r += c.classes {
		row := dst[r : r+c.classes]
		normalizer := ops.LogSumExp(row)
		for j, v := range row {
			row[j] = float32(float64(v) - normalizer)
		}
	}
}

// Gradient fills dst [rows, dim] with the gradient of ln p(label | x, t) by x, row by row.
func (c *Classifier) Gradient(dst, x []float32, t float64, label int) {
	c.label = label
	c.net.Gradient(dst, x, t, c.cotangent)
}

// onehotLessSoftmax is the gradient of the label's log-probability by the logits.
func (c *Classifier) onehotLessSoftmax(_ int, v, output []float32) {
	for r := 0; r < len(output); r += c.classes {
		row, d := output[r:r+c.classes], v[r:r+c.classes]
		normalizer := ops.LogSumExp(row)
		logProbability := float64(row[c.label]) - normalizer
		for j, logit := range row {
			d[j] = float32(-math.Exp(float64(logit) - normalizer))
		}
		d[c.label] = float32(-math.Expm1(logProbability)) // 1 − p, where p is nearly 1 too
	}
}
