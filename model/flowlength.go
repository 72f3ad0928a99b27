package model

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"euryale/data"
	"euryale/diffusion/likelihood"
	"euryale/parallel"
	"euryale/rng"
)

// FlowLength is how many bits images cost by the density of the probability-flow ODE, in bits per dimension. Each number of an
// image is placed at random in the interval of its level of 256, so it is at least the cost of the levels themselves, in the
// mean (Theis, van den Oord and Bethge 2016). The trace of the Jacobian is estimated.
type FlowLength struct {
	Step      int64     `json:"step"`
	Images    int       `json:"images"`
	Bits      float64   `json:"bits_per_dimension"`
	BitsError *float64  `json:"bits_error"` // standard error over the images; nil for one image
	Probes    int       `json:"probes"`     // per image, of the trace
	NFE       float64   `json:"nfe"`        // evaluations of the net, with its derivative, per image
	Rows      []float64 `json:"-"`          // the bits per dimension of each image
}

// dequantizedDraws is the step of rng.Fresh that places numbers in their intervals.
const dequantizedDraws = 1 << 44

// FlowLength measures images, [rows] of the schema, with so many probes of the trace per image (at least 1), each image as a
// sample of its label where the request has any. It takes hundreds of evaluations of the net per image. Progress counts
// images. When ctx ends, the error is an *InterruptedError.
func (m *Model) FlowLength(ctx context.Context, r Request, images *data.Batch, probes int) (*FlowLength, error) {
	if r.Workers < 1 {
		r.Workers = runtime.GOMAXPROCS(0)
	}
	r.N = images.Rows
	if err := m.CheckCodeLength(r); err != nil {
		return nil, err
	}
	if probes < 1 {
		return nil, fmt.Errorf("model: the number of probes must be at least 1, got %d", probes)
	}
	x, err := m.encodeRows(images)
	if err != nil {
		return nil, err
	}
	dim := m.Dim()
	const width = 2.0 / (imageLevels - 1) // of a level, where black and white are −1 and 1
	places := make([]float32, len(x))
	rng.NewStream(r.Seed, rng.Fresh).Uniform(places, dequantizedDraws, 0, dim)
	for i, u := range places {
		x[i] += width * (u - 0.5)
	}
	workers := make([]likelihoodWorker, r.Workers)
	for i := range workers {
		if err := m.prepareWorker(&workers[i], r.label(0)); err != nil {
			return nil, fmt.Errorf("model: %w", err)
		}
	}
	f := &FlowLength{Step: m.Step, Images: r.N, Probes: probes, Rows: make([]float64, r.N)}
	var measured counter
	var next parallel.Counter
	team := parallel.New(r.Workers)
	defer team.Close()
	team.Run(func(worker int) {
		w := &workers[worker]
		for i := next.Next(); i < r.N && w.err == nil; i = next.Next() {
			w.net.label = r.label(i)
			var logDensity []float64
			var evaluations int
			logDensity, evaluations, w.err = likelihood.LogLikelihood(ctx, w.model, x[i*dim:(i+1)*dim], dim, likelihood.ExactOptions{
				Relative: odeTolerance, Absolute: odeTolerance, ScaleData: true, FirstRow: uint64(i),
				Hutchinson: &likelihood.Hutchinson{Samples: probes, Seed: r.Seed},
			})
			if w.err == nil {
				f.Rows[i] = likelihood.BitsPerDimension(logDensity[0], dim, width)
				w.evaluations += evaluations
				measured.add(&r, 1)
			}
		}
	})
	for _, w := range workers {
		if w.err != nil {
			return nil, interrupted(ctx.Err(), fmt.Errorf("model: %w", w.err), measured.done, r.N)
		}
		f.NFE += float64(w.evaluations) / float64(r.N)
	}
	f.Bits, f.BitsError = meanOf(f.Rows)
	return f, nil
}

// meanOf is the mean of numbers and its standard error, nil for a single one.
func meanOf(v []float64) (mean float64, standardError *float64) {
	n := float64(len(v))
	for _, x := range v {
		mean += x / n
	}
	if len(v) < 2 {
		return mean, nil
	}
	square := 0.0
	for _, x := range v {
		square += (x - mean) * (x - mean)
	}
	standard := math.Sqrt(square / (n - 1) / n)
	return mean, &standard
}
