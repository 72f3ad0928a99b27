package objective

import (
	"errors"
	"math"

	"euryale/choice"
	"euryale/data"
	"euryale/diffusion"
	"euryale/diffusion/multinomial"
	"euryale/diffusion/solver"
	"euryale/kernel"
	"euryale/ops"
)

// Multinomial denoises numbers by a Gaussian chain and categories by a multinomial one, which replaces a category by any of
// the K at random (Hoogeboom et al. 2021, "Argmax flows and multinomial diffusion"; Kotelnikov et al. 2023, "TabDDPM"):
//
//	x_t = α x_0/σ_d + σ ε                        for numbers
//	q(x_t | x_0) = Cat(α² x_0 + (1−α²)/K)        for a category
//
// The net reads the numbers and the categories, one-hot. (TabDDPM gives it the logarithms of one-hot vectors, 0 and ln 1e-30.
// They are the same up to a linear function, but inputs of −69 are hard to learn from: on 20,000 diamonds the loss after
// 3,000 steps is 1.91 with them and 1.83 with ones.) It predicts ε, and logits whose softmax x̂_0 is the distribution of the
// category. The loss of a row that was noised to a time t of T is
//
//	mean (ε̂ − ε)² over its numbers  +  mean (T·L_t + L_T) over its categories
//
// with L_t = KL(q(x_{t−1} | x_t, x_0) ‖ q(x_{t−1} | x_t, x̂_0)), which is −ln of the last step's probability of x_0 at t = 0,
// and the prior term L_T, a constant. T·L_t at a time drawn uniformly estimates the variational bound.
//
// It has a solver of its own, which steps beside ancestral.
type Multinomial struct {
	// SigmaData is σ_d, the standard deviation of an encoded number, by which numbers are divided, from 0.001 to 1000.
	SigmaData float64 `yaml:"sigma_data"`
}

func defaultMultinomial() *Multinomial { return &Multinomial{SigmaData: 0.5} }

// Validate implements Options.
func (o *Multinomial) Validate() error {
	const least, most = 1e-3, 1e3
	if !(o.SigmaData >= least && o.SigmaData <= most) {
		return choice.Wrong("sigma_data", "must be from %v to %v, got %v", least, most, o.SigmaData)
	}
	return nil
}

// New implements Options.
func (o *Multinomial) New(p diffusion.Process, rows data.Layout) (Objective, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	q, err := diffusion.NewParameterization(diffusion.Epsilon, false, o.SigmaData)
	if err != nil {
		return nil, err
	}
	if chain, ok := p.(*diffusion.Chain); !ok || !chain.Preserving() {
		return nil, choice.Wrong("", "must not be multinomial with this process: it replaces categories in the steps of the process ddpm; "+
			"the objective mixed goes with every process")
	}
	if err := q.Check(p); err != nil {
		return nil, err
	}
	m := &multinomialRows{q: q, process: p, rows: rows}
	for _, g := range rows.Groups {
		if g.Codes != nil {
			return nil, choice.Wrong("", "must not be multinomial with categories that have codes, as a column of %d has: it needs them "+
				"one-hot; raise the limit of the encoding, or use the objective mixed", len(g.Shares))
		}
		m.groups = append(m.groups, multinomial.Group{First: g.First, Categories: g.Width})
		m.categories = append(m.categories, g.Width)
		m.constant += multinomial.PriorKL(p, g.Width) / float64(len(rows.Groups))
	}
	return m, nil
}

type multinomialRows struct {
	q          diffusion.Parameterization
	process    diffusion.Process
	rows       data.Layout
	groups     []multinomial.Group
	categories []int   // of each group
	constant   float64 // mean of L_T over the groups
}

func (m *multinomialRows) Parameterization() diffusion.Parameterization { return m.q }

// Outputs implements Objective: ε of the numbers, and the logits of the categories.
func (m *multinomialRows) Outputs() int { return m.rows.Dim }

// The names of what the loss reads besides those of mixed.
const (
	inputNoisy = "noisy_categories" // [groups]
	inputChain = "chain"            // [4]
)

func (m *multinomialRows) Loss(b *ops.Builder, output *ops.Node) *ops.Node {
	n, groups := m.rows.Numbers, len(m.groups)
	if groups == 0 {
		return b.WeightedError("loss", ops.Squared(), output, b.Input(inputTarget, n), b.RowInput(inputWeight))
	}
	loss := ops.MultinomialError{
		Prediction: output, Clean: b.IndexInput(inputCategories, groups), Noisy: b.IndexInput(inputNoisy, groups),
		Chain: b.Input(inputChain, 4), Weight: b.RowInput(inputWeight), Categories: m.categories,
		CategoryWeight: float64(m.process.Steps()) / float64(groups), Constant: m.constant,
	}
	if n > 0 {
		loss.Target, loss.NumberWeight = b.Input(inputTarget, n), 1/float64(n)
	}
	return b.MultinomialError("loss", loss)
}

// Noise implements Noiser.
func (m *multinomialRows) Noise(x []float32, b *Batch, first, lo, hi int) {
	dim, n := m.rows.Dim, m.rows.Numbers
	for r := range hi - lo {
		row := first + lo + r
		alpha, sigma := m.process.Marginal(b.Times[row])
		x0, eps, x := b.X0[row*dim:(row+1)*dim], b.Eps[row*dim:(row+1)*dim], x[r*dim:(r+1)*dim]
		kernel.Combine2(x[:n], float32(alpha/m.q.SigmaData), x0[:n], float32(sigma), eps[:n])
		for i, g := range m.groups {
			multinomial.OneHot(x[g.First:g.First+g.Categories], m.noisy(b, row, i, sigma))
		}
	}
}

// noisy is x_t of a group of a row at σ, drawn by the first of the group's normal numbers.
func (m *multinomialRows) noisy(b *Batch, row, group int, sigma float64) int {
	g := m.groups[group]
	x0 := int(b.Codes[row*len(m.groups)+group])
	return multinomial.Noisy(x0, g.Categories, sigma*sigma, b.Eps[row*m.rows.Dim+g.First])
}

func (m *multinomialRows) Fill(in Inputs, b *Batch, first, lo, hi int) {
	n, groups := m.rows.Numbers, len(m.groups)
	weight, scale := in.Float(inputWeight), 1/float64(len(b.Times))
	if groups == 0 {
		scale /= float64(n)
	}
	for r := lo; r < hi; r++ {
		weight[r] = float32(float64(b.Importance[first+r]) * scale)
	}
	if n > 0 {
		target := in.Float(inputTarget)
		for r := lo; r < hi; r++ {
			copy(target[r*n:(r+1)*n], b.Eps[(first+r)*b.Dim:])
		}
	}
	if groups == 0 {
		return
	}
	copy(in.Index(inputCategories)[lo*groups:hi*groups], b.Codes[(first+lo)*groups:(first+hi)*groups])
	noisy, chain := in.Index(inputNoisy), in.Float(inputChain)
	for r := lo; r < hi; r++ {
		t := b.Times[first+r]
		_, sigma := m.process.Marginal(t)
		for i := range groups {
			noisy[r*groups+i] = int32(m.noisy(b, first+r, i, sigma))
		}
		step := multinomial.StepOf(m.process, t, t-1)
		for i, v := range [4]float64{step.Keep, step.Mix, step.Stay, step.Move} {
			chain[4*r+i] = float32(math.Exp(v))
		}
	}
}

func (*multinomialRows) Warnings() []string { return nil }

// CheckTimesteps implements Objective: times of any distribution train it, since rare ones weigh more.
func (*multinomialRows) CheckTimesteps(diffusion.TimestepOptions) error { return nil }

func (*multinomialRows) LearnsVariance() bool { return false }

// ExactLikelihood implements Likely.
func (m *multinomialRows) ExactLikelihood() error {
	return errors.New("the objective multinomial has no exact likelihood: its chain is not a flow; the objective mixed gives one to " +
		"rows of numbers alone")
}

// Solver implements Stepper.
func (m *multinomialRows) Solver(chosen solver.Options) (solver.Solver, error) {
	const because = "with the objective multinomial"
	variance := solver.VarianceOf(chosen.Solver.Kind)
	switch {
	case chosen.Solver.Name() != "ancestral":
		return nil, choice.Wrong("solver", "must be ancestral %s, whose categories are drawn in the steps of its chain, got %q; the "+
			"objective mixed goes with every solver", because, chosen.Solver.Name())
	case variance == solver.VarianceLearned:
		return nil, choice.Wrong("solver.variance", "must be beta or beta_tilde %s, got learned", because)
	case chosen.Rescale != solver.RescaleNone:
		return nil, choice.Wrong("rescale", "must be none %s, since categories have no scale, got %s", because, chosen.Rescale)
	case chosen.Start != solver.StartPrior:
		return nil, choice.Wrong("start", "must be prior %s, whose categories are not noised like numbers, got %s", because, chosen.Start)
	}
	return &solver.Multinomial{Variance: variance, SigmaData: m.q.SigmaData, Numbers: m.rows.Numbers, Groups: m.groups}, nil
}

// Denoiser implements Denoising: it predicts ε and logits for rows of numbers, in the units of the data, and one-hot
// categories.
func (m *multinomialRows) Denoiser(n Net) diffusion.Denoiser {
	return &multinomialDenoiser{rows: m, net: n}
}

type multinomialDenoiser struct {
	rows  *multinomialRows
	net   Net
	input []float32 // [rows, dim]
}

// Predict implements diffusion.Denoiser.
func (d *multinomialDenoiser) Predict(dst, x []float32, t float64) {
	d.input = append(d.input[:0], x...)
	dim, n, scale := d.rows.rows.Dim, d.rows.rows.Numbers, float32(1/d.rows.q.SigmaData)
	for row := 0; row < len(x); row += dim {
		numbers := d.input[row : row+n]
		for j := range numbers {
			numbers[j] *= scale
		}
	}
	d.net.Run(dst, d.input, t)
}
