package graph

import (
	"math"
	"testing"

	"euryale/kernel"
	"euryale/ops"

	"pgregory.net/rapid"
)

// multinomialLoss compiles a loss of one group for one row, whose prediction is 1·y.
func multinomialLoss(t interface{ Fatal(...any) }, categories int) (*Program, []float32) {
	b := ops.NewBuilder()
	weight := b.Parameter("y", ops.Normal(1), 1, categories)
	loss := b.MultinomialError("loss", ops.MultinomialError{
		Prediction: b.Linear("prediction", b.Input("x", 1), ops.Linear{Weight: weight}), Clean: b.IndexInput("clean", 1),
		Noisy: b.IndexInput("noisy", 1), Chain: b.Input("chain", 4), Weight: b.RowInput("weight"), Categories: []int{categories},
		CategoryWeight: 1,
	})
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	_, size := b.Layout()
	y := make([]float32, size)
	p, err := Compile(loss, 1, y)
	if err != nil {
		t.Fatal(err)
	}
	p.Float("x")[0], p.Float("weight")[0] = 1, 1
	return p, y
}

// posterior is π by its definition.
func posterior(x0, chain []float64, xt int) []float64 {
	pi, total, k := make([]float64, len(x0)), 0.0, float64(len(x0))
	for i, p := range x0 {
		b := chain[3] / k
		if i == xt {
			b += chain[2]
		}
		pi[i] = (chain[0]*p + chain[1]/k) * b
		total += pi[i]
	}
	for i := range pi {
		pi[i] /= total
	}
	return pi
}

// The loss is the divergence of the posteriors: at least 0, and 0 for a prediction that knows x_0. The gradient is that of
// the definition by differences.
func TestMultinomialError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 6).Draw(t, "K")
		keep, stay := rapid.Float64Range(0, 0.999).Draw(t, "keep"), rapid.Float64Range(0, 0.999).Draw(t, "stay")
		if rapid.Bool().Draw(t, "from the data") {
			keep = 1
		}
		p, y := multinomialLoss(t, k)
		chain := []float64{keep, 1 - keep, stay, 1 - stay}
		copy(p.Float("chain"), float32s(chain))
		for i, v := range p.Float("chain") { // as the program has them
			chain[i] = float64(v)
		}
		x0, xt := rapid.IntRange(0, k-1).Draw(t, "x_0"), rapid.IntRange(0, k-1).Draw(t, "x_t")
		p.Index("clean")[0], p.Index("noisy")[0] = int32(x0), int32(xt)
		logits := rapid.SliceOfN(rapid.Float64Range(-4, 4), k, k).Draw(t, "logits")
		onehot := make([]float64, k)
		onehot[x0] = 1
		truth := posterior(onehot, chain, xt)
		divergence := func(logits []float64) float64 {
			predicted, sum := make([]float64, k), 0.0
			z := ops.LogSumExp(logits)
			for i, v := range logits {
				predicted[i] = math.Exp(v - z)
			}
			for i, v := range posterior(predicted, chain, xt) {
				if truth[i] > 0 {
					sum += truth[i] * math.Log(truth[i]/v)
				}
			}
			return sum
		}
		copy(y, float32s(logits))
		for i := range logits {
			logits[i] = float64(y[i])
		}
		var ws kernel.Workspace
		loss, _ := p.Run(&ws, 1)
		if want := divergence(logits); math.Abs(loss-want) > 1e-5*(1+want) || loss < -1e-6 {
			t.Fatalf("loss %v, want %v", loss, want)
		}
		for i := range logits {
			const h = 1e-5
			at := logits[i]
			logits[i] = at + h
			above := divergence(logits)
			logits[i] = at - h
			below := divergence(logits)
			logits[i] = at
			if got, want := float64(p.Gradient()[i]), (above-below)/(2*h); math.Abs(got-want) > 1e-5 {
				t.Fatalf("gradient [%d]: %v, by differences %v", i, got, want)
			}
		}
		for i := range y[:k] {
			y[i] = -1e4
		}
		y[x0] = 1e4
		loss, norm := p.Run(&ws, 1)
		if math.Abs(loss) > 1e-6 || norm > 1e-6 {
			t.Fatalf("at the truth: loss %v, gradient norm %v", loss, norm)
		}
	})
}

// Logits far apart, where probabilities vanish in float32, give a finite loss and gradient; a NaN stays.
func TestMultinomialErrorExtremes(t *testing.T) {
	p, y := multinomialLoss(t, 3)
	copy(p.Float("chain"), []float32{1, 0, 0.999, 0.001})
	p.Index("clean")[0], p.Index("noisy")[0] = 1, 1
	copy(y, []float32{1e4, -1e4, 0})
	var ws kernel.Workspace
	// −ln π at x_0 = 1: p is (1, e^−20000, …), and the step back prefers x_t = 1 by b_1/b_0 = (0.999 + 0.001/3)/(0.001/3).
	want := 2e4 - math.Log((0.999+0.001/3)/(0.001/3))
	loss, norm := p.Run(&ws, 1)
	if math.Abs(loss-want) > 1e-5*want || math.IsNaN(norm) || math.IsInf(norm, 0) {
		t.Errorf("loss %v with a gradient of norm %v, want %v", loss, norm, want)
	}
	if g := p.Gradient()[:2]; math.Abs(float64(g[0])-1) > 1e-6 || math.Abs(float64(g[1])+1) > 1e-6 {
		t.Errorf("gradient %v, want 1 and −1", g)
	}
	copy(p.Float("chain"), []float32{1e-9, 1, 0.5, 0.5}) // hardly anything is known: no loss, whatever is predicted
	if loss, _ := p.Run(&ws, 1); math.Abs(loss) > 1e-6 {
		t.Errorf("loss %v without signal", loss)
	}
	copy(y, []float32{0, float32(math.NaN()), 0})
	if loss, norm := p.Run(&ws, 1); !math.IsNaN(loss) || !math.IsNaN(norm) {
		t.Errorf("loss %v and gradient %v of a NaN", loss, norm)
	}
}
