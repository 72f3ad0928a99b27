package optim

import (
	"math"
	"slices"
	"testing"
)

func TestEMADecay(t *testing.T) {
	e := NewEMA(EMAConfig{Decay: 0.999, Warmup: true}, nil)
	for n, want := range []float64{1. / 10, 2. / 11, 3. / 12, 4. / 13} {
		if got := e.Decay(int64(n)); got != want {
			t.Errorf("warm-up: decay of update %d = %v, want %v", n, got, want)
		}
	}
	// (1+n)/(10+n) reaches 0.999 at n = 8990.
	if before, after := e.Decay(8980), e.Decay(9000); !(before < 0.999) || after != 0.999 {
		t.Errorf("decays around the end of the warm-up: %v, %v", before, after)
	}
	if got := NewEMA(EMAConfig{Decay: 0.999}, nil).Decay(0); got != 0.999 {
		t.Errorf("no warm-up: decay of update 0 = %v, want 0.999", got)
	}
}

// Weights that do not move are their own average, to the bit.
func TestEMAOfConstant(t *testing.T) {
	w := normals(1, 0, 100)
	e := NewEMA(EMAConfig{Decay: 0.999, Warmup: true}, w)
	for n := range int64(200) {
		e.Update(w, 0, len(w), n)
	}
	if !slices.Equal(e.Average, w) {
		t.Error("the average of constant weights is something else")
	}
}

// For a constant decay d and weights w₀ (the start), w₁ … w_N, the average is d^N w₀ + (1−d) Σ d^(N−k) w_k.
// With a warm-up the powers of d become products of the decays since.
func TestEMAClosedForm(t *testing.T) {
	const size, updates = 30, 40
	for _, config := range []EMAConfig{{Decay: 0.9}, {Decay: 0.9, Warmup: true}, {Decay: 0}} {
		weights := make([][]float32, updates+1)
		for k := range weights {
			weights[k] = normals(7, uint64(k), size)
		}
		e := NewEMA(config, weights[0])
		if &e.Average[0] == &weights[0][0] {
			t.Fatal("the average is the weights themselves, not a copy")
		}
		for n := range int64(updates) {
			e.Update(weights[n+1], 0, size, n)
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
			if got := float64(e.Average[i]); math.Abs(got-want) > 1e-5*(0.1+math.Abs(want)) {
				t.Fatalf("%+v: average[%d] = %v, want %v", config, i, got, want)
			}
		}
	}
}

func TestConfigErrors(t *testing.T) {
	nan := math.NaN()
	tests := []struct {
		key    string
		change func(*Config)
	}{
		{"name", func(c *Config) { c.Name = "sgd" }},
		{"learning_rate", func(c *Config) { c.LearningRate = 0 }},
		{"learning_rate", func(c *Config) { c.LearningRate = nan }},
		{"beta1", func(c *Config) { c.Beta1 = 1 }},
		{"beta2", func(c *Config) { c.Beta2 = -0.1 }},
		{"epsilon", func(c *Config) { c.Epsilon = 0 }},
		{"clip_norm", func(c *Config) { c.ClipNorm = math.Inf(1) }},
		{"", func(*Config) {}},
	}
	for _, test := range tests {
		config := DefaultConfig()
		test.change(&config)
		if key, err := config.Validate(); key != test.key || (err == nil) != (key == "") {
			t.Errorf("%+v: key %q, error %v; want key %q", config, key, err, test.key)
		}
	}
	for decay, want := range map[float64]string{0: "", 0.999: "", 1: "decay", -1: "decay"} {
		if key, err := (EMAConfig{Decay: decay}).Validate(); key != want || (err == nil) != (key == "") {
			t.Errorf("EMA decay %v: key %q, error %v; want key %q", decay, key, err, want)
		}
	}
}
