package model

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"

	"euryale/data"
	"euryale/diffusion"
	"euryale/objective"
	"euryale/parallel"
	"euryale/rng"
)

// Accuracy is how often a classifier of noisy data is right at one time of the process.
type Accuracy struct {
	Time    float64  `json:"time"`
	Noise   *float64 `json:"noise"`   // σ/α at that time; nil where no signal is left
	Correct float64  `json:"correct"` // fraction of the rows
}

// Accuracies classifies n fresh rows at the given number of evenly spaced times, from the first to the last. Of more held-out
// rows than n, it takes some at random, as the seed has it.
func (m *Model) Accuracies(ctx context.Context, n int, seed uint64, times int) ([]Accuracy, error) {
	if m.Denoises() {
		return nil, fmt.Errorf("model: the run %s holds a denoiser, expected a classifier", m.Config.Name)
	}
	if times < 1 {
		return nil, fmt.Errorf("model: the number of times must be at least 1, got %d", times)
	}
	fresh, err := m.freshAtRandom(ctx, seed, n)
	if err != nil {
		return nil, err
	}
	c := &classification{model: m, points: fresh.Points, labels: fresh.Labels, stream: rng.NewStream(seed, rng.Evaluation)}
	_, first, last := m.process.Span()
	for i := range times {
		t := first + (last-first)*float64(i)/float64(max(times-1, 1))
		if diffusion.Discrete(m.process) {
			t = float64(int(t)) // a step of the chain
		}
		c.times = append(c.times, t)
	}
	if err := c.run(ctx); err != nil {
		return nil, err
	}
	result := make([]Accuracy, times)
	for i, t := range c.times {
		result[i] = Accuracy{Time: t, Correct: float64(c.correct[i]) / float64(fresh.Rows())}
		if v := diffusion.SigmaRatio(m.process, t); !math.IsInf(v, 1) {
			result[i].Noise = &v
		}
	}
	return result, nil
}

// classifiedStep is the step of rng.Fresh by which rows are chosen among those held out. Rows drawn from a distribution use low
// steps, and package eval those from 1<<47 on.
const classifiedStep = 1 << 46

// freshAtRandom is n rows that the net was not trained on, encoded: the first ones of a file may be easier than the others.
func (m *Model) freshAtRandom(ctx context.Context, seed uint64, n int) (*data.Dataset, error) {
	train, held, err := m.Source(ctx)
	if err != nil {
		return nil, err
	}
	wanted := n
	if _, ok := train.(data.Distribution); !ok && held != nil && n > 0 {
		wanted = max(n, held.Rows()) // all, to choose from
	}
	source, err := m.Fresh(ctx, seed, wanted, data.AnyClass)
	if err != nil {
		return nil, err
	}
	all, err := m.encodeAll(ctx, source)
	if err != nil || all.Rows() <= n {
		return all, err
	}
	order := make([]int32, all.Rows())
	rng.NewStream(seed, rng.Fresh).Permutation(order, classifiedStep)
	some := &data.Dataset{Dim: all.Dim, Classes: all.Classes}
	for _, i := range order[:n] {
		some.Points = append(some.Points, all.Points[int(i)*all.Dim:][:all.Dim]...)
		some.Labels = append(some.Labels, all.Labels[i])
	}
	return some, nil
}

// classification counts the right answers of a classifier at some times. Workers share the rows.
type classification struct {
	model  *Model
	points []float32 // encoded
	labels []int32
	times  []float64
	stream rng.Stream // of the noise

	lock    sync.Mutex
	correct []int // per time
}

// classifiedRows is how many rows a worker takes at once. Results do not depend on it.
const classifiedRows = 64

func (c *classification) run(ctx context.Context) error {
	c.correct = make([]int, len(c.times))
	workers := make([]*objective.Classifier, runtime.GOMAXPROCS(0))
	for i := range workers {
		var err error
		if workers[i], err = c.model.newClassifier(); err != nil {
			return fmt.Errorf("model: %w", err)
		}
	}
	team := parallel.New(len(workers))
	defer team.Close()
	var next parallel.Counter
	team.Run(func(worker int) {
		for lo := next.Next() * classifiedRows; lo < len(c.labels) && ctx.Err() == nil; lo = next.Next() * classifiedRows {
			c.piece(workers[worker], lo, min(lo+classifiedRows, len(c.labels)))
		}
	})
	return ctx.Err()
}

// piece classifies rows lo … hi−1 at all times.
func (c *classification) piece(by *objective.Classifier, lo, hi int) {
	m, rows, dim := c.model, hi-lo, c.model.Dim()
	eps, x, at := make([]float32, rows*dim), make([]float32, rows*dim), make([]float64, rows)
	answer := make([]float32, rows*len(m.Schema.Classes))
	c.stream.Normal(eps, 0, uint64(lo), dim)
	q := m.objective.Parameterization()
	for i, t := range c.times {
		for r := range at {
			at[r] = t
		}
		diffusion.AddNoise(m.process, x, c.points[lo*dim:hi*dim], eps, at, dim)
		q.ScaleInputs(m.process, x, at, dim)
		by.LogProbabilities(answer, x, t)
		right := correct(answer, c.labels[lo:hi])
		c.lock.Lock()
		c.correct[i] += right
		c.lock.Unlock()
	}
}

// correct is how many answers are right.
func correct(answer []float32, labels []int32) int {
	classes, n := len(answer)/len(labels), 0
	for r, label := range labels {
		row := answer[r*classes : (r+1)*classes]
		best := 0
		for k, v := range row {
			if v > row[best] {
				best = k
			}
		}
		if best == int(label) {
			n++
		}
	}
	return n
}
