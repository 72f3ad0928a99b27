package model

import (
	"errors"
	"fmt"

	"euryale/configs"
	"euryale/data"
)

// Request describes the samples to draw. Sample i is a function of the model, i and the fields that are not marked with
// "no effect on samples": it is the same alone and among any others.
type Request struct {
	N        int // number of samples; no effect on samples
	Seed     uint64
	Sampling configs.Sample
	Workers  int // no effect on samples; 0: GOMAXPROCS
	// Labels are dealt out in turn: sample i gets the label Labels[i mod len(Labels)]. Sampling.Guidance.Label must then
	// be −1. nil: that label for all samples.
	Labels []int32
	// Classifier of noisy data, trained on the same process, that guides samples to their label; nil: the net
	// itself takes the label.
	Classifier *Model
	// Invert turns fresh rows of the data into their noise instead, by a solver that can be inverted. The results are then
	// rows as the net sees them, [N, Dim], not in the data's units: what From takes.
	Invert bool
	// From [N, Dim] is where the samples start, x at the first time as the net sees it, in place of noise that is drawn.
	From []float32
	// Rows [N, Schema.Dim()] in the data's units take the place of the run's data where a request needs some: as the rows
	// that Invert turns into noise, or as those that a start from the marginal adds noise to.
	Rows []float32
	// Known fixes coordinates (index → value in the data's units); the others are inpainted, by replacement, or by RePaint
	// where Sampling.RePaint has more than one pass.
	Known map[int]float64
	// Progress, if not nil, is called with the number of samples done, of N, after every few of them: by one goroutine at a
	// time, and not after the call that drew them has returned. No effect on samples.
	Progress func(done, total int)
}

// Request returns a request for n samples as the run's configuration describes them.
func (m *Model) Request(n int) Request {
	return Request{N: n, Seed: m.Config.Seed, Sampling: m.Config.Sample}
}

// AllLabels are the labels of all classes of the data, for Request.Labels; nil where the data has none.
func (m *Model) AllLabels() []int32 {
	var labels []int32
	for i := range m.Schema.Classes {
		labels = append(labels, int32(i))
	}
	return labels
}

// label is the label of sample i, −1 for none.
func (r Request) label(i int) int {
	if len(r.Labels) == 0 {
		return r.Sampling.Guidance.Label
	}
	return int(r.Labels[i%len(r.Labels)])
}

// SampleSchema is the schema of the rows that Sample writes for a request: that of the data, with labels if the request
// has some; for an inversion, plain numbers.
func (m *Model) SampleSchema(r Request) data.Schema {
	s := m.Schema
	if r.Invert {
		s = data.Numbers(m.Dim(), 0)
		s.Classes = m.Schema.Classes
	}
	if len(r.Labels) == 0 {
		return s.Unlabeled()
	}
	return s
}

// InterruptedError means that the context ended before all samples were done.
type InterruptedError struct {
	Done, Total int   // samples: the first Done of Total are done
	Cause       error // the error of the context
}

func (e *InterruptedError) Error() string {
	return fmt.Sprintf("model: interrupted when %d of %d samples were done", e.Done, e.Total)
}

// Unwrap returns the error of the context.
func (e *InterruptedError) Unwrap() error { return e.Cause }

// interrupted is an InterruptedError if err is that of a context that has ended, and err itself otherwise.
func interrupted(ended, err error, done, total int) error {
	if ended == nil || !errors.Is(err, ended) {
		return err
	}
	return &InterruptedError{Done: done, Total: total, Cause: ended}
}
