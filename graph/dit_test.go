package graph_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"euryale/kernel"
	"euryale/nets"
)

// drawDiT draws a small DiT and the height and the width of its images.
func drawDiT(t *rapid.T) (net nets.Options, height, width int) {
	d := nets.DefaultDiT()
	d.Patch = rapid.IntRange(1, 3).Draw(t, "patch")
	d.Heads = rapid.IntRange(1, 3).Draw(t, "heads")
	d.Width = 4 * d.Heads * rapid.IntRange(1, 6).Draw(t, "width")
	d.Depth, d.Ratio = rapid.IntRange(1, 3).Draw(t, "depth"), rapid.IntRange(1, 4).Draw(t, "ratio")
	d.Labels = rapid.Bool().Draw(t, "labels")
	d.Time.Kind = &nets.DiTSinusoidal{Features: 6}
	return d, d.Patch * rapid.IntRange(1, 4).Draw(t, "height"), d.Patch * rapid.IntRange(1, 4).Draw(t, "width")
}

// As TestUNetEqualsEagerInBlocks.
func TestDiTEqualsEagerInBlocks(t *testing.T) { equalsEagerInBlocks(t, drawDiT) }

// What can be computed again is not kept: 12 numbers per unit of width and patch in a block of a DiT.
func TestMemoryOfDiT(t *testing.T) {
	const block = 2
	_, _, p := compileUNet(t, nets.DefaultDiT(), 28, 28, 1, 0, block)
	if perImage, kept := p.Memory()/block, 4*6*14*14*128*12; perImage > kept*5/4 {
		t.Errorf("%d bytes per image, of which %d must be kept", perImage, kept)
	}
}

func BenchmarkDiT(b *testing.B) {
	for _, size := range []int{8, 28} {
		for _, block := range []int{1, 2, 4, 8} {
			b.Run(fmt.Sprintf("%d/%d", size, block), func(b *testing.B) {
				_, _, p := compileUNet(b, nets.DefaultDiT(), size, size, 1, 0, block)
				fillUNet(p, block, 0, rand.New(rand.NewPCG(1, 2)))
				var ws kernel.Workspace
				p.RunBlock(&ws, block, false)
				b.ReportAllocs()
				for b.Loop() {
					p.RunBlock(&ws, block, true)
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N*block), "ms/image")
				b.ReportMetric(float64(p.Memory())/float64(block)/1e6, "MB/image")
			})
		}
	}
}
