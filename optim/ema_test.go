package optim

import (
	"math"
	"slices"
	"testing"
)

// average returns the transform of EMA options, with its memory.
func average(options EMA, weights []float32) *ema { return options.New(weights).(*ema) }

// update takes weights into the average as update n, which step n+1 does.
func (e *ema) update(weights []float32, n int64) { step(e, weights, nil, n+1, 0, 1) }

func TestEMADecay(t *testing.T) {
	e := average(EMA{Decay: 0.999, Warmup: true}, nil)
	for n, want := range []float64{1. / 10, 2. / 11, 3. / 12, 4. / 13} {
		if got := e.decayOf(int64(n)); got != want {
			t.Errorf("warm-up: decay of update %d = %v, want %v", n, got, want)
		}
		if got := e.DecayAt(int64(n + 1)); got != want {
			t.Errorf("warm-up: decay of step %d = %v, want %v", n+1, got, want)
		}
	}
	// (1+n)/(10+n) reaches 0.999 at n = 8990.
	if before, after := e.decayOf(8980), e.decayOf(9000); !(before < 0.999) || after != 0.999 {
		t.Errorf("decays around the end of the warm-up: %v, %v", before, after)
	}
	if got := average(EMA{Decay: 0.999}, nil).decayOf(0); got != 0.999 {
		t.Errorf("no warm-up: decay of update 0 = %v, want 0.999", got)
	}
}

// Weights that do not move are their own average, to the bit.
func TestEMAOfConstant(t *testing.T) {
	w := normals(1, 0, 100)
	e := average(EMA{Decay: 0.999, Warmup: true}, w)
	for n := range int64(200) {
		e.update(w, n)
	}
	if !slices.Equal(e.average, w) {
		t.Error("the average of constant weights is something else")
	}
}

// For a constant decay d and weights w₀ (the start), w₁ … w_N, the average is d^N w₀ + (1−d) Σ d^(N−k) w_k.
// With a warm-up the powers of d become products of the decays since.
func TestEMAClosedForm(t *testing.T) {
	const size, updates = 30, 40
	for _, config := range []EMA{{Decay: 0.9}, {Decay: 0.9, Warmup: true}, {Decay: 0}} {
		weights := make([][]float32, updates+1)
		for k := range weights {
			weights[k] = normals(7, uint64(k), size)
		}
		e := average(config, weights[0])
		if &e.average[0] == &weights[0][0] {
			t.Fatal("the average is the weights themselves, not a copy")
		}
		for n := range int64(updates) {
			e.update(weights[n+1], n)
		}
		for i := range size {
			want, since := 0.0, 1.0
			for k := updates; k >= 1; k-- {
				d := config.Decay
				if n := float64(k - 1); config.Warmup {
					d = math.Min(d, (1+n)/(10+n))
				}
				want += since * (1 - d) * float64(weights[k][i])
				since *= d
			}
			want += since * float64(weights[0][i])
			if got := float64(e.average[i]); math.Abs(got-want) > 1e-5*(0.1+math.Abs(want)) {
				t.Fatalf("%+v: average[%d] = %v, want %v", config, i, got, want)
			}
		}
	}
}
