package likelihood

import (
	"context"
	"fmt"
	"math"

	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/kernel"
	"euryale/rng"
)

// Bound is a variational upper bound on −log p(x_0), in nats per row, averaged over rows, by its terms. With the times
// t_0 > t_1 > … > t_{n−1}, where t_0 is the last of the process, and after them the data (a chain of T steps has
// T−1, …, 0):
type Bound struct {
	// Times are t_0 … t_{n−1}.
	Times []float64
	// Prior is L_T = KL(q(x_T | x_0) ‖ N(0, π² I)).
	Prior float64
	// Steps [n−1] are L_{t−1} = KL(q(x_{t−1} | x_t, x_0) ‖ p(x_{t−1} | x_t)): entry i is that of the step from
	// Times[i] to Times[i+1].
	Steps []float64
	// Decoder is L_0 = −log p(x_0 | x_1), the step from the last of Times to the data.
	Decoder float64
	// Rows are the totals of the rows.
	Rows []float64
}

// Total is the bound, in nats per row.
func (b Bound) Total() float64 {
	sum := b.Prior
	for _, v := range b.Steps {
		sum += v
	}
	return sum + b.Decoder
}

// NatsPerDimension is the bound divided by the number of coordinates.
func (b Bound) NatsPerDimension(dim int) float64 { return b.Total() / float64(dim) }

// BitsPerDimension is the same in bits. It is a code length if the decoder is discretized, and of a density otherwise.
func (b Bound) BitsPerDimension(dim int) float64 { return b.NatsPerDimension(dim) / math.Ln2 }

// BoundOptions chooses the reverse chain that the bound is of, and the noise.
type BoundOptions struct {
	// Variance of a reverse step, as in ancestral sampling: β_t ("fixed large"), β̃_t ("fixed small") or learned. In the
	// step to the data β̃ = 0, and that of the step before stands in for it (Nichol and Dhariwal 2021, section 3.1).
	Variance solver.Variance
	// Times of the reverse steps: decreasing, from the last of the process to its data. nil: all steps of a chain.
	// In continuous time they must be given. With fewer times than the chain has steps this is the bound of the
	// shorter chain.
	Times []float64
	// LastVariance is the variance of the step to the data in place of the one of Variance; 0: none. Endings finds a good one.
	LastVariance float64
	// ClipX0 bounds each coordinate of the predicted x_0; 0: no bound.
	ClipX0 float64
	// Samples is how many x_t are drawn per row and term; 0 means 1.
	Samples int
	// Seed of the noise, and the number of the first row of x0 among all: a row's noise is a function of the seed and its
	// number, by which errors name it, too.
	Seed, FirstRow uint64
}

// reverseStep is a step of the reverse chain, from a time to the next.
type reverseStep struct {
	t, alpha, sigma float64
	toData          bool
	diffusion.Posterior
	low, high float64 // the variances "fixed small" and "fixed large"
}

// VariationalBound estimates the bound of Ho et al. (2020), equation 5, on −log p of each row of x0 [rows, dim]:
//
//	L_T + Σ L_{t−1} + L_0
//
// The expectation over x_t ~ q(x_t | x_0) is over Samples draws; all else is exact. With q's mean μ̃ = a x_0 + b x_t and
// variance β̃, and the model's a x̂_0 + b x_t and s², a step costs per coordinate
//
//	½ (ln(s²/β̃) + β̃/s² − 1 + a² (x_0 − x̂_0)²/s²).
//
// It evaluates the network Samples times for all rows at each time, and checks ctx before each. The process may be any,
// and may lack all signal at its end.
func VariationalBound(ctx context.Context, model *diffusion.Model, x0 []float32, dim int, decoder Decoder, o BoundOptions) (Bound, error) {
	if err := checkRows(model, x0, dim); err != nil {
		return Bound{}, fmt.Errorf("variational bound: %w", err)
	}
	b, err := variationalBound(ctx, model, x0, dim, decoder, o)
	if err != nil {
		return Bound{}, fmt.Errorf("variational bound: %w", err)
	}
	return b, nil
}

func checkRows(model *diffusion.Model, x []float32, dim int) error {
	switch {
	case model == nil:
		return fmt.Errorf("it needs a model")
	case dim < 1 || len(x) == 0 || len(x)%dim != 0:
		return fmt.Errorf("the data must hold rows of %d numbers, at least one, got %d numbers", dim, len(x))
	}
	return nil
}

func variationalBound(ctx context.Context, model *diffusion.Model, x0 []float32, dim int, decoder Decoder, o BoundOptions) (Bound, error) {
	steps, err := o.prepare(model, x0, dim, decoder)
	if err != nil {
		return Bound{}, err
	}
	rows := len(x0) / dim
	samples := max(o.Samples, 1)
	b := Bound{Times: make([]float64, len(steps)), Steps: make([]float64, len(steps)-1), Rows: make([]float64, rows)}
	b.Prior = addPrior(b.Rows, model.Process(), x0, dim)
	xt, predicted, v := make([]float32, len(x0)), make([]float32, len(x0)), make([]float32, len(x0))
	stream := rng.NewStream(o.Seed, rng.Fresh)
	for i, step := range steps {
		term := 0.0
		for sample := range samples {
			if err := ctx.Err(); err != nil {
				return Bound{}, fmt.Errorf("stopped before t = %v: %w", step.t, err)
			}
			stream.Normal(xt, boundDraws+uint64(sample)*drawStride+uint64(i), o.FirstRow, dim)
			kernel.Combine2(xt, float32(step.alpha), x0, float32(step.sigma), xt)
			o.predict(model, predicted, v, xt, step.t)
			for r := range rows {
				lo, hi := r*dim, (r+1)*dim
				nats := step.cost(x0[lo:hi], predicted[lo:hi], v[lo:hi], decoder, o) / float64(samples)
				b.Rows[r] += nats
				term += nats
			}
		}
		b.Times[i] = step.t
		if term /= float64(rows); math.IsNaN(term) || math.IsInf(term, 0) {
			return Bound{}, fmt.Errorf("the term at t = %v is %v", step.t, term)
		}
		if step.toData {
			b.Decoder = term
		} else {
			b.Steps[i] = term
		}
	}
	return b, nil
}

// prepare checks everything and returns the steps of the reverse chain.
func (o *BoundOptions) prepare(model *diffusion.Model, x0 []float32, dim int, decoder Decoder) ([]reverseStep, error) {
	steps, err := reverseSteps(model.Process(), o.Times)
	if err != nil {
		return nil, err
	}
	return steps, o.check(model, x0, dim, decoder)
}

// check checks everything but the times.
func (o *BoundOptions) check(model *diffusion.Model, x0 []float32, dim int, decoder Decoder) error {
	switch {
	case o.Samples < 0:
		return fmt.Errorf("the number of samples must be at least 1, got %d", o.Samples)
	case !(o.ClipX0 >= 0 && o.ClipX0 <= math.MaxFloat32):
		return fmt.Errorf("the bound of x_0 must be at least 0, got %v", o.ClipX0)
	case !(o.LastVariance >= 0 && o.LastVariance <= math.MaxFloat32):
		return fmt.Errorf("the variance of the step to the data must be at least 0, got %v", o.LastVariance)
	case decoder == nil:
		return fmt.Errorf("it needs a decoder")
	}
	if err := o.Variance.CheckModel(model); err != nil {
		return err
	}
	for i, v := range x0 {
		if err := decoder.Check(float64(v)); err != nil {
			return fmt.Errorf("row %d, coordinate %d: %w", o.FirstRow+uint64(i/dim), i%dim, err)
		}
	}
	return nil
}

// reverseSteps checks times and returns the steps of the reverse chain over them.
func reverseSteps(p diffusion.Process, times []float64) ([]reverseStep, error) {
	data, _, last := p.Span()
	if times == nil {
		if !diffusion.Discrete(p) {
			return nil, fmt.Errorf("a process in continuous time has no steps: give the times of the reverse steps, from %v to %v",
				last, data)
		}
		for t := last; t >= 0; t-- {
			times = append(times, t)
		}
		times = append(times, data)
	}
	if err := (solver.Ancestral{}).Check(p, times); err != nil {
		return nil, err
	}
	if from, to := times[0], times[len(times)-1]; from != last || to != data {
		return nil, fmt.Errorf("the times of the reverse steps must go from %v, where the prior is, to %v, the data, got %v … %v",
			last, data, from, to)
	}
	if len(times) > drawStride {
		return nil, fmt.Errorf("at most %d times are possible, got %d", drawStride, len(times))
	}
	var steps []reverseStep
	for i, to := range times[1:] {
		s := newStep(p, times[i], to, data)
		switch {
		case s.toData && i > 0:
			s.low = steps[i-1].low
		case s.toData:
			s.low = s.high
		}
		steps = append(steps, s)
	}
	return steps, nil
}

func newStep(p diffusion.Process, t, to, data float64) reverseStep {
	s := reverseStep{t: t, toData: to == data, Posterior: diffusion.PosteriorOf(p, t, to)}
	s.alpha, s.sigma = p.Marginal(t)
	s.low, s.high = s.Variance, s.Beta
	return s
}

// predict fills predicted with x̂_0, not yet clipped, and v with the learned place of the variance, if it is learned.
func (o *BoundOptions) predict(model *diffusion.Model, predicted, v, xt []float32, t float64) {
	if o.Variance == solver.VarianceLearned {
		model.PredictVariance(predicted, v, xt, t, diffusion.X0)
	} else {
		model.X0(predicted, xt, t)
	}
}

// clipped is the x̂_0 of a prediction; of NaN: NaN.
func (o *BoundOptions) clipped(predicted float32) float64 {
	mean := float64(predicted)
	if o.ClipX0 > 0 {
		mean = min(max(mean, -o.ClipX0), o.ClipX0)
	}
	return mean
}

// cost is how much a step adds to the bound of a row, in nats.
func (s *reverseStep) cost(x0, predicted, v []float32, decoder Decoder, o BoundOptions) float64 {
	nats := 0.0
	for j := range x0 {
		data, mean := float64(x0[j]), o.clipped(predicted[j])
		variance := s.high
		switch {
		case s.toData && o.LastVariance > 0:
			variance = o.LastVariance
		case o.Variance == solver.VarianceBetaTilde:
			variance = s.low
		case o.Variance == solver.VarianceLearned:
			share := (float64(v[j]) + 1) / 2
			variance = math.Exp(share*math.Log(s.high) + (1-share)*math.Log(s.low))
		}
		if s.toData {
			nats -= decoder.LogProbability(data, mean, variance)
			continue
		}
		ratio := s.Variance / variance // β̃/s²
		off := s.X0 * (data - mean)
		nats += (ratio - 1 - math.Log(ratio) + off*off/variance) / 2
	}
	return nats
}

// addPrior adds L_T = ½ Σ ((α² x_0² + σ²)/π² − 1 − ln(σ²/π²)) to each row, and returns its mean.
func addPrior(rows []float64, p diffusion.Process, x0 []float32, dim int) float64 {
	sum := 0.0
	for r := range rows {
		square := 0.0
		for _, v := range x0[r*dim : (r+1)*dim] {
			square += float64(v) * float64(v)
		}
		nats := float64(dim) * diffusion.TerminalKL(p, square/float64(dim))
		rows[r] += nats
		sum += nats
	}
	return sum / float64(len(rows))
}
