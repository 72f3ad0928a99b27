package nets

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"euryale/rng"
)

func featuresOf(m *MLP, t float64) []float32 {
	dst := make([]float32, m.TimeFeatures)
	m.features(dst, t)
	return dst
}

// timed returns a net with features of the time.
func timed(t testing.TB, time string, features, steps int, seed uint64) *MLP {
	c := DefaultConfig()
	c.Time, c.TimeFeatures, c.Width = time, features, 4
	return newMLP(t, c, Shape{Input: 1, Output: 1, Steps: steps, Seed: seed})
}

// The sinusoidal features by hand: frequencies 1, 1/100 and 1/10000.
func TestSinusoidalFeatures(t *testing.T) {
	for _, steps := range []int{0, 10} { // computed or kept ready: the same
		m := timed(t, "sinusoidal", 6, steps, 0)
		got := featuresOf(m, 3)
		want := []float32{0.14112001, 0.0299955, 0.0003, -0.9899925, 0.99955003, 0.99999996}
		for i := range want {
			if math.Abs(float64(got[i]-want[i])) > 1e-6 {
				t.Errorf("feature %d of t = 3 is %v, want %v", i, got[i], want[i])
			}
		}
		if one := featuresOf(timed(t, "sinusoidal", 2, steps, 0), math.Pi/2); one[0] != 1 || math.Abs(float64(one[1])) > 1e-7 {
			t.Errorf("the single pair of t = π/2 is %v, want 1, 0", one)
		}
	}
	m, ready := timed(t, "sinusoidal", 64, 0, 0), timed(t, "sinusoidal", 64, 5000, 0)
	for _, v := range []float64{-1, 0, 1, 4.5, 77, 4095, 4096, 4999, 5000, 1e9} {
		if !slices.Equal(bits(featuresOf(m, v)), bits(featuresOf(ready, v))) {
			t.Errorf("t = %v: features that are kept ready differ from those computed", v)
		}
	}
}

func TestFourierFeatures(t *testing.T) {
	const n = 4096
	m := timed(t, "fourier", 2*n, 0, 5)
	sum, squares := 0.0, 0.0
	for _, f := range m.frequencies {
		sum += f / (2 * math.Pi * 16)
		squares += f / (2 * math.Pi * 16) * f / (2 * math.Pi * 16)
	}
	if mean := sum / n; math.Abs(mean) > 5/math.Sqrt(n) {
		t.Errorf("the frequencies over their scale have mean %v, want 0", mean)
	}
	if variance := squares / n; math.Abs(variance-1) > 5*math.Sqrt(2./n) {
		t.Errorf("the frequencies over their scale have variance %v, want 1", variance)
	}
	got := featuresOf(m, 0.37)
	for i, f := range m.frequencies {
		sin, cos := math.Sin(f*0.37), math.Cos(f*0.37)
		if math.Abs(float64(got[i])-sin) > 1e-7 || math.Abs(float64(got[n+i])-cos) > 1e-7 {
			t.Fatalf("features of frequency %v at .37 are %v and %v, want %v and %v", f, got[i], got[n+i], sin, cos)
		}
	}
	if again := timed(t, "fourier", 2*n, 0, 5); !slices.Equal(again.frequencies, m.frequencies) {
		t.Error("the same seed gives other frequencies")
	}
	if other := timed(t, "fourier", 2*n, 0, 6); slices.Equal(other.frequencies, m.frequencies) {
		t.Error("another seed gives the same frequencies")
	}
}

// A run must keep its frequencies for ever: these were printed once and are never edited. And no parameter may have
// their numbers.
func TestGoldenFrequencies(t *testing.T) {
	m := timed(t, "fourier", 8, 0, 0)
	var got []uint64
	for _, f := range m.frequencies {
		got = append(got, math.Float64bits(f))
	}
	want := []uint64{0xc06584a311c50e47, 0x40585d3753bba453, 0x403b22f701d61db2, 0x402f13f71c812ca1}
	if !slices.Equal(got, want) {
		t.Errorf("frequencies %#v, want %#v", got, want)
	}
	c := DefaultConfig()
	c.Depth, c.Width, c.Labels = 256, 1, true
	deepest := newMLP(t, c, Shape{Input: 1, Output: 1, Steps: 1, Classes: 1})
	if len(deepest.layout) >= frequencyPosition {
		t.Errorf("%d parameters reach the frequencies' place in the stream", len(deepest.layout))
	}
	numbers := make([]float32, 4)
	for position := range deepest.layout {
		rng.NewStream(0, rng.Weights).Normal(numbers, uint64(position), 0, 4)
		if float64(numbers[0])*2*math.Pi*16 == m.frequencies[0] {
			t.Errorf("the parameter at position %d has the frequencies' numbers", position)
		}
	}
}

// Fill writes the rows it is told, from any goroutine, and nothing else; without labels every row has none.
func TestFill(t *testing.T) {
	everyNet(t, 4, 1, 2, func(t *testing.T, m *MLP) {
		const rows, cut = 12, 7
		r := rand.New(rand.NewPCG(8, 9))
		times, labels := conditions(r, m, rows)
		p := compile(t, m, m.Init(1), rows+1, false)
		var both sync.WaitGroup
		both.Go(func() { m.Fill(p, 1, times[:cut], labels[:cut]) })
		both.Go(func() { m.Fill(p, 1+cut, times[cut:], labels[cut:]) })
		both.Wait()
		steps, features, label := p.Index("t"), p.Float("time"), p.Index("label")
		if (steps == nil) != (m.Time != "embedding") || (features == nil) == (steps == nil) || (label != nil) != m.Labels {
			t.Fatalf("inputs of %d timesteps, %d features, %d labels", len(steps), len(features), len(label))
		}
		for i, v := range times {
			if steps != nil && float64(steps[i+1]) != v {
				t.Errorf("row %d: timestep %d, want %v", i, steps[i+1], v)
			}
			if features != nil && !slices.Equal(features[(i+1)*m.TimeFeatures:(i+2)*m.TimeFeatures], featuresOf(m, v)) {
				t.Errorf("row %d: not the features of %v", i, v)
			}
			want := labels[i]
			if want == -1 {
				want = int32(m.Classes)
			}
			if label != nil && label[i+1] != want {
				t.Errorf("row %d: label row %d for label %d, want %d", i, label[i+1], labels[i], want)
			}
		}
		if steps != nil && steps[0] != 0 || features != nil && slices.Max(features[:m.TimeFeatures]) != 0 || label != nil && label[0] != 0 {
			t.Error("a row before the first was written")
		}
		if n := testing.AllocsPerRun(10, func() { m.Fill(p, 0, times, labels) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
		m.Fill(p, 0, times, nil)
		for _, row := range label[:min(rows, len(label))] {
			if int(row) != m.Classes {
				t.Errorf("without labels: label row %d, want %d", row, m.Classes)
			}
		}
	})
}

// panics returns what f panics with.
func panics(f func()) (message string) {
	defer func() { message = fmt.Sprint(recover()) }()
	f()
	return ""
}

func TestFillPanics(t *testing.T) {
	m := odd(t)
	p := compile(t, m, m.Init(1), 1, false)
	for _, step := range []float64{-1, 7, 0.5, 1 << 63, math.Inf(1), math.Inf(-1), math.NaN()} {
		message := panics(func() { m.Fill(p, 0, []float64{step}, nil) })
		if want := fmt.Sprintf("timestep %v is not an integer from 0 to 6", step); !strings.Contains(message, want) {
			t.Errorf("panic %q, want %q", message, want)
		}
	}
	c := DefaultConfig()
	c.Labels = true
	m = newMLP(t, c, Shape{Input: 1, Output: 1, Steps: 1, Classes: 3})
	p = compile(t, m, m.Init(1), 1, false)
	for _, label := range []int32{-2, 3} {
		message := panics(func() { m.Fill(p, 0, []float64{0}, []int32{label}) })
		if want := fmt.Sprintf("expected a label from 0 to 2, or −1 for none, got %d", label); !strings.Contains(message, want) {
			t.Errorf("panic %q, want %q", message, want)
		}
	}
}
