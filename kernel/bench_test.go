package kernel

import (
	"fmt"
	"testing"
)

// benchmarkEveryPath runs a benchmark on every path that this machine has; flops is the work of one call.
func benchmarkEveryPath(b *testing.B, flops float64, call func()) {
	previous := active
	defer func() { active = previous }()
	for l := best; l >= levelGeneric; l-- {
		active = l
		b.Run(levelNames[l], func(b *testing.B) {
			for b.Loop() {
				call()
			}
			b.ReportMetric(flops*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}

func BenchmarkProducts(b *testing.B) {
	shapes := []struct {
		form    int
		m, n, k int
	}{
		{0, 16, 128, 128}, {0, 64, 128, 128}, {0, 128, 128, 128}, {0, 64, 128, 2}, {0, 64, 2, 128}, {0, 1024, 1024, 1024},
		{1, 16, 128, 128}, {1, 64, 128, 128}, {1, 128, 128, 128}, {1, 2, 128, 128}, {1, 1024, 1024, 1024},
		{2, 64, 128, 128}, {2, 64, 128, 2}, {2, 1024, 1024, 1024},
	}
	for _, s := range shapes {
		f := forms[s.form]
		r := newRand(1)
		x, y := f.factors(r, s.m, s.n, s.k, 0)
		dst := NewMatrix(s.m, s.n)
		var ws Workspace
		b.Run(fmt.Sprintf("%s/%dx%dx%d", f.name, s.m, s.n, s.k), func(b *testing.B) {
			benchmarkEveryPath(b, 2*float64(s.m)*float64(s.n)*float64(s.k), func() { f.call(&ws, dst, x, y, nil) })
		})
	}
}
