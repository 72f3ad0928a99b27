package graph

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"euryale/kernel"
	"euryale/ops"
	"euryale/rng"
)

// dropRate is the rate of the test net's dropout.
const dropRate = 0.25

// newImageNet translates the small U-Net.
func newImageNet(dtype tensor.Dtype) testNet {
	return readNet(recordImageNet(dropRate), testBatch, dtype)
}

// testAddress is where the dropout of the test's batches is.
var testAddress = address{stream: rng.NewStream(3, rng.Dropout), step: 7, firstRow: 40}

// imageProgram compiles a loss for blocks and returns it with its parameters' layout.
func imageProgram(t testing.TB, record *ops.Node, block int, v numbers) (*Program, []ops.Parameter) {
	t.Helper()
	layout, size := record.Builder().Layout()
	parameters := make([]float32, size)
	for _, p := range layout {
		copy(parameters[p.Offset:], float32s(v.floats[p.Name]))
	}
	p, err := CompileBlock(record, block, parameters)
	if err != nil {
		t.Fatal(err)
	}
	return p, layout
}

// runBlocks runs the rows of the test's batch in blocks, and returns their losses.
func runBlocks(p *Program, ws *kernel.Workspace, v numbers, blocks ...int) []float32 {
	first := 0
	var losses []float32
	for _, rows := range blocks {
		fillBlock(p, v, first, rows)
		p.RunBlock(ws, rows, first > 0)
		losses = append(losses, p.RowLosses(rows)...)
		first += rows
	}
	return losses
}

// fillBlock fills the inputs of the first rows of a block from the rows of a batch.
func fillBlock(p *Program, v numbers, first, rows int) {
	for name, to := range p.floats {
		from := v.floats[name]
		width := len(from) / testBatch
		copy(to, float32s(from[first*width:(first+rows)*width]))
	}
	for name, to := range p.indices {
		width := len(v.indices[name]) / testBatch
		copy(to, v.indices[name][first*width:(first+rows)*width])
	}
	times, labels := make([]float64, rows), make([]int32, rows)
	for r := range times {
		times[r] = float64(v.indices["t"][first+r])
		if labels[r] = v.indices["label"][first+r]; labels[r] == testClasses {
			labels[r] = -1
		}
	}
	p.Condition(0, times, labels)
	p.Dropout(testAddress.stream, testAddress.step, testAddress.firstRow+uint64(first))
}

// The symbolic gradients of the net of images, in float64 on Gorgonia's machine, against central differences along random
// directions of every parameter and of the image.
func TestImageGradientsByFiniteDifferences(t *testing.T) {
	net := newImageNet(tensor.Float64)
	*net.address = testAddress
	v := net.values()
	variables := append(slices.Clone(net.parameters), net.inputs[0])
	loss, gradients := net.machine(t, v, variables...)
	r := rand.New(rand.NewPCG(5, 6))
	for _, name := range slices.Sorted(maps.Keys(gradients)) { // in order, so that each has the same direction every time
		gradient := gradients[name]
		const h = 1e-5
		direction, at := make([]float64, len(gradient)), slices.Clone(v.floats[name])
		slope, scale := 0.0, 0.0
		for i, g := range gradient {
			direction[i] = r.NormFloat64()
			slope += g * direction[i]
			scale += math.Abs(g * direction[i])
		}
		value := func(step float64) float64 {
			for i := range at {
				v.floats[name][i] = at[i] + step*direction[i]
			}
			net := newImageNet(tensor.Float64)
			*net.address = testAddress
			loss, _ := net.machine(t, v)
			return loss
		}
		central := func(h float64) float64 { return (value(h) - value(-h)) / (2 * h) }
		want := (4*central(h) - central(2*h)) / 3 // Richardson: the error in h² cancels
		value(0)
		copy(v.floats[name], at)
		if math.Abs(slope-want) > 1e-6*scale+1e-9*loss || scale == 0 {
			t.Errorf("%s: slope %v, by differences %v (terms add up to %v)", name, slope, want, scale)
		}
	}
}

// A Program of blocks against the plain loops on Gorgonia's machine.
func TestBlockAgainstTapeMachine(t *testing.T) {
	net := newImageNet(tensor.Float64)
	*net.address = testAddress
	v := net.values()
	wantLoss, want := net.machine(t, v, net.parameters...)
	p, layout := imageProgram(t, recordImageNet(dropRate), testBatch, v)
	var ws kernel.Workspace
	runBlocks(p, &ws, v, testBatch)
	if loss := p.Loss(testBatch); math.Abs(loss-wantLoss) > 1e-5*wantLoss {
		t.Errorf("loss %v, on the machine %v", loss, wantLoss)
	}
	compareGradients(t, layout, p.Gradient(), want, 1e-4)
}

// compareGradients compares the gradient of each parameter, relative to its largest element, or to 1e-4 of the largest
// of all: that of a key's bias is zero but for rounding.
func compareGradients(t *testing.T, layout []ops.Parameter, got []float32, want map[string][]float64, tolerance float64) {
	t.Helper()
	largest := 0.0
	for _, p := range layout {
		largest = max(largest, slices.Max(want[p.Name]), -slices.Min(want[p.Name]))
	}
	for _, p := range layout {
		compareParameter(t, p, got, want[p.Name], tolerance, 1e-4*largest)
	}
}

func compareParameter(t *testing.T, p ops.Parameter, gradient []float32, want []float64, tolerance, scale float64) {
	t.Helper()
	worst := 0.0
	for _, w := range want {
		scale = max(scale, math.Abs(w))
	}
	for i, w := range want {
		worst = max(worst, math.Abs(float64(gradient[p.Offset+i])-w))
	}
	if !(worst <= tolerance*scale) {
		t.Errorf("the gradient of %s is wrong by %v, its largest element is %v", p.Name, worst, scale)
	}
}

// Any split of the rows into blocks gives the same bits, also in a Program for larger blocks.
func TestBlocksAgree(t *testing.T) {
	v := newImageNet(tensor.Float32).values()
	var ws kernel.Workspace
	var losses, gradient []float32
	for i, blocks := range [][]int{{5}, {1, 1, 1, 1, 1}, {2, 2, 1}, {3, 2}, {1, 4}} {
		for _, capacity := range []int{slices.Max(blocks), 8} {
			p, _ := imageProgram(t, recordImageNet(dropRate), capacity, v)
			for range 2 { // the second run must not depend on what the first left in memory
				got := runBlocks(p, &ws, v, blocks...)
				if i == 0 && gradient == nil {
					losses, gradient = got, slices.Clone(p.Gradient())
				}
				if !slices.Equal(got, losses) || !slices.Equal(p.Gradient(), gradient) {
					t.Errorf("blocks %v of at most %d give other bits than one block", blocks, capacity)
				}
			}
		}
	}
}

// The nets without images, with each loss and with parameters that are used several times.
func TestBlocksOfOldNets(t *testing.T) {
	for name := range losses {
		v := testValues(name)
		whole, layout := newProgram(t, name, v)
		var ws kernel.Workspace
		whole.Run(&ws, testBatch)
		p, _ := imageProgram(t, recordTestNet(name), testBatch, v)
		got := runBlocks(p, &ws, v, testBatch)
		if !slices.Equal(got, whole.RowLosses(testBatch)) {
			t.Errorf("%s: losses %v, want %v", name, got, whole.RowLosses(testBatch))
		}
		gradient := slices.Clone(p.Gradient())
		for _, parameter := range layout {
			want := whole.Gradient()[parameter.Offset:][:parameter.Size()]
			compareParameter(t, parameter, gradient, toFloat64(want), 1e-5, 0)
		}
		runBlocks(p, &ws, v, 2, 1, 2)
		if !slices.Equal(gradient, p.Gradient()) {
			t.Errorf("%s: the gradient depends on the blocks", name)
		}
	}
}

func TestRunBlockDoesNotAllocate(t *testing.T) {
	v := newImageNet(tensor.Float32).values()
	p, _ := imageProgram(t, recordImageNet(dropRate), testBatch, v)
	var ws kernel.Workspace
	runBlocks(p, &ws, v, testBatch)
	if n := testing.AllocsPerRun(10, func() {
		p.Update()
		p.RunBlock(&ws, testBatch, false)
		p.RunBlock(&ws, 2, true)
	}); n != 0 {
		t.Errorf("%v allocations per run", n)
	}
}

func TestBlockErrors(t *testing.T) {
	record := recordImageNet(dropRate)
	_, size := record.Builder().Layout()
	for name, c := range map[string]struct {
		compile func() (*Program, error)
		want    string
	}{
		"all rows at once": {func() (*Program, error) { return Compile(record, 2, make([]float32, size)) }, "CompileBlock"},
		"no loss":          {func() (*Program, error) { return CompileBlock(nil, 2, nil) }, "the loss is nil"},
		"no rows":          {func() (*Program, error) { return CompileBlock(record, 0, make([]float32, size)) }, "at least one row"},
		"few parameters":   {func() (*Program, error) { return CompileBlock(record, 2, make([]float32, size-1)) }, "for the parameters"},
	} {
		if _, err := c.compile(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

// A block without rows has no gradient, and adds none.
func TestEmptyBlock(t *testing.T) {
	v := newImageNet(tensor.Float32).values()
	p, _ := imageProgram(t, recordImageNet(dropRate), testBatch, v)
	var ws kernel.Workspace
	runBlocks(p, &ws, v, testBatch)
	want := slices.Clone(p.Gradient())
	if p.RunBlock(&ws, 0, true); !slices.Equal(p.Gradient(), want) {
		t.Error("no rows have changed the gradient")
	}
	if p.RunBlock(&ws, 0, false); slices.ContainsFunc(p.Gradient(), func(g float32) bool { return g != 0 }) {
		t.Error("no rows have a gradient")
	}
}

// RunLoss drops nothing, whatever ran before it.
func TestLossWithoutDropout(t *testing.T) {
	v := newImageNet(tensor.Float32).values()
	var ws kernel.Workspace
	kept, _ := imageProgram(t, recordImageNet(0), testBatch, v)
	want := runBlocks(kept, &ws, v, testBatch)
	p, _ := imageProgram(t, recordImageNet(dropRate), testBatch, v)
	dropped := runBlocks(p, &ws, v, testBatch)
	p.RunLoss(&ws, testBatch)
	if got := p.RowLosses(testBatch); !slices.Equal(got, want) || slices.Equal(dropped, want) {
		t.Errorf("losses %v, want %v; with dropout %v", got, want, dropped)
	}
	if again := runBlocks(p, &ws, v, testBatch); !slices.Equal(again, dropped) {
		t.Errorf("losses %v with dropout after a run without it, want %v", again, dropped)
	}
}
