package model

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"euryale/diffusion"
	"euryale/diffusion/likelihood"
	"euryale/diffusion/solver"
	"euryale/parallel"
)

// Likelihood is how probable rows of data are to a model, as mean negative log-density in nats, in the data's units.
type Likelihood struct {
	Step   int64 `json:"step"`
	Points int   `json:"points"`
	// Exact is that of the probability-flow ODE, the rows being data at the network's first time, and ExactError its
	// standard error over the rows.
	Exact      float64 `json:"exact"`
	ExactError float64 `json:"exact_error"`
	ExactBits  float64 `json:"exact_bits_per_dimension"`
	NFE        float64 `json:"nfe"` // evaluations of the ODE per row
	// The bound of the reverse chain with the sampling's variance, by its terms, with a continuous decoder; nil in
	// continuous time.
	Bound *BoundTerms `json:"bound,omitempty"`
}

// BoundTerms is the variational bound of a chain.
type BoundTerms struct {
	Total   float64 `json:"total"`
	Bits    float64 `json:"bits_per_dimension"`
	Prior   float64 `json:"prior"`   // L_T
	Steps   float64 `json:"steps"`   // Σ L_{t−1}
	Decoder float64 `json:"decoder"` // L_0
	// Terms are L_{t−1} for t = T−1 … 1.
	Terms []float64 `json:"terms"`
}

// likelihoodRows are the rows that a worker takes at once. Results do not depend on them.
const likelihoodRows = 64

// odeTolerance of the exact likelihood. A net of ReLUs has a divergence with jumps, and a tight tolerance makes the
// integrator look for each of them: 1e-5 costs ten times the evaluations and changes means by .01 nats or less.
const odeTolerance = 1e-4

// Likelihood measures rows [n, Dim] in the data's units, as samples of the request's label where it has one. The request's
// N is ignored.
func (m *Model) Likelihood(ctx context.Context, r Request, rows []float32) (*Likelihood, error) {
	if r.Workers < 1 {
		r.Workers = runtime.GOMAXPROCS(0)
	}
	r.N = len(rows) / max(m.Dim(), 1)
	if err := m.CheckLikelihood(r); err != nil {
		return nil, err
	}
	logVolume, err := m.Encoder.LogVolume(m.Schema)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	points, err := m.Encode(rows)
	if err != nil {
		return nil, err
	}
	l := &likelihoods{
		model: m, request: r, points: points, logVolume: logVolume,
		exact: make([]float64, r.N), workers: make([]likelihoodWorker, r.Workers),
	}
	if err := l.prepare(); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	team := parallel.New(r.Workers)
	defer team.Close()
	team.Run(func(worker int) {
		w := &l.workers[worker]
		for first := l.pieces.Next() * likelihoodRows; first < r.N && w.err == nil; first = l.pieces.Next() * likelihoodRows {
			w.err = l.measure(ctx, w, first, min(first+likelihoodRows, r.N))
		}
	})
	return l.result()
}

// CheckLikelihood reports why rows have no likelihood under a request, if they have none.
func (m *Model) CheckLikelihood(r Request) error {
	if r.Sampling.Guidance.Weight != 0 || r.Classifier != nil {
		return fmt.Errorf("model: a guided model has no likelihood: it is no model of a distribution; leave guidance and classifier out")
	}
	return m.Check(r)
}

// likelihoods is a measurement shared by a team.
type likelihoods struct {
	model     *Model
	request   Request
	variance  solver.Variance
	points    []float32 // [N, Dim], encoded
	logVolume float64   // ln of what encoding multiplies a volume by
	exact     []float64 // [N]
	bounds    []likelihood.Bound
	pieces    parallel.Counter
	workers   []likelihoodWorker
}

type likelihoodWorker struct {
	model       *diffusion.Model
	rows        int64
	evaluations int
	err         error
}

func (l *likelihoods) prepare() error {
	l.variance = solver.VarianceOf(l.request.Sampling.Solver.Kind)
	for i := range l.workers {
		w := &l.workers[i]
		net, err := l.model.newDenoiser(l.request.Sampling.Guidance.Label, &w.rows)
		if err != nil {
			return err
		}
		if w.model, err = diffusion.NewModel(net, l.model.process, l.model.objective.Parameterization()); err != nil {
			return err
		}
	}
	if l.model.process.Steps() > 0 {
		l.bounds = make([]likelihood.Bound, (l.request.N+likelihoodRows-1)/likelihoodRows)
	}
	return nil
}

// measure takes the rows first … end.
func (l *likelihoods) measure(ctx context.Context, w *likelihoodWorker, first, end int) error {
	dim := l.model.Dim()
	x := l.points[first*dim : end*dim]
	exact, evaluations, err := likelihood.LogLikelihood(ctx, w.model, x, dim, likelihood.ExactOptions{
		Relative: odeTolerance, Absolute: odeTolerance, ScaleData: true,
	})
	if err != nil {
		return err
	}
	copy(l.exact[first:], exact)
	w.evaluations += evaluations
	if l.bounds == nil {
		return nil
	}
	l.bounds[first/likelihoodRows], err = likelihood.VariationalBound(ctx, w.model, x, dim, likelihood.GaussianDecoder{},
		likelihood.BoundOptions{Variance: l.variance, Seed: l.request.Seed, FirstRow: uint64(first)})
	return err
}

func (l *likelihoods) result() (*Likelihood, error) {
	n, dim := float64(l.request.N), l.model.Dim()
	r := &Likelihood{Step: l.model.Step, Points: l.request.N}
	for _, w := range l.workers {
		if w.err != nil {
			return nil, fmt.Errorf("model: %w", w.err)
		}
		r.NFE += float64(w.evaluations) / n
	}
	square := 0.0
	for _, v := range l.exact {
		r.Exact -= v / n
	}
	for _, v := range l.exact {
		square += (v + r.Exact) * (v + r.Exact) / n
	}
	r.ExactError = math.Sqrt(square / n)
	r.Exact -= l.logVolume
	r.ExactBits = likelihood.BitsPerDimension(-r.Exact, dim, 1)
	if l.bounds == nil {
		return r, nil
	}
	b := &BoundTerms{Terms: make([]float64, len(l.bounds[0].Steps))}
	for i, part := range l.bounds {
		share := float64(min(likelihoodRows, l.request.N-i*likelihoodRows)) / n
		b.Prior += share * part.Prior
		b.Decoder += share * part.Decoder
		for t, v := range part.Steps {
			b.Terms[t] += share * v
		}
	}
	b.Decoder -= l.logVolume
	for _, v := range b.Terms {
		b.Steps += v
	}
	b.Total = b.Prior + b.Steps + b.Decoder
	b.Bits = b.Total / float64(dim) / math.Ln2
	r.Bound = b
	return r, nil
}
