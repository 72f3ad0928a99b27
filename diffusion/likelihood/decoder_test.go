package likelihood

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The levels share the whole probability, wherever the mean is.
func TestLevelsShareAllProbability(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := DiscretizedDecoder{rapid.IntRange(2, 256).Draw(t, "levels")}
		mean := rapid.Float64Range(-3, 3).Draw(t, "mean")
		variance := math.Pow(10, rapid.Float64Range(-6, 2).Draw(t, "log variance"))
		sum := 0.0
		for k := range d.Levels {
			x0 := float64(float32(-1 + 2*float64(k)/float64(d.Levels-1)))
			if err := d.Check(x0); err != nil {
				t.Fatal(err)
			}
			log := d.LogProbability(x0, mean, variance)
			if !(log <= 0) || math.IsInf(log, -1) {
				t.Fatalf("log-probability of level %d is %v", k, log)
			}
			sum += math.Exp(log)
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Fatalf("the levels' probabilities add up to %v", sum)
		}
	})
}

// Equation 13 of Ho et al. by numbers, with half a bin 1/255: Φ((x+1/255−μ)/s) − Φ((x−1/255−μ)/s).
func TestDiscretizedDecoder(t *testing.T) {
	phi := func(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
	const mean, deviation = 0.1, 0.05
	for _, level := range []float64{0, 100, 140, 255} {
		x := level/127.5 - 1
		low, high := phi((x-1./255-mean)/deviation), phi((x+1./255-mean)/deviation)
		if level == 0 {
			low = 0
		}
		if level == 255 {
			high = 1
		}
		got := DiscretizedDecoder{256}.LogProbability(x, mean, deviation*deviation)
		if want := math.Log(high - low); math.Abs(got-want) > 1e-9*math.Abs(want) && high-low > 1e-12 {
			t.Errorf("level %v: %v, want %v", level, got, want)
		}
	}
}

// Source: Q(40) = 3.655893540915e-350 (beyond float64, so its logarithm is compared).
func TestLogTail(t *testing.T) {
	if got, want := logTail(40), math.Log(3.655893540915)-350*math.Ln10; math.Abs(got-want) > 1e-9 {
		t.Errorf("ln Q(40) = %.12f, want %.12f", got, want)
	}
	// The two formulas meet.
	if below, above := logTail(math.Nextafter(30, 0)), logTail(30); math.Abs(below-above) > 1e-8 {
		t.Errorf("ln Q(30) = %v by one formula, %v by the other", below, above)
	}
	if got := logNormalMass(math.Inf(-1), math.Inf(1)); got != 0 {
		t.Errorf("ln of the whole is %v", got)
	}
	for _, z := range []float64{-35, -2, 0, 1, 50} { // a mass is the same mirrored
		if a, b := logNormalMass(z, z+0.5), logNormalMass(-z-0.5, -z); math.Abs(a-b) > 1e-12*math.Abs(a) {
			t.Errorf("mass of [%v, %v] is e^%v, mirrored e^%v", z, z+0.5, a, b)
		}
	}
}
