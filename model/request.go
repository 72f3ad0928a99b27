package model

import (
	"errors"
	"fmt"
	"slices"

	"euryale/configs"
	"euryale/data"
)

// Request describes the samples to draw. Sample i is a function of the model, i and the fields that are not marked with
// "no effect on samples": it is the same alone and among any others. Where a constraint unique(…) of a table makes samples be
// drawn again, it also depends on those before it.
type Request struct {
	N        int // number of samples; no effect on samples
	Seed     uint64
	Sampling configs.Sample
	Workers  int // no effect on samples; 0: GOMAXPROCS
	// Labels are dealt out in turn: sample i gets the label Labels[i mod len(Labels)]. Sampling.Guidance.Label must then
	// be −1. nil: that label for all samples; where it is −1 and the class of a row is a column of a table or that of an image,
	// labels are dealt out by the classes of the training rows, or by those of samples that satisfy Where.
	Labels []int32
	// Classifier of noisy data, trained on the same process, that guides samples to their label; nil: the net
	// itself takes the label.
	Classifier *Model
	// Invert turns fresh rows of the data into their noise instead, by a solver that can be inverted. The results are then
	// rows as the net sees them, [N, Dim], not in the data's units: what From takes.
	Invert bool
	// From [N, Dim] is where the samples start, x at the first time as the net sees it, in place of noise that is drawn.
	From []float32
	// Rows are N rows of the schema, in the data's units, that take the place of the run's data where a request needs some: as
	// the rows that Invert turns into noise, or as those that a start from the marginal adds noise to. Model.Batch makes them
	// of points.
	Rows *data.Batch
	// Between are two rows of the schema, in the data's units, that the samples lead from one to the other: sample i is the share
	// i/(N−1) of the way between them. Both are turned into noise, by a solver that can be inverted, and samples start from the
	// spherical interpolation of that noise: the ends reproduce the rows (Song, Meng and Ermon 2021, appendix D.5).
	Between *data.Batch
	// BetweenFrom is the time of the process from which samples between two rows are drawn in place of that, each from its
	// mixture of the rows with noise added, the same for all (Ho et al. 2020, section 5). It begins at the first time of the
	// run that is at most BetweenFrom.
	BetweenFrom *float64
	// Known fixes coordinates of points, or of images, pixel by pixel and channel by channel (index → value in the data's units);
	// the others are inpainted, by replacement, or by RePaint where Sampling.RePaint has more than one pass. Those of images
	// come back as they were given.
	Known map[int]float64
	// Where are cells of a table that every sample has, exactly. Candidates are drawn without regard to them; those that are near
	// to them are kept, and repainted around them. Where enough candidates have the cells, or Reject or a cell that follows from
	// other columns by a constraint leaves no choice, only these are kept, as they are: that is exact. Of the class, the samples
	// are given the label. It takes Sample or Save.
	//
	// With more than one pass in Sampling.RePaint, the other columns are inpainted as with Known instead, which is farther from
	// the distribution of rows that have the cells. So are those of points, whose columns are coordinates.
	Where []Cell
	// Reject keeps only candidates that have the cells of Where. The fewer they are, the longer it takes: the error is a
	// *RareError where they are too few.
	Reject bool
	// Trial is what Try found of this request; nil: it is tried first. No effect on samples.
	Trial *Trial
	// Denoised makes Trajectory record the data that the net predicts at each frame, which takes an evaluation more per frame. No
	// effect on samples.
	Denoised bool
	// Progress, if not nil, is called with the number of samples done, of N, after every few of them: by one goroutine at a
	// time, and not after the call that drew them has returned. No effect on samples.
	Progress func(done, total int)
}

// Request returns a request for n samples as the run's configuration describes them.
func (m *Model) Request(n int) Request {
	return Request{N: n, Seed: m.Config.Seed, Sampling: m.Config.Sample}
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
	none := len(r.Labels) == 0 && m.usualLabels(r, 1) == nil
	if m.Schema.Image != nil { // there is no place for "no class"
		none = none || len(r.Labels) > 0 && slices.Max(r.Labels) < 0
	}
	if none && !s.HasClassColumn() {
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
