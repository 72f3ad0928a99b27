package likelihood

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sort"

	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/kernel"
	"euryale/rng"
)

// termDraws is the first step of rng.Fresh that the choice of terms uses: term k of a row is step termDraws + k.
const termDraws = 3 << 44

// Estimate is an estimate of the bound of VariationalBound whose mean is that bound, in nats per row, averaged over rows.
type Estimate struct {
	Prior, Steps, Decoder float64
	Rows                  []float64 // the totals of the rows
	Evaluations           int       // of the network, per row
}

// Total is the estimate of the bound, in nats per row.
func (e Estimate) Total() float64 { return e.Prior + e.Steps + e.Decoder }

// EstimateBound estimates VariationalBound from a few of its terms, for chains of many steps and networks that take long. L_T
// and L_0 are those of VariationalBound. Of the L_{t−1}, each row draws `terms`, independently of the other rows, by the
// probabilities p of termShares, one from each of that many equal shares of p, and adds L_{t−1}/(terms·p) for each: an
// estimate without bias (importance sampling: Nichol and Dhariwal 2021, section 3.3). A term is the same number, of the same
// noise, as in VariationalBound. What no network has a part in is added up exactly.
//
// It evaluates the network terms + 1 times per row.
func EstimateBound(
	ctx context.Context, model *diffusion.Model, x0 []float32, dim int, decoder Decoder, terms int, o BoundOptions,
) (Estimate, error) {
	if err := checkRows(model, x0, dim); err != nil {
		return Estimate{}, fmt.Errorf("estimate of the bound: %w", err)
	}
	steps, err := o.prepare(model, x0, dim, decoder)
	switch {
	case err != nil:
		return Estimate{}, fmt.Errorf("estimate of the bound: %w", err)
	case terms < 1:
		return Estimate{}, fmt.Errorf("estimate of the bound: the number of terms must be at least 1, got %d", terms)
	case o.Samples > 1:
		return Estimate{}, fmt.Errorf("estimate of the bound: one x_t is drawn per term, got %d", o.Samples)
	}
	e := &estimator{BoundOptions: o, model: model, x0: x0, dim: dim, decoder: decoder, steps: steps, terms: terms}
	e.stream = rng.NewStream(o.Seed, rng.Fresh)
	for _, memory := range []*[]float32{&e.data, &e.xt, &e.predicted, &e.v} {
		*memory = make([]float32, min(estimateRows, len(x0)/dim)*dim)
	}
	result, err := e.estimate(ctx)
	if err != nil {
		return Estimate{}, fmt.Errorf("estimate of the bound: %w", err)
	}
	return result, nil
}

// estimateRows is how many rows the network is evaluated on at once, at most. Results do not depend on it.
const estimateRows = 64

type estimator struct {
	BoundOptions
	model   *diffusion.Model
	x0      []float32
	dim     int
	decoder Decoder
	steps   []reverseStep
	terms   int
	stream  rng.Stream

	data, xt, predicted, v []float32 // [≤ estimateRows, dim]
}

// drawn is a term that a row has drawn, and what is added for it.
type drawn struct {
	step, row int
	place     int     // among the terms of all rows
	share     float64 // p of the step
	nats      float64
}

func (e *estimator) estimate(ctx context.Context) (Estimate, error) {
	rows := len(e.x0) / e.dim
	r := Estimate{Rows: make([]float64, rows), Evaluations: 1}
	r.Prior = addPrior(r.Rows, e.model.Process(), e.x0, e.dim)

	last := len(e.steps) - 1
	all := make([]drawn, rows) // of L_0
	for row := range all {
		all[row] = drawn{step: last, row: row}
	}
	if err := e.measure(ctx, all); err != nil {
		return r, err
	}
	for _, d := range all {
		r.Rows[d.row] += d.nats
		r.Decoder += d.nats / float64(rows)
	}
	if last == 0 {
		return r, nil
	}
	r.Evaluations += e.terms
	fixed := 0.0
	for i := range e.steps[:last] {
		fixed += e.fixed(i)
	}
	all = e.draw(rows)
	slices.SortFunc(all, func(a, b drawn) int { return cmp.Or(a.step-b.step, a.place-b.place) })
	if err := e.measure(ctx, all); err != nil {
		return r, err
	}
	added := make([]float64, len(all)) // in the order in which rows drew the terms
	for _, d := range all {
		added[d.place] = (d.nats - e.fixed(d.step)) / (d.share * float64(e.terms))
	}
	for row := range rows {
		nats := fixed
		for _, v := range added[row*e.terms : (row+1)*e.terms] {
			nats += v
		}
		r.Rows[row] += nats
		r.Steps += nats / float64(rows)
	}
	return r, nil
}

// draw chooses the terms of each row.
func (e *estimator) draw(rows int) []drawn {
	shares := termShares(e.steps)
	below := make([]float64, len(shares)) // p_0 + … + p_i
	sum := 0.0
	for i, p := range shares {
		sum += p
		below[i] = sum
	}
	all := make([]drawn, 0, rows*e.terms)
	for row := range rows {
		for k := range e.terms {
			u := e.stream.Float64(termDraws+uint64(k), e.FirstRow+uint64(row))
			u = (float64(k) + u) / float64(e.terms) * sum
			i := min(sort.Search(len(below), func(i int) bool { return below[i] > u }), len(below)-1)
			all = append(all, drawn{step: i, row: row, place: len(all), share: shares[i]})
		}
	}
	return all
}

// termShares are the probabilities of the steps that are not the last, in proportion to what they would cost if the error in
// x_0 were that of x_t/α, but at most that of x_0 = 0: ½ (SNR(s) − SNR(t)) min(1/SNR(t), 1). A tenth is shared out evenly.
func termShares(steps []reverseStep) []float64 {
	n := len(steps) - 1
	shares, sum := make([]float64, n), 0.0
	for i := range shares {
		s, t := steps[i+1], steps[i]
		shares[i] = snrOf(s)*min(1/snrOf(t), 1) - min(1, snrOf(t))
		sum += shares[i]
	}
	for i := range shares {
		shares[i] = 0.9*shares[i]/sum + 0.1/float64(n)
	}
	return shares
}

func snrOf(s reverseStep) float64 { return (s.alpha / s.sigma) * (s.alpha / s.sigma) }

// fixed is what a step costs a row whatever the network predicts, in nats.
func (e *estimator) fixed(step int) float64 {
	s := &e.steps[step]
	variance := s.high
	switch e.Variance {
	case solver.VarianceBetaTilde:
		variance = s.low
	case solver.VarianceLearned:
		return 0
	}
	ratio := s.Variance / variance
	return float64(e.dim) * (ratio - 1 - math.Log(ratio)) / 2
}

// measure sets the nats of terms, which are in the order of their steps.
func (e *estimator) measure(ctx context.Context, terms []drawn) error {
	for len(terms) > 0 {
		n := 1
		for n < len(terms) && n < len(e.xt)/e.dim && terms[n].step == terms[0].step {
			n++
		}
		if err := e.measureStep(ctx, terms[:n]); err != nil {
			return err
		}
		terms = terms[n:]
	}
	return nil
}

// measureStep is measure for terms of one step, for which there is room.
func (e *estimator) measureStep(ctx context.Context, terms []drawn) error {
	step := &e.steps[terms[0].step]
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("stopped before t = %v: %w", step.t, err)
	}
	dim := e.dim
	numbers := len(terms) * dim
	data, xt, predicted, v := e.data[:numbers], e.xt[:numbers], e.predicted[:numbers], e.v[:numbers]
	for i, d := range terms {
		lo, hi := i*dim, (i+1)*dim
		copy(data[lo:hi], e.x0[d.row*dim:])
		e.stream.Normal(xt[lo:hi], boundDraws+uint64(d.step), e.FirstRow+uint64(d.row), dim)
	}
	kernel.Combine2(xt, float32(step.alpha), data, float32(step.sigma), xt)
	e.predict(e.model, predicted, v, xt, step.t)
	for i := range terms {
		lo, hi := i*dim, (i+1)*dim
		nats := step.cost(data[lo:hi], predicted[lo:hi], v[lo:hi], e.decoder, e.BoundOptions)
		if math.IsNaN(nats) || math.IsInf(nats, 0) {
			return fmt.Errorf("the term at t = %v of row %d is %v", step.t, e.FirstRow+uint64(terms[i].row), nats)
		}
		terms[i].nats = nats
	}
	return nil
}
