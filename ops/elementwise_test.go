package ops

import (
	"math"
	"testing"
)

// SiLU against x/(1 + exp(−x)) in 40-digit decimal arithmetic, and its derivative against differences.
func TestSiLU(t *testing.T) {
	for x, want := range map[float64]float64{
		0: 0, 1: 0.7310585786300049, -1: -0.2689414213699951, 2.5: 2.3103545499468914, -20: -4.122307236380407e-08,
	} {
		if got := (SiLU{}).Value(x); math.Abs(got-want) > 4e-16*math.Abs(want) {
			t.Errorf("silu(%v) = %v, want %v", x, got, want)
		}
	}
	const h = 1e-5
	for x := -9.0; x < 9; x += 0.37 {
		want := (SiLU{}.Value(x+h) - SiLU{}.Value(x-h)) / (2 * h)
		if got := (SiLU{}).Derivative(x); math.Abs(got-want) > 1e-9 {
			t.Errorf("silu'(%v) = %v, by differences %v", x, got, want)
		}
	}
	for x, want := range map[float64][2]float64{1000: {1000, 1}, -1000: {0, 0}} { // exp(1000) overflows
		if v, d := (SiLU{}).Value(x), (SiLU{}).Derivative(x); v != want[0] || d != want[1] {
			t.Errorf("silu(%v) = %v with derivative %v, want %v", x, v, d, want)
		}
	}
	if nan := math.NaN(); !math.IsNaN(SiLU{}.Value(nan)) || !math.IsNaN(SiLU{}.Derivative(nan)) {
		t.Error("NaN is lost")
	}
}

func TestLogSumExp(t *testing.T) {
	if got := LogSumExp([]float64{math.Log(2), math.Log(3)}); math.Abs(got-math.Log(5)) > 1e-15 {
		t.Errorf("%v, want ln 5", got)
	}
	if got := LogSumExp([]float32{1000, 1000}); math.Abs(got-1000-math.Ln2) > 1e-12 {
		t.Errorf("%v, want 1000 + ln 2", got)
	}
}

// Precomputed features equal computed ones; those of a time between two steps, or beyond them, are computed.
func TestSinusoids(t *testing.T) {
	b := NewBuilder()
	frequencies := []float64{1, 0.37, 1e-3}
	n := b.Sinusoids("f", b.Time("time", 5), frequencies)
	if b.Err() != nil || n.Size() != 6 || !n.PerRow() {
		t.Fatalf("%v, %v", n, b.Err())
	}
	op := n.Op.(Sinusoids)
	if len(op.precomputed()) != 5*6 {
		t.Errorf("%d features are precomputed, want 30", len(op.precomputed()))
	}
	for _, time := range []float64{0, 3, 4, 5, 2.5, -1, 1e9} {
		dst := make([]float32, 6)
		op.Fill(dst, time)
		for i, f := range frequencies {
			if sin, cos := math.Sincos(f * time); dst[i] != float32(sin) || dst[3+i] != float32(cos) {
				t.Errorf("features %d of %v are %v and %v, want %v and %v", i, time, dst[i], dst[3+i], sin, cos)
			}
		}
	}
	frequencies[0] = 9
	if op.Frequencies[0] != 1 {
		t.Error("the record shares the caller's frequencies")
	}
	for steps, want := range map[int]int{0: 0, 4096: 4096, 1 << 30: 4096} {
		b := NewBuilder()
		op := b.Sinusoids("f", b.Time("time", steps), []float64{1}).Op.(Sinusoids)
		if len(op.precomputed()) != 2*want {
			t.Errorf("%d steps: %d are precomputed, want %d", steps, len(op.precomputed())/2, want)
		}
	}
}

// Doubled frequencies, of which one is doubled twice, one follows others, and more than can be doubled.
func TestDoubledFrequencies(t *testing.T) {
	frequencies := []float64{0.75, 1, 0, 1.5, 0, 2, 6, 3}
	for f := 100.0; len(frequencies) < 3*maxDoubled; f++ {
		frequencies = append(frequencies, f, 2*f)
	}
	b := NewBuilder()
	op := b.Sinusoids("f", b.Time("time", 0), frequencies).Op.(Sinusoids)
	n, dst := len(frequencies), make([]float32, 2*len(frequencies))
	for _, time := range []float64{0, 1e-9, -2.3, 1.7, 12} {
		op.Fill(dst, time)
		for i, f := range frequencies {
			if sin, cos := math.Sincos(f * time); math.Abs(float64(dst[i])-sin) > 6e-8 || math.Abs(float64(dst[n+i])-cos) > 6e-8 {
				t.Errorf("features of %v at %v are %v and %v, want %v and %v", f, time, dst[i], dst[n+i], sin, cos)
			}
		}
	}
}

func TestInfiniteFrequency(t *testing.T) {
	for _, f := range []float64{math.NaN(), math.Inf(1)} {
		b := NewBuilder()
		if b.Sinusoids("f", b.Time("time", 5), []float64{f}); b.Err() == nil {
			t.Errorf("frequency %v: no error", f)
		}
	}
}
