package likelihood

import (
	"context"
	"fmt"
	"math"

	"euryale/diffusion"
	"euryale/diffusion/solver"
	"euryale/rng"
)

// ExactOptions chooses how LogLikelihood integrates.
type ExactOptions struct {
	// Relative and Absolute bound the error of a step of the integrator, for the coordinates and for the logarithm
	// alike; 0 means 1e-6, at which the error of a row is some 1e-5 nats. The least is 1e-8, since the network computes in
	// float32.
	Relative, Absolute float64
	// Hutchinson, if not nil, estimates the divergence; nil computes it exactly, which costs a derivative of the network
	// per coordinate: too much for images.
	Hutchinson *Hutchinson
	// ScaleData takes x as data rather than as x at the network's first time: it is multiplied by α there, and the
	// answer is the log-density in the scale of x.
	ScaleData bool
	// FirstRow is the number of the first row of x among all: errors and Hutchinson's probes count from it.
	FirstRow uint64
}

// Hutchinson estimates a trace as the mean of vᵀ J v over random probes v with E v vᵀ = I. A row keeps its probes over
// the whole of its path, so the integral of the estimate is an unbiased estimate of the integral (Grathwohl et al.
// 2019, "FFJORD").
type Hutchinson struct {
	// Samples is the number of probes per row; 0 means 1.
	Samples int
	// Gaussian draws v from N(0, I); otherwise its coordinates are ±1, which has less variance (Rademacher).
	Gaussian bool
	// Seed of the probes: those of a row are a function of it and the row's number (ExactOptions.FirstRow).
	Seed uint64
}

// blindLambda is where integration ends if a process goes on to λ = −∞, no signal: α is 1e-7 there, and float32 does not
// see it.
const blindLambda = -16

// LogLikelihood returns, for each row of x [rows, dim], the logarithm in nats of the density that the model gives it by
// its probability-flow ODE, and how often the ODE was evaluated for all rows together. Each time evaluates the network
// once, on dim copies of a row, or on one per probe of Hutchinson's. x is taken as x at the network's first time; see
// ExactOptions.ScaleData.
//
// The ODE dx = (f x − ½ g² ∇log p) dt takes x from the network's first time to z at the last, and
//
//	log p(x) = log N(z; 0, π² I) + ∫ div dt
//
// (Song et al. 2021, section 4.3; Chen et al. 2018, "Neural ordinary differential equations", theorem 1). It is the
// density of the model, whose noise is the prior N(0, π² I): for a perfect network it differs from that of the data at
// the first time by log N(z; 0, π² I) − log p_last(z).
//
// It is integrated in λ = ln(α/σ) and in x̄ = x/√(α²+σ²), the variance-preserving scale, where with the v-prediction v̄
//
//	dx̄/dλ = −ᾱ σ̄ v̄(x̄, λ)
//
// has the same smooth form for each process, chains too, between whose steps the network is given interpolated times. The
// two changes of scale add dim ln √(α²+σ²) at the last time less that at the first. The step size is controlled per row, so
// a row's result does not depend on the others. (solver.RK45 follows the same ODE in terms of ε, without a divergence.)
//
// The model must be Differentiable.
func LogLikelihood(
	ctx context.Context, model *diffusion.Model, x []float32, dim int, o ExactOptions,
) (logLikelihood []float64, evaluations int, err error) {
	if err := checkRows(model, x, dim); err != nil {
		return nil, 0, fmt.Errorf("log-likelihood: %w", err)
	}
	f, err := newFlow(ctx, model, dim, o)
	if err != nil {
		return nil, 0, fmt.Errorf("log-likelihood: %w", err)
	}
	logLikelihood = make([]float64, len(x)/dim)
	for r := range logLikelihood {
		n := 0
		row := o.FirstRow + uint64(r)
		logLikelihood[r], n, err = f.row(x[r*dim:(r+1)*dim], row)
		evaluations += n
		if err != nil {
			return nil, evaluations, fmt.Errorf("log-likelihood, row %d: %w", row, err)
		}
	}
	return logLikelihood, evaluations, nil
}

// flow is the probability-flow ODE of a model with its divergence.
type flow struct {
	ctx     context.Context
	model   *diffusion.Model
	dim     int
	options ExactOptions

	from, to    float64 // λ at the network's first and last time
	first, last float64 // the times themselves
	// All [rows, probes, dim], where a probe is a direction in which the network is differentiated: x is each row, repeated.
	x, probes, output, tangent []float32
	state                      []float64 // x̄ and ∫ div, for each row
}

func newFlow(ctx context.Context, model *diffusion.Model, dim int, o ExactOptions) (*flow, error) {
	if !model.Differentiable() {
		return nil, fmt.Errorf("it needs a network with a derivative (diffusion.Differentiable)")
	}
	for _, tolerance := range []*float64{&o.Relative, &o.Absolute} {
		if *tolerance == 0 {
			*tolerance = 1e-6
		}
		if !(*tolerance >= 1e-8 && *tolerance < 1) {
			return nil, fmt.Errorf("tolerances must be from 1e-8 to below 1, got %v", *tolerance)
		}
	}
	probes := dim
	if h := o.Hutchinson; h != nil {
		if probes = max(h.Samples, 1); h.Samples < 0 {
			return nil, fmt.Errorf("the number of probes must be at least 1, got %d", h.Samples)
		}
	}
	f := &flow{ctx: ctx, model: model, dim: dim, options: o}
	p := model.Process()
	_, f.first, f.last = p.Span()
	f.from, f.to = p.Lambda(f.first), p.Lambda(f.last)
	if math.IsInf(f.to, -1) {
		f.to = blindLambda
		f.last = p.Time(f.to)
	}
	f.allocate(1, probes)
	return f, nil
}

// allocate makes memory for rows and their probes: without Hutchinson's they are the directions of the coordinates.
func (f *flow) allocate(rows, probes int) {
	for _, memory := range []*[]float32{&f.x, &f.probes, &f.output, &f.tangent} {
		*memory = make([]float32, rows*probes*f.dim)
	}
	f.state = make([]float64, rows*(f.dim+1))
	if f.options.Hutchinson != nil {
		return
	}
	for r := range rows {
		for j := range f.dim {
			f.probes[(r*f.dim+j)*f.dim+j] = 1
		}
	}
}

// row is log p of one row.
func (f *flow) row(x []float32, row uint64) (logDensity float64, evaluations int, err error) {
	f.draw(row)
	logDensity = f.begin(f.state, x)
	// A new one per row: one that is kept begins with the last row's step.
	integrator := solver.DormandPrince{Relative: f.options.Relative, Absolute: f.options.Absolute, Longest: 1}
	evaluations, err = integrator.Integrate(f.derivative, f.state, f.from, f.to)
	if err != nil {
		return 0, evaluations, err
	}

	logDensity, err = f.end(f.state, logDensity)
	return logDensity, evaluations, err
}

// begin sets the state of a row x, and returns what its change of scale adds to the logarithm.
func (f *flow) begin(state []float64, x []float32) (logDensity float64) {
	dim := float64(f.dim)
	alpha, sigma := f.model.Process().Marginal(f.first)
	size := math.Hypot(alpha, sigma)
	if f.options.ScaleData {
		logDensity += dim * math.Log(alpha)
	} else {
		alpha = 1
	}
	for j, v := range x {
		state[j] = float64(v) * alpha / size
	}
	state[f.dim] = 0
	return logDensity - dim*math.Log(size)
}

// end is log p of a row whose state has come to the last time.
func (f *flow) end(state []float64, logDensity float64) (float64, error) {
	p, dim := f.model.Process(), float64(f.dim)
	size := math.Hypot(p.Marginal(f.last))
	prior := p.PriorDeviation()
	square := 0.0
	for _, v := range state[:f.dim] {
		square += (v * size / prior) * (v * size / prior)
	}
	logDensity += dim*math.Log(size) - square/2 - dim*math.Log(prior*math.Sqrt(2*math.Pi)) + state[f.dim]
	if math.IsNaN(logDensity) || math.IsInf(logDensity, 0) {
		return 0, fmt.Errorf("the result is %v", logDensity)
	}
	return logDensity, nil
}

// draw makes the probes of a row.
func (f *flow) draw(row uint64) {
	h := f.options.Hutchinson
	if h == nil {
		return
	}
	stream := rng.NewStream(h.Seed, rng.Fresh)
	for s := 0; s*f.dim < len(f.probes); s++ {
		v := f.probes[s*f.dim : (s+1)*f.dim]
		stream.Normal(v, probeDraws+uint64(s), row, f.dim)
		if !h.Gaussian {
			for j := range v {
				v[j] = float32(math.Copysign(1, float64(v[j])))
			}
		}
	}
}

// derivative fills dy with dx̄/dλ and its divergence. With the network's prediction p, v̄ = a x̄ + b p/size for
// x = size·x̄, and its derivative in x̄ is a + b ∂p/∂x. It is taken at x̄ as float32 has it, so that what p leaves of x̄
// in v̄ cancels.
func (f *flow) derivative(dy, y []float64, lambda float64) error {
	if err := f.ctx.Err(); err != nil {
		return fmt.Errorf("stopped at lambda = %v: %w", lambda, err)
	}
	p := f.model.Process()
	t := min(max(p.Time(lambda), f.first), f.last)
	alpha, sigma := p.Marginal(t)
	size := math.Hypot(alpha, sigma)
	width := len(f.x) / (len(y) / (f.dim + 1)) // probes·dim
	for j := range f.x {
		f.x[j] = float32(y[j/width*(f.dim+1)+j%f.dim] * size)
	}
	f.model.PredictTangent(f.output, f.tangent, f.x, f.probes, t, f.model.Prediction)
	a, b := f.model.Convert(diffusion.Velocity, alpha, sigma)
	rate := -alpha / size * sigma / size
	a, b = rate*a, rate*b

	for at := 0; at < len(f.x); at += width {
		row := dy[at/width*(f.dim+1):]
		for j := range f.dim {
			row[j] = (a*float64(f.x[at+j]) + b*float64(f.output[at+j])) / size
		}
		trace := 0.0
		for j, v := range f.probes[at : at+width] {
			trace += float64(v) * (a*float64(v) + b*float64(f.tangent[at+j]))
		}
		if f.options.Hutchinson != nil {
			trace /= float64(width / f.dim)
		}
		row[f.dim] = trace
	}
	return nil
}
