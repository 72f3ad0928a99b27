package diffusion

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestTimestepsPairsAndPartitions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"paired", "uniform"}).Draw(t, "name")
		steps := rapid.IntRange(1, 50).Draw(t, "steps")
		batch := rapid.IntRange(0, 33).Draw(t, "batch")
		step := rapid.Uint64Range(0, 1<<40).Draw(t, "step")
		sampler, err := NewTimesteps(name, steps, rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		whole, parts := make([]int32, batch), make([]int32, batch)
		sampler.Fill(whole, step, 0, batch)
		lo := rapid.IntRange(0, batch).Draw(t, "lo")
		hi := rapid.IntRange(lo, batch).Draw(t, "hi")
		sampler.Fill(parts[hi:], step, hi, batch)
		sampler.Fill(parts[lo:hi], step, lo, batch)
		sampler.Fill(parts[:lo], step, 0, batch)
		if !slices.Equal(whole, parts) {
			t.Fatalf("cut at %d and %d: %v, whole: %v", lo, hi, parts, whole)
		}
		for i, v := range whole {
			if v < 0 || int(v) >= steps {
				t.Fatalf("t = %d of %d steps", v, steps)
			}
			if half := (batch + 1) / 2; name == "paired" && i >= half && int(v+whole[i-half]) != steps-1 {
				t.Fatalf("rows %d and %d have t = %d and %d of %d steps", i-half, i, whole[i-half], v, steps)
			}
		}
	})
}

// Every row of a batch, drawn itself or the other of a pair, is uniform over t.
func TestTimestepsAreUniform(t *testing.T) {
	for _, name := range []string{"paired", "uniform"} {
		const steps, batch, draws = 20, 7, 20_000
		sampler, err := NewTimesteps(name, steps, 5)
		if err != nil {
			t.Fatal(err)
		}
		var counts [batch][steps]float64
		times := make([]int32, batch)
		for step := range uint64(draws) {
			sampler.Fill(times, step, 0, batch)
			for row, v := range times {
				counts[row][v]++
			}
		}
		for row := range counts {
			chi := 0.0
			for _, c := range counts[row] {
				chi += (c - draws/steps) * (c - draws/steps) / (draws / steps)
			}
			// 99.9% point of χ² with 19 degrees of freedom: 43.8.
			if chi > 43.8 {
				t.Errorf("%s, row %d: χ² = %v", name, row, chi)
			}
		}
	}
}

func TestTimestepsErrors(t *testing.T) {
	if _, err := NewTimesteps("pared", 10, 0); err == nil {
		t.Error("an unknown name is no error")
	}
	if _, err := NewTimesteps("paired", 0, 0); err == nil {
		t.Error("no steps are no error")
	}
}
