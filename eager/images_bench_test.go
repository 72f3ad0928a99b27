package eager

import (
	"math/rand/v2"
	"testing"

	"euryale/nets"
)

// BenchmarkImages runs a U-Net of images of 28 × 28 pixels, with 32 channels and twice as many at the two lower levels.
func BenchmarkImages(b *testing.B) {
	const rows, dim = 64, 28 * 28
	net := build(b, &nets.Program{Net: unet{32, []int{1, 2, 2}, 32, 0}}, nets.Spec{Sample: []int{28, 28, 1}, Outputs: dim})
	m, at := machine(b, net, net.Init(1)), Condition{Time: 50, Label: -1}
	x, dst, tangent := normal(rand.New(rand.NewPCG(1, 1)), rows*dim), make([]float32, rows*dim), make([]float32, rows*dim)
	for _, method := range []struct {
		name string
		run  func()
	}{
		{"value", func() { m.Run(dst, x, at) }},
		{"tangent", func() { m.Tangent(dst, tangent, x, x, at) }},
		{"gradient", func() { m.Gradient(dst, x, at, func(_ int, v, output []float32) { copy(v, output) }) }},
	} {
		b.Run(method.name, func(b *testing.B) {
			method.run() // makes the memory
			b.ReportAllocs()
			for b.Loop() {
				method.run()
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/rows, "µs/image")
		})
	}
}
