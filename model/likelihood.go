package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"

	"euryale/data"
	"euryale/diffusion"
	"euryale/diffusion/likelihood"
	"euryale/diffusion/solver"
	"euryale/objective"
	"euryale/parallel"
)

// Likelihood is how probable rows of data are under a model: their mean negative log-density in nats, in the data's units.
// These follow from the density of encoded rows by the change of volume of the encoding (data.Encoder's LogVolume).
type Likelihood struct {
	Step   int64 `json:"step"`
	Points int   `json:"points"` // rows
	// Exact comes from the probability-flow ODE, which starts at the network's first time. ExactError is its standard error
	// over the rows: nil for one row, which does not show it.
	Exact      float64  `json:"exact"`
	ExactError *float64 `json:"exact_error"`
	ExactBits  float64  `json:"exact_bits_per_dimension"`
	NFE        float64  `json:"nfe"` // evaluations of the ODE, per row
	// LogDensity is the exact log-density of each row, in nats and in the data's units: Exact is minus their mean.
	LogDensity []float64 `json:"-"`
	// Bound is that of the reverse chain with the variance of the request's solver and a continuous decoder; nil in
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

// likelihoodRows is how many rows a worker takes at once. Results do not depend on it.
const likelihoodRows = 64

// odeTolerance of the exact likelihood. A net of ReLUs has a divergence with jumps, and a tight tolerance makes the
// integrator find every one of them: 1e-5 costs ten times the evaluations and changes means by 0.01 nats or less.
const odeTolerance = 1e-4

// Likelihood is LikelihoodOf for points [n, Schema.Dim()] in the data's units.
func (m *Model) Likelihood(ctx context.Context, r Request, points []float32) (*Likelihood, error) {
	return m.LikelihoodOf(ctx, r, m.Batch(points))
}

// LikelihoodOf measures rows of the schema, each as a sample of its label where the request has any; of a table whose class is
// a column, the labels are those of the rows. The request's N is ignored, and Progress counts rows. A request with guidance,
// known cells or rows to start from is an error: it has no likelihood; so are rows that have no density, such as those with
// categories. When ctx ends, the error is an *InterruptedError.
func (m *Model) LikelihoodOf(ctx context.Context, r Request, rows *data.Batch) (*Likelihood, error) {
	if r.Workers < 1 {
		r.Workers = runtime.GOMAXPROCS(0)
	}
	r.N = rows.Rows
	if err := m.CheckLikelihood(r); err != nil {
		return nil, err
	}
	if m.usualLabels(r, 1) != nil {
		if r.Labels = rows.Labels; len(r.Labels) != r.N {
			return nil, fmt.Errorf("model: each of %d rows needs its class, got %d", r.N, len(r.Labels))
		}
		if err := m.Check(r); err != nil {
			return nil, err
		}
	}
	points, err := m.encodeRows(rows)
	if err != nil {
		return nil, err
	}
	volumes, err := m.logVolumes(rows)
	if err != nil {
		return nil, err
	}
	l := &likelihoods{
		model: m, request: r, points: points, logVolumes: volumes, pieces: labeledPieces(r, r.N, likelihoodRows),
		exact: make([]float64, r.N), workers: make([]likelihoodWorker, r.Workers),
	}
	if err := l.prepare(); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	team := parallel.New(r.Workers)
	defer team.Close()
	var next parallel.Counter
	team.Run(func(worker int) {
		w := &l.workers[worker]
		for i := next.Next(); i < len(l.pieces) && w.err == nil; i = next.Next() {
			w.err = l.measure(ctx, w, i)
		}
	})
	for _, w := range l.workers {
		if w.err != nil {
			return nil, interrupted(ctx.Err(), fmt.Errorf("model: %w", w.err), l.measured.done, r.N)
		}
	}
	return l.result(), nil
}

// CheckLikelihood returns an error if rows have no likelihood under a request.
func (m *Model) CheckLikelihood(r Request) error {
	switch {
	case r.Sampling.Guidance.Weight != 0 || r.Classifier != nil:
		return errors.New("model: a guided model has no likelihood: it models no distribution; leave guidance and classifier out")
	case r.Invert || r.From != nil || r.Rows != nil || len(r.Known) > 0 || len(r.Where) > 0:
		return errors.New("model: a likelihood is of whole rows of data: leave Invert, From, Rows, Known and Where out of its request")
	}
	if likely, ok := m.objective.(objective.Likely); ok {
		if err := likely.ExactLikelihood(); err != nil {
			return fmt.Errorf("model: %w", err)
		}
	}
	if err := m.checkDensity(); err != nil {
		return err
	}
	return m.Check(r)
}

// checkDensity is an error that explains why rows have no density, if they have none.
func (m *Model) checkDensity() error {
	var row data.Batch
	if err := m.Encoder.Decode(&row, make([]float32, m.Dim())); err != nil {
		return fmt.Errorf("model: %w", err)
	}
	_, err := m.logVolumes(&row)
	return err
}

// logVolumes are ln of what encoding multiplies a volume by, at each row.
func (m *Model) logVolumes(rows *data.Batch) ([]float64, error) {
	volumes, err := make([]float64, rows.Rows), error(nil)
	if table := m.Table(); table != nil {
		err = table.LogVolumes(volumes, rows)
	} else {
		var constant float64
		constant, err = m.Encoder.LogVolume(m.Schema)
		for i := range volumes {
			volumes[i] = constant
		}
	}
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return volumes, nil
}

// likelihoods is a measurement shared by a team.
type likelihoods struct {
	model      *Model
	request    Request
	variance   solver.Variance
	points     []float32 // [N, Dim], encoded
	logVolumes []float64 // [N], ln of what encoding multiplies a volume by
	exact      []float64 // [N], of encoded rows, and then of rows in their units
	pieces     []piece
	bounds     []likelihood.Bound // of each piece; nil in continuous time
	workers    []likelihoodWorker

	measured counter // rows
}

type likelihoodWorker struct {
	net         *trained // its label is that of the current piece
	model       *diffusion.Model
	rows        int64
	evaluations int
	err         error
}

// labeledPieces splits n rows with the labels of a request into pieces of up to `most` consecutive rows with one label.
func labeledPieces(r Request, n, most int) []piece {
	var pieces []piece
	for i := range n {
		if last := len(pieces) - 1; last >= 0 && i%most > 0 && r.label(i) == pieces[last].label {
			pieces[last].hi++
		} else {
			pieces = append(pieces, piece{lo: i, hi: i + 1, label: r.label(i)})
		}
	}
	return pieces
}

func (l *likelihoods) prepare() (err error) {
	l.variance = solver.VarianceOf(l.request.Sampling.Solver.Kind)
	for i := range l.workers {
		if err := l.model.prepareWorker(&l.workers[i], l.request.label(0)); err != nil {
			return err
		}
	}
	if diffusion.Discrete(l.model.process) {
		l.bounds = make([]likelihood.Bound, len(l.pieces))
	}
	return nil
}

// prepareWorker gives a worker its net, with a label.
func (m *Model) prepareWorker(w *likelihoodWorker, label int) (err error) {
	if w.net, err = m.newNet(label, &w.rows, nil); err != nil {
		return err
	}
	w.model, err = diffusion.NewModel(m.denoiser(w.net), m.process, m.objective.Parameterization())
	return err
}

// measure measures a piece.
func (l *likelihoods) measure(ctx context.Context, w *likelihoodWorker, number int) error {
	p, dim := &l.pieces[number], l.model.Dim()
	x := l.points[p.lo*dim : p.hi*dim]
	w.net.label = p.label
	exact, evaluations, err := likelihood.LogLikelihood(ctx, w.model, x, dim, likelihood.ExactOptions{
		Relative: odeTolerance, Absolute: odeTolerance, ScaleData: true, FirstRow: uint64(p.lo),
	})
	if err != nil {
		return err
	}
	copy(l.exact[p.lo:], exact)
	w.evaluations += evaluations
	if l.bounds != nil {
		l.bounds[number], err = likelihood.VariationalBound(ctx, w.model, x, dim, likelihood.GaussianDecoder{},
			likelihood.BoundOptions{Variance: l.variance, Seed: l.request.Seed, FirstRow: uint64(p.lo)})
		if err != nil {
			return err
		}
	}
	l.measured.add(&l.request, p.rows())
	return nil
}

func (l *likelihoods) result() *Likelihood {
	n, dim := float64(l.request.N), l.model.Dim()
	r := &Likelihood{Step: l.model.Step, Points: l.request.N, LogDensity: l.exact}
	for _, w := range l.workers {
		r.NFE += float64(w.evaluations) / n
	}
	volume := l.logVolumes[0] // the same for all rows, but on some scales of a table
	for i := range l.exact {
		l.exact[i] += l.logVolumes[i] - volume
	}
	for _, v := range l.exact {
		r.Exact -= v / n
	}
	if n > 1 {
		square := 0.0
		for _, v := range l.exact {
			square += (v + r.Exact) * (v + r.Exact)
		}
		standard := math.Sqrt(square / (n - 1) / n)
		r.ExactError = &standard
	}
	r.Exact -= volume
	for i := range l.exact {
		l.exact[i] += volume
	}
	r.ExactBits = likelihood.BitsPerDimension(-r.Exact, dim, 1)
	if l.bounds != nil {
		r.Bound = l.bound()
	}
	return r
}

// bound is the mean bound of the rows.
func (l *likelihoods) bound() *BoundTerms {
	b := &BoundTerms{Terms: make([]float64, len(l.bounds[0].Steps))}
	for i, part := range l.bounds {
		share := float64(l.pieces[i].rows()) / float64(l.request.N)
		b.Prior += share * part.Prior
		b.Decoder += share * part.Decoder
		for t, v := range part.Steps {
			b.Terms[t] += share * v
		}
	}
	volume := l.logVolumes[0]
	for _, v := range l.logVolumes {
		volume += (v - l.logVolumes[0]) / float64(l.request.N)
	}
	b.Decoder -= volume
	for _, v := range b.Terms {
		b.Steps += v
	}
	b.Total = b.Prior + b.Steps + b.Decoder
	b.Bits = b.Total / float64(l.model.Dim()) / math.Ln2
	return b
}
