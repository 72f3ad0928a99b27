package nets

import (
	"math"
	"slices"
	"testing"

	"euryale/choice"
	"euryale/ops"
	"euryale/rng"
)

func TestTimeEncodingsValidate(t *testing.T) {
	for _, test := range []struct {
		encoding TimeEncoding
		want     string
	}{
		{&Embedding{}, ""},
		{&Sinusoidal{Features: 2}, ""},
		{&Sinusoidal{Features: 1 << 16}, ""},
		{&Sinusoidal{Features: 0}, "features must be even and from 2 to 65536, got 0"},
		{&Sinusoidal{Features: 63}, "features must be even and from 2 to 65536, got 63"},
		{&Sinusoidal{Features: 1<<16 + 2}, "features must be even and from 2 to 65536, got 65538"},
		{&Octaves{Features: 2}, ""},
		{&Octaves{Features: 7}, "features must be even and from 2 to 65536, got 7"},
		{&Fourier{Features: 2, Scale: 1e-3}, ""},
		{&Fourier{Features: 3, Scale: 1}, "features must be even and from 2 to 65536, got 3"},
		{&Fourier{Features: 2, Scale: 0}, "scale must be from 1e-6 to 1e6, got 0"},
		{&Fourier{Features: 2, Scale: math.NaN()}, "scale must be from 1e-6 to 1e6, got NaN"},
		{&Fourier{Features: 2, Scale: math.Inf(1)}, "scale must be from 1e-6 to 1e6, got +Inf"},
	} {
		err := test.encoding.Validate()
		if (err == nil) != (test.want == "") || err != nil && err.Error() != test.want {
			t.Errorf("%+v: %v, want %q", test.encoding, err, test.want)
		}
		if _, ok := err.(*choice.FieldError); err != nil && !ok {
			t.Errorf("%+v: %T is no FieldError", test.encoding, err)
		}
	}
	defaults := TimeEncodings()
	if s := *defaults.Choose("sinusoidal").Kind.(*Sinusoidal); s.Features != 64 {
		t.Errorf("sinusoidal has the defaults %+v", s)
	}
	if f := *defaults.Choose("fourier").Kind.(*Fourier); f.Features != 64 || f.Scale != 16 {
		t.Errorf("fourier has the defaults %+v", f)
	}
	for _, name := range defaults.Names() {
		if err := defaults.Choose(name).Kind.Validate(); err != nil {
			t.Errorf("the defaults of %s: %v", name, err)
		}
	}
}

// featuresOf returns the features of a time with an encoding.
func featuresOf(t *testing.T, encoding TimeEncoding, steps int, seed uint64, time float64) []float32 {
	t.Helper()
	b := ops.NewBuilder()
	n := b.Sinusoids("features", b.Time("time", steps), encoding.Frequencies(seed))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	op, dst := n.Op.(ops.Sinusoids), make([]float32, n.Size())
	op.Fill(dst, time)
	return dst
}

// The sinusoidal features by hand: frequencies 1, 1/100 and 1/10000.
func TestSinusoidalFeatures(t *testing.T) {
	for _, steps := range []int{0, 10} { // computed, precomputed
		got := featuresOf(t, &Sinusoidal{6}, steps, 0, 3)
		want := []float32{0.14112001, 0.0299955, 0.0003, -0.9899925, 0.99955003, 0.99999996}
		for i := range want {
			if math.Abs(float64(got[i]-want[i])) > 1e-6 {
				t.Errorf("feature %d of t = 3 is %v, want %v", i, got[i], want[i])
			}
		}
		if one := featuresOf(t, &Sinusoidal{2}, steps, 0, math.Pi/2); one[0] != 1 || math.Abs(float64(one[1])) > 1e-7 {
			t.Errorf("the single pair of t = π/2 is %v, want 1, 0", one)
		}
	}
	for _, v := range []float64{-1, 0, 1, 4.5, 77, 4095, 4096, 4999, 5000, 1e9} {
		if !slices.Equal(bits(featuresOf(t, &Sinusoidal{64}, 0, 0, v)), bits(featuresOf(t, &Sinusoidal{64}, 5000, 0, v))) {
			t.Errorf("t = %v: precomputed features differ from computed ones", v)
		}
	}
}

func TestFourierFeatures(t *testing.T) {
	const n = 4096
	encoding := &Fourier{Features: 2 * n, Scale: 16}
	frequencies := encoding.Frequencies(5)
	sum, squares := 0.0, 0.0
	for _, f := range frequencies {
		sum += f / (2 * math.Pi * 16)
		squares += f / (2 * math.Pi * 16) * f / (2 * math.Pi * 16)
	}
	if mean := sum / n; math.Abs(mean) > 5/math.Sqrt(n) {
		t.Errorf("the frequencies over their scale have mean %v, want 0", mean)
	}
	if variance := squares / n; math.Abs(variance-1) > 5*math.Sqrt(2./n) {
		t.Errorf("the frequencies over their scale have variance %v, want 1", variance)
	}
	got := featuresOf(t, encoding, 0, 5, 0.37)
	for i, f := range frequencies {
		sin, cos := math.Sin(f*0.37), math.Cos(f*0.37)
		if math.Abs(float64(got[i])-sin) > 1e-7 || math.Abs(float64(got[n+i])-cos) > 1e-7 {
			t.Fatalf("features of frequency %v at 0.37 are %v and %v, want %v and %v", f, got[i], got[n+i], sin, cos)
		}
	}
	if !slices.Equal(encoding.Frequencies(5), frequencies) {
		t.Error("the same seed gives different frequencies")
	}
	if slices.Equal(encoding.Frequencies(6), frequencies) {
		t.Error("another seed gives the same frequencies")
	}
}

// A seed must give the same frequencies forever: these were printed once and are never edited. No parameter may have the
// same numbers.
func TestGoldenFrequencies(t *testing.T) {
	frequencies := (&Fourier{Features: 8, Scale: 16}).Frequencies(0)
	var got []uint64
	for _, f := range frequencies {
		got = append(got, math.Float64bits(f))
	}
	want := []uint64{0xc06584a311c50e47, 0x40585d3753bba453, 0x403b22f701d61db2, 0x402f13f71c812ca1}
	if !slices.Equal(got, want) {
		t.Errorf("frequencies %#v, want %#v", got, want)
	}
	m := DefaultMLP()
	m.Depth, m.Width, m.Labels = 256, 1, true
	deepest, _ := build(t, m, Spec{Sample: []int{1}, Outputs: 1, Steps: 1, Classes: 1}).Layout()
	if len(deepest) >= frequencyPosition {
		t.Errorf("%d parameters reach the step of the frequencies", len(deepest))
	}
	numbers := make([]float32, 4)
	for position := range deepest {
		rng.NewStream(0, rng.Weights).Normal(numbers, uint64(position), 0, 4)
		if float64(numbers[0])*2*math.Pi*16 == frequencies[0] {
			t.Errorf("the parameter at position %d has the frequencies' numbers", position)
		}
	}
}
