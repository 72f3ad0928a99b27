package mixed

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestScalesHaveDeviationOneHalf(t *testing.T) {
	r := newRand(6)
	even, skewed := make([]float64, 50_000), make([]float64, 50_000)
	for i := range even {
		even[i] = 1000 + 10*r.Float64()
		skewed[i] = math.Copysign(math.Exp(3*r.NormFloat64()), r.Float64()-0.3)
	}
	for _, c := range []struct {
		scale  string
		column []float64
	}{{Standard, even}, {Standard, skewed}, {MinMax, even}, {Log, even}, {Log, skewed}} {
		source := realColumns(-1, c.column)
		codec := fitted(t, Settings{Numbers: c.scale}, source)
		x := encoded(t, codec, source.batch())
		z := make([]float64, len(x))
		for i, v := range x {
			z[i] = float64(v)
		}
		mean, deviation := moments(z)
		if math.Abs(mean) > 5e-3 || math.Abs(deviation-0.5) > 5e-3 {
			t.Errorf("%s: mean %v and deviation %v", c.scale, mean, deviation)
		}
		precision := slices.Max(c.column)
		if c.scale == Log {
			precision = 1
		}
		for i, v := range decoded(t, codec, x).Real {
			// float32 keeps seven digits of the largest number, on a logarithmic scale of each.
			if want := c.column[i]; math.Abs(v-want) > 1e-6*max(math.Abs(want), precision) {
				t.Fatalf("%s: %v became %v", c.scale, want, v)
			}
		}
		if x := decoded(t, codec, []float32{150}).Real[0]; x <= slices.Max(c.column) {
			t.Errorf("%s does not extrapolate: %v", c.scale, x)
		}
	}
}

func TestScaleFits(t *testing.T) {
	// NumPy 1.24.2: x = [-3, 0, 0, 1, 2, 6]; x.mean(), 2*x.std(); the median of abs is that of [1, 2, 3, 6], lower;
	// y = sign(x)·log1p(abs(x)/2); y.mean(), 2*y.std().
	x := []float64{-3, 0, 0, 1, 2, 6}
	l := linear{}
	if err := l.fit(x); err != nil || math.Abs(l.Center-1) > 1e-15 || math.Abs(l.Unit-5.416025603090641) > 1e-14 {
		t.Errorf("standard: %v %+v", err, l)
	}
	m := linear{minMax: true}
	if err := m.fit(x); err != nil || m.Center != 1.5 || math.Abs(m.Unit-9/math.Sqrt(3)) > 1e-14 {
		t.Errorf("minmax: %v %+v", err, m)
	}
	g := logarithm{}
	if err := g.fit(x); err != nil || g.Small != 2 || math.Abs(g.Linear.Center-0.2614359863189742) > 1e-14 ||
		math.Abs(g.Linear.Unit-1.4133089021034284) > 1e-14 {
		t.Errorf("log: %v %+v", err, g)
	}
}

func TestNumbersThatNoScaleHolds(t *testing.T) {
	for _, scale := range []string{Standard, MinMax, Log} {
		for _, column := range [][]float64{{-math.MaxFloat64, math.MaxFloat64, 0}, {0, math.SmallestNonzeroFloat64, 0}} {
			source := realColumns(-1, column)
			c := New(Settings{Numbers: scale})
			err := c.Fit(context.Background(), source)
			if err == nil { // then it must work
				b := decoded(t, c, encoded(t, c, source.batch()))
				for _, v := range b.Real {
					if !finite(v) {
						t.Errorf("%s of %v: decoded %v", scale, column, b.Real)
					}
				}
			} else if !strings.Contains(err.Error(), "use the scale quantile") {
				t.Errorf("%s of %v: %v", scale, column, err)
			}
		}
	}
	fitted(t, Settings{}, realColumns(-1, []float64{-math.MaxFloat64, math.MaxFloat64, 0, math.SmallestNonzeroFloat64}))
}
