package kernel

import (
	"fmt"
	"testing"
)

// benchmarkEveryPath runs a benchmark on every path that this machine has. One call does the given amount of work, in the
// unit before "/ns".
func benchmarkEveryPath(b *testing.B, work float64, unit string, call func()) {
	previous := active
	defer func() { active = previous }()
	for l := best; l >= levelGeneric; l-- {
		active = l
		b.Run(levelNames[l], func(b *testing.B) {
			for b.Loop() {
				call()
			}
			b.ReportMetric(work*float64(b.N)/float64(b.Elapsed().Nanoseconds()), unit)
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
			benchmarkEveryPath(b, 2*float64(s.m)*float64(s.n)*float64(s.k), "GFLOP/s", func() { f.call(&ws, dst, x, y, nil) })
		})
	}
}

// Decayed moments must not slow the step down. Compare "decayed", whose moments started at 1e-38 and got no gradient, with
// "normal".
func BenchmarkAdam(b *testing.B) {
	const n = 16384
	r := newRand(1)
	s := adamStep(100000)
	for _, state := range []string{"normal", "decayed"} {
		p, m, v, g := random(r, n), make([]float32, n), make([]float32, n), make([]float32, n)
		for i := range m {
			m[i], v[i] = 1e-38, 1e-38
		}
		if state == "normal" {
			g = random(r, n)
		}
		b.Run(state, func(b *testing.B) {
			benchmarkEveryPath(b, n, "elements/ns", func() { Adam(p, m, v, g, s) })
		})
	}
}

func BenchmarkElementwise(b *testing.B) {
	const n = 16384
	r := newRand(1)
	x, y, z := random(r, n), random(r, n), random(r, n)
	u, v := View(x, n/128, 128), View(y, n/128, 128)
	index := make([]int32, n/128)
	for i := range index {
		index[i] = r.Int32N(n / 128)
	}
	for _, loop := range []struct {
		name string
		call func()
	}{
		{"ReLU", func() { ReLU(z, x) }},
		{"ReLUMask", func() { ReLUMask(z, x, y) }},
		{"SquaredNorm", func() { SquaredNorm(x) }},
		{"Multiply", func() { Multiply(z, x, y) }},
		{"Exp", func() { Exp(z, x) }},
		{"SiLU", func() { SiLU(z, x) }},
		{"SiLUSlope", func() { SiLUSlope(z, y, x) }},
		{"SiLUGradient", func() { SiLUGradient(z, x, y) }},
		{"Combine2", func() { Combine2(z, 0.5, x, 0.5, y) }},
		{"Combine3", func() { Combine3(z, 0.5, x, 0.5, y, 0.1, z) }},
		{"Lerp", func() { Lerp(z, x, 0.001) }},
		{"ScatterAddRowsWithin", func() { ScatterAddRowsWithin(v, u, index, 0) }},
		{"SumRows", func() { SumRows(z[:128], u) }},
	} {
		b.Run(loop.name, func(b *testing.B) { benchmarkEveryPath(b, n, "elements/ns", loop.call) })
	}
}

func BenchmarkNormal(b *testing.B) {
	for _, shape := range [][2]int{{128, 2}, {1, 2}, {8192, 1}, {8192, 2}, {8192, 3}, {8192, 4}, {1024, 10}, {256, 100}, {1, 16384}} {
		rows, dim := shape[0], shape[1]
		dst := make([]float32, rows*dim)
		b.Run(fmt.Sprintf("%dx%d", rows, dim), func(b *testing.B) {
			benchmarkEveryPath(b, float64(len(dst)), "elements/ns", func() { FillNormal(dst, [2]uint32{1, 2}, 3, 0, dim) })
		})
	}
}
