package graph_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"euryale/graph"
	"euryale/kernel"
	"euryale/nets"
	"euryale/ops"
)

// The step of a table with 7 numbers and categories of 5, 7 and 8 values, 1,024 rows: fill the times, forward, backward. Its
// products alone take 0.9 GFLOP.
func BenchmarkTabularStep(b *testing.B) {
	const rows, numbers = 1024, 7
	categories := []int{5, 7, 8}
	for _, activation := range []string{"silu", "relu"} {
		b.Run(activation, func(b *testing.B) {
			n := nets.DefaultTabular()
			n.Activation = activation
			net := build(b, n, nets.Spec{Sample: []int{27}, Outputs: 27})
			loss := net.Builder.MixedError("loss", ops.MixedError{
				Prediction: net.Output, Target: net.Builder.Input("target", numbers), Weight: net.Builder.RowInput("weight"),
				Index: net.Builder.IndexInput("categories", len(categories)), Categories: categories, Factors: []float64{1, 1, 1},
			})
			p, err := graph.Compile(loss, rows, net.Init(1))
			if err != nil {
				b.Fatal(err)
			}
			r := rand.New(rand.NewPCG(1, 2))
			for _, name := range []string{"x", "target", "weight"} {
				copy(p.Float(name), normal(r, len(p.Float(name))))
			}
			times, at := make([]float64, rows), p.Index("categories")
			for i := range times {
				times[i] = math.Log(0.5*math.Exp(r.NormFloat64())) / 4
			}
			for i := range at {
				at[i] = int32(r.IntN(categories[i%len(categories)]))
			}
			var ws kernel.Workspace
			b.ReportAllocs()
			for b.Loop() {
				p.Condition(0, times, nil)
				p.Run(&ws, rows)
			}
		})
	}
}
