package diffusion

import (
	"math"
	"slices"
	"sort"
	"testing"

	"euryale/rng"

	"pgregory.net/rapid"
)

func timestepsConfig(name string) Config {
	c := DefaultConfig()
	c.Timesteps = name
	return c
}

func newTimesteps(t failer, name string, p Process, seed uint64) *Timesteps {
	t.Helper()
	s, err := NewTimesteps(timestepsConfig(name), p, seed)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// taught is a sampler by importance that has its losses.
func taught(t failer, p Process, seed uint64) *Timesteps {
	t.Helper()
	s := newTimesteps(t, "importance", p, seed)
	for round := range 11 {
		for i := range p.Steps() {
			s.Update([]float64{float64(i)}, []float32{float32(i%7+1) * float32(round+1)})
		}
	}
	return s
}

// drawSampler draws any sampler that a process can have.
func drawSampler(t *rapid.T, p Process) (string, *Timesteps) {
	name := rapid.SampledFrom(TimestepsNames()).Draw(t, "timesteps")
	seed := rapid.Uint64().Draw(t, "seed")
	if name != "importance" {
		return name, newTimesteps(t, name, p, seed)
	}
	if p.Steps() == 0 {
		return "paired", newTimesteps(t, "paired", p, seed)
	}
	if rapid.Bool().Draw(t, "taught") {
		return name, taught(t, p, seed)
	}
	return name, newTimesteps(t, name, p, seed)
}

// Whoever fills which rows, the times and weights are the same; they lie in the span, whole for chains; pairs add up.
func TestTimestepsPairsAndPartitions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProcess(t, 50, true)
		_, first, last := p.Span()
		name, sampler := drawSampler(t, p)
		batch := rapid.IntRange(0, 33).Draw(t, "batch")
		step := rapid.Uint64Range(0, 1<<40).Draw(t, "step")
		whole, parts := make([]float64, batch), make([]float64, batch)
		weight, partWeight := make([]float32, batch), make([]float32, batch)
		sampler.Fill(whole, weight, step, 0, batch)
		lo := rapid.IntRange(0, batch).Draw(t, "lo")
		hi := rapid.IntRange(lo, batch).Draw(t, "hi")
		sampler.Fill(parts[hi:], partWeight[hi:], step, hi, batch)
		sampler.Fill(parts[lo:hi], partWeight[lo:hi], step, lo, batch)
		sampler.Fill(parts[:lo], partWeight[:lo], step, 0, batch)
		if !slices.Equal(whole, parts) || !slices.Equal(weight, partWeight) {
			t.Fatalf("cut at %d and %d: %v and %v, whole: %v and %v", lo, hi, parts, partWeight, whole, weight)
		}
		for i, v := range whole {
			if !(v >= first && v <= last) || p.Steps() > 0 && v != math.Trunc(v) {
				t.Fatalf("t = %v, from %v to %v", v, first, last)
			}
			if !(weight[i] > 0) || name != "importance" && weight[i] != 1 {
				t.Fatalf("row %d weighs %v", i, weight[i])
			}
			if half := (batch + 1) / 2; name == "paired" && i >= half && math.Abs(v+whole[i-half]-first-last) > 1e-9*(first+last) {
				t.Fatalf("rows %d and %d have t = %v and %v", i-half, i, whole[i-half], v)
			}
			if share := (last - first) / float64(batch); name == "stratified" && p.Steps() == 0 &&
				math.Abs((v-first)/share-float64(i)-0.5) > 0.5+1e-9 {
				t.Fatalf("row %d of %d has t = %v", i, batch, v)
			}
		}
	})
}

// A run that was begun with these numbers must go on with them.
func TestTimestepsAddresses(t *testing.T) {
	p := newChainOf(t, "cosine", 0, 0, 100)
	stream := rng.NewStream(9, rng.Timesteps)
	got, weight := make([]float64, 7), make([]float32, 7)
	newTimesteps(t, "uniform", p, 9).Fill(got, weight, 5, 0, 7)
	for row, v := range got {
		if want := float64(stream.IntN(5, uint64(row), 100)); v != want {
			t.Errorf("uniform, row %d: %v, want %v", row, v, want)
		}
	}
	newTimesteps(t, "paired", p, 9).Fill(got, weight, 5, 0, 7)
	for row, v := range got {
		want := float64(stream.IntN(5, uint64(row%4), 100))
		if row >= 4 {
			want = 99 - want
		}
		if v != want {
			t.Errorf("paired, row %d: %v, want %v", row, v, want)
		}
	}
	newTimesteps(t, "uniform", VE{0.01, 50}, 9).Fill(got, weight, 5, 0, 7)
	for row, v := range got {
		if want := stream.Float64(5, uint64(row)); v != want {
			t.Errorf("continuous, row %d: %v, want %v", row, v, want)
		}
	}
}

// Every row of a batch, drawn itself or the other of a pair, is uniform over t.
func TestTimestepsAreUniform(t *testing.T) {
	const bins, batch, draws = 20, 7, 20_000
	for p, width := range map[Process]float64{newChainOf(t, "cosine", 0, 0, bins): 1, VE{0.01, 50}: 1.0 / bins} {
		for _, name := range []string{"paired", "uniform"} {
			sampler := newTimesteps(t, name, p, 5)
			var counts [batch][bins]float64
			times, weight := make([]float64, batch), make([]float32, batch)
			for step := range uint64(draws) {
				sampler.Fill(times, weight, step, 0, batch)
				for row, v := range times {
					counts[row][int(v/width)]++
				}
			}
			for row := range counts {
				chi := 0.0
				for _, c := range counts[row] {
					chi += (c - draws/bins) * (c - draws/bins) / (draws / bins)
				}
				// 99.9% point of χ² with 19 degrees of freedom: 43.8.
				if chi > 43.8 {
					t.Errorf("%T, %s, row %d: χ² = %v", p, name, row, chi)
				}
			}
		}
	}
}

// Of a stratified batch of B rows, every interval that holds a share s of the times has ⌊sB⌋ or ⌈sB⌉, and sB in the
// mean over batches.
func TestStratifiedTimesteps(t *testing.T) {
	const bins, batch, draws = 20, 7, 20_000
	for p, width := range map[Process]float64{newChainOf(t, "cosine", 0, 0, bins): 1, VE{0.01, 50}: 1.0 / bins} {
		sampler := newTimesteps(t, "stratified", p, 5)
		times, weight := make([]float64, batch), make([]float32, batch)
		var total [bins]float64
		for step := range uint64(draws) {
			sampler.Fill(times, weight, step, 0, batch)
			var counts [bins]int
			for _, v := range times {
				counts[int(v/width)]++
			}
			for from := range bins {
				total[from] += float64(counts[from])
				in := 0
				for to := from; to < bins; to++ {
					in += counts[to]
					if share := float64(to-from+1) * batch / bins; math.Abs(float64(in)-share) > 1 {
						t.Fatalf("%T, step %d: %d times in bins %d … %d, want about %v", p, step, in, from, to, share)
					}
				}
			}
		}
		const share = float64(batch) / bins // below 1: a bin has one or none
		for bin, n := range total {
			if math.Abs(n-draws*share) > 4.5*math.Sqrt(draws*share*(1-share)) {
				t.Errorf("%T: bin %d was hit %v times, want %v", p, bin, n, draws*share)
			}
		}
	}
}

// ln(σ/α) is N(mean, deviation²); the tails are at the ends, and a chain has the mass between its steps' middles.
func TestLogNormalTimesteps(t *testing.T) {
	const n = 20_000
	below := func(x float64) float64 { return math.Erfc(-(x+1.2)/(1.2*math.Sqrt2)) / 2 } // N(−1.2, 1.2²) of EDM
	times, weight := make([]float64, n), make([]float32, n)
	for _, p := range []Process{EDM{1e-4, 1e4}, VP{0.1, 20, 1e-5}, SubVP{0.1, 20, 1e-9}} {
		newTimesteps(t, "log_normal", p, 1).Fill(times, weight, 0, 0, n)
		sorted := slices.Clone(times)
		sort.Float64s(sorted)
		worst := 0.0
		for i, v := range sorted {
			worst = max(worst, math.Abs(below(-p.Lambda(v))-(float64(i)+0.5)/n))
		}
		if worst > 1.95/math.Sqrt(n) { // 0.1% point of Kolmogorov's distance
			t.Errorf("%T: distance %v", p, worst)
		}
	}
	for _, p := range []Process{newChainOf(t, "linear", 1e-4, 0.02, 1000), newChainOf(t, "linear", 0.01, 0.3, 12), EDM{0.1, 1}} {
		_, first, last := p.Span()
		newTimesteps(t, "log_normal", p, 1).Fill(times, weight, 0, 0, n)
		atFirst, atLast := 0.0, 0.0
		for _, v := range times {
			if v == first {
				atFirst++
			}
			if v == last {
				atLast++
			}
		}
		half := 0.0
		if p.Steps() > 0 {
			half = 0.5
		}
		for _, pair := range [][2]float64{{atFirst / n, below(-p.Lambda(first + half))}, {atLast / n, 1 - below(-p.Lambda(last-half))}} {
			if deviation := math.Sqrt(pair[1] * (1 - pair[1]) / n); math.Abs(pair[0]-pair[1]) > 4.5*deviation {
				t.Errorf("%T of %d: a share %v at an end, want %v", p, p.Steps(), pair[0], pair[1])
			}
		}
	}
}

// By hand: T = 3, losses that end at 1, 3 and 0 throughout: p = .999·(¼, ¾, 0) + .001/3.
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
	// Losses that are all 0 say nothing.
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

// A sampler that was stored and restored goes on bit for bit, wherever it was.
func TestTimestepsResume(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newChainOf(t, "cosine", 0, 0, rapid.IntRange(1, 6).Draw(t, "steps"))
		s := newTimesteps(t, "importance", p, 3)
		const batch = 8
		times, weight, losses := make([]float64, batch), make([]float32, batch), make([]float32, batch)
		run := func(s *Timesteps, from, to uint64) {
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
		resumed := taught(t, p, 3) // whatever it knew, Restore replaces
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
			t.Fatal("the resumed sampler goes elsewhere")
		}
		if !slices.Equal(state, kept) {
			t.Fatal("a state taken earlier changed")
		}
	})
	// The layout, which checkpoints hold: for each t the count and the losses, the oldest first.
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

func TestTimestepsErrors(t *testing.T) {
	chain := newChainOf(t, "cosine", 0, 0, 5)
	for _, test := range []struct {
		p   Process
		set func(*Config)
	}{
		{chain, func(c *Config) { c.Timesteps = "pared" }},
		{VE{0.01, 50}, func(c *Config) { c.Timesteps = "importance" }},
		{chain, func(c *Config) { c.LogNormal.Deviation = 0 }},
		{chain, func(c *Config) { c.LogNormal.Mean = math.NaN() }},
		{chain, func(c *Config) { c.Loss.Weight = "bound" }},
	} {
		c := timestepsConfig("log_normal")
		test.set(&c)
		if _, err := NewTimesteps(c, test.p, 0); err == nil {
			t.Errorf("%+v is no error", c)
		}
	}
}
