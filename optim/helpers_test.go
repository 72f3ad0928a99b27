package optim

import (
	"math/rand/v2"
	"testing"

	"euryale/choice"
)

// normals are n numbers of N(0, 1), a function of seed and step.
func normals(seed, step uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, step))
	z := make([]float32, n)
	for i := range z {
		z[i] = float32(r.NormFloat64())
	}
	return z
}

// optionsOf are options with a schedule and transforms.
func optionsOf(schedule Schedule, transforms ...TransformOptions) Options {
	o := Options{LearningRate: Schedules().With(schedule)}
	for _, t := range transforms {
		o.Transforms = append(o.Transforms, Transforms().With(t))
	}
	return o
}

func newChain(t testing.TB, o Options, weights []float32, total int64) *Chain {
	t.Helper()
	c, err := New(o, weights, total)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// full is the longest chain around a transform that moves the weights.
func full(mover TransformOptions) []TransformOptions {
	return []TransformOptions{&Clip{Norm: 1}, mover, &EMA{Decay: 0.99, Warmup: true}}
}

// eachMover runs a test for every kind that moves the weights.
func eachMover(t *testing.T, test func(t *testing.T, e choice.Entry[TransformOptions])) {
	for _, e := range Transforms() {
		if e.New().Phase() == Moves {
			t.Run(e.Name, func(t *testing.T) { test(t, e) })
		}
	}
}
