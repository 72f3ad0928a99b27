package diffusion

import (
	"math"
	"slices"
	"testing"

	"euryale/rng"

	"pgregory.net/rapid"
)

// taught is an importance sampler that has all its losses.
func taught(t failer, p Process, seed uint64) TimestepSampler {
	t.Helper()
	s := newTimesteps(t, "importance", p, seed)
	for round := range 11 {
		for i := range p.Steps() {
			s.Update([]float64{float64(i)}, []float32{float32(i%7+1) * float32(round+1)})
		}
	}
	return s
}

// By hand: T = 3, losses that end at 1, 3 and 0 throughout: p = 0.999·(¼, ¾, 0) + 0.001/3.
func TestImportanceByHand(t *testing.T) {
	p := newChainOf(t, "linear", 0.1, 0.2, 3)
	s, uniform := newTimesteps(t, "importance", p, 4), newTimesteps(t, "uniform", p, 4)
	times, weight := make([]float64, 3000), make([]float32, 3000)
	want, ones := make([]float64, 3000), make([]float32, 3000)
	// An old loss of 100 for t = 0, which the eleventh pushes out.
	s.Update([]float64{0}, []float32{100})
	for round := range 10 {
		s.Fill(times, weight, 1, 0, 3000)
		uniform.Fill(want, ones, 1, 0, 3000)
		if !slices.Equal(times, want) || !slices.Equal(weight, ones) {
			t.Fatalf("with %d losses of some t it is not uniform", round)
		}
		s.Update([]float64{2, 0, 1}, []float32{0, 1, -3})
	}
	probabilities := []float64{0.999/4 + 0.001/3, 0.999*3/4 + 0.001/3, 0.001 / 3}
	counts, weighted := make([]float64, 3), 0.0
	for step := range uint64(10) {
		s.Fill(times, weight, step, 0, 3000)
		for i, v := range times {
			counts[int(v)]++
			weighted += float64(weight[i]) / 30_000
			if w := 1 / (3 * probabilities[int(v)]); relativeError(float64(weight[i]), w) > 1e-6 {
				t.Fatalf("t = %v weighs %v, want %v", v, weight[i], w)
			}
		}
	}
	for i, probability := range probabilities {
		if mean := 30_000 * probability; math.Abs(counts[i]-mean) > 4.5*math.Sqrt(mean*(1-probability)) {
			t.Errorf("t = %d was drawn %v times, want %v", i, counts[i], mean)
		}
	}
	// E 1/(T p) = 1; its variance is Σ p/(T p)² − 1, nearly all from t = 2.
	if deviation := math.Sqrt(1 / (9 * probabilities[2]) / 30_000); math.Abs(weighted-1) > 4.5*deviation {
		t.Errorf("the weights' mean is %v", weighted)
	}
	// Losses that are all 0 give the uniform distribution.
	zero := newTimesteps(t, "importance", p, 4)
	for range 10 {
		zero.Update([]float64{0, 1, 2}, []float32{0, 0, 0})
	}
	zero.Fill(times, weight, 1, 0, 3000)
	if !slices.Equal(weight, ones) || slices.Max(times) != 2 || slices.Min(times) != 0 {
		t.Error("with losses of 0 it is not uniform")
	}
	// √ of the mean square, not the mean: losses 1 and 7 have 5.
	spread := newTimesteps(t, "importance", p, 4)
	for i := range 10 {
		spread.Update([]float64{0, 1, 2}, []float32{float32(1 + 6*(i%2)), 5, 10})
	}
	spread.Fill(times, weight, 1, 0, 3000)
	for i, v := range times {
		if w := 1 / (3 * (0.999*[]float64{0.25, 0.25, 0.5}[int(v)] + 0.001/3)); relativeError(float64(weight[i]), w) > 1e-6 {
			t.Fatalf("t = %v weighs %v, want %v", v, weight[i], w)
		}
	}
}

// A restored sampler continues bit for bit, from any state.
func TestTimestepsResume(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newChainOf(t, "cosine", 0, 0, rapid.IntRange(1, 6).Draw(t, "steps"))
		s := newTimesteps(t, "importance", p, 3)
		const batch = 8
		times, weight, losses := make([]float64, batch), make([]float32, batch), make([]float32, batch)
		run := func(s TimestepSampler, from, to uint64) {
			for step := from; step < to; step++ {
				s.Fill(times, weight, step, 0, batch)
				rng.NewStream(8, rng.Fresh).Uniform(losses, step, 0, 1)
				s.Update(times, losses)
			}
		}
		cut := rapid.Uint64Range(0, 40).Draw(t, "cut")
		run(s, 0, cut)
		state := s.State()
		kept := slices.Clone(state)
		resumed := taught(t, p, 3) // Restore replaces all that it remembers
		if err := resumed.Restore(state); err != nil {
			t.Fatal(err)
		}
		if len(state) != 11*p.Steps() || !slices.Equal(resumed.State(), state) {
			t.Fatalf("the state changed from %v to %v", state, resumed.State())
		}
		run(s, cut, cut+40)
		lastTimes, lastWeight := slices.Clone(times), slices.Clone(weight)
		run(resumed, cut, cut+40)
		if !slices.Equal(times, lastTimes) || !slices.Equal(weight, lastWeight) || !slices.Equal(s.State(), resumed.State()) {
			t.Fatal("the resumed sampler differs")
		}
		if !slices.Equal(state, kept) {
			t.Fatal("a state taken earlier changed")
		}
	})
	// The layout, as in checkpoints: per t the count and the losses, the oldest first.
	s := newTimesteps(t, "importance", newChainOf(t, "cosine", 0, 0, 2), 3)
	for i := range 12 {
		s.Update([]float64{0}, []float32{float32(i)})
	}
	s.Update([]float64{1, 1}, []float32{7, 8})
	if want := []float32{10, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 2, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0}; !slices.Equal(s.State(), want) {
		t.Errorf("state %v, want %v", s.State(), want)
	}
}

func TestRestoreErrors(t *testing.T) {
	p := newChainOf(t, "cosine", 0, 0, 2)
	uniform := newTimesteps(t, "uniform", p, 0)
	if uniform.State() != nil || uniform.Restore(nil) != nil || uniform.Restore([]float32{1}) == nil {
		t.Error("uniform remembers something")
	}
	uniform.Update([]float64{0}, []float32{1})
	s := taught(t, p, 0)
	state := s.State()
	for name, spoil := range map[string]func(state []float32) []float32{
		"short":             func(s []float32) []float32 { return s[1:] },
		"none":              func([]float32) []float32 { return nil },
		"count 11":          func(s []float32) []float32 { s[0] = 11; return s },
		"count −1":          func(s []float32) []float32 { s[11] = -1; return s },
		"count 2.5":         func(s []float32) []float32 { s[0] = 2.5; return s },
		"count NaN":         func(s []float32) []float32 { s[0] = float32(math.NaN()); return s },
		"loss NaN":          func(s []float32) []float32 { s[3] = float32(math.NaN()); return s },
		"loss infinite":     func(s []float32) []float32 { s[21] = float32(math.Inf(1)); return s },
		"loss beyond count": func(s []float32) []float32 { s[0] = 4; return s },
	} {
		if err := s.Restore(spoil(slices.Clone(state))); err == nil {
			t.Errorf("%s is no error", name)
		}
		if !slices.Equal(s.State(), state) {
			t.Errorf("%s has changed the sampler", name)
		}
	}
}
