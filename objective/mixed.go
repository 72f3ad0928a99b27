package objective

import (
	"fmt"
	"math"

	"euryale/choice"
	"euryale/data"
	"euryale/diffusion"
	"euryale/kernel"
	"euryale/ops"
)

// Mixed denoises rows of numbers and categories under one Gaussian process ("score interpolation", Dieleman et al. 2022,
// "Continuous diffusion for categorical data"; Mueller et al. 2025, "Continuous diffusion for mixed-type tabular data").
// For each number the net predicts F of EDM's preconditioning; for each category it predicts logits, whose softmax
// is the denoised category. The loss of a row is the mean over its columns of
//
//	(F − target)²                                   for a number, 0 if it is missing
//	CategoryWeight · crossEntropy(logits, k)/H      for a category k
//
// where H = −Σ p ln p is the entropy of the column in the training rows: a net that knows only the shares p has an error of
// about 1 for either kind. The error of F weighs 1, which is the weight edm. Without categories the loss is that of denoise
// with the prediction F and the weight edm.
type Mixed struct {
	// CategoryWeight is the weight of a category relative to a number, from 1e-6 to 1e6.
	CategoryWeight float64 `yaml:"category_weight"`
	// SigmaData is σ_d, the standard deviation of an encoded number, from 1e-12 to 1e12. The input of the net is divided by
	// the root of α²σ_d² + σ².
	SigmaData float64 `yaml:"sigma_data"`
}

func defaultMixed() *Mixed { return &Mixed{CategoryWeight: 1, SigmaData: 0.5} }

const (
	// leastEntropy keeps the weight of a category that is nearly always the same from growing without bound.
	leastEntropy = 1e-3
	// leastShare bounds the initial logits of categories that the training rows do not have.
	leastShare = 1e-9
)

// Validate implements Options.
func (o *Mixed) Validate() error {
	const least, most = 1e-6, 1e6
	if !(o.CategoryWeight >= least && o.CategoryWeight <= most) {
		return choice.Wrong("category_weight", "must be from %v to %v, got %v", least, most, o.CategoryWeight)
	}
	return nil
}

// New implements Options.
func (o *Mixed) New(p diffusion.Process, rows data.Layout) (Objective, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if rows.Numbers == 0 && len(rows.Groups) == 0 {
		return nil, choice.Wrong("", "must not be mixed: the rows of the data have no columns that could be learned")
	}
	q, err := diffusion.NewParameterization(diffusion.X0, true, o.SigmaData)
	if err != nil {
		return nil, err
	}
	if err := q.Check(p); err != nil {
		return nil, err
	}
	numbers := q
	numbers.Prediction = diffusion.Preconditioned
	m := &mixed{q: q, numbers: numbers, process: p, rows: rows, outputs: rows.Numbers}
	for _, group := range rows.Missing {
		m.canMiss = m.canMiss || group >= 0
	}
	for _, g := range rows.Groups {
		k := len(g.Shares)
		m.logits = append(m.logits, kernel.Group{First: m.outputs, Width: k})
		m.categories = append(m.categories, k)
		m.factors = append(m.factors, o.CategoryWeight/max(entropy(g.Shares), leastEntropy))
		m.outputs += k
	}
	return m, nil
}

// entropy is −Σ p ln p.
func entropy(shares []float64) float64 {
	h := 0.0
	for _, p := range shares {
		if p > 0 {
			h -= p * math.Log(p)
		}
	}
	return h
}

type mixed struct {
	q          diffusion.Parameterization // of the denoiser: the data
	numbers    diffusion.Parameterization // of the outputs of numbers: F
	process    diffusion.Process
	rows       data.Layout
	outputs    int            // numbers, then the logits of each group
	logits     []kernel.Group // the outputs of each group
	categories []int          // of each group
	factors    []float64      // of each group's cross-entropy
	canMiss    bool           // whether a number can be missing
}

func (m *mixed) Parameterization() diffusion.Parameterization { return m.q }

func (m *mixed) Outputs() int { return m.outputs }

// OutputBias implements Biased: 0 for numbers, ln p for categories.
func (m *mixed) OutputBias() []float32 {
	bias := make([]float32, m.rows.Numbers, m.outputs)
	for _, g := range m.rows.Groups {
		for _, p := range g.Shares {
			bias = append(bias, float32(math.Log(max(p, leastShare))))
		}
	}
	return bias
}

// The names of what the loss reads.
const (
	inputTarget       = "target"        // [numbers]
	inputNumberWeight = "number_weight" // [numbers], if a number can be missing
	inputCategories   = "categories"    // [groups]
	inputWeight       = "weight"
)

func (m *mixed) Loss(b *ops.Builder, output *ops.Node) *ops.Node {
	loss := ops.MixedError{Prediction: output, Weight: b.RowInput(inputWeight), Categories: m.categories, Factors: m.factors}
	if n := m.rows.Numbers; n > 0 {
		loss.Target = b.Input(inputTarget, n)
		if m.canMiss {
			loss.NumberWeight = b.Input(inputNumberWeight, n)
		}
	}
	if groups := len(m.logits); groups > 0 {
		loss.Index = b.IndexInput(inputCategories, groups)
	}
	return b.MixedError("loss", loss)
}

func (m *mixed) Fill(in Inputs, b *Batch, first, lo, hi int) {
	n, groups := m.rows.Numbers, len(m.logits)
	weight := in.Float(inputWeight)
	for r := lo; r < hi; r++ {
		weight[r] = float32(float64(b.Importance[first+r]) / (float64(len(b.Times)) * float64(n+groups)))
	}
	if n > 0 {
		target := in.Float(inputTarget)
		for r := lo; r < hi; r++ {
			c, d := m.numbers.Coefficients(m.process.Marginal(b.Times[first+r]))
			from := (first + r) * b.Dim
			kernel.Combine2(target[r*n:(r+1)*n], float32(c), b.X0[from:from+n], float32(d), b.Eps[from:from+n])
		}
	}
	if groups == 0 {
		return
	}
	codes := b.Codes[(first+lo)*groups : (first+hi)*groups]
	copy(in.Index(inputCategories)[lo*groups:hi*groups], codes)
	if !m.canMiss {
		return
	}
	present := in.Float(inputNumberWeight)[lo*n : hi*n]
	for r := range hi - lo {
		for j, group := range m.rows.Missing {
			present[r*n+j] = 1
			if group >= 0 && codes[r*groups+group] == 1 {
				present[r*n+j] = 0
			}
		}
	}
}

func (*mixed) Warnings() []string { return nil }

// CheckTimesteps implements Objective: times of any distribution train it, since the weights are part of the loss.
func (*mixed) CheckTimesteps(diffusion.TimestepOptions) error { return nil }

func (*mixed) LearnsVariance() bool { return false }

// ExactLikelihood implements Likely.
func (m *mixed) ExactLikelihood() error {
	if n := len(m.rows.Groups); n > 0 {
		return fmt.Errorf("the objective mixed gives these rows no exact likelihood: %d of their columns are categories or marks of "+
			"missing numbers, which have no density; rows of numbers alone have one", n)
	}
	return nil
}
