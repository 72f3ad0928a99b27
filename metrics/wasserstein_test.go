package metrics

import (
	"math"
	"slices"
	"strings"
	"testing"

	"euryale/rng"

	"pgregory.net/rapid"
)

func distance(t rapid.TB, a, b []float64) float64 {
	t.Helper()
	return sortedDistance(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func sliced(t rapid.TB, a, b []float32, dim, directions int, seed uint64) float64 {
	t.Helper()
	w, err := SlicedWasserstein(a, b, dim, directions, seed, 2)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func normals(seed uint64, rows, dim int) []float32 {
	z := make([]float32, rows*dim)
	rng.NewStream(seed, rng.Fresh).Normal(z, 0, 0, dim)
	return z
}

func near(got, want, relative float64) bool {
	return math.Abs(got-want) <= relative*math.Abs(want)
}

func TestWassersteinByHand(t *testing.T) {
	tests := []struct {
		a, b []float64
		want float64
	}{
		{[]float64{3}, []float64{-1}, 4},
		{[]float64{0, 1}, []float64{1, 0}, 0},
		{[]float64{0, 1, 3}, []float64{5, 6, 8}, 5},
		// Half of a's weight at 0 goes to 0, half to 2.
		{[]float64{0}, []float64{0, 2}, 1},
		// Thirds against halves: ∫ over (0,⅓) 0−0, (⅓,½) 1−0, (½,⅔) 1−6, (⅔,1) 2−6.
		{[]float64{0, 1, 2}, []float64{6, 0}, 1./6 + 5./6 + 4./3},
	}
	for _, test := range tests {
		if got := distance(t, test.a, test.b); math.Abs(got-test.want) > 1e-15 {
			t.Errorf("W1(%v, %v) = %v, want %v", test.a, test.b, got, test.want)
		}
	}
}

// Repeating every number changes no distribution: sets of n and m numbers have the distance of their copies
// with n·m numbers each, which is the mean distance of the sorted pairs.
func TestUnequalSizesAgainstReplication(t *testing.T) {
	number := rapid.SliceOfN(rapid.Float64Range(-100, 100), 1, 20)
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		replicate := func(x []float64, times int) (all []float64) {
			for _, v := range x {
				all = append(all, slices.Repeat([]float64{v}, times)...)
			}
			slices.Sort(all)
			return all
		}
		ra, rb := replicate(a, len(b)), replicate(b, len(a))
		want := 0.0
		for i := range ra {
			want += math.Abs(ra[i]-rb[i]) / float64(len(ra))
		}
		if got := distance(t, a, b); math.Abs(got-want) > 1e-12 {
			t.Fatalf("W1 = %v, of the replicated sets %v", got, want)
		}
	})
}

// W1 is a metric, does not move when both sets do, and is |shift| between translates.
func TestWassersteinLaws(t *testing.T) {
	number := rapid.SliceOfN(rapid.Float64Range(-100, 100), 1, 20)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := number.Draw(t, "a"), number.Draw(t, "b"), number.Draw(t, "c")
		ab, bc, ac := distance(t, a, b), distance(t, b, c), distance(t, a, c)
		if ba := distance(t, b, a); ab != ba {
			t.Fatalf("W1(a, b) = %v, W1(b, a) = %v", ab, ba)
		}
		if ac > ab+bc+1e-12 {
			t.Fatalf("triangle inequality: %v > %v + %v", ac, ab, bc)
		}
		shift := rapid.Float64Range(-100, 100).Draw(t, "shift")
		moved := slices.Clone(a)
		for i := range moved {
			moved[i] += shift
		}
		if got := distance(t, a, moved); math.Abs(got-math.Abs(shift)) > 1e-12 {
			t.Fatalf("W1(a, a + %v) = %v", shift, got)
		}
	})
}

func TestSlicedLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dim := rapid.IntRange(1, 5).Draw(t, "dim")
		draw := func(name string) []float32 {
			return rapid.Custom(func(t *rapid.T) []float32 {
				n := rapid.IntRange(1, 12).Draw(t, "rows") * dim
				return rapid.SliceOfN(rapid.Float32Range(-10, 10), n, n).Draw(t, "points")
			}).Draw(t, name)
		}
		a, b, c := draw("a"), draw("b"), draw("c")
		seed := rapid.Uint64().Draw(t, "seed")
		d := func(x, y []float32) float64 { return sliced(t, x, y, dim, 7, seed) }
		ab := d(a, b)
		if ba := d(b, a); ab != ba {
			t.Fatalf("distance %v one way, %v the other", ab, ba)
		}
		if d(a, a) != 0 {
			t.Fatal("a set is not at distance 0 from itself")
		}
		if ac, bc := d(a, c), d(b, c); ac > ab+bc+1e-9 {
			t.Fatalf("triangle inequality: %v > %v + %v", ac, ab, bc)
		}
		rows := rapid.Permutation(indices(len(a)/dim)).Draw(t, "order")
		var shuffled []float32
		for _, r := range rows {
			shuffled = append(shuffled, a[r*dim:(r+1)*dim]...)
		}
		if got := d(shuffled, b); got != ab {
			t.Fatalf("another order of the points changed %v to %v", ab, got)
		}
	})
}

func indices(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// Translates by d are at |d|·E|cos θ| = |d|·2/π in two dimensions and |d|/2 in three.
func TestSlicedTranslation(t *testing.T) {
	for dim, mean := range map[int]float64{1: 1, 2: 2 / math.Pi, 3: 0.5} {
		a := normals(1, 50, dim)
		b := slices.Clone(a)
		length := 0.0
		for j := range dim {
			shift := float64(3 + j)
			length = math.Hypot(length, shift)
			for i := j; i < len(b); i += dim {
				b[i] += float32(shift)
			}
		}
		worst := 0.0
		square := 0.0
		const seeds = 40
		for seed := range uint64(seeds) {
			off := sliced(t, a, b, dim, DefaultDirections, seed)/(length*mean) - 1
			worst = max(worst, math.Abs(off))
			square += off * off / seeds
		}
		if worst > 0.05 || math.Sqrt(square) > 0.015 {
			t.Errorf("dim %d: off by %v at worst and %v in the mean, want below 0.05 and 0.015", dim, worst, math.Sqrt(square))
		}
	}
}

// Two Gaussians N(0, σ²I) have projections N(0, σ²): W1 = E|z|·|σ1 − σ2| = √(2/π)·|σ1 − σ2|.
func TestSlicedGaussians(t *testing.T) {
	a, b := normals(1, 10_000, 2), normals(2, 8_000, 2)
	for i := range b {
		b[i] *= 3
	}
	want := math.Sqrt(2/math.Pi) * 2
	if got := sliced(t, a, b, 2, 32, 0); !near(got, want, 0.02) {
		t.Errorf("N(0, 1) to N(0, 9): %v, want %v", got, want)
	}
	line := distance(t, widen(a), widen(b))
	if !near(line, want, 0.02) {
		t.Errorf("on a line: %v, want %v", line, want)
	}
	// In one dimension the sliced distance is the distance.
	if got := sliced(t, a, b, 1, 5, 0); !near(got, line, 1e-12) {
		t.Errorf("dim 1: sliced %v, direct %v", got, line)
	}
}

func widen(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// The unit by which samples are judged: two sets of 10,000 points drawn from the S-curve itself (noise 0.1,
// scale 0.1) are 0.0016 apart in the mean. Single pairs scatter, nine of ten lying in 0.0009 … 0.0028, since
// one unlucky shift of the whole set shows in every projection.
func TestSCurveNoiseFloor(t *testing.T) {
	draw := func(seed uint64) []float32 {
		s := rng.NewStream(seed, rng.Fresh)
		points := normals(seed, 10_000, 2)
		for i := range 10_000 {
			a := 3 * math.Pi * (s.Float64(1, uint64(i)) - 0.5)
			points[2*i] = float32(0.1 * (math.Sin(a) + 0.1*float64(points[2*i])))
			points[2*i+1] = float32(0.1 * (math.Copysign(math.Cos(a)-1, -a) + 0.1*float64(points[2*i+1])))
		}
		return points
	}
	sum := 0.0
	for pair := range uint64(4) {
		w := sliced(t, draw(2*pair), draw(2*pair+1), 2, 32, pair)
		if w < 0.0005 || w > 0.004 {
			t.Errorf("pair %d: %v", pair, w)
		}
		sum += w
	}
	if mean := sum / 4; mean < 0.0009 || mean > 0.0025 {
		t.Errorf("mean distance %v, want about 0.0016", mean)
	}
}

func TestErrors(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	good := []float32{1, 2, 3, 4}
	tests := []struct {
		name            string
		a, b            []float32
		dim, directions int
		want            string
	}{
		{"not finite", []float32{nan, nan, 1, 2, 0, inf}, good, 2, 8, "first set: 2 of 3 points are not finite"},
		{"not finite", good, []float32{1, inf}, 2, 8, "second set: 1 of 1 points are not finite"},
		{"empty", nil, good, 2, 8, "first set is empty"},
		{"empty", good, nil, 2, 8, "second set is empty"},
		{"dimension", good, []float32{1, 2, 3}, 2, 8, "second set: 3 numbers are not whole points of 2"},
		{"dimension", good, good, 0, 8, "at least 1 coordinate"},
		{"directions", good, good, 2, 0, "at least 1 direction"},
	}
	for _, test := range tests {
		if _, err := SlicedWasserstein(test.a, test.b, test.dim, test.directions, 0, 1); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
	if _, err := Summarize([]float32{1, nan}, 2); err == nil || !strings.Contains(err.Error(), "1 of 1") {
		t.Errorf("not finite: %v", err)
	}
}

func TestSummarize(t *testing.T) {
	m, err := Summarize([]float32{1, 10, 3, 10, 5, 10, 7, 10}, 2)
	if err != nil {
		t.Fatal(err)
	}
	// Deviations −3, −1, 1, 3: the variance is 20/4.
	if !slices.Equal(m.Mean, []float64{4, 10}) || !slices.Equal(m.Std, []float64{math.Sqrt(5), 0}) {
		t.Errorf("moments %+v, want means 4 and 10, deviations √5 and 0", m)
	}
}

// The directions are added in order, whoever measured them.
func TestWorkersAgree(t *testing.T) {
	a, b := normals(1, 500, 2), normals(2, 700, 2)
	want, err := SlicedWasserstein(a, b, 2, 50, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{2, 3, 7, 100} {
		if got, err := SlicedWasserstein(a, b, 2, 50, 3, workers); err != nil || got != want {
			t.Errorf("%d workers: %v, %v; one worker has %v", workers, got, err, want)
		}
	}
}

// Along one axis it is the distance of one coordinate, along two the mean.
func TestSlicedAlongGivenDirections(t *testing.T) {
	a, b := []float32{0, 0, 1, 0, 2, 6}, []float32{3, 1, 4, 1, 5, 7}
	for _, test := range []struct {
		u    []float64
		want float64
	}{{[]float64{1, 0}, 3}, {[]float64{0, 1}, 1}, {[]float64{1, 0, 0, 1}, 2}} {
		if got, err := SlicedWassersteinAlong(a, b, 2, test.u, 1); err != nil || math.Abs(got-test.want) > 1e-15 {
			t.Errorf("along %v: %v, %v, want %v", test.u, got, err, test.want)
		}
	}
	if _, err := SlicedWassersteinAlong(a, b, 2, []float64{1, 0, 0}, 1); err == nil {
		t.Error("one direction and a half is no error")
	}
}
