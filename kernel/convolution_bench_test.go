package kernel

import "testing"

// The rate counts the multiplications inside the image that the definition asks for. With upsample it may exceed what a
// processor can do.
func BenchmarkConvolution(b *testing.B) {
	const images = 8
	for _, s := range []shape{
		{images, 28, 28, 32, 32, 3, 1, 1, false}, {images, 28, 28, 64, 32, 3, 1, 1, false}, {images, 28, 28, 96, 32, 3, 1, 1, false},
		{images, 14, 14, 64, 64, 3, 1, 1, false}, {images, 14, 14, 128, 64, 3, 1, 1, false},
		{images, 7, 7, 64, 64, 3, 1, 1, false}, {images, 7, 7, 128, 64, 3, 1, 1, false}, {images, 7, 7, 256, 128, 3, 1, 1, false},
		{images, 32, 32, 64, 64, 3, 1, 1, false}, {images, 32, 32, 128, 64, 3, 1, 1, false}, {images, 16, 16, 128, 128, 3, 1, 1, false},
		{images, 28, 28, 32, 32, 3, 2, 0, false}, {images, 14, 14, 64, 64, 3, 1, 1, true}, {images, 7, 7, 64, 64, 3, 1, 1, true},
		{images, 28, 28, 1, 32, 3, 1, 1, false}, {images, 28, 28, 32, 1, 3, 1, 1, false},
		{images, 32, 32, 3, 32, 3, 1, 1, false}, {images, 32, 32, 32, 3, 3, 1, 1, false},
		{images, 14, 14, 128, 64, 1, 1, 0, false}, {images, 28, 28, 64, 32, 1, 1, 0, false}, {images, 28, 28, 16, 64, 4, 4, 0, false},
		{2, 7, 7, 64, 64, 3, 1, 1, false}, {2, 14, 14, 64, 64, 3, 1, 1, false}, {2, 8, 8, 64, 64, 3, 1, 1, false},
	} {
		b.Run(s.String(), func(b *testing.B) { benchmarkConvolution(b, s) })
	}
}

func benchmarkConvolution(b *testing.B, s shape) {
	defer func(l level) { active = l }(active)
	work := 0.0
	s.terms(func(_, _, _ int) { work += 2 * float64(s.in) * float64(s.out) })
	for l := best; l >= levelGeneric; l-- {
		active = l
		o := newOperands(newRand(1), s, 0, 0)
		dst, dx, dw := NewMatrix(o.y.Rows, s.out), NewMatrix(o.x.Rows, s.in), NewMatrix(o.w.Rows, s.out)
		var ws Workspace
		run := func(name string, work float64, unit string, call func()) {
			b.Run(levelNames[l]+"/"+name, func(b *testing.B) {
				for b.Loop() {
					call()
				}
				b.ReportMetric(work*float64(b.N)/float64(b.Elapsed().Nanoseconds()), unit)
			})
		}
		run("Forward", work, "GFLOP/s", func() { o.c.Forward(&ws, dst, o.x, &o.weights, nil) })
		run("InputGradient", work, "GFLOP/s", func() { o.c.InputGradient(&ws, dx, o.y, &o.weights, false) })
		run("WeightGradient", work, "GFLOP/s", func() { o.c.WeightGradient(&ws, dw, o.x, o.y, true) })
		run("Pack", float64(2*s.kernel*s.kernel*s.in*s.out), "elements/ns", func() { o.weights.Pack(o.c, o.w, true) })
	}
}
