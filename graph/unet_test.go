package graph_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"euryale/eager"
	"euryale/graph"
	"euryale/kernel"
	"euryale/nets"
	"euryale/ops"
	"euryale/rng"
)

// compileUNet returns a net of images with its initial weights and the Program of its squared error.
func compileUNet(t interface{ Fatal(...any) }, u nets.Options, height, width, channels, classes, block int) (
	*nets.Built, []float32, *graph.Program) {
	sample := []int{height, width, channels}
	spec := nets.Spec{Sample: sample, Outputs: height * width * channels, Steps: 1000, Classes: classes}
	net, err := u.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	built, err := nets.Build(net, spec)
	if err != nil {
		t.Fatal(err)
	}
	b := built.Builder
	loss := b.WeightedError("loss", ops.Squared(), built.Output, b.Input("target", built.Output.Shape()...), b.RowInput("weight"))
	weights := built.Init(1)
	p, err := graph.CompileBlock(loss, block, weights)
	if err != nil {
		t.Fatal(err)
	}
	return built, weights, p
}

// mnist is the U-Net of the preset of that name.
func mnist() *nets.UNet {
	u := nets.DefaultUNet()
	u.Blocks, u.Attention = 2, []int{14}
	return u
}

// The U-Net of MNIST trains with few megabytes per image: PyTorch keeps 16.
func TestMemoryOfUNet(t *testing.T) {
	_, _, p := compileUNet(t, mnist(), 28, 28, 1, 0, 2)
	if perImage := p.Memory() / 2; perImage > 4_500_000 {
		t.Errorf("%d bytes per image", perImage)
	}
}

func fillUNet(p *graph.Program, rows, classes int, r *rand.Rand) (times []float64, labels []int32) {
	for _, name := range []string{"x", "target", "weight"} {
		copy(p.Float(name), normal(r, len(p.Float(name))))
	}
	for range rows {
		times, labels = append(times, float64(r.IntN(1000))), append(labels, int32(r.IntN(classes+1)-1))
	}
	p.Condition(0, times, labels)
	p.Dropout(rng.NewStream(1, rng.Dropout), 3, 0)
	return times, labels
}

// drawUNet draws a small U-Net and the height and the width of its images.
func drawUNet(t *rapid.T) (net nets.Options, height, width int) {
	u := nets.DefaultUNet()
	u.Groups = rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "groups")
	u.Channels = u.Groups * rapid.SampledFrom([]int{2, 4, 12}).Draw(t, "channels per group")
	u.Multipliers = rapid.SliceOfN(rapid.IntRange(1, 2), 1, 3).Draw(t, "multipliers")
	u.Blocks = rapid.IntRange(1, 2).Draw(t, "blocks")
	u.Dropout = rapid.SampledFrom([]float64{0, 0.3}).Draw(t, "dropout")
	u.Labels = rapid.Bool().Draw(t, "labels")
	unit := 1 << (len(u.Multipliers) - 1)
	height, width = unit*rapid.IntRange(1, 3).Draw(t, "height"), unit*rapid.IntRange(1, 3).Draw(t, "width")
	if rapid.Bool().Draw(t, "attention") {
		u.Attention = []int{height}
	}
	return u, height, width
}

// Both readers compute the same net: if the target is eager's output, the squared errors are exactly 0. And blocks of any
// number of images give the same bits, with dropout and labels.
func TestUNetEqualsEagerInBlocks(t *testing.T) {
	equalsEagerInBlocks(t, func(t *rapid.T) (nets.Options, int, int) { return drawUNet(t) })
}

func equalsEagerInBlocks(t *testing.T, draw func(t *rapid.T) (net nets.Options, height, width int)) {
	const images, classes = 8, 3
	rapid.Check(t, func(t *rapid.T) {
		u, height, width := draw(t)
		block := rapid.SampledFrom([]int{1, 2, 3, 8}).Draw(t, "block")
		net, weights, p := compileUNet(t, u, height, width, 2, classes, images)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for i := range weights { // the initial weights make outputs of almost 0
			weights[i] += float32(0.1 * r.NormFloat64())
		}
		p.Update()
		times, labels := fillUNet(p, images, classes, r)
		m, err := eager.New(net, weights)
		if err != nil {
			t.Fatal(err)
		}
		size := net.Output.Size()
		for i := range images {
			m.Run(p.Float("target")[i*size:][:size], p.Float("x")[i*size:][:size], eager.Condition{Time: times[i], Label: int(labels[i])})
		}
		changed := r.IntN(images)
		p.Float("target")[changed*size]++
		var ws kernel.Workspace
		p.RunLoss(&ws, images)
		for i, loss := range p.RowLosses(images) {
			if i != changed && loss != 0 || i == changed && loss == 0 {
				t.Fatalf("image %d: the graph differs from eager by %v (the target of image %d was changed by 1)", i, loss, changed)
			}
		}

		p.RunBlock(&ws, images, false)
		want, wantLosses := slices.Clone(p.Gradient()), slices.Clone(p.RowLosses(images))
		inputs := map[string][]float32{}
		for _, name := range []string{"x", "target", "weight"} {
			inputs[name] = slices.Clone(p.Float(name))
		}
		var losses []float32
		for first := 0; first < images; first += block {
			n := min(block, images-first)
			for name, from := range inputs {
				size := len(from) / images
				copy(p.Float(name), from[first*size:(first+n)*size])
			}
			p.Condition(0, times[first:first+n], labels[first:first+n])
			p.Dropout(rng.NewStream(1, rng.Dropout), 3, uint64(first))
			p.RunBlock(&ws, n, first > 0)
			losses = append(losses, p.RowLosses(n)...)
		}
		if !slices.Equal(losses, wantLosses) || !slices.Equal(bits(p.Gradient()), bits(want)) {
			t.Fatalf("blocks of %d give other bits than one of %d", block, images)
		}
	})
}

func BenchmarkUNet(b *testing.B) {
	digits := nets.DefaultUNet()
	digits.Multipliers = []int{1, 2}
	for _, c := range []struct {
		name string
		net  *nets.UNet
		size int
	}{{"digits8", digits, 8}, {"mnist_s", nets.DefaultUNet(), 28}, {"mnist", mnist(), 28}} {
		for _, block := range []int{1, 2, 4, 8} {
			b.Run(fmt.Sprintf("%s/%d", c.name, block), func(b *testing.B) {
				_, _, p := compileUNet(b, c.net, c.size, c.size, 1, 0, block)
				fillUNet(p, block, 0, rand.New(rand.NewPCG(1, 2)))
				var ws kernel.Workspace
				p.RunBlock(&ws, block, false)
				b.ReportAllocs()
				for b.Loop() {
					p.RunBlock(&ws, block, true)
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*block), "µs/image")
				b.ReportMetric(float64(p.Memory())/float64(block), "B/image")
			})
		}
	}
}
