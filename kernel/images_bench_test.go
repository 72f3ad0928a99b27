package kernel

import (
	"fmt"
	"testing"
)

// benchmarkLevels runs a benchmark on every path that this machine has, and reports the time per element.
func benchmarkLevels(b *testing.B, elements int, call func()) {
	previous := active
	defer func() { active = previous }()
	for l := best; l >= levelGeneric; l-- {
		active = l
		b.Run(levelNames[l], func(b *testing.B) {
			for b.Loop() {
				call()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(elements), "ns/element")
		})
	}
}

// Four images, as many as a net computes at a time.
func BenchmarkGroupNorm(b *testing.B) {
	for _, c := range []normCase{{4, 784, 32, 32}, {4, 784, 96, 32}, {4, 196, 64, 32}, {4, 196, 128, 32}, {4, 49, 64, 32}, {4, 49, 256, 32}} {
		g := newGroupNorm(1, c.pixels, c.channels, c.groups, true)
		r, rows := newRand(1), c.images*c.pixels
		x, d, dst := randomMatrix(r, rows, c.channels, c.channels), randomMatrix(r, rows, c.channels, c.channels), NewMatrix(rows, c.channels)
		stats, sums := make([]float32, c.images*g.Statistics()), make([]float32, c.images*2*c.channels)
		for _, f := range []struct {
			name string
			call func()
		}{
			{"Forward", func() { g.Forward(dst, x, stats) }},
			{"Tangent", func() { g.Tangent(dst, x, d, stats) }},
			{"Gradient", func() { copy(d.Data, x.Data); g.Gradient(dst, x, d, stats, sums, true) }},
		} {
			b.Run(fmt.Sprintf("%s/%dx%dx%d", f.name, c.images, c.pixels, c.channels), func(b *testing.B) {
				benchmarkLevels(b, rows*c.channels, f.call)
			})
		}
	}
}

func BenchmarkAttention(b *testing.B) {
	for _, c := range []attentionCase{{4, 49, 64, 1}, {4, 196, 64, 1}, {4, 256, 64, 1}, {4, 256, 128, 1}, {4, 196, 32, 4}} {
		channels, rows, r := c.width*c.heads, c.images*c.pixels, newRand(1)
		qkv, d := randomMatrix(r, rows, 3*channels, 3*channels), randomMatrix(r, rows, channels, channels)
		dst, dqkv := NewMatrix(rows, channels), NewMatrix(rows, 3*channels)
		var ws Workspace
		product := float64(2 * c.images * c.pixels * c.pixels * channels)
		b.Run(fmt.Sprintf("Forward/%dx%dx%dx%d", c.images, c.pixels, c.width, c.heads), func(b *testing.B) {
			benchmarkEveryPath(b, 2*product, "GFLOP/s", func() { Attention(&ws, dst, qkv, c.pixels, c.heads) })
		})
		b.Run(fmt.Sprintf("Gradient/%dx%dx%dx%d", c.images, c.pixels, c.width, c.heads), func(b *testing.B) {
			benchmarkEveryPath(b, 5*product, "GFLOP/s", func() { AttentionGradient(&ws, dqkv, qkv, d, c.pixels, c.heads, false) })
		})
	}
}

func BenchmarkSoftmaxRows(b *testing.B) {
	for _, cols := range []int{49, 196, 256} {
		p, d := randomMatrix(newRand(1), 64, cols, cols), randomMatrix(newRand(1), 64, cols, cols)
		b.Run(fmt.Sprintf("Softmax/%d", cols), func(b *testing.B) {
			benchmarkLevels(b, 64*cols, func() { softmaxRows(p, 0.1) })
		})
		b.Run(fmt.Sprintf("Slope/%d", cols), func(b *testing.B) {
			benchmarkLevels(b, 64*cols, func() { softmaxSlope(d, p, 0.1) })
		})
	}
}

func BenchmarkPixels(b *testing.B) {
	const pixels, channels = 784, 32
	x, y, few := NewMatrix(4*pixels, channels), NewMatrix(4*pixels, channels), NewMatrix(4, channels)
	for _, f := range []struct {
		name string
		call func()
	}{
		{"Sum", func() { SumPixels(few, x, pixels, 1) }},
		{"Spread", func() { SpreadPixels(x, few, pixels, 1, false) }},
		{"AddRows", func() { AddRows(y, x) }},
		{"Dropout", func() { Dropout(y.Data, x.Data, [2]uint32{}, 0, 0, 0, pixels*channels, 0.1, false) }},
	} {
		b.Run(f.name, func(b *testing.B) { benchmarkLevels(b, 4*pixels*channels, f.call) })
	}
}

// A block of a transformer on images: 14 × 14 patches of 128 channels.
func BenchmarkTransformer(b *testing.B) {
	const pixels, channels = 196, 128
	r, l := newRand(1), &LayerNorm{pixels, 1e-6}
	x, d, y := randomMatrix(r, pixels, channels, channels), randomMatrix(r, pixels, channels, channels), NewMatrix(pixels, channels)
	scale, shift, stats := randomMatrix(r, 1, channels, channels), NewMatrix(1, channels), make([]float32, pixels*l.Statistics())
	n := len(y.Data)
	for _, f := range []struct {
		name string
		call func()
	}{
		{"LayerNorm", func() { l.Forward(y, x, scale, shift, stats) }},
		{"LayerNormGradient", func() { l.Gradient(y, shift, shift, x, d, scale, stats, false) }},
		{"GELU", func() { GELU(y.Data, x.Data[:n]) }},
		{"GELUGradient", func() { GELUGradient(y.Data, x.Data[:n], d.Data[:n]) }},
		{"Gate", func() { Gate(y, d, x, scale, pixels) }},
		{"GateGradient", func() { GateGradient(shift, d, x, pixels) }},
	} {
		b.Run(f.name, func(b *testing.B) { benchmarkLevels(b, n, f.call) })
	}
}
