package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"euryale/kernel"
	"euryale/ops"
)

// recordAnyImages records layers on images in any order. The operands of each are drawn, so that values are read by several
// layers of any kind, and are part of several concatenations.
func recordAnyImages(r *rand.Rand, layers int) *ops.Node {
	b := ops.NewBuilder()
	l := imageLayers{b}
	time := l.linear("time", b.Sinusoids("features", b.Time("time", testSteps), []float64{1, 0.3}), imageWidth)
	values := []*ops.Node{l.conv("first", b.Input("x", 4, 4, 2), ops.Conv{Kernel: 3, Stride: 1, Padding: 1}, 4)}
	some := func(like *ops.Node) *ops.Node { // of the size of another, nil: any
		for {
			n := values[r.IntN(len(values))]
			if like == nil || n.Shape()[0] == like.Shape()[0] {
				return n
			}
		}
	}
	read := func(n *ops.Node) bool {
		return slices.ContainsFunc(b.Nodes(), func(reader *ops.Node) bool { return slices.Contains(reader.Op.Operands(), n) })
	}
	for i := range layers {
		name, x := fmt.Sprint("layer ", i), some(nil)
		var y *ops.Node
		switch r.IntN(12) {
		case 0:
			parts := []*ops.Node{x}
			for range max(0, r.IntN(4)-1) {
				parts = append(parts, some(x))
			}
			y = b.Concat(name, parts...)
			if y.Shape()[2] > 24 {
				continue
			}
		case 1:
			y = b.SiLU(name, x)
		case 2:
			y = some(x)
			for range 3 { // others that have not been read, where there are some
				if read(y) {
					y = some(x)
				}
			}
			if y.Shape()[2] != x.Shape()[2] {
				continue
			}
			y = b.Add(name, x, y)
		case 3:
			y = b.Dropout(name, x, dropRate)
		case 4:
			y = l.attention(name, x, 1+r.IntN(2))
		case 5, 6, 7, 8:
			y = l.norm(name, x, 2, r.IntN(4) > 0)
		default:
			c := ops.Conv{Kernel: 3, Stride: 1, Padding: 1}
			if r.IntN(4) == 0 {
				c = ops.Conv{Kernel: 1, Stride: 1}
			}
			switch r.IntN(4) {
			case 0, 1:
				if y := some(x); y.Shape()[2] == 4 {
					c.Add = y
				}
			case 2:
				c.PerImage = l.linear(name+".time", time, 4)
			case 3:
				c.Kernel, c.Padding = 3, 1
				if c.Upsample = x.Shape()[0] == 2; !c.Upsample {
					c.Stride, c.Padding = 2, 0
				}
			}
			y = l.conv(name, x, c, 4)
		}
		values = append(values, y)
	}
	end := l.linear("end", time, 3)
	for i, v := range values {
		if read(v) && r.IntN(4) > 0 {
			continue
		}
		name := fmt.Sprint("end ", i)
		if v = l.norm(name+".norm", v, 2, false); r.IntN(2) == 0 {
			v = b.MeanPool(name, v)
		}
		end = b.Add(name, end, l.linear(name, v, 3))
	}
	return b.WeightedError("loss", ops.Squared(), end, b.Input("target", 3), b.RowInput("weight"))
}

// Memory that results share holds what each reader expects: the loss and the gradient have the same bits if every result has
// its own, even if memory is filled with NaN before its first writer and after its last reader.
func TestSharedMemory(t *testing.T) {
	check := func(t testing.TB, record func() *ops.Node) (reused float64) {
		net := readNet(record(), testBatch, tensor.Float32)
		v := net.values()
		parameters := make([]float32, net.size)
		for _, p := range net.layout {
			copy(parameters[p.Offset:], float32s(v.floats[p.Name]))
		}
		p, plan, err := net.compileBlock(net.loss, parameters)
		if err != nil {
			t.Fatal(err)
		}
		other := readNet(record(), testBatch, tensor.Float32)
		other.separate = true
		want, _, err := other.compileBlock(other.loss, parameters)
		if err != nil {
			t.Fatal(err)
		}
		poisonDead(p, plan)
		var ws kernel.Workspace
		losses, wantLosses := runBlocks(p, &ws, v, testBatch), runBlocks(want, &ws, v, testBatch)
		if !slices.Equal(losses, wantLosses) || !slices.Equal(p.Gradient(), want.Gradient()) {
			t.Error("the results depend on what shares memory")
		}
		return float64(want.Memory()) / float64(p.Memory())
	}
	if reused := check(t, func() *ops.Node { return recordImageNet(dropRate) }); reused < 3 {
		t.Errorf("memory is used only %v times", reused)
	}
	for name := range losses {
		check(t, func() *ops.Node { return recordTestNet(name) })
	}
	rapid.Check(t, func(r *rapid.T) {
		layers, seed := rapid.IntRange(0, 25).Draw(r, "layers"), rapid.Uint64().Draw(r, "seed")
		check(t, func() *ops.Node { return recordAnyImages(rand.New(rand.NewPCG(seed, 0)), layers) })
		if t.Failed() {
			r.Fatal("see above")
		}
	})
}

// poisonDead fills memory with NaN: all of it now, and each buffer after the last step that uses it.
func poisonDead(p *Program, plan *plan) {
	poison := func(x []float32) {
		for i := range x {
			x[i] = float32(math.NaN())
		}
	}
	poison(p.block.arena)
	for at := range plan.steps {
		end := p.block.ends[at]
		if end == 0 {
			continue
		}
		bound := p.block.steps[end-1]
		p.block.steps[end-1] = func(ws *kernel.Workspace, rows int, accumulate bool) {
			bound(ws, rows, accumulate)
			for _, b := range plan.buffers {
				if b.death == at {
					poison(p.block.arena[b.offset:][:b.lines()])
				}
			}
		}
	}
}
