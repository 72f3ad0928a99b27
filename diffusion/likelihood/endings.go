package likelihood

import (
	"context"
	"fmt"
	"math"

	"euryale/diffusion"
	"euryale/kernel"
	"euryale/rng"
)

// Endings is what the ways to end a reverse chain cost: at which of its last times it goes on to the data at once, and with
// which variance of that step. The bound holds for each of them, so one may take the best, but by other rows than those whose
// bound is reported: rows of training.
//
// A network that has learned little about the least noise makes the last steps dear, and a variance that is that of the noise
// is too much for data in bins of which it knows most coordinates exactly.
type Endings struct {
	Times     []float64   // that the step to the data may begin at, falling
	Variances [][]float64 // of that step, per time
	// Costs are those of the steps from the first of Times on, in nats, added up over rows: per time and variance.
	Costs [][]float64
}

// The variances of Endings are σ̂² of the time, from 4 down to 1/64 of it, a factor of √2 apart.
const (
	mostVariance   = 4.0
	variancesTried = 17
	endingsTried   = 64
)

// MeasureEndings measures the endings of a chain at those of its times whose noise σ/α is at most `most`, at most 65 of
// them, on rows of data. Between them it takes the chain of these times, whose steps are longer. It evaluates the network once for all rows at each. LastVariance and Samples of the options are not used.
func MeasureEndings(
	ctx context.Context, model *diffusion.Model, x0 []float32, dim int, decoder Decoder, most float64, o BoundOptions,
) (*Endings, error) {
	e, err := measureEndings(ctx, model, x0, dim, decoder, most, o)
	if err != nil {
		return nil, fmt.Errorf("endings of the bound: %w", err)
	}
	return e, nil
}

func measureEndings(
	ctx context.Context, model *diffusion.Model, x0 []float32, dim int, decoder Decoder, most float64, o BoundOptions,
) (*Endings, error) {
	if err := checkRows(model, x0, dim); err != nil {
		return nil, err
	}
	steps, err := o.prepare(model, x0, dim, decoder)
	if err != nil {
		return nil, err
	}
	p := model.Process()
	times := endingTimes(p, steps, most)
	e := &Endings{Times: times, Variances: make([][]float64, len(times)), Costs: make([][]float64, len(times))}
	data, _, _ := p.Span()
	xt, predicted, v := make([]float32, len(x0)), make([]float32, len(x0)), make([]float32, len(x0))
	stream := rng.NewStream(o.Seed, rng.Fresh)
	before := 0.0 // of the steps between times
	for i, t := range times {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("stopped before t = %v: %w", t, err)
		}
		alpha, sigma := p.Marginal(t)
		stream.Normal(xt, boundDraws+uint64(i), o.FirstRow, dim)
		kernel.Combine2(xt, float32(alpha), x0, float32(sigma), xt)
		o.predict(model, predicted, v, xt, t)
		for k := range variancesTried {
			variance := mostVariance * math.Exp2(-float64(k)/2) * (sigma / alpha) * (sigma / alpha)
			e.Variances[i] = append(e.Variances[i], variance)
			e.Costs[i] = append(e.Costs[i], before+o.decoderCost(decoder, x0, predicted, variance))
		}
		if i == len(times)-1 {
			break
		}
		step := newStep(p, t, times[i+1], data)
		for lo := 0; lo < len(x0); lo += dim {
			before += step.cost(x0[lo:lo+dim], predicted[lo:lo+dim], v[lo:lo+dim], decoder, o)
		}
	}
	return e, nil
}

// endingTimes are times of a chain at which it may end, at least the last one: about even in λ, and all where steps are long.
func endingTimes(p diffusion.Process, steps []reverseStep, most float64) []float64 {
	last := steps[len(steps)-1].t
	next, high := max(-math.Log(most), p.Lambda(steps[0].t)), p.Lambda(last)
	apart := (high - next) / endingsTried
	var times []float64
	for _, s := range steps[:len(steps)-1] {
		if lambda := p.Lambda(s.t); lambda >= next {
			times = append(times, s.t)
			next = lambda + apart
		}
	}
	return append(times, last)
}

// decoderCost is L_0 of all rows for a variance.
func (o *BoundOptions) decoderCost(decoder Decoder, x0, predicted []float32, variance float64) float64 {
	nats := 0.0
	for j, v := range x0 {
		nats -= decoder.LogProbability(float64(v), o.clipped(predicted[j]), variance)
	}
	return nats
}

// Add adds the costs of other rows, measured by the same model with the same options.
func (e *Endings) Add(other *Endings) {
	for i, costs := range other.Costs {
		for k, v := range costs {
			e.Costs[i][k] += v
		}
	}
}

// Best is the ending that costs least.
func (e *Endings) Best() (time, variance float64) {
	least := math.Inf(1)
	for i, costs := range e.Costs {
		for k, v := range costs {
			if v < least {
				least, time, variance = v, e.Times[i], e.Variances[i][k]
			}
		}
	}
	return time, variance
}
