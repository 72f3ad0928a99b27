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

// CodeLength is how many bits images cost that are encoded by a model: the variational bound of a chain whose last step gives
// each number of an image, from 0 to 255, a probability (Ho et al. 2020, section 3.3). Bits are per dimension, a pixel of a
// channel, and means over images.
type CodeLength struct {
	Step   int64   `json:"step"`
	Images int     `json:"images"`
	Bits   float64 `json:"bits_per_dimension"`
	// BitsError is the standard error of Bits over the images; nil for one image, which does not show it.
	BitsError *float64 `json:"bits_error"`
	Prior     float64  `json:"prior_bits"`   // L_T
	Steps     float64  `json:"steps_bits"`   // Σ L_{t−1}
	Decoder   float64  `json:"decoder_bits"` // L_0
	// Chain is the number of steps of the reverse chain, and Terms how many of them were evaluated per image, by chance; 0: all.
	Chain int `json:"chain_steps"`
	Terms int `json:"terms"`
	// Variance is that of a step: beta, beta_tilde or learned. LastTime and LastNoise are the time and the σ/α from which the
	// last step leads to the data, and LastDeviation is its standard deviation, in units of a level of 256; 0: by Variance.
	Variance      string  `json:"variance"`
	LastTime      float64 `json:"last_time"`
	LastNoise     float64 `json:"last_noise"`
	LastDeviation float64 `json:"last_deviation"`
	ClipX0        float64 `json:"clip_x0"` // bound of the predicted x_0; 0: none
	NFE           int     `json:"nfe"`     // evaluations of the net per image
	// Rows are the bits per dimension of each image.
	Rows []float64 `json:"-"`
}

// CodeLengthOptions chooses how a code length is measured.
type CodeLengthOptions struct {
	// Terms is how many steps of the chain each image draws: an estimate without bias. 0: all steps, the bound itself.
	Terms int
	// Variance of a step; nil: learned where the net learns it, and otherwise β̃.
	Variance *solver.Variance
	// Training are training images by which the end of the chain is chosen, see likelihood.Endings; nil: the chain as it is.
	Training *data.Batch
}

// The levels of a number of an image, and the noise σ/α up to which a chain may end.
const (
	imageLevels   = 256
	mostLastNoise = 0.5
	// imagesMeasured is how many images a worker takes at once, and continuousSteps are the steps of a chain in continuous
	// time, even in λ from blindestLambda on.
	imagesMeasured  = 32
	continuousSteps = 1000
	blindestLambda  = -9
)

// CheckCodeLength returns an error if images have no code length under a request.
func (m *Model) CheckCodeLength(r Request) error {
	switch {
	case m.Image() == nil:
		return fmt.Errorf("model: a code length is of images: the rows of %s are none", m.Config.Name)
	case !m.Denoises():
		return fmt.Errorf("model: the run %s holds a classifier, which has no likelihood", m.Config.Name)
	case r.Sampling.Guidance.Weight != 0 || r.Classifier != nil:
		return errors.New("model: a guided model has no likelihood: it models no distribution; leave guidance and classifier out")
	case r.Invert || r.From != nil || r.Rows != nil || r.Between != nil || len(r.Known) > 0:
		return errors.New("model: a code length is of whole images: leave Invert, From, Rows, Between and Known out of its request")
	}
	return m.Check(r)
}

// CodeLength measures images, [rows] of the schema, each as a sample of its label where the request has any. The request's N is
// ignored, and Progress counts images. When ctx ends, the error is an *InterruptedError.
func (m *Model) CodeLength(ctx context.Context, r Request, images *data.Batch, o CodeLengthOptions) (*CodeLength, error) {
	if r.Workers < 1 {
		r.Workers = runtime.GOMAXPROCS(0)
	}
	r.N = images.Rows
	if err := m.CheckCodeLength(r); err != nil {
		return nil, err
	}
	if o.Terms < 0 {
		return nil, fmt.Errorf("model: the number of terms must be at least 1, or 0 for all, got %d", o.Terms)
	}
	c := &codeLengths{model: m, request: r, options: o, workers: make([]likelihoodWorker, r.Workers)}
	if err := c.prepare(images); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	team := parallel.New(r.Workers)
	defer team.Close()
	err := c.end(ctx, team)
	if err == nil {
		err = c.each(team, c.pieces, func(w *likelihoodWorker, i int) error { return c.measure(ctx, w, i) })
	}
	if err != nil {
		return nil, interrupted(ctx.Err(), fmt.Errorf("model: %w", err), c.measured.done, r.N)
	}
	return c.result(), nil
}

// codeLengths is a measurement shared by a team.
type codeLengths struct {
	model   *Model
	request Request
	options CodeLengthOptions
	bound   likelihood.BoundOptions
	points  []float32 // [N, Dim], encoded
	pieces  []piece
	parts   []likelihood.Estimate // of each piece
	workers []likelihoodWorker

	measured counter // images
}

func (c *codeLengths) prepare(images *data.Batch) (err error) {
	m := c.model
	if c.points, err = m.encodeRows(images); err != nil {
		return err
	}
	variance := solver.VarianceBetaTilde
	if c.options.Variance != nil {
		variance = *c.options.Variance
	} else if m.objective.(objective.Denoising).LearnsVariance() {
		variance = solver.VarianceLearned
	}
	c.bound = likelihood.BoundOptions{
		Variance: variance, ClipX0: c.request.Sampling.ClipX0, Seed: c.request.Seed, Times: chainTimes(m.process),
	}
	for i := range c.workers {
		if err := m.prepareWorker(&c.workers[i], c.request.label(0)); err != nil {
			return err
		}
	}
	c.pieces = labeledPieces(c.request, c.request.N, imagesMeasured)
	c.parts = make([]likelihood.Estimate, len(c.pieces))
	return nil
}

// chainTimes are the times of the reverse chain: all steps of a chain, and in continuous time times that are even in λ.
func chainTimes(p diffusion.Process) []float64 {
	data, first, last := p.Span()
	var times []float64
	if diffusion.Discrete(p) {
		for t := last; t > first; t-- {
			times = append(times, t)
		}
		return append(times, first, data)
	}
	high, low := p.Lambda(first), max(p.Lambda(last), blindestLambda)
	times = append(times, last)
	for i := 1; i < continuousSteps; i++ {
		if t := p.Time(low + (high-low)*float64(i)/continuousSteps); t < times[len(times)-1] && t > first {
			times = append(times, t)
		}
	}
	return append(times, first, data)
}

// each calls do for each of pieces, by the workers of a team.
func (c *codeLengths) each(team *parallel.Team, pieces []piece, do func(w *likelihoodWorker, i int) error) error {
	var next parallel.Counter
	team.Run(func(worker int) {
		w := &c.workers[worker]
		for i := next.Next(); i < len(pieces) && w.err == nil; i = next.Next() {
			w.net.label = pieces[i].label
			w.err = do(w, i)
		}
	})
	for _, w := range c.workers {
		if w.err != nil {
			return w.err
		}
	}
	return nil
}

// end chooses the end of the chain by the training images.
func (c *codeLengths) end(ctx context.Context, team *parallel.Team) error {
	rows := c.options.Training
	if rows == nil || rows.Rows == 0 {
		return nil
	}
	x, err := c.model.encodeRows(rows)
	if err != nil {
		return err
	}
	r := c.request
	if len(r.Labels) > 0 && r.Labels[0] >= 0 { // of the images that are measured
		r.Labels = rows.Labels
	}
	pieces, dim := labeledPieces(r, rows.Rows, imagesMeasured/4), c.model.Dim()
	parts := make([]*likelihood.Endings, len(pieces))
	err = c.each(team, pieces, func(w *likelihoodWorker, i int) (err error) {
		o := c.bound
		o.FirstRow = uint64(pieces[i].lo)
		parts[i], err = likelihood.MeasureEndings(ctx, w.model, x[pieces[i].lo*dim:pieces[i].hi*dim], dim, c.decoder(), mostLastNoise, o)
		return err
	})
	if err != nil {
		return err
	}
	for _, part := range parts[1:] {
		parts[0].Add(part)
	}
	var last float64
	last, c.bound.LastVariance = parts[0].Best()
	for i, t := range c.bound.Times {
		if t == last {
			data, _, _ := c.model.process.Span()
			c.bound.Times = append(c.bound.Times[:i+1:i+1], data)
			break
		}
	}
	return nil
}

func (*codeLengths) decoder() likelihood.Decoder {
	return likelihood.DiscretizedDecoder{Levels: imageLevels}
}

// measure measures a piece.
func (c *codeLengths) measure(ctx context.Context, w *likelihoodWorker, number int) (err error) {
	p, dim := c.pieces[number], c.model.Dim()
	x, o, part := c.points[p.lo*dim:p.hi*dim], c.bound, &c.parts[number]
	o.FirstRow = uint64(p.lo)
	if c.options.Terms > 0 && c.options.Terms < len(o.Times)-2 {
		*part, err = likelihood.EstimateBound(ctx, w.model, x, dim, c.decoder(), c.options.Terms, o)
	} else {
		var b likelihood.Bound
		b, err = likelihood.VariationalBound(ctx, w.model, x, dim, c.decoder(), o)
		*part = likelihood.Estimate{Prior: b.Prior, Decoder: b.Decoder, Rows: b.Rows, Evaluations: len(b.Times)}
		for _, v := range b.Steps {
			part.Steps += v
		}
	}
	if err == nil {
		c.measured.add(&c.request, p.rows())
	}
	return err
}

func (c *codeLengths) result() *CodeLength {
	m, n := c.model, float64(c.request.N)
	r := &CodeLength{
		Step: m.Step, Images: c.request.N, Chain: len(c.bound.Times) - 1, Variance: c.bound.Variance.String(),
		LastTime: c.bound.Times[len(c.bound.Times)-2], ClipX0: c.bound.ClipX0, NFE: c.parts[0].Evaluations,
		LastDeviation: math.Sqrt(c.bound.LastVariance) * (imageLevels - 1) / 2,
	}
	r.LastNoise = diffusion.SigmaRatio(m.process, r.LastTime)
	if r.NFE < r.Chain {
		r.Terms = r.NFE - 1
	}
	bit := math.Ln2 * float64(m.Dim()) // nats per row
	for i, part := range c.parts {
		share := float64(c.pieces[i].rows()) / n / bit
		r.Prior += share * part.Prior
		r.Steps += share * part.Steps
		r.Decoder += share * part.Decoder
	}
	for _, part := range c.parts {
		for _, v := range part.Rows {
			r.Rows = append(r.Rows, v/bit)
		}
	}
	r.Bits, r.BitsError = meanOf(r.Rows)
	return r
}
