package graph

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"euryale/kernel"
	"euryale/ops"
)

// mixedLoss compiles a loss whose prediction is x·1, so that the gradient of the single row of weights is that of the
// prediction, summed over the batch.
func mixedLoss(t testing.TB, m ops.MixedError, b *ops.Builder, outputs, batch int) (*Program, []float32) {
	t.Helper()
	x, weight := b.Input("x", 1), b.Parameter("y", ops.Normal(1), 1, outputs)
	m.Prediction, m.Weight = b.Linear("prediction", x, ops.Linear{Weight: weight}), b.RowInput("weight")
	loss := b.MixedError("loss", m)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	_, size := b.Layout()
	y := make([]float32, size)
	p, err := Compile(loss, batch, y)
	if err != nil {
		t.Fatal(err)
	}
	for i := range batch {
		p.Float("x")[i], p.Float("weight")[i] = 1, 1
	}
	return p, y
}

// The loss and its gradient by their definition: squared errors of numbers and the cross-entropy of two groups.
func TestMixedError(t *testing.T) {
	b := ops.NewBuilder()
	p, y := mixedLoss(t, ops.MixedError{
		Target: b.Input("target", 2), NumberWeight: b.Input("number weight", 2), Index: b.IndexInput("index", 2),
		Categories: []int{2, 3}, Factors: []float64{0.5, 4},
	}, b, 7, 1)
	log := func(v float64) float32 { return float32(math.Log(v)) }
	copy(y, []float32{3, -1, log(1), log(3), log(2), log(2), log(6)})
	copy(p.Float("target"), []float32{1, -2})
	copy(p.Float("number weight"), []float32{1, 0})
	copy(p.Index("index"), []int32{1, 0})
	p.Float("weight")[0] = 10
	var ws kernel.Workspace
	loss, _ := p.Run(&ws, 1)
	if want := 10 * (4 + 0.5*math.Log(4./3) + 4*math.Log(5)); math.Abs(loss-want) > 1e-5*want {
		t.Errorf("loss %v, want %v", loss, want)
	}
	for j, want := range []float64{40, 0, 5 * 0.25, 5 * -0.25, 40 * -0.8, 40 * 0.2, 40 * 0.6} {
		if got := float64(p.Gradient()[j]); math.Abs(got-want) > 1e-5*40 {
			t.Errorf("gradient [%d]: %v, want %v", j, got, want)
		}
	}
}

// Logits of ±1e4 give a finite loss and gradient, even where the category has probability 0 in float32; a NaN stays.
func TestMixedErrorExtremes(t *testing.T) {
	b := ops.NewBuilder()
	p, y := mixedLoss(t, ops.MixedError{Index: b.IndexInput("index", 1), Categories: []int{3}, Factors: []float64{1}}, b, 3, 1)
	var ws kernel.Workspace
	for _, test := range []struct {
		logits, gradient []float32
		index            int32
		loss             float64
	}{
		{[]float32{1e4, -1e4, 0}, []float32{1, -1, 0}, 1, 2e4},
		{[]float32{1e4, -1e4, 0}, []float32{0, 0, 0}, 0, 0},
		{[]float32{-1e4, -1e4, -2e4}, []float32{-0.5, 0.5, 0}, 0, math.Ln2},
		{[]float32{1e4, 1e4, 1e4}, []float32{1. / 3, 1. / 3, -2. / 3}, 2, math.Log(3)},
	} {
		copy(y, test.logits)
		p.Index("index")[0] = test.index
		loss, _ := p.Run(&ws, 1)
		if math.Abs(loss-test.loss) > 1e-3+1e-6*test.loss { // the logarithm of the sum has the precision of the logits
			t.Errorf("logits %v: loss %v, want %v", test.logits, loss, test.loss)
		}
		for k, want := range test.gradient {
			if got := p.Gradient()[k]; math.Abs(float64(got-want)) > 1e-6 {
				t.Errorf("logits %v: gradient %v, want %v", test.logits, p.Gradient()[:3], test.gradient)
				break
			}
		}
	}
	copy(y, []float32{0, float32(math.NaN()), 0})
	if loss, norm := p.Run(&ws, 1); !math.IsNaN(loss) || !math.IsNaN(norm) {
		t.Errorf("loss %v and gradient %v of a NaN", loss, norm)
	}
}

// One group of 20,000 categories, and 1,000 columns, against the reference in float64.
func TestMixedErrorOfManyColumns(t *testing.T) {
	const rows = 2
	for _, test := range []struct {
		name       string
		numbers    int
		categories []int
	}{
		{"20,000 categories", 0, []int{20_000}},
		{"1,000 columns", 500, slices.Repeat([]int{2, 3}, 250)},
		{"one category", 1, []int{1}},
	} {
		b := ops.NewBuilder()
		groups := len(test.categories)
		m := ops.MixedError{Index: b.IndexInput("index", groups), Categories: test.categories}
		r := rand.New(rand.NewPCG(3, 4))
		outputs := test.numbers
		for _, k := range test.categories {
			m.Factors = append(m.Factors, r.Float64())
			outputs += k
		}
		if test.numbers > 0 {
			m.Target = b.Input("target", test.numbers)
		}
		p, y := mixedLoss(t, m, b, outputs, rows)
		for i := range y[:outputs] {
			y[i] = float32(3 * r.NormFloat64())
		}
		for i := range p.Float("target") {
			p.Float("target")[i] = float32(r.NormFloat64())
		}
		for i := range p.Index("index") {
			p.Index("index")[i] = int32(r.IntN(test.categories[i%groups]))
		}
		want, wantLoss := make([]float64, outputs), 0.0
		for row := range rows {
			for j := range test.numbers {
				e := float64(y[j]) - float64(p.Float("target")[row*test.numbers+j])
				wantLoss += e * e
				want[j] += 2 * e
			}
			first := test.numbers
			for g, k := range test.categories {
				logits, chosen := y[first:first+k], p.Index("index")[row*groups+g]
				logSum := ops.LogSumExp(logits)
				wantLoss += m.Factors[g] * (logSum - float64(logits[chosen]))
				for j, v := range logits {
					want[first+j] += m.Factors[g] * math.Exp(float64(v)-logSum)
				}
				want[first+int(chosen)] -= m.Factors[g]
				first += k
			}
		}
		var ws kernel.Workspace
		loss, _ := p.Run(&ws, rows)
		if math.Abs(loss-wantLoss) > 1e-5*wantLoss+1e-6 {
			t.Errorf("%s: loss %v, want %v", test.name, loss, wantLoss)
		}
		for j, w := range want {
			if math.Abs(float64(p.Gradient()[j])-w) > 1e-5*(1+math.Abs(w)) {
				t.Fatalf("%s: gradient [%d] is %v, want %v", test.name, j, p.Gradient()[j], w)
			}
		}
		if n := testing.AllocsPerRun(5, func() { p.Run(&ws, rows) }); n != 0 {
			t.Errorf("%s: %v allocations", test.name, n)
		}
	}
}

// The softmax of the logits is computed once, for the loss and its gradient.
func TestMixedErrorSharesTheSoftmax(t *testing.T) {
	b := ops.NewBuilder()
	p, _ := mixedLoss(t, ops.MixedError{Index: b.IndexInput("index", 1), Categories: []int{3}, Factors: []float64{1}}, b, 3, 1)
	if n := len(p.rowSteps); n != 5 { // prediction, softmax, loss, the gradient's 1 per row, gradient
		t.Errorf("%d steps over the rows, want 5", n)
	}
}
