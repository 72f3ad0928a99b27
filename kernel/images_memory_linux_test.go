package kernel

import (
	"fmt"
	"runtime/debug"
	"testing"
)

// No loop for images reads or writes outside its operands.
func TestNoAccessOutsideImages(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	var f [5]fence
	for i := range f {
		f[i] = newFence(t, 1<<14)
	}
	onEveryPath(t, func(t *testing.T) {
		var ws Workspace
		for _, behind := range []bool{false, true} {
			for channels := 1; channels < 70; channels++ {
				pixels, extra := 1+channels%5, channels%3
				what := fmt.Sprintf("%d pixels of %d channels", pixels, channels)
				m := func(i, rows, cols int) Matrix { return f[i].matrix(rows, cols, cols+extra, behind) }
				defer func() {
					if fault := recover(); fault != nil {
						t.Fatalf("%s: %v", what, fault)
					}
				}()
				x, y, z := m(0, 2*pixels, channels), m(1, 2*pixels, channels), m(2, 2*pixels, channels)
				g := &GroupNorm{
					Pixels: pixels, Groups: 1, Weight: f[3].slice(channels, behind), Bias: f[3].slice(channels, behind), Epsilon: 1e-6,
				}
				stats := f[4].slice(2*g.Statistics(), behind)
				for _, g.SiLU = range []bool{false, true} {
					g.Forward(y, x, stats)
					g.Tangent(y, x, z, stats)
					g.Gradient(y, x, z, stats, make([]float32, 4*channels), true)
					g.Gradient(y, x, z, stats, f[3].slice(4*channels, behind), false)
				}
				SumPixels(m(1, 2, channels), x, pixels, 1)
				SpreadPixels(y, m(0, 2, channels), pixels, 1, channels%2 == 0)
				AddRows(y, x)
				AddSumRows(f[2].slice(channels, behind), x)
				CopyRows(y, x)
				Dropout(f[0].slice(5*channels, behind), f[1].slice(5*channels, behind), [2]uint32{}, 0, 0, 0, channels, 0.5, channels%2 == 0)
				softmaxRows(x, 1)
				softmaxSlope(x, y, 1)
				l, few, other := &LayerNorm{pixels, 1e-6}, m(2, 2, channels), m(3, 2, channels)
				pairs := f[4].slice(2*pixels*l.Statistics(), behind)
				l.Forward(y, x, few, other, pairs)
				l.Gradient(y, few, other, x, y, few, pairs, false)
				l.Gradient(y, few, other, x, y, few, pairs, true)
				l.Tangent(y, x, y, few, few, other, pairs)
				Gate(y, Matrix{}, x, few, pixels)
				Gate(y, y, x, few, pixels)
				GateGradient(few, x, y, pixels)
				GELU(f[0].slice(channels, behind), f[1].slice(channels, behind))
				GELUSlope(f[0].slice(channels, behind), f[1].slice(channels, behind), f[2].slice(channels, behind))
				GELUGradient(f[0].slice(channels, behind), f[1].slice(channels, behind), f[2].slice(channels, behind))
				heads, qkv, t, out := 1+channels%2, m(0, pixels, 6*channels), m(1, pixels, 6*channels), m(2, pixels, 2*channels)
				Attention(&ws, out, qkv, pixels, heads)
				AttentionTangent(&ws, out, qkv, t, pixels, heads)
				AttentionGradient(&ws, t, qkv, out, pixels, heads, channels%2 == 0)
			}
		}
	})
}

func TestImageLoopsDoNotAllocate(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		const pixels, channels = 12, 20
		g, r := newGroupNorm(1, pixels, channels, 5, true), newRand(1)
		x, d, y := randomMatrix(r, 2*pixels, channels, channels), randomMatrix(r, 2*pixels, channels, channels), NewMatrix(2*pixels, channels)
		qkv, dqkv, few := randomMatrix(r, 2*pixels, 3*channels, 3*channels), NewMatrix(2*pixels, 3*channels), NewMatrix(2, channels)
		stats, sums := make([]float32, 2*g.Statistics()), make([]float32, 4*channels)
		l, pairs := &LayerNorm{pixels, 1e-6}, make([]float32, 4*pixels)
		var ws Workspace
		if n := testing.AllocsPerRun(10, func() {
			g.Forward(y, x, stats)
			g.Tangent(y, x, d, stats)
			g.Gradient(y, x, d, stats, sums, true)
			Attention(&ws, y, qkv, pixels, 4)
			AttentionTangent(&ws, y, qkv, dqkv, pixels, 4)
			AttentionGradient(&ws, dqkv, qkv, d, pixels, 4, true)
			SumPixels(few, x, pixels, 1)
			SpreadPixels(y, few, pixels, 1, true)
			AddRows(y, x)
			AddSumRows(few.row(0), x)
			CopyRows(y, x)
			l.Forward(y, x, few, few, pairs)
			l.Tangent(y, x, d, few, few, few, pairs)
			l.Gradient(y, few, few, x, d, few, pairs, true)
			Gate(y, y, x, few, pixels)
			GateGradient(few, d, x, pixels)
			GELUSlope(y.Data, y.Data, y.Data)
			Dropout(y.Data, x.Data[:len(y.Data)], [2]uint32{}, 0, 0, 0, channels, 0.5, false)
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}
