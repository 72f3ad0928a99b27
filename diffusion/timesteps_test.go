package diffusion

import (
	"errors"
	"math"
	"slices"
	"sort"
	"strings"
	"testing"

	"euryale/choice"
	"euryale/rng"

	"pgregory.net/rapid"
)

func newTimesteps(t failer, name string, p Process, seed uint64) TimestepSampler {
	t.Helper()
	o, err := TimestepSamplers().New(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := o.New(p, seed)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// drawSampler draws any sampler that a process can have.
func drawSampler(t *rapid.T, p Process) (string, TimestepSampler) {
	name := rapid.SampledFrom(TimestepSamplers().Names()).Draw(t, "timesteps")
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

// The times and weights do not depend on how the rows are divided; times are in the span, whole for chains; pairs add up.
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
				t.Fatalf("row %d has weight %v", i, weight[i])
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

// Golden numbers: a run that began with these must continue with them.
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

// In a stratified batch of B rows, an interval with a share s of the times has ⌊sB⌋ or ⌈sB⌉ rows, and sB in the mean over
// batches.
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

func TestTimestepsErrors(t *testing.T) {
	chain := newChainOf(t, "cosine", 0, 0, 5)
	for _, test := range []struct {
		p    Process
		o    TimestepOptions
		key  string
		want string
	}{
		{VE{0.01, 50}, &ImportanceTimesteps{}, "", "must not be importance on a process of continuous time"},
		{Flow{1e-3, 1}, &ImportanceTimesteps{}, "", "continuous time has no steps"},
		{chain, &LogNormalTimesteps{Mean: 0, Deviation: 0}, "deviation", "must be above 0 and at most 100, got 0"},
		{chain, &LogNormalTimesteps{Mean: math.NaN(), Deviation: 1}, "mean", "must be from -100 to 100, got NaN"},
		{chain, &LogitNormalTimesteps{0, 101}, "deviation", "must be above 0 and at most 100, got 101"},
		{chain, &LogitNormalTimesteps{-101, 1}, "mean", "must be from -100 to 100, got -101"},
	} {
		_, err := test.o.New(test.p, 0)
		var field *choice.FieldError
		if !errors.As(err, &field) || field.Key != test.key || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%T: error %v, want one about %q with %q", test.o, err, test.key, test.want)
		}
	}
	if _, err := TimestepSamplers().New("pared"); err == nil || !strings.Contains(err.Error(), "must be one of paired") {
		t.Errorf("pared: %v", err)
	}
}
