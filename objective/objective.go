// Package objective is what a net is trained to do: the outputs it has, the loss at the end of its graph, the numbers
// that the loss reads, and how the trained net is read afterwards.
//
//   - denoise.go predicts the noise or the data behind x_t; distance.go has its distances.
//   - hybrid.go also learns the variance of a chain's reverse step.
//   - mixed.go denoises rows of numbers and categories; mixed_denoiser.go reads its nets.
//   - multinomial.go does so for categories that a chain replaces at random.
//   - classify.go tells the classes of noisy data apart, to guide a denoiser.
//
// Each is a kind with a section. No other package switches on the kind: it tests only whether an Objective is Denoising or
// Classifying.
//
// Start reading at Objective, then denoise.go. An objective is added in one new file and one line in Objectives.
package objective

import (
	"euryale/choice"
	"euryale/data"
	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/ops"
)

// Options are an objective's section of the configuration.
type Options interface {
	Validate() error
	// New makes the objective for a process and encoded rows. Its error is a *choice.FieldError where a key of the section
	// does not go with them.
	New(p diffusion.Process, rows data.Layout) (Objective, error)
}

// Objectives lists them.
func Objectives() choice.Set[Options] {
	return choice.Set[Options]{
		{Name: "denoise", Summary: "predict the noise or the data behind x_t (Ho et al. 2020)",
			New: func() Options { return defaultDenoise() }},
		{Name: "hybrid", Summary: "denoise, and learn the variance of a chain's reverse step by the bound (Nichol and Dhariwal 2021)",
			New: func() Options { return defaultHybrid() }},
		{Name: "mixed", Summary: "denoise numbers and categories of tables: F, and the softmax of logits (Mueller et al. 2025)",
			New: func() Options { return defaultMixed() }},
		{Name: "multinomial", Summary: "denoise numbers, and categories that a chain replaces at random (Kotelnikov et al. 2023, TabDDPM)",
			New: func() Options { return defaultMultinomial() }},
		{Name: "classify", Summary: "tell the classes of noisy data apart, to guide a denoiser (Dhariwal and Nichol 2021)",
			New: func() Options { return defaultClassify() }},
	}
}

// Objective is what a net is trained to do.
type Objective interface {
	// Parameterization describes the input of the net, and what its output means.
	Parameterization() diffusion.Parameterization
	// Outputs is the number of outputs of a net per row.
	Outputs() int
	// Loss ends the graph of a net: a scalar, the mean over the batch.
	Loss(b *ops.Builder, output *ops.Node) *ops.Node
	// Fill computes what the loss reads, in the program's rows lo … hi, from the batch's rows first+lo … first+hi.
	// Goroutines may fill different rows at once.
	Fill(in Inputs, b *Batch, first, lo, hi int)
	// Warnings list what will go wrong in training.
	Warnings() []string
	// CheckTimesteps reports why the loss cannot be trained with these timesteps.
	CheckTimesteps(o diffusion.TimestepOptions) error
}

// Weighted is an objective whose loss weights a row's error by its time alone.
type Weighted interface {
	Objective
	// Weight is the weight of the error of a row at t; where it is 0, the net is not trained at all.
	Weight(t float64) float64
}

// Denoising is an objective whose nets draw samples.
type Denoising interface {
	Objective
	// Denoiser reads a trained net.
	Denoiser(n Net) diffusion.Denoiser
	// LearnsVariance reports whether the denoiser is a diffusion.VariancePredictor.
	LearnsVariance() bool
}

// Biased is an objective whose net may start with outputs that are better than 0.
type Biased interface {
	Objective
	// OutputBias is the bias of the net's last layer before training, one number per output.
	OutputBias() []float32
}

// Likely is an objective whose nets give some rows no exact likelihood.
type Likely interface {
	Objective
	// ExactLikelihood is the reason why the rows have none, or nil.
	ExactLikelihood() error
}

// Noiser is an objective that noises rows in another way than the process does.
type Noiser interface {
	Objective
	// Noise fills x [hi−lo, Dim], the input of the net, from the batch's rows first+lo … first+hi. Goroutines may noise
	// different rows at once.
	Noise(x []float32, b *Batch, first, lo, hi int)
}

// Stepper is an objective whose rows only a solver of its own draws.
type Stepper interface {
	Objective
	// Solver returns that solver for what a configuration chooses. Its error is a *choice.FieldError.
	Solver(chosen solver.Options) (solver.Solver, error)
}

// Classifying is an objective whose nets tell noisy data apart.
type Classifying interface {
	Objective
	// Classifier reads a trained net.
	Classifier(n Net) *Classifier
}

// Inputs is the memory of what a loss reads, by name: a graph.Program.
type Inputs interface {
	Float(name string) []float32
	Index(name string) []int32
}

// Batch is one training batch, from which every loss fills its inputs.
type Batch struct {
	Dim        int
	X0, Eps    []float32 // [rows, Dim]
	Times      []float64 // [rows], of the process
	Importance []float32 // [rows], the weight of a row for how rarely its time is drawn
	Classes    []int32   // [rows]; nil without labels
	Codes      []int32   // [rows, groups], the categories of mixed rows; nil without groups
}

// share is the weight of a row's summed error in the mean over the batch and its coordinates.
func (b *Batch) share(row int) float64 {
	return float64(b.Importance[row]) / (float64(len(b.Times)) * float64(b.Dim))
}

// Net is a trained net whose condition besides the time is set, for one goroutine. Times are those of the process.
type Net interface {
	// Run fills dst [rows, outputs] for x [rows, dim].
	Run(dst, x []float32, t float64)
	// Tangent is Run, and fills tangent with J·v.
	Tangent(dst, tangent, x, v []float32, t float64)
	// Gradient fills dst [rows, dim] with vᵀ·J, where cotangent fills v from the outputs, both [rows, outputs].
	Gradient(dst, x []float32, t float64, cotangent func(first int, v, output []float32))
}

// Input is how x enters the net. Every objective has these keys.
type Input struct {
	// ScaleInput divides the input of the net by its standard deviation, the root of α²σ_d² + σ².
	ScaleInput bool `yaml:"scale_input"`
	// SigmaData is σ_d, the standard deviation of a coordinate of the data, from 1e-12 to 1e12. It has an effect only with
	// ScaleInput, the prediction F or the weight edm.
	SigmaData float64 `yaml:"sigma_data" was:"data_deviation"`
}

// parameterization wraps a net for a process.
func (i Input) parameterization(prediction diffusion.Prediction, p diffusion.Process) (diffusion.Parameterization, error) {
	q, err := diffusion.NewParameterization(prediction, i.ScaleInput, i.SigmaData)
	if err != nil {
		return q, err
	}
	return q, q.Check(p)
}
